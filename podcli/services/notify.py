"""A word on the desktop when long work ends (https://specifications.freedesktop.org/notification-spec/). Opt-in: desktop.notify.

Where there is no desktop nothing happens; nothing here raises.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import html
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from podcli import paths
from podcli.domain import Job, JobId
from podcli.player import session_bus
from podcli.text import clean_line

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

LONG_S = 30.0
"""Work that took less was watched."""
_NAME, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_PATIENCE_S = 2.0
_LONGEST = 120
_REMEMBERED = 200
_DONE = {
    "add": "Subscribed", "refresh": "Shows refreshed", "download": "Downloaded", "transcribe": "Transcript ready",
    "insights": "Takeaways ready", "ask": "Answer ready", "pull": "Model installed",
}  # fmt: skip
_FAILED = {
    "add": "Subscribing failed", "refresh": "Refresh failed", "download": "Download failed", "transcribe": "Transcription failed",
    "insights": "Reading failed", "ask": "Asking failed", "pull": "Fetching a model failed",
}  # fmt: skip


def tell_ends(ended: Iterable[Job], known: Iterable[Job], *, wait: bool = True) -> None:
    """Show a notification for each job of `ended` that is done or failed and took more than half a minute.

    `known` are other jobs of the library: the steps before count as part of a job, and of steps that ended only the last is told.
    Every end is told once, however many podclis watch it. Takes up to two seconds where the desktop is slow; without `wait` it
    is done in the background.
    """
    ended = list(ended)
    by_id = {job.id: job for job in [*known, *ended]}
    inner = {job.after for job in by_id.values() if job.state == "done" or job.active}
    words = [
        _words(job)
        for job in ended
        if job.kind in _DONE
        and _is_news(job, by_id)
        and job.id not in inner
        and _took_s(job, by_id) > LONG_S
        and _first_to_tell(job)
    ]
    if words and wait:
        send(words)
    elif words:
        threading.Thread(target=send, args=(words,), name="notify", daemon=True).start()


def send(notes: Sequence[tuple[str, str]]) -> bool:
    """Show notifications, each a title and a line of plain text; whether the desktop took them all. Not for the thread of an
    event loop."""
    if not session_bus.address():
        return False
    try:
        return asyncio.run(_send(notes))
    except Exception:  # of a courtesy nobody wants to hear that it failed
        return False


def _words(job: Job) -> tuple[str, str]:
    about = clean_line(job.title or job.target, limit=_LONGEST)
    if job.state == "done":
        return _DONE[job.kind], about
    return _FAILED[job.kind], clean_line(f"{about}: {job.message}" if job.message else about, limit=2 * _LONGEST)


def _is_news(job: Job, known: dict[JobId, Job]) -> bool:
    """Done, or failed by itself: what waited for a failed step fails with the same words."""
    before = known.get(job.after) if job.after is not None else None
    return job.state == "done" or (job.state == "failed" and (before is None or before.state != "failed"))


def _took_s(job: Job, known: dict[JobId, Job]) -> float:
    """Seconds from the start of its first step to its end; 0 when unknown."""
    begun, step, end = job.started_at, job, job.finished_at
    while step.after is not None and (step := known.get(step.after, job)) is not job:
        if step.started_at is not None and (begun is None or step.started_at < begun):
            begun = step.started_at
    return (end - begun).total_seconds() if begun is not None and end is not None else 0.0


def _first_to_tell(job: Job) -> bool:
    """Whether no podcli has told of this end yet; from now on one has."""
    mark = f"{job.id} {job.finished_at and job.finished_at.isoformat()}"
    with contextlib.suppress(OSError), (paths.make_private(paths.state()) / "notified").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        told = file.read().splitlines()
        if mark in told:
            return False
        file.truncate(0)
        file.write("".join(f"{each}\n" for each in [*told[-_REMEMBERED:], mark]))
    return True


async def _send(notes: Sequence[tuple[str, str]]) -> bool:
    bus = await session_bus.connect()
    if bus is None:
        return False
    try:
        async with asyncio.timeout(_PATIENCE_S):
            can = await _call(bus, "GetCapabilities")
            markup = can is not None and "body-markup" in can[0]
            shown = [await _notify(bus, title, html.escape(body, quote=False) if markup else body) for title, body in notes]
        return all(shown)
    finally:
        bus.disconnect()


async def _notify(bus: MessageBus, title: str, body: str) -> bool:
    # Application, replaces, icon, title, body, actions, hints, expires (-1: as the desktop likes).
    return await _call(bus, "Notify", "susssasa{sv}i", ["podcli", 0, "", title, body, [], {}, -1]) is not None


async def _call(bus: MessageBus, member: str, signature: str = "", body: list[object] | None = None) -> list[Any] | None:
    """The answer; None when it was an error."""
    from dbus_fast import Message, MessageType

    asked = Message(destination=_NAME, path=_PATH, interface=_NAME, member=member, signature=signature, body=body or [])
    answer = await bus.call(asked)
    return answer.body if answer.message_type is MessageType.METHOD_RETURN else None
