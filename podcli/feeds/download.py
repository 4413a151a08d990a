"""Download an episode's audio so that no interruption costs more than the bytes in flight."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.errors import NetworkError, PodcliError
from podcli.feeds.media import bare_type, extension_for, sniff
from podcli.feeds.transport import ConnectionDropped, open_url
from podcli.feeds.urls import host_of, normalise_url, without_user
from podcli.paths import make_private
from podcli.text import human_bytes

if TYPE_CHECKING:
    import httpx

Report = Callable[[int, int | None], None]

RETRIES = 3
BACKOFF_S = (1.0, 3.0, 9.0)
_HEAD = 2048
_SPARE_BYTES = 64 * 1024 * 1024
_MAX_BYTES = 8 * 1024**3
_REPORT_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A finished audio file; `type` is its MIME type as its content shows it, else as the server or feed said."""

    path: Path
    sha256: str
    bytes: int
    type: str


@dataclass(frozen=True, slots=True)
class _Origin:
    """What the part on disk belongs to, kept beside it as JSON; `length` is the whole file's, None when not told."""

    url: str
    etag: str = ""
    last_modified: str = ""
    length: int | None = None
    type: str = ""

    @property
    def validator(self) -> str:
        """What If-Range may carry (RFC 9110 §13.1.5): a strong entity tag, else the date; '' forbids resuming."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class _StartOver(Exception):
    """The part on disk does not belong to what the server now has."""


def download(
    url: str,
    folder: Path,
    stem: str,
    *,
    report: Report,
    trusted_hosts: frozenset[str] = frozenset(),
    type_hint: str = "",
) -> Downloaded:
    """Download `url` to ``folder/stem.<extension>`` and return it once it is complete and on disk.

    Bytes go to ``stem.part``; after a kill, a crash or a lost connection the next call goes on where this one stopped, if
    the server's file is still the same (Range with If-Range, RFC 9110 §14). Broken connections are retried three times.
    `report(done, total)` is called at most ten times a second. `type_hint` is the MIME type the feed gives.

    Raises UsageError for a bad address, NetworkError when the server or the way fails (the part is kept), PodcliError when
    the disk has no room, when what came is a web page or empty, or when another podcli downloads the same episode.
    """
    url = normalise_url(url)
    if not re.fullmatch(r"[\w][\w.-]{0,199}", stem):
        raise ValueError(f"not a file name: {stem!r}")
    make_private(folder)
    part, sidecar = folder / f"{stem}.part", folder / f"{stem}.part.json"
    with _opened(part) as file:
        origin = _fetch_all(url, file, part, sidecar, _throttled(report), trusted_hosts)
        return _finished(file, part, sidecar, url, origin.type or bare_type(type_hint))


@contextmanager
def _opened(part: Path) -> Iterator[FileIO]:
    """The part file, open and locked for this process alone (the lock ends with the process)."""
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_room(None, part.parent) from None
        raise PodcliError(
            f"{part.name} cannot be written: {problem.strerror}.", f"Check the permissions of {part.parent}."
        ) from None
    with FileIO(descriptor, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PodcliError("Another podcli is downloading this episode.", "Follow it with: podcli jobs") from None
        # Between opening and locking, another podcli may have finished and renamed this very file.
        if not part.exists() or not os.path.samestat(part.stat(), os.fstat(file.fileno())):
            raise PodcliError("Another podcli has just finished this download.", "Try again.")
        yield file


def _fetch_all(url: str, file: FileIO, part: Path, sidecar: Path, report: Report, trusted_hosts: frozenset[str]) -> _Origin:
    """Bring the part to its full length; retry what broke. Raises NetworkError naming how far it came."""
    failures = 0
    while True:
        had = _size(file)
        try:
            return _attempt(url, file, sidecar, report, trusted_hosts)
        except _StartOver:
            file.truncate(0)
            sidecar.unlink(missing_ok=True)
        except ConnectionDropped as problem:
            # Retries are for connections that make no headway; a slow but steady one may break often.
            failures = 1 if _size(file) > had + 1_000_000 else failures + 1
            if failures > RETRIES:
                raise NetworkError(problem.message, _resume_hint(_size(file), _read_origin(sidecar))) from problem
            time.sleep(BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise PodcliError(f"{part.name} cannot be written: {problem.strerror}.", f"Check {part.parent}.") from problem
            origin, done = _read_origin(sidecar), _size(file)
            # A full disk would stop the library too, so the unfinished file makes room.
            file.truncate(0)
            raise _no_room((origin.length or done) if origin else done, part.parent) from problem


def _attempt(url: str, file: FileIO, sidecar: Path, report: Report, trusted_hosts: frozenset[str]) -> _Origin:
    """One request: resume when the part and the server allow it, else from the start."""
    origin, done = _read_origin(sidecar), _size(file)
    if origin is None or origin.url != _key(url) or not origin.validator or not done:
        origin, done = None, 0
    elif origin.length == done:
        return origin
    headers = {"Accept-Encoding": "identity", "Accept": "audio/*, video/*;q=0.8, */*;q=0.5"}
    if origin:
        headers |= {"Range": f"bytes={done}-", "If-Range": origin.validator}
    with open_url(url, headers, trusted_hosts=trusted_hosts) as answer:
        response = answer.response
        if response.status_code == 416:
            total = _content_range(response)[1]
            if origin and total == done and origin.length in (None, total):
                return origin
            if origin is None:
                raise NetworkError(f"{host_of(url)} refuses to send the file (416).", "Try again later.")
            raise _StartOver
        if response.status_code == 206:
            start, total = _content_range(response)
            if origin is None or start != done or (origin.length is not None and total not in (None, origin.length)):
                raise _StartOver
        elif response.status_code == 200:
            done = 0
            origin = _begin(url, response, file, sidecar)
        else:
            raise NetworkError(f"{host_of(url)} sent no audio (status {response.status_code}).", "Try again later.")
        _check_room(origin.length, done, sidecar.parent)
        _receive(response, file, done, origin, report, sidecar.parent)
    return origin


def _begin(url: str, response: httpx.Response, file: FileIO, sidecar: Path) -> _Origin:
    """Start the part anew for this answer, and note what it is before the first byte is written."""
    encoded = response.headers.get("content-encoding", "identity").lower() not in ("", "identity")
    length = response.headers.get("content-length", "")
    origin = _Origin(
        url=_key(url),
        # An encoded body cannot be continued in the middle, and its length is not the file's.
        etag="" if encoded else response.headers.get("etag", ""),
        last_modified="" if encoded else response.headers.get("last-modified", ""),
        length=int(length) if length.isascii() and length.isdigit() and not encoded else None,
        type=bare_type(response.headers.get("content-type", "")),
    )
    file.truncate(0)
    fresh = sidecar.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as note:  # noqa: PTH123 - needs O_NOFOLLOW
        json.dump(asdict(origin), note)
    fresh.replace(sidecar)
    return origin


def _receive(response: httpx.Response, file: FileIO, done: int, origin: _Origin, report: Report, folder: Path) -> None:
    file.seek(done)
    file.truncate(done)
    report(done, origin.length)
    last_look = done
    # As the socket delivers it: gathered into larger blocks, a break would cost the block, and a connection that always
    # breaks within one would never get anywhere.
    for chunk in response.iter_bytes():
        if done < _HEAD:
            _refuse_text(_head(file, done) + chunk, origin.type, host_of(origin.url))
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]
        done += len(chunk)
        if done > (origin.length if origin.length is not None else _MAX_BYTES):
            more = f"{host_of(origin.url)} sends more than it announced; this may be a live stream."
            raise NetworkError(more, "Use another address.")
        if done - last_look > _SPARE_BYTES:
            last_look = done
            _check_room(origin.length, done, folder)
        report(done, origin.length)
    if origin.length is not None and done < origin.length:
        raise ConnectionDropped(f"{host_of(origin.url)} broke the connection off.", "Try again later.")


def _finished(file: FileIO, part: Path, sidecar: Path, url: str, said: str) -> Downloaded:
    """Check what came, put it safely on disk, and give it its name."""
    size = _size(file)
    if not size:
        part.unlink(missing_ok=True)
        sidecar.unlink(missing_ok=True)
        raise PodcliError(f"{host_of(url)} sent an empty file.", "The episode may not be published yet; try again later.")
    head = _head(file, _HEAD)
    try:
        _refuse_text(head, said, host_of(url))
    except PodcliError:
        part.unlink(missing_ok=True)
        sidecar.unlink(missing_ok=True)
        raise
    found = sniff(head)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    os.fsync(file.fileno())
    path = part.with_name(f"{part.name.removesuffix('.part')}.{extension_for(said, url, found)}")
    part.replace(path)
    folder = os.open(part.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    sidecar.unlink(missing_ok=True)
    return Downloaded(path, digest, size, found or said)


def _refuse_text(head: bytes, said: str, host: str) -> None:
    """A log-in page or an error message is not audio, whatever its name; audio called text/plain still is audio."""
    found = sniff(head[:_HEAD])
    if found.startswith(("audio/", "video/")):
        return
    if found in ("text/html", "text/xml") or (not found and said in ("text/html", "application/xhtml+xml")):
        raise PodcliError(f"{host}: the server sent a web page instead of audio.", "The episode may need a log-in, or be gone.")
    if found:
        raise PodcliError(f"{host}: the server sent {found} instead of audio.", "The episode may be gone; see the show's page.")


def _read_origin(sidecar: Path) -> _Origin | None:
    try:
        given = json.loads(sidecar.read_text())
        texts = (given[name] for name in ("url", "etag", "last_modified", "type"))
        fits = all(isinstance(text, str) for text in texts) and isinstance(given["length"], int | None)
        return _Origin(**given) if fits else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _key(url: str) -> str:
    return without_user(url)


def _size(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size


def _head(file: FileIO, count: int) -> bytes:
    return os.pread(file.fileno(), min(count, _HEAD), 0)


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """Start and total of a Content-Range header (RFC 9110 §14.4), each None when not told."""
    header = response.headers.get("content-range", "")
    match = re.fullmatch(r"\s*bytes\s+(?:(\d{1,15})-\d{1,15}|\*)/(\d{1,15}|\*)\s*", header, re.I)
    if not match:
        return None, None
    return (int(match[1]) if match[1] else None), (int(match[2]) if match[2] != "*" else None)


def _check_room(length: int | None, done: int, folder: Path) -> None:
    needed = (length or done) - done + _SPARE_BYTES
    if shutil.disk_usage(folder).free < needed:
        raise _no_room(length, folder)


def _no_room(length: int | None, folder: Path) -> PodcliError:
    need = f"it needs {human_bytes(length)}; " if length else ""
    free = human_bytes(shutil.disk_usage(folder).free)
    return PodcliError(
        f"There is no room for this episode: {need or 'only '}{free} {'are' if need else 'is'} free on the disk of {folder}.",
        "Delete something, then download it again.",
    )


def _resume_hint(done: int, origin: _Origin | None) -> str:
    if not done or origin is None or not origin.validator:
        return "Try again later."
    return f"Try again: it will resume at {f'{done * 100 // origin.length} %' if origin.length else human_bytes(done)}."


def _throttled(report: Report) -> Report:
    last = 0.0

    def passed_on(done: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_EVERY_S or done == total:
            last = now
            report(done, total)

    return passed_on
