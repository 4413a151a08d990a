"""stdout is data, stderr is narration: tables, JSON, wrapped text, and one line of progress."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from podcli.domain import Job, Progress
from podcli.errors import ExitCode, PodcliError
from podcli.text import clean, clean_line, human_bytes, human_duration, timecode

if TYPE_CHECKING:
    from podcli.services import Services

_UNPRINTABLE = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_WIDE = r"\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef"
_PIECES = re.compile(rf"(\s*)([{_WIDE}][、。，．！？」』）”’…,.!?)\]]*|[^\s{_WIDE}]+)")
"""What stays together on a line, and the blanks before it."""
_BAR = 24
_PLAIN_EVERY_S = 10.0
_PATIENCE_S = 1.5
"""Until then a job that waits is one whose worker is starting."""


def emit(text: str) -> None:
    """Write data to stdout. What strangers wrote is cleaned here once more: nothing may steer the terminal."""
    _data(clean(text))


def emit_json(value: object) -> None:
    """Write one JSON document to stdout; control, hidden and reordering characters leave as escapes."""
    _data(_UNPRINTABLE.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=2)))


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


def emit_line(text: str) -> None:
    """Write one line of data to stdout at once, as it is."""
    _data(text, flush=True)


def emit_document(text: str) -> None:
    """Write a file for another program to stdout as it is, in UTF-8; its words were cleaned when it was made."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        reader_left()
        raise click.exceptions.Exit(int(ExitCode.OK)) from None


def _data(text: str, *, flush: bool = False) -> None:
    try:
        print(text, flush=flush)
    except BrokenPipeError:
        # Whoever read us left (`podcli transcript 1 | head`), which is their right; click would make it a failure.
        reader_left()
        raise click.exceptions.Exit(int(ExitCode.OK)) from None


