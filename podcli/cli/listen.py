"""``podcli play``."""

from __future__ import annotations

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode


@click.command(short_help="Play an episode without the full-screen player.")
@episode_argument
@click.option("--from", "start", metavar="TIME", help="Begin here, such as 12:34; default: where you left off.")
@click.option("--speed", type=click.FloatRange(0.5, 4.0), help="0.5 to 4.")
@click.option("--silent", is_flag=True, help="Run the clock without sound.")
@as_json
def play(episode: str, start: str | None, speed: float | None, silent: bool, as_json: bool) -> None:
    """Play EPISODE in this terminal; the position is kept.

    With --json every change is one line: a JSON object with position, duration, paused, speed, ended and problem.

    Keys: space pause, ← → 10 s back and 30 s on, H L a minute, [ ] = speed, q quit, ? help.

    \b
      podcli play "Example Show/latest" --speed 1.5
    """
    from podcli.cli.play import run
    from podcli.errors import UsageError
    from podcli.services import open_services
    from podcli.text import parse_timecode

    begin = parse_timecode(start) if start is not None else None
    if start is not None and begin is None:
        raise UsageError(f"{start!r} is not a time.", "Write 754, 12:34 or 1:02:03.")
    with open_services() as services:
        found = find_episode(services, episode)
        code = run(services, found, silent=silent, json_=as_json, start=begin, speed=speed)
    click.get_current_context().exit(code)
