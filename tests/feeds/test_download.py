"""Audio over bad connections: no interruption costs more than the bytes in flight, and no rubbish is kept."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest

from podcli.errors import NetworkError, PodcliError, UsageError
from podcli.feeds import download as module
from podcli.feeds.download import Downloaded, download
from podcli.feeds.transport import StatusError
from tests.feeds.conftest import HERE
from tests.feeds.servers import Request, Script

AUDIO = b"ID3\x04\0\0\0\0\0\0" + random.Random(1).randbytes(700_000)
SHA256 = hashlib.sha256(AUDIO).hexdigest()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (0.0, 0.0, 0.0))


class Host:
    """A media host that honours Range and If-Range (RFC 9110 §13.1.5, §14), and hangs up where it is told to."""

    def __init__(self, body: bytes = AUDIO, etag: str = '"one"') -> None:
        self.body, self.etag = body, etag
        self.breaks: list[int] = []
        """After so many bytes of the body each of the next answers ends."""

    def __call__(self, request: Request) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        resumed = bool(asked) and request.headers.get("If-Range") == self.etag
        start = int(asked[1]) if asked and resumed else 0
        headers = {"Content_Type": "audio/mpeg", "ETag": self.etag} if self.etag else {"Content_Type": "audio/mpeg"}
        if resumed:
            headers["Content_Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        rest = self.body[start:]
        sent = rest[: self.breaks.pop(0)] if self.breaks else rest
        request.reply(sent, status=206 if resumed else 200, length=len(rest), **headers)


def get(url: str, folder: Path, report: Callable[[int, int | None], None] = lambda done, total: None, **more: str) -> Downloaded:
    return download(url, folder, "7-e0123456789", report=report, trusted_hosts=HERE, **more)


def ranges(server: Script) -> list[str]:
    return [headers.get("Range", "") for _, headers in server.seen]


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives_whole_with_its_sum_and_progress(server: Script, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    got = get(server.on("/ep", Host()), tmp_path, lambda done, total: told.append((done, total)))
    assert got == Downloaded(tmp_path / "7-e0123456789.mp3", SHA256, len(AUDIO), "audio/mpeg")
    assert got.path.read_bytes() == AUDIO and got.path.stat().st_mode & 0o777 == 0o600
    assert left_over(tmp_path) == ["7-e0123456789.mp3"]
    assert told[0] == (0, len(AUDIO)) and told[-1] == (len(AUDIO), len(AUDIO))
    assert told == sorted(told)


def test_broken_connections_are_taken_up_where_they_ended(server: Script, tmp_path: Path) -> None:
    host = Host()
    host.breaks = [200_000, 100_000]
    got = get(server.on("/ep", host), tmp_path)
    assert got.sha256 == SHA256
    assert ranges(server) == ["", "bytes=200000-", "bytes=300000-"]


def test_after_three_retries_the_part_waits_for_the_next_call(server: Script, tmp_path: Path) -> None:
    host = Host()
    host.breaks = [350_005, 0, 0, 0]
    url = server.on("/ep", host)
    with pytest.raises(NetworkError, match="broke the connection off") as told:
        get(url, tmp_path)
    assert told.value.hint == "Try again: it will resume at 50 %."
    assert left_over(tmp_path) == ["7-e0123456789.part", "7-e0123456789.part.json"]
    assert get(url, tmp_path).sha256 == SHA256
    assert ranges(server)[-1] == "bytes=350005-"


def test_a_server_that_ignores_ranges_starts_over(server: Script, tmp_path: Path) -> None:
    sent = [AUDIO[:200_000], AUDIO]
    url = server.on("/ep", lambda request: request.reply(sent.pop(0), length=len(AUDIO), ETag='"one"'))
    assert get(url, tmp_path).sha256 == SHA256
    assert ranges(server) == ["", "bytes=200000-"]


def test_a_file_that_changed_meanwhile_is_not_mixed(server: Script, tmp_path: Path) -> None:
    host = Host()
    host.breaks = [200_000, 0, 0, 0]
    url = server.on("/ep", host)
    with pytest.raises(NetworkError):
        get(url, tmp_path)
    other = b"ID3" + random.Random(2).randbytes(300_000)
    host.body, host.etag = other, '"two"'
    assert get(url, tmp_path).sha256 == hashlib.sha256(other).hexdigest()


@pytest.mark.parametrize("wrong", ["bytes 5-9/10", "bytes 200000-699999/9999999", "nonsense", "bytes */700010"])
def test_a_range_that_was_not_asked_for_is_not_believed(server: Script, tmp_path: Path, wrong: str) -> None:
    def answer(request: Request) -> None:
        if request.headers.get("Range"):
            request.reply(b"garbage", status=206, Content_Range=wrong)
        else:
            first = len(server.seen) == 1
            request.reply(AUDIO[:200_000] if first else AUDIO, length=len(AUDIO), ETag='"one"')

    assert get(server.on("/ep", answer), tmp_path).sha256 == SHA256


def test_a_range_beyond_the_end_starts_over(server: Script, tmp_path: Path) -> None:
    def answer(request: Request) -> None:
        if request.headers.get("Range"):
            request.reply(status=416, Content_Range="bytes */100")
        else:
            first = len(server.seen) == 1
            request.reply(AUDIO[:200_000] if first else AUDIO, length=len(AUDIO), ETag='"one"')

    assert get(server.on("/ep", answer), tmp_path).sha256 == SHA256


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_strong_validator_nothing_is_resumed(server: Script, tmp_path: Path, etag: str) -> None:
    host = Host(etag=etag)
    host.breaks = [200_000]
    assert get(server.on("/ep", host), tmp_path).sha256 == SHA256
    assert ranges(server) == ["", ""]


def test_a_complete_part_needs_no_second_request(server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.on("/ep", Host())
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            get(url, tmp_path)
    assert get(url, tmp_path).sha256 == SHA256
    assert len(server.seen) == 1


def test_a_part_of_another_address_is_not_continued(server: Script, tmp_path: Path) -> None:
    host = Host()
    host.breaks = [200_000, 0, 0, 0]
    with pytest.raises(NetworkError):
        get(server.on("/old", host), tmp_path)
    other = b"ID3" + bytes(1000)
    assert get(server.on("/new", Host(other)), tmp_path).bytes == len(other)
    assert [headers.get("Range", "") for path, headers in server.seen if path == "/new"] == [""]


def test_a_server_that_hands_out_pieces_is_asked_until_all_are_there(server: Script, tmp_path: Path) -> None:
    def answer(request: Request) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if asked is None:
            request.reply(AUDIO[:200_000], length=len(AUDIO), ETag='"one"')
            return
        start = int(asked[1])
        piece = AUDIO[start : start + 300_000]
        request.reply(piece, status=206, Content_Range=f"bytes {start}-{start + len(piece) - 1}/{len(AUDIO)}", ETag='"one"')

    assert get(server.on("/ep", answer), tmp_path).sha256 == SHA256
    assert ranges(server) == ["", "bytes=200000-", "bytes=500000-"]


def test_a_web_page_is_known_by_its_first_bytes(server: Script, tmp_path: Path) -> None:
    with pytest.raises(PodcliError, match="a web page instead of audio"):
        get(server.on("/ep", body=PAGE, length=100_000_000, ETag='"x"'), tmp_path)
    assert len(server.seen) == 1, "what is no audio is not fetched to its end"


@pytest.mark.parametrize(
    "note", ["", "{", "[]", "null", '{"url": 5}', '{"url":"x","etag":"","last_modified":"","type":"","length":"9"}']
)
def test_a_damaged_note_costs_the_part_only(server: Script, tmp_path: Path, note: str) -> None:
    (tmp_path / "7-e0123456789.part").write_bytes(b"half")
    (tmp_path / "7-e0123456789.part.json").write_text(note)
    assert get(server.on("/ep", Host()), tmp_path).sha256 == SHA256


_KILLED = """
import sys
from pathlib import Path
from podcli.feeds.download import download
download(sys.argv[1], Path(sys.argv[2]), "ep", report=lambda *_: None, trusted_hosts=frozenset({"127.0.0.1"}))
"""


def test_a_killed_process_loses_only_what_was_in_flight(server: Script, tmp_path: Path) -> None:
    gate = threading.Event()

    def slow(request: Request) -> None:
        if request.headers.get("Range"):
            Host()(request)
            return
        request.reply(AUDIO[:400_000], length=len(AUDIO), ETag='"one"')
        gate.wait(30)

    url = server.on("/ep", slow)
    child = subprocess.Popen([sys.executable, "-c", _KILLED, url, str(tmp_path)])
    part = tmp_path / "ep.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size >= 262_144):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with pytest.raises(PodcliError, match="Another podcli is downloading"):
        download(url, tmp_path, "ep", report=lambda *_: None, trusted_hosts=HERE)
    child.kill()
    child.wait()
    kept = part.stat().st_size
    got = download(url, tmp_path, "ep", report=lambda *_: None, trusted_hosts=HERE)
    gate.set()
    assert got.sha256 == SHA256
    assert ranges(server)[-1] == f"bytes={kept}-" and kept >= 262_144


@pytest.mark.parametrize(("status", "words"), [(404, "404"), (410, "gone for good"), (403, "403")])
def test_an_episode_that_is_gone(server: Script, tmp_path: Path, status: int, words: str) -> None:
    with pytest.raises(StatusError, match=words):
        get(server.on("/ep", body=b"gone", status=status), tmp_path)
    assert len(server.seen) == 1, "a refusal is not retried"


PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("body", "mime", "words"),
    [
        (PAGE, "text/html", "a web page instead of audio"),
        (PAGE, "audio/mpeg", "a web page instead of audio"),
        (b"\n\n  " + PAGE * 100, "audio/mpeg", "a web page instead of audio"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "application/xml", "a web page instead"),
        (b"Not found", "audio/mpeg", "text/plain instead of audio"),
        (b"%PDF-1.7 ...", "audio/mpeg", "application/pdf instead of audio"),
        (b"\x89PNG\r\n\x1a\n\0\0", "audio/mpeg", "image/png instead of audio"),
        (b"", "audio/mpeg", "an empty file"),
    ],
)
def test_what_is_not_audio_is_not_kept(server: Script, tmp_path: Path, body: bytes, mime: str, words: str) -> None:
    with pytest.raises(PodcliError, match=words) as told:
        get(server.on("/ep.mp3", body=body, Content_Type=mime, ETag='"x"'), tmp_path)
    assert told.value.hint and "127.0.0.1" in told.value.message
    assert not list(tmp_path.glob("*.mp3"))
    # What comes next is not mistaken for the rest of this.
    assert get(server.on("/ep.mp3", Host()), tmp_path).sha256 == SHA256


def test_audio_under_a_wrong_type_is_audio(server: Script, tmp_path: Path) -> None:
    got = get(server.on("/ep", body=AUDIO, Content_Type="text/html"), tmp_path)
    assert (got.path.suffix, got.type) == (".mp3", "audio/mpeg")


@pytest.mark.parametrize(
    ("path", "mime", "ending"),
    [
        ("/a.mp3", "audio/mpeg", ".mp3"),
        ("/a.exe", "", ".media"),
        ("/a.sh", "application/x-sh", ".media"),
        ("/..%2f..%2fetc%2fpasswd", "", ".media"),
        ("/a.mp3%00.sh", "", ".media"),
        ("/a.M4A?x=.sh", "", ".m4a"),
        ("/a", "audio/../../x", ".media"),
    ],
)
def test_a_file_name_takes_nothing_from_strangers(server: Script, tmp_path: Path, path: str, mime: str, ending: str) -> None:
    folder = tmp_path / "audio"
    hostile = 'attachment; filename="../../evil.sh"'
    url = server.on(path, body=b"\x00\x01" * 500, Content_Type=mime, Content_Disposition=hostile)
    assert get(url, folder).path == folder / f"7-e0123456789{ending}"
    assert left_over(tmp_path) == ["audio"]


@pytest.mark.parametrize("stem", ["", "../up", "a/b", ".hidden", "-rf", "a\0b", "x" * 300])
def test_a_stem_that_is_no_file_name_is_a_bug(tmp_path: Path, stem: str) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        download("https://example.org/a", tmp_path, stem, report=lambda *_: None)


def test_a_link_laid_in_the_way_is_not_followed(server: Script, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder = tmp_path / "audio"
    folder.mkdir()
    (folder / "7-e0123456789.part").symlink_to(precious)
    with pytest.raises(PodcliError, match="cannot be written"):
        get(server.on("/ep", Host()), folder)
    assert precious.read_text() == "mine"


class TestDisk:
    def test_a_file_that_will_not_fit_is_not_begun(self, server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
        with pytest.raises(PodcliError, match=r"no room for this episode: it needs 700 kB; 1\.0 MB are free") as told:
            get(server.on("/ep", Host()), tmp_path)
        assert told.value.hint and told.value.exit_code == 1

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
    def test_a_disk_that_fills_up_is_told_and_freed(
        self, server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        class Full(module.FileIO):
            def write(self, data: object, /) -> int:
                if self.tell() >= 262_144:
                    raise OSError(number, os.strerror(number))
                return super().write(data)  # type: ignore[arg-type]

        with monkeypatch.context() as full:
            full.setattr(module, "FileIO", Full)
            with pytest.raises(PodcliError, match="no room for this episode"):
                get(server.on("/ep", Host()), tmp_path)
        assert (tmp_path / "7-e0123456789.part").stat().st_size == 0
        assert get(server.base + "/ep", tmp_path).sha256 == SHA256

    def test_a_broken_disk_is_told(self, server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Broken(module.FileIO):
            def write(self, data: object, /) -> int:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(module, "FileIO", Broken)
        with pytest.raises(PodcliError, match="Input/output error"):
            get(server.on("/ep", Host()), tmp_path)


def test_more_than_was_announced_ends(server: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", 300_000)
    with pytest.raises(NetworkError, match="live stream"):
        get(server.on("/stream", lambda request: request.reply(AUDIO, length=-1)), tmp_path)


def test_a_file_of_unknown_length_is_taken_to_its_end(server: Script, tmp_path: Path) -> None:
    assert get(server.on("/ep", lambda request: request.reply(AUDIO, length=-1)), tmp_path).sha256 == SHA256


def test_a_private_feeds_password_goes_along_and_is_not_kept(server: Script, tmp_path: Path) -> None:
    host = Host()
    host.breaks = [200_000, 0, 0, 0]
    url = server.on("/ep", host).replace("://", "://ann:secret@")
    with pytest.raises(NetworkError):
        get(url, tmp_path)
    note = (tmp_path / "7-e0123456789.part.json").read_text()
    assert "secret" not in note and json.loads(note)["etag"] == '"one"'
    assert get(url, tmp_path).sha256 == SHA256


def test_an_enclosure_inside_the_network_is_not_asked(server: Script, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="inside your own network"):
        download(server.on("/ep", Host()), tmp_path, "ep", report=lambda *_: None)
    assert server.seen == []


def test_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        get("ftp://example.org/a.mp3", tmp_path)
