"""The best moments: of one episode, or of every show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show
from podcli.cli.insights import obtain
from podcli.cli.insights import show as show_insight
from podcli.cli.output import emit, emit_json, narrate, wrap
from podcli.cli.points import HighlightsJson
from podcli.domain.documents import MomentLineJson
from podcli.domain.schema import Seconds, When
from podcli.errors import UsageError
from podcli.text import clean_line, human_duration, timecode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcli.services import Services
    from podcli.store.highlights import Highlight


class HighlightJson(TypedDict):
    """One of the best moments of all shows."""

    number: Annotated[int, "The number of its episode."]
    title: Annotated[str, "The title of its episode."]
    show: Annotated[str, "The title of its show."]
    published: Annotated[When | None, "When the episode was published; null: the feed does not say."]
    highlight: Annotated[str, "Its own title; '': none."]
    text: Annotated[str, "What is said in it."]
    start: Annotated[Seconds, "Where it begins."]
    end: Annotated[Seconds, "Where it ends."]
    score: Annotated[float, "How much it tells; higher is more."]
    model: Annotated[str, "Which model found it."]


_NONE = "No highlights yet. They are found with the takeaways: `podcli takeaways EPISODE`."


@click.command()
@click.argument("episode", required=False, metavar="[EPISODE]", shell_complete=complete_episode)
@click.option("--show", metavar="SHOW", help="Only of this show.", shell_complete=complete_show)
@click.option("--since", metavar="WHEN", help="Only of episodes since then: 7d, 2w, 2026-11-01.")
@click.option("--unheard", is_flag=True, help="Only of episodes you did not finish.")
@click.option("--limit", "-n", default=20, show_default=True, help="How many.")
@click.option("--md", "as_markdown", is_flag=True, help="Print those of EPISODE as Markdown.")
@click.option("--again", is_flag=True, help="Find those of EPISODE anew.")
@click.option("--model", default="", metavar="ID", help="Those that this model found in EPISODE.")
@click.option("--play", "play_them", is_flag=True, help="Play them back to back; a key leads into the whole episode.")
@click.option("--speed", type=click.FloatRange(0.5, 4.0), help="0.5 to 4, with --play; wins over the show's own.")
@click.option("--silent", is_flag=True, help="With --play: run the clock without sound.")
@as_json(HighlightsJson | list[HighlightJson] | MomentLineJson)
@click.pass_context
def highlights(
    context: click.Context, episode: str | None, show: str | None, since: str | None, unheard: bool, limit: int,
    as_markdown: bool, again: bool, model: str, play_them: bool, speed: float | None, silent: bool, as_json: bool,
) -> None:  # fmt: skip
    """Moments of 30 to 90 seconds that tell most: of EPISODE, or without one of every episode that was read here.

    With --play they are heard back to back, by the keys of `podcli play`: W goes on with the whole episode from there, < and >
    are the moment before and the next. Where you are in those episodes stays as it is. With --json every change is one line, as
    `podcli play --json` prints them, with the moment.

    \b
      podcli highlights 12
      podcli highlights --since 2w --unheard --play
    """
    from podcli.services import open_services
    from podcli.services.playback.moments import of_episode, of_feed

    if episode is not None and (show or since or unheard):
        raise UsageError("--show, --since and --unheard choose among all episodes.", "Leave them out, or leave EPISODE out.")
    if episode is None and (as_markdown or again or model):
        raise UsageError("--md, --again and --model are for one episode.", "Name an EPISODE, or leave them out.")
    with open_services() as services:
        if episode is not None:
            found, made = obtain(services, "highlights", episode, again=again, model=model)
            if not play_them:
                show_insight(services, found, made, as_json=as_json, as_markdown=as_markdown)
                return
            moments = of_episode(found, made)[: max(1, limit)]
        else:
            feed = _feed(services, show, since, unheard=unheard, limit=limit)
            if not play_them:
                emit_json([_json(each) for each in feed]) if as_json else _print(feed)
                return
            moments = of_feed(feed)
        if not moments:
            narrate("There are no such moments." if episode is not None else _NONE)
            return
        from podcli.cli.play import Wishes, run_moments

        code = run_moments(services, moments, Wishes(silent=silent, json=as_json, speed=speed))
    context.exit(code)


def _feed(services: Services, show: str | None, since: str | None, *, unheard: bool, limit: int) -> list[Highlight]:
    from podcli.services.query import moment

    chosen = services.library.show(show) if show else None
    begin = moment(since, datetime.now(UTC).astimezone()) if since else None
    return services.store.highlights.best(
        show_id=chosen.id if chosen else None, since=begin, unheard=unheard, limit=max(1, limit)
    )


def _print(feed: Sequence[Highlight]) -> None:
    if not feed:
        narrate(_NONE)
        return
    for each in feed:
        place = f"{timecode(each.start_s)}  {human_duration(each.end_s - each.start_s)}"
        title = f"{place}  {clean_line(each.episode_title)} ({clean_line(each.show_title)})"
        emit(wrap(title, first=f"{each.episode_id:>5}  ", indent=" " * 7))
        emit(wrap(clean_line(each.text), indent=" " * 7))
    emit(wrap(f"Found by {', '.join(sorted({clean_line(each.model) for each in feed}))}, on this machine."))


def _json(each: Highlight) -> HighlightJson:
    return {
        "number": each.episode_id, "title": each.episode_title, "show": each.show_title, "published": each.published or None,
        "highlight": each.title, "text": each.text, "start": round(each.start_s, 2), "end": round(each.end_s, 2),
        "score": round(each.score, 3), "model": each.model,
    }  # fmt: skip
