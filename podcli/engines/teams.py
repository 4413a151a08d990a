"""Work shared by several threads, each of which takes more when it has room; what comes of it is told in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, TypeVar

from podcli.errors import PodcliError

Task = TypeVar("Task")
Found = TypeVar("Found")
_Ready = SimpleQueue[tuple[int, Task] | None]


class _Wanted:
    """Somebody has room for a task."""


@dataclass(frozen=True, slots=True)
class _Told(Generic[Found]):
    """What came of a task."""

    number: int
    found: Found


@dataclass(frozen=True, slots=True)
class _Ended:
    """A thread has ended, with a problem or without."""

    problem: BaseException | None


_Message = _Wanted | _Told[Found] | _Ended


class Team(Generic[Task, Found]):
    """What a thread is given to work with."""

    def __init__(self, messages: SimpleQueue[_Message[Found]], ready: _Ready[Task], over: threading.Event) -> None:
        self._messages, self._ready, self._over = messages, ready, over
        self._more = True

    @property
    def over(self) -> bool:
        """Whether nobody wants any more what is being worked on."""
        return self._over.is_set()

    def take(self) -> tuple[int, Task] | None:
        """The number of the next task, from 0, and the task; None when there are no more. Waits until it is there."""
        if not self._more:
            return None
        self._messages.put(_Wanted())
        taken = self._ready.get()
        self._more = taken is not None
        return taken

    def tell(self, number: int, found: Found) -> None:
        """What came of a task; those before it may be told later."""
        self._messages.put(_Told(number, found))

    def run(self, work: Callable[[Team[Task, Found]], None]) -> None:
        """Do `work`, and say when it is done, or why not."""
        problem = None
        try:
            work(self)
        except BaseException as error:  # it is raised where somebody waits for it
            problem = error
        self._messages.put(_Ended(problem))


def side_by_side(tasks: Iterator[Task], work: Callable[[Team[Task, Found]], None], count: int) -> Iterator[Found]:
    """What `work`, run by `count` threads, tells of each of `tasks`, in their order, as soon as it is told.

    Tasks are made here, one more than threads have asked for: while the caller does not go on, no more are begun. When making one
    fails with PodcliError, what was begun is finished first. Whatever `work` raises is raised at once, and the others are told
    that it is over.
    """
    messages: SimpleQueue[_Message[Found]] = SimpleQueue()
    over, made = threading.Event(), _Made(tasks)
    threads = [threading.Thread(target=Team(messages, made.ready, over).run, args=[work], name=f"team-{n}") for n in range(count)]
    found: dict[int, Found] = {}
    told, running = 0, 0
    try:
        for thread in threads:
            thread.start()
            running += 1
        made.one_more()
        while running:
            match messages.get():
                case _Wanted():
                    made.one_more()
                case _Told(number, what):
                    found[number] = what
                    while told in found:
                        yield found.pop(told)
                        told += 1
                case _Ended(failure):
                    running -= 1
                    if failure is not None:
                        raise failure
    finally:
        over.set()
        while running:
            made.ready.put(None)
            running -= isinstance(messages.get(), _Ended)
    if made.problem is not None:
        raise made.problem


class _Made(Generic[Task]):
    """Tasks, numbered from 0, as they are made."""

    def __init__(self, tasks: Iterator[Task]) -> None:
        self.ready: _Ready[Task] = SimpleQueue()
        self.problem: PodcliError | None = None
        self._tasks = enumerate(tasks)

    def one_more(self) -> None:
        """Put the next task, or None when there are no more, where a thread waits for it."""
        task = None
        try:
            task = None if self.problem else next(self._tasks, None)
        except PodcliError as error:
            self.problem = error
        finally:
            self.ready.put(task)
