"""Moments a listener keeps: made at once, cut at sentences and titled as soon as their words are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcli.domain import Episode, EpisodeId, Job, ShowId, Snip, SnipCard, SnipId
from podcli.errors import ModelError, UsageError
from podcli.pipeline import keeping, snipping
from podcli.pipeline.events import changed, happened
from podcli.store import Store, require_episode
from podcli.text import clean, clean_line, timecode

if TYPE_CHECKING:
    from podcli.services.models import ModelService
    from podcli.services.playback import PlaybackService

_MADE = ("title", "summary", "takeaway", "model", "state")
"""What a model makes of the words: it goes back with them."""
_LONGEST_NOTE, _LONGEST_TAG, _MOST_TAGS = 20_000, 50, 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A snip that was just made or changed, the work that completes it, and what is missing for that ('' for nothing)."""

    snip: Snip
    jobs: tuple[Job, ...] = ()
    lacks: str = ""

    @property
    def words(self) -> str:
        """That it is kept, for a person."""
        return f"Kept {timecode(self.snip.start_s)} to {timecode(self.snip.end_s)}."


class SnipService:
    """Verbs over snips. Each can be undone."""

    def __init__(self, store: Store, models: ModelService) -> None:
        self._store = store
        self._models = models

    def keep(
        self, episode_id: EpisodeId, at_s: float, *, back_s: float = snipping.BACK_S, note: str = "", tags: Iterable[str] = (),
        priority: int = 0,
    ) -> Kept:  # fmt: skip
        """Keep what was said in the `back_s` seconds before second `at_s`. It is there at once, also when nobody transcribed the
        episode: then that stretch is heard first. Raises UsageError when there is nothing before `at_s`."""
        episode = require_episode(self._store.library, episode_id)
        if at_s < 1.0:
            raise UsageError("Nothing was said yet.", "Press the key, or give --at, after what you want to keep.")
        with self._store.writing():
            snip = self._store.snips.add(episode_id, start_s=max(0.0, at_s - back_s), end_s=at_s, at_s=at_s)
            # Taken back, what is made of it is given up too (see `services.undo`).
            gone = {"id": snip.id, "removed_at": snip.created_at.isoformat()}
            self._store.undo.push(f"Kept a snip of “{episode.title}”", [{"do": "snip", "was": gone}])
            snip = replace(snip, note=clean(note)[:_LONGEST_NOTE], tags=_tidy(tags))
            said = keeping.words(self._store, episode, keeping.around(at_s, back_s))
            if said is not None:
                snip = keeping.cut(snip, said, back_s)
            self._store.snips.save(snip)
            jobs, lacks = self._complete(snip, episode, back_s, priority)
        happened(self._store, "snip", episode, after=jobs[-1].id if jobs else None, snip=snip.id)
        changed(self._store, episode)
        return Kept(snip, tuple(jobs), lacks)

    def what_plays(self, playback: PlaybackService) -> tuple[EpisodeId, float]:
        """The episode and second that a key which keeps what was just said means. Raises UsageError when nothing plays."""
        if playback.episode is None:
            raise UsageError("Nothing plays, so there is nothing to keep.", "Play an episode first.")
        return playback.episode.id, playback.state.position_s

    def again(self, snip_id: SnipId, *, priority: int = 0) -> Kept:
        """Ask again for what it lacks, such as the words that no model was there to hear; and for title, summary and takeaway of
        those it has: they are replaced, but for a title of the listener's own. Raises UsageError when there is no such snip."""
        snip = self.get(snip_id)
        episode = require_episode(self._store.library, snip.episode_id)
        jobs, lacks = self._complete(snip, episode, max(snipping.BACK_S, snip.at_s - snip.start_s), priority)
        return Kept(snip, tuple(jobs), lacks)

    def _complete(self, snip: Snip, episode: Episode, back_s: float, priority: int) -> tuple[list[Job], str]:
        """Ask for the words, when they are missing, and for a title; what needs a model that is not here is left out."""
        jobs: list[Job] = []
        if snip.state in ("kept", "failed"):
            speech = self._models.chosen("transcribe")
            try:
                self._models.require(speech)
            except ModelError as error:
                return [], f"Its words come when there is a speech model. {error.hint}"
            options: dict[str, object] = {"model": speech, "back_s": back_s}
            jobs.append(self._job("snip", episode, str(snip.id), options, None, priority))
        elif not snip.text:
            return [], "Nobody speaks there."
        writer = self._models.chosen("write")
        if not self._models.is_installed(writer):
            return jobs, f"A title comes when there is a language model. Run `podcli models pull {writer}`."
        jobs.append(self._job("retell", episode, str(snip.id), {"model": writer}, jobs[-1].id if jobs else None, priority))
        return jobs, ""

    def _job(self, kind: str, episode: Episode, target: str, options: dict[str, object], after: object, priority: int) -> Job:
        return self._store.jobs.enqueue(
            kind, episode_id=episode.id, target=target, title=episode.title, options=options, after=after,  # type: ignore[arg-type]
            priority=priority,
        )  # fmt: skip

    def get(self, snip_id: SnipId) -> Snip:
        """One snip. Raises UsageError when there is none."""
        found = self._store.snips.get(snip_id)
        if found is None:
            raise UsageError(f"There is no snip {snip_id}.", "See `podcli snips` for the numbers.")
        return found

    def card(self, snip_id: SnipId) -> SnipCard:
        """One snip with its episode and show. Raises UsageError when there is none."""
        snip = self.get(snip_id)
        episode = require_episode(self._store.library, snip.episode_id)
        show = self._store.library.show(episode.show_id)
        assert show is not None  # those of removed shows are not found
        return SnipCard(snip, episode, show)

    def cards(
        self, *, episode_id: EpisodeId | None = None, show_id: ShowId | None = None, tag: str = "", starred: bool = False,
        words: str = "", since: datetime | None = None, limit: int = -1,
    ) -> list[SnipCard]:  # fmt: skip
        """Snips with their episodes and shows, those made last first; of one episode in order of time. `words` must all be in
        it. Raises nothing: what is not there is not listed."""
        found = self._store.snips.find(
            episode_id=episode_id, show_id=show_id, tag=tag, starred=starred, words=words, since=since, limit=limit
        )
        episodes = self._store.library.episodes_of({snip.episode_id for snip in found})
        shows = self._store.library.shows_of({episode.show_id for episode in episodes.values()})
        return [
            SnipCard(snip, episode, shows[episode.show_id])
            for snip in found
            # Its show may have been removed just now, by another process.
            if (episode := episodes.get(snip.episode_id)) is not None and episode.show_id in shows
        ]

    def move(self, snip_id: SnipId, *, begin: int = 0, end: int = 0, priority: int = 0) -> Kept:
        """Let it begin and end so many sentences later, or earlier when negative. Raises UsageError where no words are known."""
        with self._store.writing():  # a title or a note may come meanwhile, from another process
            snip = self.get(snip_id)
            episode = require_episode(self._store.library, snip.episode_id)
            said = keeping.words(self._store, episode, (snip.start_s, snip.end_s))
            if not said:
                hint = "Wait until they are heard, or run `podcli transcript` for the episode."
                raise UsageError("Its words are not known yet.", hint)
            span = snipping.moved(said, (snip.start_s, snip.end_s), begin=begin, end=end)
            if span == (snip.start_s, snip.end_s):
                return Kept(snip)
            text, speaker = snipping.within(said, span)
            moved = replace(snip, start_s=span[0], end_s=span[1], text=text, speaker=speaker, state="transcribed")
            self._change("Moved", snip, moved, also=_MADE)
            jobs, lacks = self._complete(moved, episode, snipping.BACK_S, priority)
        changed(self._store, episode)
        return Kept(self.get(snip_id), tuple(jobs), lacks)

    def note(self, snip_id: SnipId, text: str) -> Snip:
        """Replace the listener's own words; '' for none."""
        return self._edit("Noted", snip_id, lambda snip: replace(snip, note=clean(text).strip()[:_LONGEST_NOTE]))

    def title(self, snip_id: SnipId, text: str) -> Snip:
        """Give it a title that no model replaces."""
        return self._edit("Titled", snip_id, lambda snip: replace(snip, title=clean_line(text).strip()[:200], model=""))

    def tag(self, snip_id: SnipId, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Snip:
        """Add and take away tags; case counts only for how they are shown."""
        gone = {each.casefold() for each in _tidy(remove)}
        return self._edit(
            "Tagged", snip_id,
            lambda snip: replace(snip, tags=_tidy([*(each for each in snip.tags if each.casefold() not in gone), *add])),
        )  # fmt: skip

    def star(self, snip_id: SnipId, starred: bool = True) -> Snip:
        """Mark it as one of the best, or not."""
        return self._edit("Starred" if starred else "Unstarred", snip_id, lambda snip: replace(snip, starred=starred))

    def remove(self, snip_ids: Sequence[SnipId]) -> list[Snip]:
        """Take snips out of the library; undo brings them back. Raises UsageError when one is not there."""
        found = [self.get(each) for each in dict.fromkeys(snip_ids)]
        with self._store.writing():
            steps = [
                {"do": "snip", "was": {"id": snip.id, "removed_at": None}, "jobs": self._store.jobs.forsake(snip.id)}
                for snip in found
            ]
            label = "Removed a snip" if len(found) == 1 else f"Removed {len(found)} snips"
            self._store.undo.push(label, steps)
            for snip in found:
                self._store.snips.remove(snip.id)
        for episode in self._store.library.episodes_of({snip.episode_id for snip in found}).values():
            changed(self._store, episode)
        return found

    def _edit(self, verb: str, snip_id: SnipId, change: Callable[[Snip], Snip]) -> Snip:
        with self._store.writing():
            snip = self.get(snip_id)
            edited = change(snip)
            if edited != snip:
                self._change(verb, snip, edited)
        if edited != snip:
            changed(self._store, require_episode(self._store.library, snip.episode_id))
        return self.get(snip_id)

    def _change(self, verb: str, snip: Snip, edited: Snip, also: Sequence[str] = ()) -> None:
        before = self._store.snips.row(snip.id)
        self._store.snips.save(replace(edited, edited_at=datetime.now(UTC)))
        # Only what was changed: a title that comes later stays when a note is taken back.
        was = {
            name: before[name] for name, value in self._store.snips.row(snip.id).items() if value != before[name] or name in also
        }
        self._store.undo.push(f"{verb} a snip", [{"do": "snip", "was": {"id": snip.id, **was}}])


def _tidy(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are kept: one line, no ``#`` in front, each once whatever its case."""
    kept: dict[str, str] = {}
    for tag in tags:
        plain = clean_line(tag).strip().lstrip("#").strip()[:_LONGEST_TAG]
        if plain:
            kept.setdefault(plain.casefold(), plain)
    return tuple(list(kept.values())[:_MOST_TAGS])
