"""Search titles, show notes, and what was said, by words and by meaning."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show, find_episode
from podcli.cli.output import emit, emit_json, emit_line, narrate, wrap
from podcli.domain.documents import PlayLineJson, SpeakerField
from podcli.domain.schema import Seconds
from podcli.errors import UsageError
from podcli.text import clean, clean_line, timecode

if TYPE_CHECKING:
    from podcli.store.search import Hit

_WHERE = {"title": "title", "notes": "notes", "said": "said"}


class HitJson(TypedDict):
    """A place where words were found."""

    number: Annotated[int, "The number of the episode."]
    title: Annotated[str, "The title of the episode."]
    show: Annotated[str, "The title of its show."]
    where: Annotated[Literal["title", "said", "notes"], "In its title, in what was said, or in the show notes."]
    start: Annotated[Seconds | None, "Where it begins; null: it was not said, or the transcript has no times."]
    end: Annotated[Seconds | None, "Where it ends; null: it was not said, or the transcript has no times."]
    text: Annotated[str, "The words around it."]
    speaker: SpeakerField
    likeness: Annotated[float, "How near it is by meaning, up to 1."]
    marks: Annotated[list[list[int]], "Where in `text` the words stand: from which character to before which."]


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--show", metavar="SHOW", help="Only in this show.", shell_complete=complete_show)
@click.option("--episode", metavar="EPISODE", help="Only in this episode.", shell_complete=complete_episode)
@click.option("--since", metavar="WHEN", help="Only episodes since then: 7d, 2w, yesterday, 2026-11-01.")
@click.option("--until", metavar="WHEN", help="Only episodes before then.")
@click.option("--speaker", metavar="NAME", help="Only what somebody of this name said, where the transcript knows.")
@click.option("--heard/--unheard", default=None, help="Only episodes you heard to the end, or did not.")
@click.option("--limit", "-n", default=20, show_default=True, help="How many, of each kind.")
@click.option("--play", "play_number", type=int, metavar="N", help="Play the Nth of what was found, at its second.")
@as_json(list[HitJson] | PlayLineJson)
@click.pass_context
def search(
    context: click.Context,
    words: tuple[str, ...],
    show: str | None,
    episode: str | None,
    since: str | None,
    until: str | None,
    speaker: str | None,
    heard: bool | None,
    limit: int,
    play_number: int | None,
    as_json: bool,
) -> None:
    """Find WORDS: in titles, in what was said (where a transcript exists) and in show notes.

    What was said is found by its words and by its meaning: "sleeping badly" finds talk of insomnia.

    \b
      podcli search container ship
      podcli search "suez canal" --since 2w --json
      podcli search vector databases --speaker Chang --play 1
    """
    from podcli.services import open_services
    from podcli.services.query import moment
    from podcli.store.passages import Scope

    now = datetime.now(UTC).astimezone()
    with open_services() as services:
        chosen = services.library.show(show) if show else None
        scope = Scope(
            chosen.id if chosen else None, find_episode(services, episode).id if episode else None,
            moment(since, now) if since else None, moment(until, now) if until else None, speaker or "", heard,
        )  # fmt: skip
        services.search.prepare(_told)
        hits = services.search.search(" ".join(words), scope, limit=max(1, limit))
        if play_number is not None:
            chosen_hit = _chosen(hits, play_number)
            target = (str(chosen_hit.episode_id), timecode(chosen_hit.start_s or 0.0))
    if play_number is not None:
        from podcli.cli.listen import play

        context.invoke(play, **playing(context, *target))
        return
    if as_json:
        emit_json([_json(hit, " ".join(words)) for hit in hits])
        return
    if not hits:
        narrate("Nothing was found. What was said can be searched once an episode has a transcript.")
    for number, hit in enumerate(hits, 1):
        _print(number, hit, " ".join(words))


def _told(done: int, total: int) -> None:
    """Progress of indexing, where it takes long enough to be seen."""
    if total > 5 and (done == total or done % 20 == 0):
        narrate(f"Making {total} transcripts searchable by meaning: {done} done.")


def _chosen(hits: list[Hit], number: int) -> Hit:
    if not 1 <= number <= len(hits):
        raise UsageError(f"There is no hit {number}: {len(hits)} were found.", "Run the search without --play to see them.")
    return hits[number - 1]


def playing(context: click.Context, episode: str, at: str) -> dict[str, object]:
    """The parameters of `podcli play EPISODE --from AT`."""
    from podcli.cli.listen import play

    with play.make_context("play", [episode, "--from", at], parent=context.parent) as made:
        return dict(made.params)


def _json(hit: Hit, words: str) -> HitJson:
    from podcli.services.query import marks

    return {
        "number": hit.episode_id, "title": hit.episode_title, "show": hit.show_title, "where": hit.where,
        "start": hit.start_s if _timed(hit) else None, "end": hit.end_s if _timed(hit) else None,
        "text": hit.text, "speaker": hit.speaker or None, "likeness": round(hit.likeness, 3),
        "marks": [list(place) for place in marks(hit.text, words)],
    }  # fmt: skip


def _timed(hit: Hit) -> bool:
    """Whether it is known when it was said: neither titles nor transcripts without times tell."""
    return hit.start_s is not None and bool(hit.end_s)


def _print(number: int, hit: Hit, words: str) -> None:
    place = timecode(hit.start_s or 0.0) if _timed(hit) else _WHERE[hit.where]
    head = f"{clean_line(hit.episode_title)} ({clean_line(hit.show_title)}), {place} · episode {hit.episode_id}"
    emit(wrap(head, first=f"{number:>3}. ", indent="     "))
    if hit.where != "title":
        who = f" — {clean_line(hit.speaker)}" if hit.speaker else ""
        text = clean_line(hit.text)
        told = clean(wrap(f"“{text}”{who}" if hit.where == "said" else text, indent="     "))
        for line in told.split("\n"):
            emit_line(_marked(line, words))


def _marked(line: str, words: str) -> str:
    """A line with the words of the search in bold, on a terminal."""
    from podcli.services.query import marks

    if not sys.stdout.isatty():
        return line
    for start, end in reversed(marks(line, words)):
        line = f"{line[:start]}\x1b[1m{line[start:end]}\x1b[22m{line[end:]}"
    return line
