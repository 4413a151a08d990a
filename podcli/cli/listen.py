"""``podcli play`` and ``podcli stats``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode
from podcli.domain import Loudness, SleepKind
from podcli.domain.documents import PlayLineJson
from podcli.domain.schema import Seconds

if TYPE_CHECKING:
    from podcli.domain import Episode, Listened
    from podcli.services import Services


class StoppedJson(TypedDict):
    """Nothing plays in any podcli."""

    status: Annotated[Literal["stopped"], "Nothing plays."]


class SleepJson(TypedDict):
    """A sleep timer that runs."""

    kind: Annotated[SleepKind, "What it waits for the end of."]
    left: Annotated[Seconds | None, "Until silence; null: not known."]


class PlayingJson(TypedDict):
    """What plays, in whichever podcli."""

    status: Annotated[Literal["playing", "paused"], "paused: it waits, or has ended."]
    pid: Annotated[int, "The process it plays in."]
    episode: Annotated[int, "The number of the episode."]
    title: Annotated[str, "The title of the episode."]
    show: Annotated[str, "The title of its show."]
    key: Annotated[str, "The stable id of the episode."]
    position: Annotated[Seconds, "Where in it, now."]
    duration: Annotated[Seconds | None, "How long it is; null: not known."]
    speed: Annotated[float, "1.5 is half as fast again."]
    paused: Annotated[bool, "Whether it waits."]
    volume: Annotated[float, "In percent."]
    muted: Annotated[bool, "Whether it is silent."]
    chapter: Annotated[str | None, "The title of the chapter; null: none."]
    sleep: Annotated[SleepJson | None, "The sleep timer; null: none runs."]
    smart_speed: Annotated[bool, "Whether silence is jumped over."]
    voice_boost: Annotated[bool, "Whether speech is made clearer."]
    loudness: Annotated[Loudness, "Which filter evens it, or off."]
    up_next: Annotated[str | None, "The title of what comes after; null: nothing does."]
    saved: Annotated[Seconds, "Saved by speed, smart speed and skips since it was started."]
    moment: Annotated[str | None, "What the moment is about, where only one is played; null: the episode plays."]


class DeviceJson(TypedDict):
    """A way for sound to leave this machine."""

    name: Annotated[str, "What --device takes."]
    description: Annotated[str, "What people call it."]


class SumsJson(TypedDict):
    """Time listened, and time saved."""

    heard: Annotated[Seconds, "Of audio that was heard."]
    took: Annotated[Seconds, "How long that took."]
    saved: Annotated[Seconds, "What was saved, all in all; less than 0 where it was slowed down."]
    saved_by_speed: Annotated[Seconds, "By speed."]
    saved_by_gaps: Annotated[Seconds, "By jumping over silence."]
    saved_by_skips: Annotated[Seconds, "By skipping."]


class ShowSumsJson(SumsJson):
    """The same of one show."""

    show: Annotated[str, "Its title; '': of shows that are gone."]


class StatsJson(SumsJson):
    """Time listened, and time saved, in all and by show."""

    days: Annotated[int, "Of how many days, today included."]
    shows: Annotated[list[ShowSumsJson], "The most heard first."]


@click.command()
@click.argument("episode", metavar="[EPISODE]", required=False, shell_complete=complete_episode)
@click.option("--from", "start", metavar="TIME", help="Begin here, such as 12:34; default: where you left off.")
@click.option("--speed", type=click.FloatRange(0.5, 4.0), help="0.5 to 4, for this episode; wins over the show's own.")
@click.option("--queue/--no-queue", default=None, help="Go on with the queue afterwards; default: when EPISODE is in it.")
@click.option("--sleep", metavar="MINUTES", help="Fade out and pause after so many minutes, or at the end of: episode, chapter.")
@click.option("--device", metavar="NAME", default="", help="Let the sound leave there.")
@click.option("--silent", is_flag=True, help="Run the clock without sound.")
@click.option("--devices", is_flag=True, help="List where sound can go, and leave.")
@click.option("--status", is_flag=True, help="Tell what any podcli plays now, and leave.")
@as_json(PlayLineJson | PlayingJson | StoppedJson | list[DeviceJson])
def play(
    episode: str | None, start: str | None, speed: float | None, queue: bool | None, sleep: str | None, device: str,
    silent: bool, devices: bool, status: bool, as_json: bool,
) -> None:  # fmt: skip
    """Play EPISODE in this terminal; the position is kept. Without EPISODE go on: with what was played last when it is not
    finished, else with the queue.

    With --json every change is one line: a JSON object with episode, position, duration, paused, speed, ended and problem.

    Keys are those of the full-screen player (`?` lists them): space pause, ← → 10 s back and 30 s on, backspace undo a jump,
    [ ] = speed, - + * volume, comma and point chapters, < > queue, z sleep, q quit.

    \b
      podcli play "Example Show/latest" --speed 1.5
      podcli play --queue --sleep 30
      podcli play --status --json
    """
    from podcli.cli.arguments import time_of
    from podcli.cli.play import Wishes, run
    from podcli.services import open_services

    with open_services() as services:
        if status:
            _tell_status(services, as_json=as_json)
            return
        if devices:
            _list_devices(services, as_json=as_json, silent=silent)
            return
        goes_on = True if queue is None and episode is None else queue  # without an EPISODE the queue is meant
        wishes = Wishes(
            silent=silent, json=as_json, start_s=time_of(start), speed=speed, queue=goes_on, sleep=_sleep(sleep),
            device=_device(services, device, silent=silent),
        )  # fmt: skip
        code = run(services, _chosen(services, episode), wishes)
    click.get_current_context().exit(code)


@click.command()
@click.option("--days", type=click.IntRange(1, 36_500), default=30, show_default=True, help="So many days back, today included.")
@as_json(StatsJson)
def stats(days: int, as_json: bool) -> None:
    """How long you listened, how long that took, and what speed, smart speed and skips saved; by show.

    \b
      podcli stats --days 30
    """
    from podcli.cli.output import emit, emit_json, table
    from podcli.services import open_services
    from podcli.text import human_duration

    with open_services() as services:
        total = services.playback.listened(days)
        shows = services.playback.listened_by_show(days)
    if as_json:
        by_show = [ShowSumsJson(show=title, **_sums(sums)) for title, sums in shows]
        emit_json(StatsJson(days=days, **_sums(total), shows=by_show))
        return
    if not total.heard_s:
        emit(f"Nothing was listened to in {_span(days)}.")
        return
    emit(f"In {_span(days)}: {human_duration(total.heard_s)} heard in {human_duration(total.wall_s)}.")
    saved = [("speed", total.saved_speed_s), ("smart speed", total.saved_gaps_s), ("skips", total.saved_skips_s)]
    parts = [f"{_signed(seconds)} by {name}" for name, seconds in saved if round(seconds)]
    by = f" ({', '.join(parts)})" if parts else ""
    emit(f"Saved: {_signed(total.saved_s)}{by}.\n")
    rows = [[title or "(shows that are gone)", human_duration(sums.heard_s), human_duration(sums.wall_s), _signed(sums.saved_s)]
            for title, sums in shows]  # fmt: skip
    emit(table(rows, heads=("show", "heard", "took", "saved"), right=(1, 2, 3), stretch=0))


def _chosen(services: Services, text: str | None) -> Episode:
    """The episode named, else the one to go on with. Raises UsageError when there is none."""
    from podcli.cli.arguments import find_episode
    from podcli.errors import UsageError

    if text is not None:
        return find_episode(services, text)
    found = services.playback.to_go_on_with()
    if found is None:
        raise UsageError("Nothing is queued, and nothing was begun.", "Give an EPISODE; see `podcli episodes`.")
    return found


def _sleep(text: str | None) -> tuple[SleepKind, float] | None:
    from podcli.errors import UsageError

    if text is None:
        return None
    if text == "episode":
        return "episode", 0.0
    if text == "chapter":
        return "chapter", 0.0
    try:
        return "minutes", float(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time to sleep.", "Write minutes such as 20, or episode, or chapter.") from None


def _device(services: Services, text: str, *, silent: bool) -> str:
    """The name of the one device `text` means: its name, or part of its description."""
    from podcli.errors import UsageError

    if not text or silent:
        return ""
    known = services.playback.devices()
    exact = [device for device in known if device.name == text]
    found = exact or [each for each in known if text.casefold() in f"{each.name} {each.description}".casefold()]
    if len(found) != 1:
        which = "several devices match" if found else "there is no device"
        raise UsageError(f"For the sound {which} {text!r}.", "See `podcli play --devices`.")
    return found[0].name


def _list_devices(services: Services, *, as_json: bool, silent: bool) -> None:
    from podcli.cli.output import emit, emit_json, table

    found = services.playback.devices(silent=silent)
    if as_json:
        emit_json([DeviceJson(name=device.name, description=device.description) for device in found])
    else:
        emit(table([[device.name, device.description] for device in found], heads=("name", "description")))


def _tell_status(services: Services, *, as_json: bool) -> None:
    from podcli.cli.output import emit, emit_json
    from podcli.text import clean_line, human_duration, timecode

    said = services.playback.status()
    if as_json:
        emit_json(said)
        return
    if said["status"] == "stopped":
        emit("Nothing plays.")
        return
    length = f" / {timecode(said['duration'])}" if said["duration"] else ""
    lines = [
        f"{'Paused' if said['status'] == 'paused' else 'Playing'}: {clean_line(said['title'])} ({clean_line(said['show'])})",
        f"{timecode(said['position'])}{length} · {said['speed']:g}×" + (f" · {said['chapter']}" if said["chapter"] else ""),
    ]
    if said["sleep"]:
        left = "" if said["sleep"]["left"] is None else f" in {human_duration(said['sleep']['left'])}"
        lines.append(f"Sleep{left}" if said["sleep"]["kind"] == "minutes" else f"Sleep at the end of the {said['sleep']['kind']}")
    if said["up_next"]:
        lines.append(f"Next: {said['up_next']}")
    emit("\n".join([*lines, f"podcli process {said['pid']}, episode {said['episode']}"]))


def _sums(sums: Listened) -> SumsJson:
    return {
        "heard": round(sums.heard_s, 1), "took": round(sums.wall_s, 1), "saved": round(sums.saved_s, 1),
        "saved_by_speed": round(sums.saved_speed_s, 1), "saved_by_gaps": round(sums.saved_gaps_s, 1),
        "saved_by_skips": round(sums.saved_skips_s, 1),
    }  # fmt: skip


def _span(days: int) -> str:
    return "the last day" if days == 1 else f"the last {days} days"


def _signed(seconds: float) -> str:
    from podcli.text import human_duration

    return f"−{human_duration(-seconds)}" if seconds <= -1 else human_duration(max(0.0, seconds))
