"""Files beside a listener's own: each written whole or not at all, none that was changed by hand replaced."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from podcli.domain import EpisodeId, WrittenAction
from podcli.errors import PodcliError
from podcli.exports.merge import Comment, Rendering, merge, untouched
from podcli.store import Store

_ON = "What was written so far stays; run the same command again and it goes on from there."
_ELSEWHERE = "Or export to another folder."
_AWAY = f"Move it away. {_ELSEWHERE}"
_GONE = "It may have moved, or its disk is not mounted."
_CAUSES = {
    errno.ENOSPC: ("There is no room on the disk for {path}.", f"Make room. {_ON}"),
    errno.EDQUOT: ("Your share of the disk is used up; {path} was not written.", f"Make room. {_ON}"),
    errno.EROFS: ("{path} is on a disk that can only be read.", f"Mount it for writing. {_ELSEWHERE}"),
    errno.EACCES: ("podcli may not read and write {path}.", f"Change the permissions of the file and its folder. {_ON}"),
    errno.EPERM: ("podcli may not read and write {path}.", f"Change the permissions of the file and its folder. {_ON}"),
    errno.ENOENT: ("The folder of {path} is not there any more.", _GONE),
    errno.ENOTDIR: ("{path} lies in something that is no folder.", "Name a folder, or move away what has its name."),
    errno.EISDIR: ("{path} is a folder, where a file should be.", _AWAY),
    errno.ENAMETOOLONG: ("The name {path} is too long for that disk.", "Export to a folder with a shorter name."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one file."""

    path: Path
    action: WrittenAction
    episode_id: EpisodeId | None = None


class Files:
    """Writes files. A note carries the mark that tells whether it was changed; of other files the library keeps a digest."""

    def __init__(self, store: Store, *, force: bool = False) -> None:
        """With `force` files that were changed by hand are written anew."""
        self._library = store.library
        self._force = force

    def note(
        self, path: Path, note: Rendering, comment: Comment = "html", *, within: Path | None = None,
        earlier: Rendering | None = None,
    ) -> WrittenAction:  # fmt: skip
        """Bring a note up to date (see `exports.merge`). With `within`, nothing outside that folder is read or written. `earlier`
        is the same note with the day of its last change: where that has nothing new, the file stays as it is.

        Raises PodcliError when it cannot be read or written, is no text, or changes at the same moment.
        """
        path = _real(path, within)
        before = _read(path)
        text = None if before is None else _text(path, before.content)
        if earlier is not None and text is not None and self._merged(text, earlier, comment) in (None, text):
            note = earlier
        after = self._merged(text, note, comment)
        if after is None:
            return "same" if text is not None and untouched(text) else "yours"
        content = after.encode("utf-8", "replace")
        if before is None or text is None:
            _write(path, content, before)
            return "made"
        if content == before.content:
            return "same"
        _write(path, content, before)
        return "changed" if self._force or not text.strip() or untouched(text) else "added"

    def _merged(self, text: str | None, note: Rendering, comment: Comment) -> str | None:
        return merge(None if self._force else text, note, comment)

    def document(self, path: Path, content: bytes, *, within: Path | None = None) -> WrittenAction:
        """Bring a file up to date that takes no marks: one that is not as podcli left it stays. Raises as `note`."""
        path = _real(path, within)
        before = _read(path)
        key = f"export.{path}"
        changes = before is None or before.content != content
        ours = before is None or _digest(before.content) == self._library.remembered(key)
        if changes and not ours and not self._force:
            return "yours"
        if changes:
            _write(path, content, before)
        self._library.remember(key, _digest(content))
        return "made" if before is None else "changed" if changes else "same"

    def large(self, path: Path, pieces: Iterable[str], *, within: Path | None = None) -> WrittenAction:
        """As `document`, of a file that may be larger than memory: it is written beside the one that is there, and compared."""
        path = _real(path, within)
        before, key = _read(path, content=False), f"export.{path}"
        with _beside(path, (piece.encode("utf-8", "replace") for piece in pieces), before) as part:
            new, old = _digest_of(part), "" if before is None else _digest_of(path)
            if before is not None and new != old and old != self._library.remembered(key) and not self._force:
                return "yours"
            if new != old:
                _put(part, path, before)
        self._library.remember(key, new)
        return "made" if before is None else "changed" if new != old else "same"


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder(path: Path, *, make: bool = True) -> Path:
    """`path`, made (unless not `make`) when the folder it is in is there. Raises PodcliError when it is not, or cannot be written
    to."""
    with explained(path):
        if not path.exists():
            if not path.parent.is_dir():
                raise PodcliError(
                    f"There is no folder {path.parent}.", "Make it, or check whether it moved or its disk is not mounted."
                )
            if not make:
                return path
            path.mkdir()
        if not path.is_dir():
            raise PodcliError(f"{path} is a file, where a folder should be.", "Name a folder.")
    return path


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into a sentence for a person."""
    try:
        yield
    except OSError as error:
        message, hint = _CAUSES.get(error.errno or 0, (f"{{path}} cannot be written: {error.strerror}.", _ON))
        raise PodcliError(message.replace("{path}", str(path)), hint) from None


@dataclass(frozen=True, slots=True)
class _Found:
    content: bytes
    facts: tuple[int, int, int]
    """Inode, size and time of change: whether it is still the same file."""
    mode: int


def _real(path: Path, within: Path | None) -> Path:
    """Where `path` leads. A link must not lead out of the folder."""
    with explained(path):
        real = path.resolve()
        if within is not None and not real.is_relative_to(within.resolve()):
            raise PodcliError(f"{path} is a link that leads out of its folder.", _AWAY)
    return real


def _read(path: Path, *, content: bool = True) -> _Found | None:
    with explained(path):
        if not path.parent.is_dir():
            raise OSError(errno.ENOENT, "")
        try:
            facts = path.stat()
        except FileNotFoundError:
            return None
        if stat.S_ISDIR(facts.st_mode):
            raise OSError(errno.EISDIR, "")
        if not stat.S_ISREG(facts.st_mode):
            raise PodcliError(f"{path} is no ordinary file.", "Name a file; `--to -` writes to standard output.")
        return _Found(path.read_bytes() if content else b"", _facts(facts), stat.S_IMODE(facts.st_mode))


def _facts(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise PodcliError(f"{path} holds something else than text in UTF-8.", _AWAY) from None


def _write(path: Path, content: bytes, before: _Found | None) -> None:
    """Replace the file that `before` was read from: whole, on the disk before it has its name, and only if nobody else did."""
    with _beside(path, (content,), before) as part:
        _put(part, path, before)


def _put(part: Path, path: Path, before: _Found | None) -> None:
    if not _is_still(path, before):
        raise PodcliError(f"{path} was changed by another program just now, and was left alone.", _ON)
    part.replace(path)
    _settle(path.parent)


@contextmanager
def _beside(path: Path, pieces: Iterable[bytes], before: _Found | None) -> Iterator[Path]:
    """A file beside `path` that holds `pieces` and is on the disk. It is gone afterwards, unless it was put in place."""
    part = path.parent / f".podcli-{os.getpid()}.part"
    with explained(path):
        try:
            part.unlink(missing_ok=True)  # of a podcli of the same number that was killed
            with part.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                if before is not None:
                    os.fchmod(file.fileno(), before.mode)
                file.flush()
                os.fsync(file.fileno())
            yield part
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _is_still(path: Path, before: _Found | None) -> bool:
    try:
        facts = _facts(path.stat())
    except FileNotFoundError:
        return before is None
    return before is not None and facts == before.facts


def _settle(parent: Path) -> None:
    """Let the new name survive a loss of power."""
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
