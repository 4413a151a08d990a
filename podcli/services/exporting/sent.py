"""What was sent to an account, remembered so that a second time sends nothing, and one sender at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli import paths
from podcli.accounts.tokens import TITLES
from podcli.domain import EpisodeId, SentAction, SnipId
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.accounts.calls import Tell

DONE: tuple[SentAction, ...] = ("made", "again", "changed", "added")
"""What changed something there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a snip, or of the page of an episode (`snip_id` is None)."""

    action: SentAction
    episode_id: EpisodeId
    snip_id: SnipId | None = None
    title: str = ""
    id: str = ""
    """What the service calls it."""
    url: str = ""
    problem: str = ""
    """Why it was refused, in the service's words."""


class Ledger:
    """JSON by name for one service, in the library. What is written is there after a loss of power."""

    def __init__(self, store: Store, service: str) -> None:
        self._store, self._group = store, f"sent.{service}"

    def all(self) -> dict[str, object]:
        """Everything, read at once."""
        return self._store.library.remembered_all(self._group)

    def put(self, values: Mapping[str, object]) -> None:
        """Remember `values` together; None forgets one."""
        with self._store.writing_for_good():
            for name, value in values.items():
                self._store.library.remember(f"{self._group}.{name}", value)


@contextmanager
def alone(service: str, tell: Tell) -> Iterator[None]:
    """While it lasts no other podcli sends to `service`, so that nothing is there twice; waits for one that does."""
    file = paths.make_private(paths.state()) / f"send-{service}.lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"Another podcli sends to {TITLES[service]}: waiting until it is done…")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def digest(value: object) -> str:
    """What tells two JSON values apart."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
