"""The best moments: of one episode, or of every show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show
from podcli.cli.insights import insight_json, obtain, plain
from podcli.cli.output import emit, emit_json, narrate, wrap
from podcli.text import clean_line, human_duration, timecode

if TYPE_CHECKING:
    from podcli.store.highlights import Highlight


@click.command(short_help="The best moments, of an episode or of every show.")
@click.argument("episode", required=False, metavar="[EPISODE]", shell_complete=complete_episode)
@click.option("--show", help="Only of this show.", shell_complete=complete_show)
@click.option("--since", metavar="WHEN", help="Only of episodes since then: 7d, 2w, 2026-11-01.")
@click.option("--unheard", is_flag=True, help="Only of episodes you did not finish.")
@click.option("--limit", "-n", default=20, show_default=True, help="How many.")
@click.option("--again", is_flag=True, help="Find those of EPISODE anew.")
@as_json
def highlights(
    episode: str | None, show: str | None, since: str | None, unheard: bool, limit: int, again: bool, as_json: bool
) -> None:
    """Moments of 30 to 90 seconds that tell most: of EPISODE, or without one of every episode that was read here.

    `podcli play EPISODE --from TIME` plays one, and the rest of its episode.

    \b
      podcli highlights 12
      podcli highlights --since 2w --unheard
    """
    from podcli.services import open_services

    with open_services() as services:
        if episode is not None:
            found, made = obtain(services, "highlights", episode, again=again)
            emit_json(insight_json(found, made)) if as_json else emit(plain(found, made))
            return
        from podcli.services.digest import since_when

        chosen = services.library.show(show) if show else None
        moment = since_when(since, datetime.now(UTC).astimezone()) if since else None
        feed = services.store.highlights.best(
            show_id=chosen.id if chosen else None, since=moment, unheard=unheard, limit=max(1, limit)
        )
    if as_json:
        emit_json([_json(each) for each in feed])
        return
    if not feed:
        narrate("No highlights yet. They are found with the takeaways: `podcli takeaways EPISODE`.")
    for each in feed:
        emit(f"{each.episode_id:>5}  {timecode(each.start_s)}  {human_duration(each.end_s - each.start_s)}  "
             f"{clean_line(each.episode_title)} ({clean_line(each.show_title)})")  # fmt: skip
        emit(wrap(clean_line(each.text), indent="       "))


def _json(each: Highlight) -> dict[str, object]:
    return {
        "number": each.episode_id, "title": each.episode_title, "show": each.show_title, "published": each.published or None,
        "highlight": each.title, "text": each.text, "start": round(each.start_s, 2), "end": round(each.end_s, 2),
        "score": round(each.score, 3), "model": each.model,
    }  # fmt: skip
