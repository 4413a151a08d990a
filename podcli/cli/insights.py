"""Commands that answer what an episode says: every insight a language model made of it, each point with its proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode
from podcli.cli.output import emit, emit_json, follow, narrate, wrap
from podcli.cli.rows import episode_json
from podcli.domain import Episode, Insight, InsightKind, Point
from podcli.errors import PodcliError
from podcli.text import clean_line, timecode

if TYPE_CHECKING:
    from podcli.services import Services

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


class _Given(TypedDict):
    """What every command here takes."""

    episode: str
    as_markdown: bool
    again: bool
    model: str
    as_json: bool


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds what every command here takes."""
    for option in (
        as_json,
        click.option("--model", default="", metavar="ID", help="Use this model instead of the chosen one."),
        click.option("--again", is_flag=True, help="Make it anew."),
        click.option("--md", "as_markdown", is_flag=True, help="Print Markdown."),
        episode_argument,
    ):
        command = option(command)
    return command


@click.command(short_help="The points of an episode, each with its proof.")
@_options
def takeaways(**given: Unpack[_Given]) -> None:
    """What EPISODE says, in 5 to 9 points, the strongest first; each with the second it was said and the words that prove it.

    Downloads and transcribes first when needed. The answer is kept: asking again costs nothing.

    \b
      podcli takeaways "Example Show/latest"
      podcli takeaways talk.mp3 --json
    """
    _answer("takeaways", **given)


@click.command(short_help="A short summary with its sources.")
@click.option(
    "--length", type=click.Choice(["short", "medium", "long"]), default="medium", show_default=True, help="60, 120 or 240 words."
)
@_options
def summary(length: str, **given: Unpack[_Given]) -> None:
    """EPISODE in about 120 words, made of checked claims only; every sentence has its second.

    \b
      podcli summary 12
      podcli summary 12 --length short
    """
    _answer("summary", length=length, **given)


@click.command(short_help="One sentence on an episode.")
@_options
def gist(**given: Unpack[_Given]) -> None:
    """EPISODE in one sentence.

    \b
      podcli gist 12
    """
    _answer("gist", **given)


@click.command(short_help="Where an episode's subjects begin.")
@_options
def chapters(**given: Unpack[_Given]) -> None:
    """The chapters of EPISODE: the publisher's when there are any, else made here from what was said.

    \b
      podcli chapters 12 --json
    """
    _answer("chapters", **given)


@click.command(short_help="Sentences worth repeating, word for word.")
@_options
def quotes(**given: Unpack[_Given]) -> None:
    """Sentences of EPISODE worth repeating, word for word as they were said.

    \b
      podcli quotes 12
    """
    _answer("quotes", **given)


@click.command(short_help="The questions an episode raises.")
@_options
def questions(**given: Unpack[_Given]) -> None:
    """The questions that are raised in EPISODE.

    \b
      podcli questions 12
    """
    _answer("questions", **given)


@click.command(short_help="People, tools, books, papers and links in an episode.")
@_options
def mentions(**given: Unpack[_Given]) -> None:
    """Who and what is mentioned in EPISODE: people, organisations, tools, books, papers and links, with the first mention.

    \b
      podcli mentions 12
    """
    _answer("mentions", **given)


def _answer(
    kind: InsightKind, *, episode: str, as_markdown: bool, again: bool, model: str, as_json: bool, length: str = "medium"
) -> None:
    from podcli.services import open_services

    with open_services() as services:
        found, made = obtain(services, kind, episode, again=again, model=model)
        show(services, found, shortened(made, length), as_json=as_json, as_markdown=as_markdown)


def show(services: Services, found: Episode, made: Insight, *, as_json: bool, as_markdown: bool) -> None:
    """Print an insight in the form that was asked for, and what there is to say about it."""
    if made.notice:
        narrate(made.notice)
    if made.items and not any(item.timed for item in made.items):
        narrate("This transcript has no times: S12 is its 12th sentence.")
    source = next((chapter.source for chapter in services.insights.chapters(found.id)), "") if made.kind == "chapters" else ""
    if as_json:
        emit_json(insight_json(found, made, source))
    elif as_markdown:
        emit(_markdown(found, made, source))
    else:
        emit(plain(found, made, source))


