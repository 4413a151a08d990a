"""Commands over moments that were kept."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show, find_episode, time_of
from podcli.cli.output import emit, emit_json, follow, narrate, wrap
from podcli.domain import SnipId
from podcli.domain.documents import MomentLineJson, SnipJson, snip_json
from podcli.errors import PodcliError, UsageError
from podcli.text import clean_line, parse_timecode, timecode

if TYPE_CHECKING:
    from podcli.domain import Episode, SnipCard
    from podcli.services import Services
    from podcli.services.snips import Kept

_NONE = "No snips. `podcli snip` keeps what was just said while something plays."
_LEAST_S, _MOST_S = 5.0, 600.0


class TagJson(TypedDict):
    """A tag."""

    tag: Annotated[str, "Without #."]
    snips: Annotated[int, "How many have it."]


class RemovedSnipsJson(TypedDict):
    """What was taken out of the library."""

    removed: Annotated[list[int], "The numbers of the snips."]


@click.command()
@click.argument("episode", required=False, metavar="[EPISODE]", shell_complete=complete_episode)
@click.option("--at", "at", metavar="TIME", help="The moment, such as 12:34; default: what plays now, or where you left off.")
@click.option("--back", default="45s", show_default=True, metavar="TIME", help="So much before it is meant: 45s, 1:30.")
@click.option("--note", default="", help="Your own words.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="May be given several times.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until its words and title are there.")
@as_json(SnipJson)
def snip(episode: str | None, at: str | None, back: str, note: str, tags: tuple[str, ...], wait: bool, as_json: bool) -> None:
    """Keep what was said before a moment: its words, cut at sentences, with a title. Without EPISODE: of what plays now.

    An episode nobody transcribed yet is no obstacle: that stretch of it is heard first. `podcli undo` takes the snip back.

    \b
      podcli snip
      podcli snip "Example Show/latest" --at 12:34 --back 60s --tag idea
    """
    from podcli.services import open_services

    with open_services() as services:
        found, second = _moment(services, episode, at)
        kept = services.snips.keep(found.id, second, back_s=_back(back), note=note, tags=tags, priority=1)
        _finish(services, kept, wait=wait, as_json=as_json)


@click.group(invoke_without_command=True)
@click.option("--episode", metavar="EPISODE", help="Only of this episode, in order of time.", shell_complete=complete_episode)
@click.option("--show", metavar="SHOW", help="Only of this show.", shell_complete=complete_show)
@click.option("--tag", default="", metavar="TAG", help="Only with this tag.")
@click.option("--starred", is_flag=True, help="Only those with a star.")
@click.option("--since", metavar="WHEN", help="Only those made since then: 7d, 2w, 2026-11-01.")
@click.option("--search", "words", default="", metavar="WORDS", help="Only those with all these words in them.")
@click.option("--limit", "-n", default=50, show_default=True, help="How many.")
@as_json(list[SnipJson])
@click.pass_context
def snips(
    context: click.Context, episode: str | None, show: str | None, tag: str, starred: bool, since: str | None, words: str,
    limit: int, as_json: bool,
) -> None:  # fmt: skip
    """Snips, the newest first. Without a subcommand: list. `podcli undo` takes every change back.

    \b
      podcli snips --tag idea
      podcli snips --search "container ship" --json
      podcli snips --starred play
    """
    from podcli.services import open_services

    def chosen(services: Services) -> list[SnipCard]:
        from podcli.services.query import moment

        of = find_episode(services, episode).id if episode else None
        by = services.library.show(show).id if show else None
        begin = moment(since, datetime.now().astimezone()) if since else None
        return services.snips.cards(
            episode_id=of, show_id=by, tag=tag.lstrip("#"), starred=starred, since=begin, words=words, limit=max(1, limit)
        )

    context.obj = chosen
    if context.invoked_subcommand is None:
        with open_services() as services:
            found = chosen(services)
            if as_json:
                emit_json([snip_json(card) for card in found])
            elif not found:
                narrate(_NONE)
            for card in () if as_json else found:
                emit(_lines(card))


@snips.command(short_help="One snip, whole.")
@click.argument("number", type=int)
@as_json(SnipJson)
def show(number: int, as_json: bool) -> None:
    """Snip NUMBER with its words, summary, takeaway and your note.

    \b
      podcli snips show 3
    """
    from podcli.services import open_services

    with open_services() as services:
        card = services.snips.card(SnipId(number))
        emit_json(snip_json(card)) if as_json else emit(_whole(card))


@snips.command(short_help="Change one: range, title, note, tags, star.")
@click.argument("number", type=int)
@click.option("--begin", default=0, metavar="N", help="Let it begin N sentences later; -1 is one earlier.")
@click.option("--end", default=0, metavar="N", help="Let it end N sentences later; -1 is one earlier.")
@click.option("--title", help="A title no model replaces.")
@click.option("--note", help="Your own words; '' for none.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Add a tag.")
@click.option("--untag", "untags", multiple=True, metavar="TAG", help="Take a tag away.")
@click.option("--star/--no-star", default=None, help="One of the best, or not.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the new title when the range changed.")
@as_json(SnipJson)
def edit(
    number: int, begin: int, end: int, title: str | None, note: str | None, tags: tuple[str, ...], untags: tuple[str, ...],
    star: bool | None, wait: bool, as_json: bool,
) -> None:  # fmt: skip
    """Change snip NUMBER. Its range moves by sentences.

    \b
      podcli snips edit 3 --begin -1 --end 2
      podcli snips edit 3 --note "Ask Ann about this" --tag idea --star
    """
    from podcli.services import open_services
    from podcli.services.snips import Kept

    with open_services() as services:
        verbs, snip_id = services.snips, SnipId(number)
        kept = Kept(verbs.get(snip_id))
        if title is not None:
            verbs.title(snip_id, title)
        if note is not None:
            verbs.note(snip_id, note)
        if tags or untags:
            verbs.tag(snip_id, tags, untags)
        if star is not None:
            verbs.star(snip_id, star)
        if begin or end:
            kept = verbs.move(snip_id, begin=begin, end=end, priority=1)
        _finish(services, Kept(verbs.get(snip_id), kept.jobs, kept.lacks), wait=wait, as_json=as_json)


@snips.command(short_help="Get words and title that could not be had before.")
@click.argument("number", type=int)
@as_json(SnipJson)
def again(number: int, as_json: bool) -> None:
    """Hear and title snip NUMBER once more, such as after `podcli models pull`.

    \b
      podcli snips again 3
    """
    from podcli.services import open_services

    with open_services() as services:
        _finish(services, services.snips.again(SnipId(number), priority=1), wait=True, as_json=as_json)


@snips.command(short_help="Take snips out of the library.")
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="NUMBER...")
@as_json(RemovedSnipsJson)
def remove(numbers: tuple[int, ...], as_json: bool) -> None:
    """Remove each snip NUMBER; `podcli undo` brings them back.

    \b
      podcli snips remove 3 4
    """
    from podcli.services import open_services

    with open_services() as services:
        gone = services.snips.remove([SnipId(number) for number in numbers])
        if as_json:
            emit_json(RemovedSnipsJson(removed=[snip.id for snip in gone]))
        narrate(f"Removed {'1 snip' if len(gone) == 1 else f'{len(gone)} snips'}; `podcli undo` brings back what is gone.")


@snips.command(short_help="Every tag, and how many snips have it.")
@as_json(list[TagJson])
def tags(as_json: bool) -> None:
    """The tags of all snips, the commonest first.

    \b
      podcli snips tags
    """
    from podcli.services import open_services

    with open_services() as services:
        found = services.store.snips.tags()
        if as_json:
            emit_json([TagJson(tag=tag, snips=count) for tag, count in found])
        elif not found:
            narrate("No snip has a tag. `podcli snips edit NUMBER --tag TAG` gives it one.")
        for tag, count in () if as_json else found:
            emit(f"{count:>5}  {clean_line(tag)}")


@snips.command(short_help="Hear snips one after the other.")
@click.argument("numbers", type=int, nargs=-1, metavar="[NUMBER]...")
@click.option("--speed", type=click.FloatRange(0.5, 4.0), help="0.5 to 4; wins over the show's own.")
@click.option("--silent", is_flag=True, help="Run the clock without sound.")
@as_json(MomentLineJson)
@click.pass_context
def play(context: click.Context, numbers: tuple[int, ...], speed: float | None, silent: bool, as_json: bool) -> None:
    """Play each snip NUMBER, or all that `podcli snips` would list, back to back; a key leads into the whole episode.

    \b
      podcli snips play 3 4
      podcli snips --tag idea play
    """
    from podcli.cli.play import Wishes, run_moments
    from podcli.services import open_services
    from podcli.services.playback.moments import of_snips

    with open_services() as services:
        found = [services.snips.card(SnipId(number)) for number in numbers] if numbers else context.obj(services)
        if not found:
            narrate(_NONE)
            return
        code = run_moments(services, of_snips(found), Wishes(silent=silent, json=as_json, speed=speed))
    context.exit(code)


def _moment(services: Services, episode: str | None, at: str | None) -> tuple[Episode, float]:
    """The episode and second that are meant. Raises UsageError when neither is said and nothing plays."""
    second = time_of(at)
    now = services.playback.status()
    plays = services.library.episode(now["episode"]) if now["status"] != "stopped" else None
    found = find_episode(services, episode) if episode is not None else plays
    if found is None:
        raise UsageError("Nothing plays in any podcli.", "Name an EPISODE and --at TIME.")
    if second is None:
        second = float(now["position"]) if plays is not None and plays.id == found.id else found.position_s
    return found, second


def _back(text: str) -> float:
    seconds = parse_timecode(re.sub(r"(?<=\d) ?s(ec(onds?)?)?$", "", text.strip()))
    if seconds is None or not _LEAST_S <= seconds <= _MOST_S:
        raise UsageError(f"{text!r} is no length a snip can have.", "Give 5s to 10:00, such as 45s or 1:30.")
    return seconds


def _finish(services: Services, kept: Kept, *, wait: bool, as_json: bool) -> None:
    """Wait for what completes it, and show it. The snip stays whatever becomes of that work."""
    problem: PodcliError | None = None
    if wait and kept.jobs:
        try:
            follow(services, kept.jobs)
        except PodcliError as error:
            problem = error
    elif kept.jobs:
        services.jobs.ensure_workers()  # they go on alone
    card = services.snips.card(kept.snip.id)
    emit_json(snip_json(card)) if as_json else emit(_whole(card))
    if kept.lacks:
        narrate(kept.lacks)
    if problem is not None:
        hint = f"The snip is kept. {problem.hint}".strip()
        raise PodcliError(problem.message, f"{hint} Then: `podcli snips again {kept.snip.id}`.", problem.exit_code)


def _lines(card: SnipCard) -> str:
    kept = card.snip
    star = "★ " if kept.starred else ""
    place = f"{timecode(kept.start_s)} to {timecode(kept.end_s)}"
    head = f"{star}{clean_line(kept.title) or _untitled(card)}"
    marks = " ".join(f"#{clean_line(tag)}" for tag in kept.tags)
    about = f"{clean_line(card.episode.title)} ({clean_line(card.show.title)}), {place}{f'  {marks}' if marks else ''}"
    return "\n".join([wrap(head, first=f"{kept.id:>5}  ", indent=" " * 7), wrap(about, indent=" " * 7)])


def _untitled(card: SnipCard) -> str:
    if card.snip.text:
        return clean_line(card.snip.text, limit=80)
    return "(its words could not be heard)" if card.snip.state == "failed" else "(its words are not heard yet)"


def _whole(card: SnipCard) -> str:
    kept = card.snip
    who = f"{clean_line(kept.speaker)}: " if kept.speaker else ""
    parts = [
        _lines(card),
        wrap(clean_line(kept.summary), indent=" " * 7) if kept.summary else "",
        wrap(f"→ {clean_line(kept.takeaway)}", indent=" " * 7) if kept.takeaway and kept.takeaway not in kept.summary else "",
        wrap(f"“{who}{clean_line(kept.text)}”", indent=" " * 7) if kept.text else "",
        *(wrap(f"Note: {clean_line(line)}" if not n else clean_line(line), indent=" " * 7)
          for n, line in enumerate(kept.note.splitlines())),
        wrap(f"Title and summary by {clean_line(kept.model)}, on this machine.", indent=" " * 7) if kept.model else "",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)
