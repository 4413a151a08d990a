"""Downloads from a web server: resumed, begun anew, refused; against a real server on loopback."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from podcli.domain import Progress
from podcli.engines.pull_https import discard, fetch
from podcli.errors import ModelError, NetworkError
from tests.loopback import Site
from tests.toy_models import SHA256, WEIGHTS, https

OTHER = hashlib.shake_256(b"other weights").digest(len(WEIGHTS))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pull"
    path.mkdir()
    return path


def test_whole_file_with_progress(site: Site, folder: Path, said: list[Progress]) -> None:
    file, linked = fetch(https(site.put("/w", WEIGHTS)), folder, said.append)
    assert file.read_bytes() == WEIGHTS
    assert linked == ""
    assert (said[-1].done, said[-1].total, said[-1].unit) == (len(WEIGHTS), len(WEIGHTS), "bytes")


def test_broken_connection_goes_on_where_it_stopped(site: Site, folder: Path, said: list[Progress]) -> None:
    file, _ = fetch(https(site.put("/w", WEIGHTS, break_off=100_000)), folder, said.append)
    assert file.read_bytes() == WEIGHTS
    assert site.asked == [("/w", ""), ("/w", "bytes=100000-")]
    assert any(now.stage == "waiting to try again" for now in said)


class Stop(Exception):
    pass


def interrupted(site: Site, folder: Path, **page: object) -> str:
    """A pull that stopped after 100,000 bytes, as Ctrl-C leaves it; the URL."""

    def stop(now: Progress) -> None:
        if now.stage == "waiting to try again":
            raise Stop

    url = site.put("/w", WEIGHTS, break_off=100_000, **page)
    with pytest.raises(Stop):
        fetch(https(url), folder, stop)
    assert (folder / "https.part").stat().st_size == 100_000
    site.asked.clear()
    return url


def test_second_run_asks_for_the_rest_of_the_same_file(site: Site, folder: Path) -> None:
    url = interrupted(site, folder)
    file, _ = fetch(https(url), folder, lambda _: None)
    assert file.read_bytes() == WEIGHTS
    assert site.asked == [("/w", "bytes=100000-")]


def test_changed_file_begins_anew(site: Site, folder: Path) -> None:
    url = interrupted(site, folder)
    site.put("/w", OTHER)
    file, _ = fetch(https(url, sha256=""), folder, lambda _: None)
    assert file.read_bytes() == OTHER
    assert len(site.asked) == 1, "If-Range makes it one request"


def test_server_without_ranges_begins_anew(site: Site, folder: Path) -> None:
    url = interrupted(site, folder)
    site.put("/w", WEIGHTS, ranges=False)
    assert fetch(https(url), folder, lambda _: None)[0].read_bytes() == WEIGHTS


def test_weak_etag_is_no_proof_of_the_same_bytes(site: Site, folder: Path) -> None:
    url = interrupted(site, folder, headers={"ETag": 'W/"1"'})
    assert fetch(https(url, sha256=""), folder, lambda _: None)[0].read_bytes() == WEIGHTS
    assert site.asked == [("/w", "")], "nothing to resume by, and no hash to tell two halves apart"


def test_beyond_the_end_of_a_shorter_file_begins_anew(site: Site, folder: Path) -> None:
    url = site.put("/w", WEIGHTS[:1000], headers={"ETag": '"1"'})
    (folder / "https.part").write_bytes(b"x" * 2000)
    (folder / "https.part.json").write_text(json.dumps({"url": url, "total": 0, "validator": '"1"', "linked": ""}))
    file, _ = fetch(https(url, bytes=0, sha256=""), folder, lambda _: None)
    assert file.read_bytes() == WEIGHTS[:1000]
    assert site.asked == [("/w", "bytes=2000-"), ("/w", "")]


def test_another_part_than_asked_for_is_not_joined(site: Site, folder: Path) -> None:
    url = interrupted(site, folder)
    site.put(
        "/w", WEIGHTS[50:], status=206, ranges=False, headers={"Content-Range": f"bytes 50-{len(WEIGHTS) - 1}/{len(WEIGHTS)}"}
    )
    before = (folder / "https.part").read_bytes()
    with pytest.raises(NetworkError, match="another part"):
        fetch(https(url), folder, lambda _: None)
    assert (folder / "https.part").read_bytes() == before


def test_always_broken_gives_up_and_keeps_what_came(site: Site, folder: Path) -> None:
    url = site.put("/w", WEIGHTS[:1000], ranges=False, headers={"Content-Length": str(len(WEIGHTS))})
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1 failed") as caught:
        fetch(https(url), folder, lambda _: None)
    assert "goes on where it stopped" in caught.value.hint
    assert (folder / "https.part").stat().st_size == 1000


def test_hubs_own_hash_comes_with_the_redirect(site: Site, folder: Path) -> None:
    site.put("/cdn", WEIGHTS)
    url = site.put("/hub", status=302, headers={"Location": "/cdn", "X-Linked-ETag": f'"{SHA256}"'})
    assert fetch(https(url, sha256="", bytes=0), folder, lambda _: None)[1] == SHA256
    # A later run that finds the file complete still knows it, without asking.
    site.asked.clear()
    assert fetch(https(url, sha256="", bytes=0), folder, lambda _: None)[1] == SHA256
    assert site.asked == []


def test_length_nobody_told_ends_where_the_server_stops(site: Site, folder: Path) -> None:
    url = site.put("/w", WEIGHTS, headers={"Content-Length": ""})
    assert fetch(https(url, bytes=0), folder, lambda _: None)[0].read_bytes() == WEIGHTS


def test_another_size_is_refused_before_a_byte_is_stored(site: Site, folder: Path) -> None:
    with pytest.raises(NetworkError, match="offers 1,000 bytes where 300,000 are expected"):
        fetch(https(site.put("/w", WEIGHTS[:1000])), folder, lambda _: None)
    assert not (folder / "https.part").exists()


def test_room_is_asked_for_once_the_size_is_known(site: Site, folder: Path) -> None:
    def none(size: int) -> None:
        raise ModelError(f"no room for {size}")

    with pytest.raises(ModelError, match="no room for 300000"):
        fetch(https(site.put("/w", WEIGHTS), bytes=0), folder, lambda _: None, room=none)
    assert not (folder / "https.part").exists()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({"status": 404}, "has no such file"),
        ({"status": 401}, "asks for a login"),
        ({"status": 403}, "refuses"),
        ({"status": 418}, "answered 418"),
        ({"status": 503}, "answered 503"),
        ({"body": "<html>", "type": "text/html"}, "web page instead"),
        ({"status": 302, "headers": {"Location": "/w"}}, "in a circle"),
        ({"status": 302, "headers": {"Location": "http://example.com/w"}}, "without encryption"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, "without encryption"),
    ],
)
def test_refusals_say_why(site: Site, folder: Path, page: dict[str, object], words: str) -> None:
    with pytest.raises(NetworkError, match=words) as caught:
        fetch(https(site.put("/w", **page)), folder, lambda _: None)
    assert caught.value.hint
    assert not (folder / "https.part").exists()


def test_nobody_there(folder: Path) -> None:
    with pytest.raises(NetworkError, match=re.escape("127.0.0.1 cannot be reached")):
        fetch(https("http://127.0.0.1:9/w"), folder, lambda _: None)


def test_discard_leaves_nothing(site: Site, folder: Path) -> None:
    fetch(https(site.put("/w", WEIGHTS)), folder, lambda _: None)
    discard(folder)
    assert list(folder.iterdir()) == []
