"""How insights are written out: for a terminal, as Markdown, as JSON. Each point has its proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from podcli.cli.output import wrap
from podcli.domain import Episode, Insight, InsightKind, Point
from podcli.domain.documents import EpisodeJson, PointKindField, SourceField, SpeakerField, episode_json
from podcli.domain.schema import Seconds
from podcli.exports.escaping import markdown_text
from podcli.text import clean_line, timecode

_HEADINGS: dict[InsightKind, str] = {
    "takeaways": "Takeaways", "summary": "Summary", "gist": "Gist", "chapters": "Chapters", "highlights": "Highlights",
    "quotes": "Quotes", "questions": "Questions", "mentions": "Mentioned",
}  # fmt: skip
_LISTS: dict[InsightKind, str] = {"summary": "sentences", "gist": "sentences"}
"""Under which key ``--json`` has the points; else the kind's own name."""
_NOTHING: dict[InsightKind, str] = {
    "highlights": "Nothing stands out in this episode.", "quotes": "No sentence is worth repeating on its own.",
    "questions": "No question was raised.", "mentions": "Nobody and nothing is mentioned by name.",
}  # fmt: skip


class PointJson(TypedDict):
    """A statement with its proof."""

    text: Annotated[str, "What is stated; '': nothing besides the title."]
    quote: Annotated[str, "The words that prove it, copied from the transcript; '': none were."]
    start: Annotated[Seconds | None, "Where they begin; null: the transcript has no times."]
    end: Annotated[Seconds | None, "Where they end; null: the transcript has no times."]
    kind: PointKindField
    title: Annotated[str | None, "Of a chapter or highlight, or the name of what is mentioned; null: it has none."]
    speaker: SpeakerField
    score: Annotated[float, "How much it matters among its like; higher is more."]
    sentences: Annotated[list[int], "Which sentences of the transcript prove it, from 1."]


class InsightJson(TypedDict):
    """What a model made of an episode."""

    episode: EpisodeJson
    model: Annotated[str | None, "Which model; null: none did, it is the publisher's."]
    adapters: Annotated[str | None, "The LoRA adapters that took part, with their scales; null: none."]
    prompt_version: Annotated[str | None, "Of the instructions the model had; null: none did."]
    notice: Annotated[str | None, "A sentence on what is odd about it; null: nothing."]


class TakeawaysJson(InsightJson):
    """The points of an episode, the strongest first."""

    takeaways: Annotated[list[PointJson], "5 to 9."]


class SummaryJson(InsightJson):
    """An episode in a paragraph, or in a sentence."""

    text: Annotated[str, "The whole of it."]
    sentences: Annotated[list[PointJson], "Its sentences, each with its proof."]


class ChaptersJson(InsightJson):
    """The chapters of an episode, and what is said in them."""

    source: SourceField
    chapters: Annotated[list[PointJson], "In order of time."]


class HighlightsJson(InsightJson):
    """Moments of 30 to 90 seconds that tell most."""

    highlights: Annotated[list[PointJson], "In order of time."]


class QuotesJson(InsightJson):
    """Sentences worth repeating."""

    quotes: Annotated[list[PointJson], "In order of time."]


class QuestionsJson(InsightJson):
    """The questions that are raised."""

    questions: Annotated[list[PointJson], "In order of time."]


class MentionsJson(InsightJson):
    """Who and what is mentioned."""

    mentions: Annotated[list[PointJson], "In order of time, each where it is mentioned first."]


_TASTE = 240
"""Characters of what is said in a highlight that are printed; Markdown and JSON have all of it."""


def plain(episode: Episode, made: Insight, source: str = "") -> str:
    """An insight for a terminal: each point with when and in which words it was said. `source` is where chapters come from."""
    head = wrap(clean_line(f"{episode.show_title} — {episode.title}"))
    by = wrap(f"{_by(made, source)}, made on this machine." if made.model else f"{_by(made, source)}.")
    body = [line for number, item in enumerate(made.items, 1) for line in _lines(made.kind, number, item)]
    if made.kind == "summary":
        body = [wrap(" ".join(item.text for item in made.items)), "", *body]
    nothing = [] if made.items else [wrap(_NOTHING.get(made.kind, "Nothing was said that could be quoted."))]
    return "\n".join([head, by, "", *body, *nothing]).rstrip()


def _by(made: Insight, source: str) -> str:
    """What it is and who made it: the author's chapters stay the author's."""
    maker = f"{made.model} with {made.adapters}" if made.adapters else made.model
    if source and source != "podcli":
        return f"Chapters by the publisher; what is said in them by {maker}" if maker else "Chapters by the publisher"
    return f"{_HEADINGS[made.kind]} by {maker}"


