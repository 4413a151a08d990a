"""One show, and how it is played."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import click

from podcli.cli.arguments import as_json, complete_show
from podcli.cli.output import emit, emit_json, wrap
from podcli.domain import Loudness, Show, ShowSettings
from podcli.domain.documents import SettingsJson, ShowJson, settings_json, show_json
from podcli.text import clean_line


class WholeShowJson(ShowJson):
    """A show, and how it is played."""

    description: Annotated[str, "What the feed says of it, as plain text; '': nothing."]
    settings: SettingsJson


@click.command()
@click.argument("show", shell_complete=complete_show)
@click.option("--speed", type=float, metavar="SPEED", help="0.5 to 4, pitch kept.")
@click.option("--skip-intro", type=float, metavar="SECONDS", help="Left out at the beginning.")
@click.option("--skip-outro", type=float, metavar="SECONDS", help="Left out at the end.")
@click.option("--voice-boost/--no-voice-boost", default=None, help="Clearer speech.")
@click.option("--loudness", type=click.Choice(["off", "dynaudnorm", "loudnorm"]), help="Even loudness.")
@click.option("--smart-speed/--no-smart-speed", default=None, help="Jump over silence.")
@click.option("--reset", is_flag=True, help="First back to the general settings, all of it.")
@as_json(WholeShowJson)
def show(
    show: str, speed: float | None, skip_intro: float | None, skip_outro: float | None, voice_boost: bool | None,
    loudness: Loudness | None, smart_speed: bool | None, reset: bool, as_json: bool,
) -> None:  # fmt: skip
    """What is known about SHOW (number, URL or part of its title); with options, how it is played from now on.

    What a show has of its own goes before the general settings (`podcli config`). `podcli undo` takes a change back.

    \b
      podcli show "Example Show"
      podcli show "Example Show" --speed 1.5 --skip-intro 30
      podcli show 3 --reset
    """
    from podcli.services import open_services

    asked = {"speed": speed, "skip_intro_s": skip_intro, "skip_outro_s": skip_outro, "voice_boost": voice_boost,
             "loudness": loudness, "smart_speed": smart_speed}  # fmt: skip
    given = {name: value for name, value in asked.items() if value is not None}
    with open_services() as services:
        found = services.library.show(show)
        settings = services.library.show_settings(found.id)
        if given or reset:
            settings = replace(ShowSettings() if reset else settings, **given)  # type: ignore[arg-type]
            services.library.set_show_settings(found.id, settings)
        if as_json:
            emit_json(WholeShowJson(**show_json(found), description=found.description, settings=settings_json(settings)))
        else:
            emit("\n\n".join(part for part in ("\n".join(_facts(found, settings)), wrap(clean_line(found.description))) if part))


def _facts(show: Show, settings: ShowSettings) -> list[str]:
    facts = {
        "Show": f"{show.title} (number {show.id})",
        "By": show.author,
        "Episodes": f"{show.episodes:,}, {show.unheard:,} unheard",
        "Feed": show.url if show.kind == "feed" else "",
        "Page": show.link,
        "Refreshed": f"{show.fetched_at.astimezone():%Y-%m-%d %H:%M}" if show.fetched_at else "",
        "Problem": show.problem,
        "Played": ", ".join(_played(settings)) or "as the general settings say",
    }
    return [f"{name + ':':<11}{clean_line(value)}" for name, value in facts.items() if value]


def _played(settings: ShowSettings) -> list[str]:
    """What the show has of its own, in words."""
    words = []
    if settings.speed is not None:
        words.append(f"speed {settings.speed:g}")
    for name, seconds in (("intro", settings.skip_intro_s), ("outro", settings.skip_outro_s)):
        if seconds is not None:
            words.append(f"without the {name} of {seconds:g} s" if seconds else f"with the whole {name}")
    for name, on in (("voice boost", settings.voice_boost), ("smart speed", settings.smart_speed)):
        if on is not None:
            words.append(name if on else f"no {name}")
    if settings.loudness is not None:
        words.append("loudness as it is" if settings.loudness == "off" else f"even loudness ({settings.loudness})")
    return words
