"""All that is known about one episode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode
from podcli.cli.output import emit, emit_json, wrap
from podcli.cli.rows import gist_text
from podcli.domain import Chapter, Episode
from podcli.domain.documents import EpisodeJson, PersonsField, SourceField, episode_json, person_json
from podcli.domain.schema import Seconds
from podcli.domain.shows import in_words
from podcli.errors import PodcliError
from podcli.text import clean_line, human_duration, timecode

if TYPE_CHECKING:
    from podcli.services import Services

_SOURCES = {"embedded": "in the audio", "feed": "the publisher's", "json": "the publisher's", "notes": "times in the notes",
            "podcli": "made on this machine"}  # fmt: skip
_TRIAGE = {"inbox": "in the inbox", "later": "kept for later", "done": ""}


class ChapterJson(TypedDict):
    """A chapter."""

    start: Annotated[Seconds, "Where it begins."]
    end: Annotated[Seconds | None, "Where it ends; null: where the next begins."]
    title: Annotated[str, "Its title."]
    source: SourceField


class WholeEpisodeJson(EpisodeJson):
    """All that is known of an episode."""

    queued: Annotated[int | None, "Its place in the queue, from 1; null: not queued."]
    persons: PersonsField
    gist: Annotated[str | None, "The episode in a sentence, by a model; null: none yet."]
    notes: Annotated[str, "The show notes as plain text; '': none."]
    links: Annotated[list[str], "The web addresses in them."]
    chapters: Annotated[list[ChapterJson], "Of the best source, in order."]


@click.command()
@episode_argument
@as_json(WholeEpisodeJson)
def episode(episode: str, as_json: bool) -> None:
    """What is known about EPISODE: facts, chapters and where they come from, show notes and the links in them.

    \b
      podcli episode "Example Show/latest"
      podcli episode 12 --json
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episode(services, episode)
        chapters = services.insights.chapters(found.id)
        links = services.library.links(found)
        queued = next((n for n, each in enumerate(services.queue.episodes(), 1) if each.id == found.id), None)
        persons = services.library.persons(found)
        gist = services.library.gists([found.id]).get(found.id)
        model = _model_of(services, found, chapters)
        if as_json:
            emit_json(WholeEpisodeJson(
                **episode_json(found), queued=queued, persons=[person_json(each) for each in persons], gist=gist_text(gist),
                notes=found.description, links=links, chapters=[_chapter(chapter) for chapter in chapters],
            ))  # fmt: skip
            return
        facts = _facts(found, queued, in_words(persons))
        parts = ["\n".join(facts), wrap(clean_line(f"{gist.text} (by {gist.model})")) if gist else "",
                 _chapters(chapters, model)]  # fmt: skip
        notes = "\n".join(wrap(line) for line in found.description.splitlines())
        emit("\n\n".join(part for part in [*parts, notes, "\n".join(links)] if part))


def _model_of(services: Services, episode: Episode, chapters: Sequence[Chapter]) -> str:
    """Which model named the chapters; '' when it was a person."""
    if not chapters or chapters[0].source != "podcli":
        return ""
    try:
        made = services.insights.insight(episode.id, "chapters")
    except PodcliError:  # a setting names a model that does not exist
        return ""
    return made.model if made else ""


def _facts(episode: Episode, queued: int | None, persons: str) -> list[str]:
    heard = (
        "heard" if episode.finished else f"heard to {timecode(episode.position_s)}" if episode.position_s >= 1 else "not heard"
    )
    state = [heard, _TRIAGE[episode.triage], f"number {queued} in the queue" if queued else ""]
    has = ["audio"] if episode.audio_path else []
    has += ["transcript"] if episode.has_transcript else []
    has += ["takeaways"] if episode.has_takeaways else []
    facts = {
        "Episode": f"{episode.title}",
        "Show": episode.show_title,
        "With": persons,
        "Number": f"{episode.id} (stable id {episode.key})",
        "Published": f"{episode.published:%Y-%m-%d}" if episode.published else "",
        "Length": human_duration(episode.duration_s) if episode.duration_s else "",
        "State": ", ".join(filter(None, state)),
        "On this machine": ", ".join(has) or "nothing yet",
        "File": episode.audio_path,
        "Audio": episode.enclosure.url,
    }
    return [f"{name + ':':<17}{clean_line(value)}" for name, value in facts.items() if value]


def _chapters(chapters: Sequence[Chapter], model: str) -> str:
    if not chapters:
        return ""
    by = f" by {clean_line(model)}" if model else ""
    lines = [f"{timecode(chapter.start_s):>8}  {clean_line(chapter.title)}" for chapter in chapters]
    return "\n".join([f"Chapters ({_SOURCES.get(chapters[0].source, chapters[0].source)}{by}):", *lines])


def _chapter(chapter: Chapter) -> ChapterJson:
    return {"start": chapter.start_s, "end": chapter.end_s, "title": chapter.title, "source": chapter.source}