def _lines(kind: InsightKind, number: int, item: Point) -> list[str]:
    """One point in a terminal."""
    if kind == "summary":
        return [wrap(f"{_span(item)}  “{item.quote}”", indent=" " * 15, first="  ")]
    if kind == "mentions":
        return [wrap(f"{_when(item):>8}  {item.title} ({item.kind})", indent=" " * 10, first="")]
    if kind in ("quotes", "questions"):
        words = f"“{item.text}”" if kind == "quotes" else item.text
        return [wrap(f"{_when(item):>8}  {words}{_voice(item)}", indent=" " * 10, first=""), ""]
    if kind == "chapters":
        told = [wrap(item.text, indent=" " * 10, first=" " * 10)] if item.text else []
        return [wrap(f"{_when(item):>8}  {item.title}", indent=" " * 10, first=""), *told]
    text = item.text if item.kind != "quote" else f"“{item.text}”"
    first = f"{number:2}. " if kind != "gist" else " " * 4
    head = wrap(text + (_voice(item) if item.kind == "quote" else ""), indent=" " * 4, first=first)
    quote = _beginning(item.quote) if kind == "highlights" else item.quote
    proof = f"{_span(item)}  “{quote}”{_voice(item)}" if item.kind != "quote" else _span(item)
    return [head, wrap(proof, indent=" " * 6, first=" " * 4), ""]


def _beginning(quote: str) -> str:
    """Of a minute of talk, as much as tells whether to hear it."""
    return quote if len(quote) <= _TASTE else quote[: quote.rfind(" ", 0, _TASTE)].rstrip(" ,;:–—") + " …"


def _voice(item: Point) -> str:
    return f" — {clean_line(item.speaker)}" if item.speaker else ""


def _when(item: Point) -> str:
    """The second something was said or, in a transcript without times, the sentence."""
    return timecode(item.start_s) if item.timed else f"S{item.sentences[0]}" if item.sentences else ""


def _span(item: Point) -> str:
    """From when to when, or from which sentence to which."""
    ends = timecode(item.end_s) if item.timed else f"S{item.sentences[-1]}" if item.sentences else ""
    return _when(item) if ends == _when(item) else f"{_when(item)}–{ends}"


def markdown(episode: Episode, made: Insight, source: str = "") -> str:
    """An insight as Markdown."""
    by = f"*{markdown_text(episode.show_title)}* · {markdown_text(_by(made, source))}"
    lines = [f"# {markdown_text(episode.title)}", "", by, ""]
    if made.kind == "summary":
        lines += [" ".join(markdown_text(item.text) for item in made.items), ""]
    for item in made.items:
        title = f"**{markdown_text(item.title)}** " if item.title else ""
        text = markdown_text(item.text) if item.text != item.title else ""
        if item.kind in ("quote", "question"):
            lines += [f"- “{text}”{markdown_text(_voice(item))}  ", f"  `{_span(item)}`"]
            continue
        if made.kind != "summary":
            lines.append(f"- {title}{text}".rstrip())
        if item.quote or _span(item):
            lines.append(f"  > `{_when(item)}` “{markdown_text(item.quote)}”" if item.quote else f"  `{_span(item)}`")
    return "\n".join(lines)


def point_json(item: Point) -> PointJson:
    """A point as every ``--json`` prints it: times in seconds (null: unknown), `sentences` by number in the transcript."""
    times = (round(item.start_s, 2), round(item.end_s, 2)) if item.timed else (None, None)
    return {
        "text": item.text, "quote": item.quote, "start": times[0], "end": times[1], "kind": item.kind,
        "title": item.title or None, "speaker": item.speaker or None, "score": round(item.score, 3),
        "sentences": list(item.sentences),
    }  # fmt: skip


def insight_json(episode: Episode, made: Insight, source: str = "") -> dict[str, object]:
    """An insight as every ``--json`` prints it; chapters say where they come from."""
    text = " ".join(item.text for item in made.items)
    return {
        "episode": episode_json(episode),
        "model": made.model or None,
        "adapters": made.adapters or None,
        "prompt_version": made.prompt_version or None,
        **({"text": text} if made.kind in ("summary", "gist") else {}),
        **({"source": source or "podcli"} if made.kind == "chapters" else {}),
        _LISTS.get(made.kind, made.kind): points_json(made.items),
        "notice": made.notice or None,
    }


def points_json(items: Sequence[Point]) -> list[PointJson]:
    """Points in their order."""
    return [point_json(item) for item in items]
