"""What stands in the library of the player's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from podcli.domain import (
    Chapter,
    Enclosure,
    Episode,
    EpisodeId,
    Feed,
    FeedItem,
    Insight,
    Point,
    Segment,
    Sentence,
    ShowId,
    TranscriptId,
    Word,
)
from podcli.services import Services
from tests.player.tones import tone

NEWEST = datetime(2026, 11, 20, 6, tzinfo=UTC)


def subscribe(
    services: Services, show: str, *titles: str, new: int = 3, length_s: float = 600.0, notes: str = ""
) -> list[Episode]:
    """A show, newest episode first; `new` of them are in the inbox."""
    url = f"https://feeds.example.org/{show.replace(' ', '-').lower()}.xml"
    items = tuple(
        FeedItem(title, title, Enclosure(f"https://cdn.example.org/{n}.mp3", "audio/mpeg"), published=NEWEST - timedelta(days=n),
                 duration_s=length_s, description=notes or f"About {title}.", link=f"https://example.org/{n}")
        for n, title in enumerate(titles)
    )  # fmt: skip
    show_id, _ = services.store.library.save_feed(Feed(url, show, items, author="Somebody"), url=url)
    found = services.library.episodes(show_id)
    services.store.library.triage([each.id for each in found[:new]], "inbox")
    services.store.library.triage([each.id for each in found[new:]], "done")
    return found


def stock(services: Services) -> dict[str, Episode]:
    """Two shows; by title."""
    tea = subscribe(services, "Tea Time", "Assam", "Bancha", "Ceylon", "Darjeeling")
    sky = subscribe(services, "Night Sky", "Mars", "Venus", new=1, length_s=1800.0)
    return {each.title: each for each in [*tea, *sky]}


def download(services: Services, episode: Episode, folder: Path, seconds: float = 600.0) -> Path:
    """Its audio on this machine: a quiet tone."""
    path = tone(folder / f"{episode.id}.wav", seconds, rate=1000)
    services.store.library.save_file(episode.id, path=str(path), sha256=f"{episode.id:064d}", bytes=path.stat().st_size)
    return path


def speak(services: Services, episode: Episode, count: int = 40, *, complete: bool = True, every_s: float = 10.0) -> TranscriptId:
    """A transcript with a sentence of five words every ten seconds, each word with its time."""
    made = services.store.insights.begin(
        episode.id, audio_sha256=f"{episode.id:064d}", source="whisper", model="whisper-base", decode_version="1"
    )
    more(services, made.id, range(count), every_s=every_s)
    if complete:
        sentences = [Sentence(n + 1, n * every_s, (n + 1) * every_s, sentence(n)) for n in range(count)]
        services.store.insights.finish(made.id, sentences)
    return made.id


def more(services: Services, transcript: TranscriptId, numbers: range, *, every_s: float = 10.0, begun_s: float = 0.0) -> None:
    """Some sentences of a transcript, and all from `begun_s` on counts as heard."""
    services.store.insights.add_segments(transcript, [
        Segment(n * every_s, (n + 1) * every_s, sentence(n), words=tuple(
            Word(n * every_s + i * every_s / 5, n * every_s + (i + 1) * every_s / 5, word)
            for i, word in enumerate(sentence(n).split())
        ))
        for n in numbers
    ], begun_s=begun_s)  # fmt: skip


def sentence(number: int) -> str:
    """Sentence `number` of every transcript here."""
    return f"This is sentence number {number}."


def insight(services: Services, transcript: TranscriptId, *texts: str, kind: str = "takeaways") -> None:
    """Takeaways or a summary, each tied to its sentence."""
    items = tuple(Point(text, sentence(n), n * 10.0, n * 10.0 + 10, (n + 1,)) for n, text in enumerate(texts, 1))
    services.store.insights.save_insight(
        transcript, Insight("summary" if kind == "summary" else "takeaways", "a-model", "1", items)
    )


def highlights(services: Services, episode: Episode, *starts: float, model: str = "a-model") -> None:
    """Moments of forty seconds, the first the best."""
    transcript = speak(services, episode)
    items = tuple(
        Point(
            f"{episode.title} says [b]something[/b] at {start:.0f}.", "", start, start + 40, (1,), "highlight", "", 0.9 - n / 10
        )
        for n, start in enumerate(starts)
    )
    services.store.insights.save_insight(transcript, Insight("highlights", model, "1", items))


def chapters(services: Services, episode: Episode, *titles: str, every_s: float = 100.0, source: str = "feed") -> None:
    """Chapters of a hundred seconds each."""
    found = [Chapter(n * every_s, (n + 1) * every_s, title, source) for n, title in enumerate(titles)]
    services.store.library.save_chapters(episode.id, source, found)


def triage(services: Services, episode: EpisodeId | Episode) -> str:
    """Where an episode is kept: inbox, later or done."""
    episode_id = episode.id if isinstance(episode, Episode) else episode
    return {card.id: card.triage for card in services.store.cards.all()[1]}[episode_id]


def queue(services: Services) -> list[str]:
    """Titles, in order."""
    return [each.title for each in services.store.library.queue()]


def show_of(services: Services, title: str) -> ShowId:
    """The id of a show."""
    return next(show.id for show in services.store.cards.shows() if show.title == title)
