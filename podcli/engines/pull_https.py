"""Weights from a web server: resumed where it broke off, over TLS only, with the server's own hash as a second opinion."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Progress
from podcli.engines.base import Offer
from podcli.engines.pace import Pace, ReportProgress
from podcli.errors import NetworkError

if TYPE_CHECKING:
    import httpx

_TRIES = 5
"""How often in a row a connection may fail without one new byte."""
_PAUSE_S = 1.0
_TIMEOUT_S = 30.0
_REDIRECTS = 8
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REPEAT = "Run the same command again: it goes on where it stopped."


@dataclass(slots=True)
class _Notes:
    """Kept beside an unfinished download: what it is a part of."""

    url: str
    total: int = 0
    validator: str = ""
    """The server's strong ETag, or its Last-Modified (RFC 9110 §13.1.5: what If-Range may carry)."""
    linked: str = ""
    """sha256 according to the hub (X-Linked-ETag), or an ETag that is one."""


class _Broken(Exception):
    """The connection failed; another try may do better. `wait_s` is what the server asked for."""

    def __init__(self, cause: str, wait_s: float = 0.0) -> None:
        super().__init__(cause)
        self.wait_s = wait_s


def fetch(offer: Offer, folder: Path, report: ReportProgress, *, room: Callable[[int], None] | None = None) -> tuple[Path, str]:
    """Download `offer` into `folder`, going on from what an earlier run left there; the file and the hub's sha256 (or "").

    The hash is not checked here. `room` is called with the whole size as soon as it is known, and may raise.
    Raises NetworkError when the server or the way to it fails for good.
    """
    import httpx

    part = folder / "https.part"
    notes = _read_notes(part, offer.where[0])
    pace = Pace(report, "downloading", total=offer.bytes or notes.total or None)
    failures = 0
    # No default headers: a compressed or otherwise transformed answer would not be the bytes that were hashed.
    with httpx.Client(timeout=_TIMEOUT_S, headers={"Accept-Encoding": "identity", "User-Agent": "podcli"}) as client:
        while not (notes.total and _size(part) == notes.total):
            before = _size(part)
            try:
                _go_on(client, offer, part, notes, pace, room)
            except (_Broken, httpx.TransportError) as error:
                failures = 1 if _size(part) > before else failures + 1
                if failures >= _TRIES or _is_tls(error):
                    raise _failed(offer.where[0], error) from None
                report(Progress(_size(part), pace.total, "bytes", "waiting to try again"))
                time.sleep(max(_PAUSE_S * 2 ** (failures - 1), getattr(error, "wait_s", 0.0)))
    return part, notes.linked


def discard(folder: Path) -> None:
    """Forget an unfinished or bad download."""
    for name in ("https.part", "https.part.json"):
        (folder / name).unlink(missing_ok=True)


def _go_on(client: httpx.Client, offer: Offer, part: Path, notes: _Notes, pace: Pace, room: Callable[[int], None] | None) -> None:
    """One request: append what is missing, or begin anew when the server has another file now."""
    start = _size(part)
    # Without a validator, only a known hash can tell whether two halves belong together.
    resume = start > 0 and bool(notes.validator or offer.sha256)
    headers = {"Range": f"bytes={start}-"} if resume else {}
    if resume and notes.validator:
        headers["If-Range"] = notes.validator
    with _open(client, offer.where[0], headers) as (answer, linked):
        if answer.status_code == 416:
            discard(part.parent)
            notes.total, notes.validator = 0, ""
            raise _Broken("the server has another file now")
        start = start if answer.status_code == 206 else 0
        notes.total = _total(answer, start)
        notes.validator, notes.linked = _validator(answer), linked
        if offer.bytes and notes.total and notes.total != offer.bytes:
            raise NetworkError(
                f"{_host(offer.where[0])} offers {notes.total:,} bytes where {offer.bytes:,} are expected.",
                "The file there has changed; a newer podcli may know it.",
            )
        if room:
            room(notes.total or offer.bytes)
        _write_notes(part, notes)
        pace.total = notes.total or offer.bytes or None
        _append(answer, part, start, pace, limit=notes.total or offer.bytes)
        if not notes.total:
            # A server that does not say how much there is: the end is where it stops.
            notes.total = _size(part)
            _write_notes(part, notes)


