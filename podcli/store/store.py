"""The library, opened: one connection and its groups of verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from podcli import paths
from podcli.store.answers import AnswerStore
from podcli.store.cards import CardStore
from podcli.store.connection import explained, is_held, lasting, open_database, writing
from podcli.store.digest import DigestStore
from podcli.store.highlights import HighlightStore
from podcli.store.insights import InsightStore
from podcli.store.jobs import JobStore
from podcli.store.library import LibraryStore
from podcli.store.listening import ListeningStore
from podcli.store.passages import PassageStore
from podcli.store.search import SearchStore
from podcli.store.snips import SnipStore
from podcli.store.undo import UndoStore


class Store:
    """One connection and its groups of verbs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = open_database(path)
        self.library = LibraryStore(self._db)
        self.insights = InsightStore(self._db)
        self.jobs = JobStore(self._db)
        self.listening = ListeningStore(self._db)
        self.search = SearchStore(self._db)
        self.passages = PassageStore(self._db)
        self.cards = CardStore(self._db)
        self.digest = DigestStore(self._db)
        self.highlights = HighlightStore(self._db)
        self.answers = AnswerStore(self._db)
        self.snips = SnipStore(self._db)
        self.undo = UndoStore(self._db)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Several writes as one transaction."""
        with explained(self.path), writing(self._db):
            yield

    @contextmanager
    def writing_for_good(self) -> Iterator[None]:
        """As `writing`; once it is done, it is there after a loss of power too. Not within another."""
        with explained(self.path), lasting(self._db), writing(self._db):
            yield

    def is_held(self) -> bool:
        """Whether another program is writing just now, so that a write would have to wait; answers at once."""
        with explained(self.path):
            return is_held(self._db)

    def data_version(self) -> tuple[int, int]:
        """Changes whenever any process, this one included, has written; costs microseconds."""
        version = self._db.execute("pragma data_version").fetchone()[0]
        return int(version), self._db.conn.total_changes

    def check(self) -> str:
        """``ok``, or what SQLite's quick_check and foreign_key_check found."""
        with explained(self.path):
            verdict = str(self._db.execute("pragma quick_check").fetchone()[0])
            broken = self._db.execute("pragma foreign_key_check").fetchone()
        return verdict if verdict != "ok" or broken is None else f"a row of {broken[0]} points at nothing"

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_store(path: Path | None = None) -> Store:
    """Open the library, creating or migrating it. Raises PodcliError in words a person can act on."""
    return Store(path or paths.database())
