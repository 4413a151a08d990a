"""Opening the database file: safe pragmas, a verified backup before a migration, refusal of what we cannot read."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from podcli import paths
from podcli.errors import PodcliError
from podcli.store.migrations import migrations
from podcli.store.sqlite_light import Database

_LEAST_ROOM_BYTES = 200_000
BUSY_TIMEOUT_S = 10.0
_BACKUPS_KEPT = 5


def open_database(path: Path) -> Database:
    """Open, and create or migrate when needed, the library at `path`.

    The connection belongs to the calling thread. Raises PodcliError when the file is not ours, damaged, newer than this
    program, or locked for longer than `BUSY_TIMEOUT_S`.
    """
    paths.make_private(path.parent)
    with explained(path):
        connection = sqlite3.connect(str(path), timeout=BUSY_TIMEOUT_S)
        try:
            database = Database(connection, execute_plugins=False)
            _migrate(database, path)
            database.execute("pragma foreign_keys = on")
            database.execute("pragma synchronous = normal")
        except BaseException:
            connection.close()
            raise
    return database


def now() -> str:
    """The time as stored: ISO 8601, UTC, seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def utc(moment: datetime | None) -> str | None:
    """A moment as it is stored, to be compared with; None for none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def parse_time(text: str | None) -> datetime | None:
    """A stored time back."""
    return datetime.fromisoformat(text) if text else None


@contextmanager
def writing(database: Database) -> Iterator[Database]:
    """One write transaction. It takes the write lock at once, so it waits its turn instead of failing half-way."""
    if database.conn.in_transaction:
        with database.atomic():
            yield database
        return
    database.conn.execute("begin immediate")
    try:
        yield database
    except BaseException:
        database.rollback()
        raise
    database.conn.execute("commit")


def is_held(database: Database) -> bool:
    """Whether another program has the write lock just now; answers at once."""
    if database.conn.in_transaction:
        return False
    database.execute("pragma busy_timeout = 0")
    try:
        database.conn.execute("begin immediate")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return True
        raise
    else:
        database.rollback()
        return False
    finally:
        database.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")


@contextmanager
def lasting(database: Database) -> Iterator[None]:
    """While it lasts, what is committed is on the disk, so that a loss of power takes nothing back.

    Not for within a transaction, where SQLite ignores it. Source: sqlite.org/pragma.html#pragma_synchronous: in WAL mode NORMAL
    is not durable, FULL is.
    """
    database.execute("pragma synchronous = full")
    try:
        yield
    finally:
        database.execute("pragma synchronous = normal")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a sentence for a person."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise explain(path, error) from error
    except PermissionError as error:
        raise PodcliError(f"{error.filename} cannot be opened: permission denied.", "Check who owns that folder.") from None


def explain(path: Path, error: Exception) -> PodcliError:
    """What `error`, one of SQLite's, means for a person."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return PodcliError(
            f"The library {path} has been locked by another program for {BUSY_TIMEOUT_S:.0f} seconds.",
            "Close programs that have it open (another podcli, a database browser) and try again.",
        )
    if "not a database" in text or "malformed" in text or "corrupt" in text:
        return PodcliError(
            f"The library {path} is damaged or is not a podcli database ({text}).",
            f"podcli's copies are in {paths.backups()}: put one in its place, or move the file away to start anew.",
        )
    if "full" in text or ("disk I/O" in text and _is_full(path)):  # without room SQLite cannot even make its shared index
        return PodcliError(
            "The disk is full, so the library cannot be written.", "Make room and run the command again; nothing stored is lost."
        )
    if "readonly" in text or "unable to open" in text:
        return PodcliError(f"The library {path} cannot be written ({text}).", "Check the permissions of the file and its folder.")
    return PodcliError(f"The library {path} gave an error: {text}.", "Run `podcli doctor` to check it.")


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_ROOM_BYTES
    except OSError:
        return False


def _migrate(database: Database, path: Path) -> None:
    if _is_current(database):
        return
    with _alone(path):
        _bring_up_to_date(database, path)


def _is_current(database: Database) -> bool:
    if "_sqlite_migrations" not in database.table_names():
        return False
    return [step.name for step in migrations.applied(database)] == [step.name for step in migrations._migrations]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two podcli that start at once on a new machine must not both create the library: the second waits for the first."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring_up_to_date(database: Database, path: Path) -> None:
    names = set(database.table_names())
    if names and "_sqlite_migrations" not in names:
        raise PodcliError(f"{path} is a database of another program.", "Move it away, or point PODCLI_HOME at another folder.")
    applied = [step.name for step in migrations.applied(database)]
    known = [step.name for step in migrations.pending(database)] + applied
    ours = {step.name for step in migrations._migrations}
    if strangers := [name for name in applied if name not in ours]:
        raise PodcliError(
            f"The library {path} was written by a newer podcli (it has {strangers[-1]}).",
            "Update podcli, or restore the copy it made before that change from " + str(paths.backups()) + ".",
        )
    if len(known) == len(applied):
        return
    if applied:
        _back_up(database, applied[-1])
    else:
        database.enable_wal()
    migrations.apply(database)


def _back_up(database: Database, version: str) -> Path:
    """Copy the library, check the copy, and only then let it count as a backup."""
    folder = paths.make_private(paths.backups())
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{version}.db"
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    database.execute("vacuum into ?", [str(part)])
    copy = sqlite3.connect(str(part))
    try:
        verdict = copy.execute("pragma quick_check").fetchone()[0]
    finally:
        copy.close()
    if verdict != "ok":
        raise PodcliError(
            f"The library could not be copied safely before an update ({verdict}).", "Run `podcli doctor`; nothing was changed."
        )
    part.replace(target)
    for old in sorted(folder.glob("*.db"))[:-_BACKUPS_KEPT]:
        old.unlink()
    return target