@contextlib.contextmanager
def _open(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[tuple[httpx.Response, str]]:
    """Follow redirects by hand: only to https, and with an eye on what the hub says of the file."""
    import httpx

    linked, target = "", httpx.URL(url)
    for _ in range(_REDIRECTS):
        if target.scheme != "https" and not (target.scheme == "http" and target.host in _LOOPBACK):
            raise NetworkError(f"{_host(url)} leads to an address without encryption.", "Nothing was fetched from there.")
        with client.stream("GET", target, headers=headers) as answer:
            linked = linked or _sha256_in(answer.headers.get("x-linked-etag", ""))
            if answer.is_redirect:
                target = target.join(answer.headers["location"])
                continue
            _require_file(answer, url)
            yield answer, linked or _sha256_in(answer.headers.get("etag", ""))
            return
    raise NetworkError(f"{_host(url)} redirects in a circle.", "Try again later.")


def _require_file(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status in (429, 500, 502, 503, 504):
        wait = answer.headers.get("retry-after", "")
        raise _Broken(f"the server answered {status}", min(float(wait), 60.0) if wait.isdigit() else 0.0)
    if status not in (200, 206, 416):
        cause = {401: "asks for a login", 403: "refuses", 404: "has no such file", 410: "has no such file any more"}
        raise NetworkError(
            f"{_host(url)} {cause.get(status, f'answered {status}')} ({url}).",
            "Another source may have it: see `podcli models list`.",
        )
    if "text/html" in answer.headers.get("content-type", ""):
        raise NetworkError(f"{_host(url)} answered with a web page instead of the model.", "Does this network ask for a login?")


def _append(answer: httpx.Response, part: Path, start: int, pace: Pace, *, limit: int) -> None:
    done = start
    with part.open("r+b" if part.exists() else "wb") as stream:
        stream.seek(start)
        stream.truncate()
        pace.at(done)
        # As they come: gathered into larger pieces, what had arrived would be lost when the connection breaks.
        for piece in answer.iter_raw():
            done += len(piece)
            if limit and done > limit:
                raise _Broken("more bytes came than the server announced")
            stream.write(piece)
            pace.at(done)
    if limit and done < limit:
        raise _Broken("the connection broke off")


def _total(answer: httpx.Response, start: int) -> int:
    if answer.status_code == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("content-range", ""))
        if not match or int(match[1]) != start:
            raise _Broken("the server sent another part than it was asked for")
        return int(match[2])
    length = answer.headers.get("content-length", "")
    return int(length) if length.isdigit() else 0


def _validator(answer: httpx.Response) -> str:
    etag = str(answer.headers.get("etag", ""))
    # A weak ETag may not be used here: it promises the same meaning, not the same bytes.
    return etag if etag.startswith('"') else str(answer.headers.get("last-modified", ""))


def _sha256_in(etag: str) -> str:
    bare = etag.strip().strip('"').lower()
    return bare if re.fullmatch("[0-9a-f]{64}", bare) else ""


def _read_notes(part: Path, url: str) -> _Notes:
    try:
        notes = _Notes(**json.loads(part.with_suffix(".part.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        notes = _Notes("")
    if notes.url != url or _size(part) > notes.total > 0:
        discard(part.parent)
        return _Notes(url)
    return notes


def _write_notes(part: Path, notes: _Notes) -> None:
    file = part.with_suffix(".part.json")
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(notes)), "utf-8")
    draft.replace(file)


def _is_tls(error: Exception) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _failed(url: str, error: Exception) -> NetworkError:
    import httpx

    if _is_tls(error):
        return NetworkError(
            f"The certificate of {_host(url)} cannot be verified.", "Check this machine's clock and its certificates."
        )
    if isinstance(error, httpx.TimeoutException):
        return NetworkError(f"{_host(url)} does not answer.", _REPEAT)
    if isinstance(error, httpx.ConnectError):
        return NetworkError(f"{_host(url)} cannot be reached.", f"Check the network. {_REPEAT}")
    cause = str(error) if isinstance(error, _Broken) else "the connection broke off"
    return NetworkError(f"The download from {_host(url)} failed: {cause}.", _REPEAT)


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or url


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