def reader_left() -> None:
    """Nobody reads stdout any more: keep the interpreter from complaining when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def narrate(text: str) -> None:
    """Tell a person something, on stderr."""
    print(clean(text), file=sys.stderr, flush=True)


def width() -> int:
    """Columns of the terminal, at most 100 for text."""
    return min(100, shutil.get_terminal_size((80, 24)).columns)


def wrap(text: str, *, indent: str = "", first: str | None = None) -> str:
    """`text` wrapped to the terminal."""
    head = indent if first is None else first
    if cells(text) != len(text):
        return _wrapped(text, head, indent)
    return textwrap.fill(text, width(), initial_indent=head, subsequent_indent=indent, break_long_words=False)


def _wrapped(text: str, head: str, indent: str) -> str:
    """The same by terminal columns; between the characters of scripts that put no blanks between words, too."""
    lines, line = [], head
    for blank, piece in _PIECES.findall(text):
        if line not in (head, indent) and cells(line + blank + piece) > width():
            lines.append(line)
            line = indent + piece
        else:
            line += (blank and " " if line not in (head, indent) else "") + piece
    return "\n".join([*lines, line]).rstrip()


def cells(text: str) -> int:
    """Terminal columns `text` takes (wide East Asian characters take two, combining marks none)."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def cut(text: str, columns: int) -> str:
    """`text` cut to `columns` terminal columns, padded to fill them."""
    text = clean_line(text)
    if cells(text) > columns:
        while text and cells(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * max(0, columns - cells(text))


def table(rows: Sequence[Sequence[str]], *, heads: Sequence[str], right: Iterable[int] = (), stretch: int = -1) -> str:
    """Aligned columns under headings; column `stretch` takes what the terminal leaves it, and is cut to fit on a terminal."""
    right = set(right)
    grid = [list(heads), *[[clean_line(cell) for cell in row] for row in rows]]
    widths = [max(cells(row[column]) for row in grid) for column in range(len(heads))]
    stretch %= len(heads)
    if sys.stdout.isatty():
        room = shutil.get_terminal_size((80, 24)).columns - sum(widths) + widths[stretch] - 2 * (len(heads) - 1)
        widths[stretch] = max(12, min(widths[stretch], room))
    lines = []
    for row in grid:
        padded = [
            cut(cell, widths[n]).rjust(0) if n not in right else " " * (widths[n] - cells(cell)) + cell
            for n, cell in enumerate(row)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


class ProgressLine:
    """One line on stderr that tells what is being done, how far it is, how fast, and how long it will take."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = ""
        self._told = 0.0
        self._stage = ""

    def show(self, job: Job) -> None:
        """Draw the state of `job`; without a terminal a plain line for each stage and every ten seconds."""
        self.draw(describe(job), f"{job.id} {job.state} {job.progress.stage}" if job.progress.stage else "")

    def draw(self, line: str, stage: str) -> None:
        """Draw `line`; without a terminal only when `stage` is a new one, or after ten seconds."""
        if self._live:
            columns = shutil.get_terminal_size((80, 24)).columns
            if line != self._shown:
                sys.stderr.write("\r\x1b[K" + cut(line, columns - 1).rstrip())
                sys.stderr.flush()
                self._shown = line
            return
        if stage and (stage != self._stage or time.monotonic() - self._told > _PLAIN_EVERY_S):
            narrate(line)
            self._stage, self._told = stage, time.monotonic()

    def clear(self) -> None:
        """Take the line away."""
        if self._live and self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = ""


def describe(job: Job) -> str:
    """A job's progress in words."""
    if job.state == "paused":
        return f"Paused. `podcli jobs resume {job.id}` goes on."
    if job.state == "queued":
        if job.message:
            return clean_line(job.message)
        return "Waiting for other work to finish…" if job.after is None else "Waiting for the step before…"
    return describe_progress(job.progress)


def describe_progress(progress: Progress) -> str:
    """How far, how fast, how long still."""
    parts = [progress.stage or "Starting"]
    if progress.total and (progress.unit != "steps" or progress.total > 1):
        share = min(1.0, progress.done / progress.total)
        filled = round(share * _BAR)
        parts += ["━" * filled + "─" * (_BAR - filled), f"{share:4.0%}"]
    elif progress.unit == "bytes" and progress.done:
        parts.append(human_bytes(progress.done))
    if progress.total and progress.unit == "seconds":
        parts.append(f"{timecode(progress.done)} of {timecode(progress.total)}")
    if progress.rate:
        parts += [speed] if (speed := rate(progress)) else []
    if progress.left_s is not None and progress.rate:
        parts.append(f"{human_duration(progress.left_s)} left")
    return "  ".join(parts)


def rate(progress: Progress) -> str:
    """``3.2 MB/s``, ``18.4× real time`` or nothing."""
    if not progress.rate:
        return ""
    if progress.unit == "bytes":
        return f"{human_bytes(progress.rate)}/s"
    return f"{progress.rate:.1f}× real time" if progress.unit == "seconds" else ""


def notify_ends(services: Services, before: Sequence[Job], rows: Sequence[Job]) -> None:
    """Tell the desktop which of the jobs `before` have ended since, if the listener wants that."""
    if services.settings.desktop.notify:
        from podcli.services.notify import tell_ends

        ended = {job.id for job in before if job.state in ("done", "failed", "cancelled")}
        tell_ends([job for job in rows if job.id not in ended], services.jobs.recent())


def follow(services: Services, jobs: Sequence[Job]) -> list[Job]:
    """Wait for `jobs`, drawing progress; returns their final rows.

    Raises PodcliError with the words of the first that failed. Interrupted, it stops those that run for us alone.
    """
    line = ProgressLine()
    rows = list(jobs)
    begun = time.monotonic()
    try:
        for rows in services.jobs.follow(jobs):
            current = next((job for job in rows if job.active), None)
            if current is not None and (current.state == "running" or time.monotonic() - begun > _PATIENCE_S):
                line.show(current)
    except KeyboardInterrupt:
        services.jobs.let_go(jobs)
        raise
    finally:
        line.clear()
    notify_ends(services, jobs, rows)
    for job in rows:
        if job.state == "failed":
            raise PodcliError(job.message, job.hint, job.exit_code)
        if job.state == "cancelled":
            raise PodcliError(
                f"Job {job.id} ({job.kind}) was cancelled.",
                f"`podcli jobs retry {job.id}` goes on from there.",
                ExitCode.INTERRUPTED,
            )
    return rows