def obtain(
    services: Services, kind: InsightKind, episode: str, *, again: bool = False, model: str = ""
) -> tuple[Episode, Insight]:
    """An insight of the episode a person named, made now when it is missing. Raises PodcliError."""
    found = find_episode(services, episode)
    jobs = services.insights.request(found.id, kind, again=again, model=model, priority=1)
    follow(services, jobs)
    made = services.insights.insight(found.id, kind, model=model)
    if made is None:
        raise PodcliError("The answer is not there although the work ended well.", "Run the command again with --again.")
    return services.library.episode(found.id), made


def shortened(made: Insight, length: str) -> Insight:
    """A summary of the wanted length; other kinds as they are."""
    if made.kind != "summary":
        return made
    from podcli.pipeline.lengths import shorten

    return replace(made, items=tuple(shorten(made.items, length)))


def plain(episode: Episode, made: Insight, source: str = "") -> str:
    """An insight for a terminal: each point with when and in which words it was said. `source` is where chapters come from."""
    head = wrap(clean_line(f"{episode.show_title} — {episode.title}"))
    by = wrap(f"{_by(made, source)}, made on this machine.")
    body = [line for number, item in enumerate(made.items, 1) for line in _lines(made.kind, number, item)]
    if made.kind == "summary":
        body = [wrap(" ".join(item.text for item in made.items)), "", *body]
    nothing = [] if made.items else [wrap(_NOTHING.get(made.kind, "Nothing was said that could be quoted."))]
    return "\n".join([head, by, "", *body, *nothing]).rstrip()


def _by(made: Insight, source: str) -> str:
    """What it is and who made it: the author's chapters stay the author's."""
    maker = f"{made.model} with {made.adapters}" if made.adapters else made.model
    if source and source != "podcli":
        return f"Chapters by the publisher; what is said in them by {maker}"
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
    head = wrap(text + (_voice(item) if item.kind == "quote" else ""), indent="    ", first=f"{number:2}. ")
    proof = f"{_span(item)}  “{item.quote}”{_voice(item)}" if item.kind != "quote" else _span(item)
    return [head, wrap(proof, indent=" " * 6, first=" " * 4), ""]


def _voice(item: Point) -> str:
    return f" — {clean_line(item.speaker)}" if item.speaker else ""


def _when(item: Point) -> str:
    """The second something was said or, in a transcript without times, the sentence."""
    return timecode(item.start_s) if item.timed else f"S{item.sentences[0]}" if item.sentences else ""


def _span(item: Point) -> str:
    """From when to when, or from which sentence to which."""
    ends = timecode(item.end_s) if item.timed else f"S{item.sentences[-1]}" if item.sentences else ""
    return _when(item) if ends == _when(item) else f"{_when(item)}–{ends}"


def _markdown(episode: Episode, made: Insight, source: str) -> str:
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


def markdown_text(text: str) -> str:
    """Words that cannot be taken for Markdown or HTML."""
    for char in "\\`*_[]<>#|":
        text = text.replace(char, "\\" + char if char not in "<>" else {"<": "&lt;", ">": "&gt;"}[char])
    return clean_line(text)


def point_json(item: Point) -> dict[str, object]:
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
        "model": made.model,
        "adapters": made.adapters or None,
        "prompt_version": made.prompt_version,
        **({"text": text} if made.kind in ("summary", "gist") else {}),
        **({"source": source or "podcli"} if made.kind == "chapters" else {}),
        _LISTS.get(made.kind, made.kind): points_json(made.items),
        "notice": made.notice or None,
    }


def points_json(items: Sequence[Point]) -> list[dict[str, object]]:
    """Points in their order."""
    return [point_json(item) for item in items]
