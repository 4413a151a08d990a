"""The one line that ``podcli play`` draws."""

from __future__ import annotations

from podcli.cli.output import cells, cut
from podcli.domain import NowPlaying, PlayerState
from podcli.text import human_duration, timecode


def status_line(state: PlayerState, chapter: str, columns: int, more: tuple[str, ...] = ()) -> str:
    """Position, length, speed, `more` and chapter in at most `columns` terminal columns; what matters least goes first."""
    mark = "‖" if state.paused else "▶"
    here = f"{mark} {timecode(state.position_s)}"
    passing = state.notice if state.notice.endswith("…") else ""
    length = timecode(state.duration_s) if state.duration_s else "?"
    tail = [f"{state.speed:g}×"] + (["paused"] if state.paused else [])
    tail += [text for text in (passing, *more, chapter) if text]
    bar = min(30, columns - 50)
    if bar >= 8 and state.duration_s:
        filled = round(min(1.0, state.position_s / state.duration_s) * bar)
        times = f"{here} {'━' * filled}{'─' * (bar - filled)} {length}"
    else:
        times = f"{here} / {length}"
    if cells(times) > columns:
        times = here
    return cut(" · ".join([times, *tail]), max(1, columns)).rstrip()


def extras(now: NowPlaying) -> tuple[str, ...]:
    """What is out of the ordinary: a moment, mute, volume, smart speed, a sleep timer."""
    state, sleep = now.state, now.sleep
    number, count = now.moment_number
    parts = [f"moment {number}/{count}, {human_duration(now.left_s or 0.0)} left" if now.moment else ""]
    parts += ["muted" if state.muted else f"{state.volume:.0f} %" if round(state.volume) != 100 else ""]
    parts.append("smart" if now.smart_speed else "")
    if sleep is not None:
        left = "" if sleep.left_s is None else f" {human_duration(_whole_minutes(sleep.left_s))}"
        parts.append(f"sleep{left}" if sleep.kind == "minutes" or left else f"sleep: end of {sleep.kind}")
    return tuple(part for part in parts if part)


def _whole_minutes(seconds: float) -> float:
    """A countdown in seconds would catch the eye; only the last minute does."""
    return seconds if seconds < 60 else round(seconds / 60) * 60
