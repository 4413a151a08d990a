"""A library as a listener has one, with fixed dates: what the pictures show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from podcli.domain import (
    Answer,
    AnswerId,
    Chapter,
    Citation,
    Enclosure,
    Episode,
    Feed,
    FeedItem,
    Insight,
    InsightKind,
    NowPlaying,
    PlayerState,
    Point,
    Progress,
    Segment,
    Sentence,
    Sleep,
    TranscriptId,
    Word,
)
from podcli.services import Services
from podcli.store.passages import Scope
from podcli.text import html_to_text

NEWEST = datetime(2025, 3, 14, 6, tzinfo=UTC)
ENDED = "2025-03-14T09:30:00+00:00"
SHOWS = {
    "The Slow Boat": (
        "Harbour Radio",
        ("The Box That Shrank the World", 2832),
        ("How Cranes Learned to Wait", 2410),
        ("Salt, Rope and Insurance", 3125),
        ("The Longest Strike in the Port", 2950),
    ),
    "Night Sky Notes": (
        "Ines Okafor",
        ("Why Venus Turns Backwards", 1504),
        ("A Short History of Looking Up", 1860),
    ),
    "Grammar for Grown-ups": (
        "Two Commas",
        ("Whom, and Other Ghosts", 1215),
        ("The Serial Comma Goes to Court: One Judge, Five Million Dollars and a Very Short Sentence", 1742),
    ),
    "静かな台所": (
        "台所の会",
        ("味噌の一年", 2105),
    ),
}
NOTES = html_to_text(
    "<p>In 1954 a cargo ship was loaded piece by piece; two years later it took a crane and a morning.</p>"
    "<p>With Sam Reyes and Nora Lind. Links: https://example.org/ideal-x and https://example.org/warrior</p>"
    "<ul><li>The crossing of the Warrior, item by item</li><li>What a ton cost before and after</li></ul>"
)
SAID = (
    "In nineteen fifty-four the cargo ship Warrior sailed from Brooklyn.",
    "She carried one hundred and ninety-four thousand separate items.",
    "Loading her took six days, and every piece passed through somebody's hands.",
    "The voyage itself was less than twelve percent of what it cost.",
    "So the bottleneck was never the ship; it was the two ports.",
    "Then a man who owned trucks asked a question nobody at sea had asked.",
    "Why unpack the truck at all?",
    "On the twenty-sixth of April nineteen fifty-six the Ideal X left Newark with fifty-eight boxes.",
    "Loading loose cargo cost five dollars and eighty-six cents a ton.",
    "Loading the Ideal X cost less than sixteen cents.",
)
CHAPTERS = (("Before the box", 0.0), ("Six days to load", 420.0), ("A man with trucks", 1110.0), ("Sixteen cents", 1980.0))
TAKEAWAYS = (
    ("In 1954 the Warrior carried 194,000 separate items, and loading her took six days.", 2),
    ("The sea voyage was under 12 percent of the cost: ports were the bottleneck, not ships.", 4),
    ("The Ideal X sailed on 26 April 1956 with 58 containers.", 8),
    ("Loading fell from $5.86 a ton to less than 16 cents.", 10),
)
SUMMARY = (
    ("Until the nineteen-fifties cargo went to sea piece by piece, and most of the money went into the ports.", 4),
    ("The container took the ports out of it: a ship was loaded in a morning, for a few cents a ton.", 10),
)
GIST = "How a box of one size took the work, and the waiting, out of the world's ports."
TOLD = ("Cargo goes piece by piece.", "Six days of loading are the price of a voyage.", "", "A ton costs sixteen cents.")
HIGHLIGHTS = (("The sea voyage was under 12 percent of the cost: ports were the bottleneck, not ships.", 240.0, 300.0),
              ("The Ideal X left Newark with 58 boxes, and loading it cost next to nothing.", 420.0, 480.0))  # fmt: skip
QUESTIONS = (("Why unpack the truck at all?", 7),)
QUOTES = (("Loading the Ideal X cost less than sixteen cents.", 10),)
MENTIONS = (("Ideal X", "tool", 8), ("Newark", "organisation", 8))
_EVERY_S = 60.0


def fill(services: Services) -> dict[str, Episode]:
    """Four shows; episodes in every state a list knows. By title."""
    for name, (author, *rows) in SHOWS.items():
        _subscribe(services, name, author, [(str(title), float(length)) for title, length in rows])
    episodes = {each.title: each for each in services.library.episodes()}
    box, cranes, salt = (
        episodes[title] for title in ("The Box That Shrank the World", "How Cranes Learned to Wait", "Salt, Rope and Insurance")
    )
    transcript = speak(services, box)
    save(services, transcript, "takeaways", TAKEAWAYS)
    save(services, transcript, "summary", SUMMARY)
    discover(services, transcript)
    services.store.library.save_chapters(box.id, "json", chapters())
    services.store.library.save_file(box.id, path="/nowhere/box.mp3", sha256=_sha(box), bytes=11_300_000)
    services.store.library.save_position(cranes.id, 754.0)
    services.store.library.save_position(salt.id, 0.0, finished=True)
    services.queue.add([episodes[title].id for title in ("Why Venus Turns Backwards", "Whom, and Other Ghosts", "味噌の一年")])
    services.store.library.triage([episodes["Why Venus Turns Backwards"].id, episodes["味噌の一年"].id], "inbox")
    return {each.title: each for each in services.library.episodes()}


def _subscribe(services: Services, name: str, author: str, rows: list[tuple[str, float]]) -> None:
    slug = f"show-{len(services.store.cards.shows())}"
    items = tuple(
        FeedItem(title, title, Enclosure(f"https://cdn.example.org/{slug}-{n}.mp3", "audio/mpeg"),
                 published=NEWEST - timedelta(days=7 * n + len(slug) % 3, hours=n), duration_s=length, description=NOTES,
                 link=f"https://example.org/{slug}/{n}")
        for n, (title, length) in enumerate(rows)
    )  # fmt: skip
    url = f"https://{slug}.example.org/feed.xml"
    show_id, _ = services.store.library.save_feed(Feed(url, name, items, author=author), url=url)
    found = services.library.episodes(show_id)
    services.store.library.triage([each.id for each in found[:2]], "inbox")
    services.store.library.triage([each.id for each in found[2:]], "done")


def _sha(episode: Episode) -> str:
    return f"{episode.id:064d}"


def chapters() -> list[Chapter]:
    """Of the first episode."""
    ends = [*(start for _, start in CHAPTERS[1:]), 2832.0]
    return [Chapter(start, end, title, "json") for (title, start), end in zip(CHAPTERS, ends, strict=True)]


def speak(services: Services, episode: Episode) -> TranscriptId:
    """A sentence a minute, each word with its time."""
    made = services.store.insights.begin(
        episode.id, audio_sha256=_sha(episode), source="whisper", model="whisper-base", decode_version="1"
    )
    segments = []
    for n, text in enumerate(SAID):
        words, start = text.split(), n * _EVERY_S
        step = _EVERY_S / len(words)
        spoken = tuple(Word(start + i * step, start + (i + 1) * step, word) for i, word in enumerate(words))
        segments.append(Segment(start, start + _EVERY_S, text, words=spoken))
    services.store.insights.add_segments(made.id, segments)
    services.store.insights.finish(
        made.id, [Sentence(n + 1, each.start_s, each.end_s, each.text) for n, each in enumerate(segments)]
    )
    return made.id


def save(services: Services, transcript: TranscriptId, kind: str, made: tuple[tuple[str, int], ...]) -> None:
    """Takeaways or a summary, each tied to its sentence."""
    items = tuple(Point(text, SAID[n - 1], (n - 1) * _EVERY_S, n * _EVERY_S, (n,)) for text, n in made)
    services.store.insights.save_insight(
        transcript, Insight("summary" if kind == "summary" else "takeaways", "qwen3-4b", "1", items)
    )


def discover(services: Services, transcript: TranscriptId) -> None:
    """A gist, what chapters say, moments, quotes, questions and names."""
    starts = [start for _, start in CHAPTERS]
    made: dict[InsightKind, list[Point]] = {
        "gist": [Point(GIST, SAID[4], 240.0, 300.0, (5,))],
        "chapters": [Point(text, "", start, start + 300, (), "chapter") for text, start in zip(TOLD, starts, strict=True)],
        "highlights": [Point(text, "", start, end, (), "highlight", text, 0.9) for text, start, end in HIGHLIGHTS],
        "quotes": [Point(text, text, (n - 1) * _EVERY_S, n * _EVERY_S, (n,), "quote", speaker="Sam Reyes") for text, n in QUOTES],
        "questions": [Point(text, text, (n - 1) * _EVERY_S, n * _EVERY_S, (n,), "question") for text, n in QUESTIONS],
        "mentions": [Point("", SAID[n - 1], (n - 1) * _EVERY_S, n * _EVERY_S, (n,), kind, name) for name, kind, n in MENTIONS],  # type: ignore[arg-type]
    }
    for name, points in made.items():
        services.store.insights.save_insight(transcript, Insight(name, "qwen3-4b", "1", tuple(points)))


def answer(services: Services, episodes: dict[str, Episode], question: str) -> None:
    """A question that was asked of everything, and its answer."""
    box = episodes["The Box That Shrank the World"]
    empty = Answer(AnswerId(0), question, "all episodes", model="qwen3-4b", transcripts=1)
    made = services.store.answers.begin(empty, Scope(), question)
    cited = tuple(
        Citation(text, SAID[n - 1], box.id, box.title, box.show_title, (n - 1) * _EVERY_S, n * _EVERY_S, (n,), speaker=who)
        for text, n, who in (
            ("Ports were the bottleneck, not ships.", 5, ""),
            ("Loading fell to less than 16 cents.", 10, "Nora Lind"),
        )
    )
    services.store.answers.save(replace(made, sentences=cited, answered=True, complete=True, searches=("shipping cheap",)))


def work(services: Services, episodes: dict[str, Episode]) -> None:
    """One job of each state; nobody works on them."""
    jobs = services.store.jobs

    def begin(kind: str, title: str, target: str = "") -> int:
        found = episodes.get(title)
        return jobs.enqueue(kind, episode_id=found.id if found else None, target=target, title=title).id  # type: ignore[arg-type]

    failed = begin("download", "Salt, Rope and Insurance")
    jobs.fail(failed, "cdn.example.org has no such file.", "The publisher may have moved it: r tries again.")  # type: ignore[arg-type]
    done = begin("transcribe", "The Box That Shrank the World")
    stopped = begin("pull", "whisper-small", "whisper-small")
    running = begin("download", "How Cranes Learned to Wait")
    begin("insights", "Why Venus Turns Backwards")
    execute = services.store._db.execute
    execute(
        "update job set state = 'done', started_at = '2025-03-14T09:21:00+00:00', finished_at = ? where id = ?", [ENDED, done]
    )
    execute("update job set state = 'cancelled', finished_at = ? where id = ?", [ENDED, stopped])
    execute("update job set finished_at = ? where id = ?", [ENDED, failed])
    execute("update job set state = 'running', started_at = ?, pid = 1 where id = ?", [ENDED, running])
    jobs.report(running, Progress(7_200_000, 18_000_000, "bytes", "Downloading", 2_400_000.0, 4.5))  # type: ignore[arg-type]


def playing(episode: Episode, *, position_s: float = 185.0, paused: bool = False, sleep: Sleep | None = None) -> NowPlaying:
    """As the bar at the bottom gets to know it."""
    state = PlayerState(episode.id, episode.title, position_s, episode.duration_s, paused=paused, speed=1.3, volume=85.0)
    return NowPlaying(
        state, episode, tuple(chapters()), heard=((0.0, position_s), (1300.0, 1500.0)), sleep=sleep, smart_speed=True
    )
