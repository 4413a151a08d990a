"""Search by meaning in a process of its own, for the player: the embeddings stay out of it, and it never waits for them.

``python -m podcli.services.searcher`` reads a line of JSON ``{"id": 1, "text": "suez since:7d"}`` and answers with one,
``{"id": 1, "words": "suez", "hits": […]}``. Of several that wait only the newest is answered. Between them it indexes what is
not indexed yet. It ends with its stdin, or after ten idle minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId
from podcli.errors import PodcliError
from podcli.store.search import Hit
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.services import Services

MOST = 50
"""So many are found of each kind: titles, what was said, notes."""
_IDLE_S = 600.0
_STARTS = 3
"""A process that dies is started anew so many times."""


class Searcher:
    """The player's end. `answer` is called from another thread with the text that was asked for, its words without the filters
    (see `query.understood`), and what was found."""

    def __init__(self, answer: Callable[[str, str, list[Hit]], object]) -> None:
        self._answer = answer
        self._child: subprocess.Popen[bytes] | None = None
        self._starts = 0
        self._asked: dict[int, str] = {}
        self._number = 0

    def ask(self, text: str) -> None:
        """Look for `text`; nothing comes back when there is no process to do it."""
        if not self._running():
            return
        self._number += 1
        self._asked = {self._number: text}  # an answer to anything before is of no use
        assert self._child is not None and self._child.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._child.stdin.write(json.dumps({"id": self._number, "text": text}).encode() + b"\n")
            self._child.stdin.flush()

    def close(self) -> None:
        """End the process."""
        self._let_go()
        self._starts = 0

    def _let_go(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        self._child = None

    def _running(self) -> bool:
        if self._child is not None and self._child.poll() is None:
            return True
        self._let_go()
        if self._starts >= _STARTS:
            return False
        self._starts += 1
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "podcli.services.searcher"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError:
            return False
        threading.Thread(target=self._listen, args=(self._child,), name="searcher", daemon=True).start()
        return True

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    told = json.loads(line)
                    hits = [Hit(**{**hit, "episode_id": EpisodeId(hit["episode_id"])}) for hit in told["hits"]]
                    self._starts = 0  # it works
                    if (text := self._asked.get(told["id"])) is not None:
                        self._answer(text, told["words"], hits)
        child.wait()


def main() -> None:
    """Answer until stdin ends."""
    from podcli.services import open_services

    with open_services() as services:
        missing, last = services.search.missing(), b""
        for lines in _lines(lambda: bool(missing)):
            if lines:
                last = lines[-1]
                _answer(services, last)
            elif missing:
                with contextlib.suppress(PodcliError):
                    services.search.add(missing.pop())  # the newest first
                if not missing and last:
                    _answer(services, last)  # there may be more to find now


def _answer(services: Services, line: bytes) -> None:
    from podcli.services.query import understood

    with contextlib.suppress(PodcliError, ValueError, KeyError, TypeError):
        asked = json.loads(line)
        query = understood(clean_line(str(asked["text"])), services.library, datetime.now(UTC).astimezone())
        hits = services.search.search(query.words, query.scope, limit=MOST)
        told = {"id": asked["id"], "words": query.words, "hits": [asdict(hit) for hit in hits]}
        print(json.dumps(told), flush=True)


def _lines(busy: Callable[[], bool]) -> Iterator[list[bytes]]:
    """What came in, line by line; an empty list whenever there is time for something else."""
    source, buffer = sys.stdin.fileno(), b""
    while True:
        waiting, _, _ = select.select([source], [], [], 0.0 if busy() else _IDLE_S)
        if not waiting:
            if not busy():
                return
            yield []
            continue
        read = os.read(source, 65536)
        if not read:
            return
        *lines, buffer = (buffer + read).split(b"\n")
        if lines:
            yield lines


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
