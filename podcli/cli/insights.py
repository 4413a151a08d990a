"""Commands that answer what an episode says: every insight a language model made of it, each point with its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode
from podcli.cli.output import emit, emit_json, follow, narrate
from podcli.cli.points import (
    ChaptersJson,
    MentionsJson,
    QuestionsJson,
    QuotesJson,
    SummaryJson,
    TakeawaysJson,
    insight_json,
    markdown,
    plain,
)
from podcli.domain import Episode, Insight, InsightKind, Point
from podcli.errors import PodcliError

if TYPE_CHECKING:
    from podcli.services import Services


class _Given(TypedDict):
    """What every command here takes."""

    episode: str
    as_markdown: bool
    again: bool
    model: str
    as_json: bool


def _options(document: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds what every command here takes; `document` is what it prints as JSON."""
    return lambda command: _with_options(command, document)


def _with_options(command: Callable[..., None], document: object) -> Callable[..., None]:
    for option in (
        as_json(document),
        click.option("--model", default="", metavar="ID", help="Use this model instead of the chosen one."),
        click.option("--again", is_flag=True, help="Make it anew."),
        click.option("--md", "as_markdown", is_flag=True, help="Print Markdown."),
        episode_argument,
    ):
        command = option(command)
    return command


@click.command()
@_options(TakeawaysJson)
def takeaways(**given: Unpack[_Given]) -> None:
    """What EPISODE says, in 5 to 9 points, the strongest first; each with the second it was said and the words that prove it.

    Downloads and transcribes first when needed. The answer is kept: asking again costs nothing.

    \b
      podcli takeaways "Example Show/latest"
      podcli takeaways talk.mp3 --json
    """
    _answer("takeaways", **given)


@click.command()
@click.option(
    "--length", type=click.Choice(["short", "medium", "long"]), default="medium", show_default=True, help="60, 120 or 240 words."
)
@_options(SummaryJson)
def summary(length: str, **given: Unpack[_Given]) -> None:
    """EPISODE in about 120 words, made of checked claims only; every sentence has its second.

    \b
      podcli summary 12
      podcli summary 12 --length short
    """
    _answer("summary", length=length, **given)


@click.command()
@_options(SummaryJson)
def gist(**given: Unpack[_Given]) -> None:
    """EPISODE in one sentence.

    \b
      podcli gist 12
    """
    _answer("gist", **given)


@click.command()
@_options(ChaptersJson)
def chapters(**given: Unpack[_Given]) -> None:
    """The chapters of EPISODE: the publisher's when there are any, else made here from what was said.

    The publisher's are there at once; with --again a model also tells what is said in them.

    \b
      podcli chapters 12 --json
    """
    _answer("chapters", **given)


@click.command()
@_options(QuotesJson)
def quotes(**given: Unpack[_Given]) -> None:
    """Sentences of EPISODE worth repeating, word for word as they were said.

    \b
      podcli quotes 12
    """
    _answer("quotes", **given)


@click.command()
@_options(QuestionsJson)
def questions(**given: Unpack[_Given]) -> None:
    """The questions that are raised in EPISODE.

    \b
      podcli questions 12
    """
    _answer("questions", **given)


@click.command()
@_options(MentionsJson)
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
        emit(markdown(found, made, source))
    else:
        emit(plain(found, made, source))


def obtain(
    services: Services, kind: InsightKind, episode: str, *, again: bool = False, model: str = ""
) -> tuple[Episode, Insight]:
    """An insight of the episode a person named, made now when it is missing. Raises PodcliError."""
    found = find_episode(services, episode)
    if kind == "chapters" and not again and not model and (published := _published(services, found)):
        return found, published
    jobs = services.insights.request(found.id, kind, again=again, model=model, priority=1)
    follow(services, jobs)
    made = services.insights.insight(found.id, kind, model=model)
    if made is None:
        raise PodcliError("The answer is not there although the work ended well.", "Run the command again with --again.")
    return services.library.episode(found.id), made


def _published(services: Services, episode: Episode) -> Insight | None:
    """The publisher's chapters as they are, when there are any and no model has read the episode yet."""
    chapters = services.insights.chapters(episode.id)
    if not chapters or chapters[0].source == "podcli" or services.insights.insight(episode.id, "chapters"):
        return None
    ends = [chapter.start_s for chapter in chapters[1:]] + [episode.duration_s or 0.0]
    return Insight("chapters", "", "", tuple(
        Point("", "", chapter.start_s, max(chapter.start_s, chapter.end_s or end), kind="chapter", title=chapter.title)
        for chapter, end in zip(chapters, ends, strict=True)
    ))  # fmt: skip


def shortened(made: Insight, length: str) -> Insight:
    """A summary of the wanted length; other kinds as they are."""
    if made.kind != "summary":
        return made
    from podcli.pipeline.lengths import shorten

    return replace(made, items=tuple(shorten(made.items, length)))
