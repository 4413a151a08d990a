"""All that is kept of episodes, read for many of them together: few queries, and never a whole library in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from podcli.domain import EpisodeId, EpisodeNotes, Show, ShowSettings, Snip
from podcli.services.insights import InsightService
from podcli.services.playback.chapters import with_noted
from podcli.store import Store

_AT_ONCE = 200


class Gathering:
    """Reads episodes with their chapters, insights, persons, snips and words."""

    def __init__(self, store: Store, insights: InsightService) -> None:
        self._store, self._insights = store, insights

    def of(
        self, ids: Sequence[EpisodeId], kept: Mapping[EpisodeId, list[Snip]], *, segments: bool = False
    ) -> Iterator[EpisodeNotes]:
        """Those episodes with the snips that are `kept` of them; their words too when wanted and completely known."""
        for few in (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)):
            yield from self._notes(few, kept, segments)

    def whole(self) -> tuple[list[tuple[Show, ShowSettings]], Iterator[EpisodeNotes]]:
        """Every show with how it is played, and every episode of them with all there is of it, its words too."""
        library = self._store.library
        newest = library.newest_id()  # an episode that comes later is of a show that may not be among these
        own = library.all_show_settings()
        shows = [(show, own.get(show.id, ShowSettings())) for show in library.shows(subscribed=False)]
        return shows, self._all(newest)

    def _all(self, newest: EpisodeId) -> Iterator[EpisodeNotes]:
        after = EpisodeId(0)
        while ids := self._store.library.ids(after=after, until=newest, limit=_AT_ONCE):
            yield from self._notes(ids, self._store.snips.of(ids), segments=True)
            after = ids[-1]

    def _notes(self, ids: Sequence[EpisodeId], kept: Mapping[EpisodeId, list[Snip]], segments: bool) -> Iterator[EpisodeNotes]:
        library, insights = self._store.library, self._store.insights
        episodes = library.episodes_of(ids)
        shows = library.shows_of({episode.show_id for episode in episodes.values()})
        chapters, made = library.chapters_of(ids), self._insights.all_of(ids)
        persons = library.persons_of(episodes.values())
        transcripts = insights.complete_of(ids) if segments else {}
        found = insights.transcripts(transcripts.values()) if transcripts else {}
        for number in ids:
            if (episode := episodes.get(number)) is None or episode.show_id not in shows:
                continue  # its show was removed just now, by another process
            transcript = found.get(transcripts[number]) if number in transcripts else None
            yield EpisodeNotes(
                episode, shows[episode.show_id],
                tuple(sorted(kept.get(number, ()), key=lambda snip: (snip.start_s, snip.id))),
                with_noted(chapters.get(number, ()), episode), tuple(made.get(number, ())),
                tuple(persons.get(number, ())),
                segments=tuple(insights.segments(transcript.id)) if transcript else (), transcript=transcript,
            )  # fmt: skip
