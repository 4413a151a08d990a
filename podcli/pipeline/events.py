"""Something happened that the listener may have a command for: each becomes a job, so whoever made it happen waits for none.

Imports no engine: the player calls this too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcli import settings
from podcli.domain import Episode, HookEvent, JobId
from podcli.errors import PodcliError
from podcli.pipeline.runner import start_alone
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.store import Store

MOST_EPISODES = 50
"""So many new episodes are listed; `count` says how many there are."""
_LONGEST = 40


def happened(store: Store, event: HookEvent, episode: Episode, *, after: JobId | None = None, **about: object) -> None:
    """Add a job for each command that settings.toml has for `event`, in its order, and see that a worker takes them up.

    `after` is a job to wait for, however it ends; `about` goes into the job's options (``snip``: its number; ``episodes``:
    numbers, the newest first, with their ``count``). Settings are read anew. Costs a few milliseconds, none when there is no
    settings file.
    """
    commands = set_for(event)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    for command in commands:
        store.jobs.enqueue(
            "hook", episode_id=episode.id, target=event, title=f"{name_of(command)} ({event}): {episode.title}",
            options={"command": list(command), "at": at, **about}, after=after,
        )  # fmt: skip
    if commands:
        start_alone(store, "hook")


def changed(store: Store, episode: Episode) -> None:
    """What is kept of `episode` is not what it was: see that it is exported anew, by a job for each kind that settings.toml has
    in ``export.auto``; one that has not begun does for this change too.

    Settings are read anew. Costs a few milliseconds, none when there is no settings file.
    """
    kinds = exported()
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    with store.writing() if kinds else contextlib.nullcontext():
        for kind in kinds:
            if not store.jobs.waits("export", episode.id, kind):
                # With the time of the change in it, it is another job than one that runs and may have missed it.
                store.jobs.enqueue(
                    "export", episode_id=episode.id, target=kind, title=f"{kind} — {episode.title}", options={"at": at}
                )
    if kinds:
        start_alone(store, "hook")


def exported() -> Sequence[str]:
    """What settings.toml has in ``export.auto`` now; nothing while it cannot be read."""
    with contextlib.suppress(PodcliError):
        return settings.load().export.auto
    return ()


def set_for(event: HookEvent) -> settings.Commands:
    """The commands of `event` as settings.toml has them now; none while it cannot be read (whoever opens podcli is told why)."""
    with contextlib.suppress(PodcliError):
        found: settings.Commands = getattr(settings.load().hooks, event)
        return found
    return ()


def name_of(command: Sequence[str]) -> str:
    """The program of a command, for people."""
    return clean_line(command[0].rstrip("/").rpartition("/")[2] or command[0], limit=_LONGEST)
