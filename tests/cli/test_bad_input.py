"""Whatever is wrong: one sentence with cause and next step on stderr, the documented exit code, nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Podcli
from tests.loopback import Site, entry, rss

DATABASES = Path(__file__).parents[1] / "samples" / "databases"


def told(podcli: Podcli, *arguments: str | Path, code: int, **env: str) -> str:
    """stderr of a run that ends with `code`, says something and prints no data."""
    done = podcli(*arguments, timeout=60, **env)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.strip()
    assert len(done.stderr.strip().splitlines()) <= 3, done.stderr
    return done.stderr


@pytest.fixture
def library(home: Path) -> Path:
    """A library with one show, episode, transcript and takeaways."""
    database = home / "data" / "podcli.db"
    database.parent.mkdir(parents=True)
    shutil.copy(sorted(DATABASES.glob("m*.db"))[-1], database)
    return database


def test_a_command_that_does_not_exist(podcli: Podcli) -> None:
    assert "takeaways" in told(podcli, "takeaway", code=2)


def test_an_address_that_is_none(podcli: Podcli) -> None:
    assert "https://" in told(podcli, "add", "gopher://old.example", code=2)


def test_a_host_nobody_knows(podcli: Podcli) -> None:
    assert "podcli-no-such-host.invalid" in told(podcli, "add", "https://podcli-no-such-host.invalid/feed.xml", code=3)


def test_a_dead_host(podcli: Podcli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert "127.0.0.1" in told(podcli, "add", f"http://127.0.0.1:{port}/feed.xml", code=3)


@pytest.mark.parametrize(
    ("status", "word"), [(404, "404"), (410, "410"), (500, "500"), (503, "503"), (403, "403"), (401, "password")]
)
def test_a_server_that_refuses(podcli: Podcli, site: Site, status: int, word: str) -> None:
    assert word in told(podcli, "add", site.put("/feed.xml", b"no", status=status), code=3)


def test_a_server_that_never_answers(podcli: Podcli, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("[network]\ntimeout_s = 1.0\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        message = told(podcli, "add", f"http://127.0.0.1:{silent.getsockname()[1]}/feed.xml", code=3)
    assert "answer" in message


def test_a_server_without_tls_where_tls_was_asked_for(podcli: Podcli, site: Site) -> None:
    message = told(podcli, "add", site.base.replace("http:", "https:") + "/feed.xml", code=3)
    assert "https" in message


def test_a_web_page_without_a_feed(podcli: Podcli, site: Site) -> None:
    page = site.put("/", "<!doctype html><html><title>Hello</title><body>Hello</body></html>", type="text/html")
    assert "web page" in told(podcli, "add", page, code=2)


def test_a_web_page_with_a_feed_is_followed_with_a_note(podcli: Podcli, site: Site) -> None:
    site.put("/feed.xml", rss(site.base, entry(site.base, "one")))
    link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    page = site.put("/", f"<!doctype html><html><head>{link}</head></html>", type="text/html")
    done = podcli("add", page, "--json")
    assert done.returncode == 0
    assert "/feed.xml" in done.stderr
    assert f'"url": "{site.base}/feed.xml"' in done.stdout


def test_a_feed_without_a_playable_episode(podcli: Podcli, site: Site) -> None:
    feed = site.put("/feed.xml", rss(site.base, "<title>only words</title>"))
    assert "no playable episode" in told(podcli, "add", feed, code=1)


def test_an_episode_whose_enclosure_is_gone(podcli: Podcli, site: Site) -> None:
    podcli("add", site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    assert "404" in told(podcli, "download", "A show/latest", code=3)
    assert "one" in podcli("episodes").stdout


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<!doctype html><html><body>Not found</body></html>", "text/html"), (b"<html><h1>Log in</h1></html>", "audio/mpeg")],
)
def test_a_web_page_where_the_audio_should_be(podcli: Podcli, site: Site, body: bytes, kind: str) -> None:
    podcli("add", site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    site.put("/one.mp3", body, type=kind)
    told(podcli, "download", "A show/latest", code=1)
    assert '"file": null' in podcli("episodes", "--json").stdout


def test_an_empty_enclosure(podcli: Podcli, site: Site) -> None:
    podcli("add", site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    site.put("/one.mp3", b"", type="audio/mpeg")
    assert "empty" in told(podcli, "download", "A show/latest", code=1)


def test_a_page_named_mp3_on_this_disk(podcli: Podcli, tmp_path: Path) -> None:
    file = tmp_path / "talk.mp3"
    file.write_text("<!doctype html><html><body>Hello</body></html>")
    assert "talk.mp3" in told(podcli, "download", file, code=1)


def test_an_empty_file(podcli: Podcli, tmp_path: Path) -> None:
    file = tmp_path / "talk.mp3"
    file.touch()
    assert "empty" in told(podcli, "download", file, code=1)


def test_a_binary_file(podcli: Podcli, tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_bytes(bytes(range(256)) * 64)
    assert "program" in told(podcli, "download", file, code=1)


def test_a_folder(podcli: Podcli, tmp_path: Path) -> None:
    assert "folder" in told(podcli, "takeaways", tmp_path, code=2)


def test_a_file_that_is_not_there(podcli: Podcli, tmp_path: Path) -> None:
    assert "no file" in told(podcli, "takeaways", tmp_path / "gone.mp3", code=2)


def modest() -> Podcli:
    """For which permissions count: root reads everything, but for what is taken from it (setpriv is part of every Linux)."""
    taken = "-dac_override,-dac_read_search"
    return Podcli(*(["setpriv", f"--bounding-set={taken}", f"--inh-caps={taken}"] if os.geteuid() == 0 else []))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    podcli = modest()
    file = tmp_path / "talk.mp3"
    file.write_bytes(b"x")
    file.chmod(0)
    assert "talk.mp3" in told(podcli, "download", file, code=2)


def test_a_note_that_may_not_be_written_is_left_as_it_is(library: Path, tmp_path: Path) -> None:
    podcli, notes = modest(), tmp_path / "notes"
    assert podcli("snip", "1", "--at", "5", "--note", "first").returncode == 0
    notes.mkdir()
    notes.chmod(0o500)
    message = told(podcli, "export", "markdown", "--to", notes, code=1)
    assert "may not read and write" in message and str(notes) in message and "permissions" in message
    notes.chmod(0o700)
    assert not list(notes.iterdir())
    assert podcli("export", "markdown", "--to", notes).returncode == 0
    (note,) = notes.iterdir()
    before = note.read_text()
    assert podcli("snip", "1", "--at", "6", "--note", "second").returncode == 0
    note.chmod(0)
    message = told(podcli, "export", "markdown", "--to", notes, code=1)
    assert "may not read and write" in message and note.name in message
    note.chmod(0o600)
    assert note.read_text() == before and list(notes.iterdir()) == [note]
    assert podcli("export", "markdown", "--to", notes).returncode == 0 and "second" in note.read_text()


@pytest.mark.parametrize("locked", ["obsidian", "obsidian/obsidian.json"])
def test_a_list_of_vaults_that_may_not_be_read(library: Path, tmp_path: Path, locked: str) -> None:
    podcli, vault = modest(), tmp_path / "vault"
    vault.mkdir()
    assert podcli("snip", "1", "--at", "5").returncode == 0
    settings = tmp_path / "config" / "obsidian" / "obsidian.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"vaults": {"a": {"path": str(vault), "ts": 1, "open": True}}}))
    (tmp_path / "config" / locked).chmod(0)
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    message = told(podcli, "export", "obsidian", code=1, **env)
    assert "obsidian.json" in message and "permission" in message
    (tmp_path / "config" / locked).chmod(0o700)
    assert podcli("export", "obsidian", **env).returncode == 0 and list((vault / "Podcasts").iterdir())


def test_words_that_match_no_episode(podcli: Podcli, library: Path) -> None:
    assert "podcli episodes" in told(podcli, "takeaways", "zzz no such words", code=2)


def test_words_that_match_several_list_them(podcli: Podcli, site: Site) -> None:
    entries = [entry(site.base, name, title=f"On {name}") for name in ("tea", "teapots")]
    podcli("add", site.put("/feed.xml", rss(site.base, *entries)))
    done = podcli("download", "on te")
    assert done.returncode == 2
    assert "On tea " in done.stderr and "On teapots" in done.stderr


def test_a_missing_model_names_the_command_that_gets_it(podcli: Podcli, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "talk.mp3"
    file.write_bytes((Path(__file__).parents[2] / "podcli" / "demo" / "trailer.mp3").read_bytes())
    message = told(podcli, "takeaways", file, code=4)
    assert "podcli models pull whisper-" in message


def test_a_model_nobody_knows(podcli: Podcli) -> None:
    assert "podcli models" in told(podcli, "models", "pull", "gpt-17", code=2)


def test_a_locked_library(podcli: Podcli, library: Path) -> None:
    other = sqlite3.connect(library, isolation_level=None)
    other.execute("begin exclusive")
    try:
        message = told(podcli, "remove", "1", "--yes", code=1)
    finally:
        other.rollback()
        other.close()
    assert "another program" in message.lower() or "busy" in message.lower() or "lock" in message.lower()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.3 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may make a disk that small")
    made = tmp_path / "disk"
    made.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1300k", "tmpfs", made], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield made
    subprocess.run(["umount", "-l", made], check=False)


def fill(disk: Path) -> Path:
    """To the last byte; the file that does it."""
    filled = disk / "filled"
    with contextlib.suppress(OSError), filled.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return filled


def test_a_full_disk(podcli: Podcli, site: Site, disk: Path) -> None:
    home = {"PODCLI_HOME": str(disk / "home")}
    feed = site.put("/feed.xml", rss(site.base, entry(site.base, "one")))
    site.put("/one.mp3", (Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3").read_bytes(), type="audio/mpeg")
    assert podcli("add", feed, **home).returncode == 0
    assert "no room" in told(podcli, "download", "A show/latest", code=1, **home)
    filled = fill(disk)
    assert "disk is full" in told(podcli, "refresh", code=1, **home)
    filled.unlink()
    assert "one" in podcli("episodes", **home).stdout


def test_no_room_for_another_snip(podcli: Podcli, disk: Path, library: Path) -> None:
    home = {"PODCLI_HOME": str(disk / "home")}
    kept = disk / "home" / "data" / "podcli.db"
    kept.parent.mkdir(parents=True)
    shutil.copy(library, kept)
    before = podcli("snips", "--json", **home).stdout
    filled = fill(disk)
    assert "disk is full" in told(podcli, "snip", "1", "--at", "5", code=1, **home)
    filled.unlink()
    assert podcli("snips", "--json", **home).stdout == before
    assert podcli("snip", "1", "--at", "5", **home).returncode == 0
    assert len(json.loads(podcli("snips", "--json", **home).stdout)) == len(json.loads(before)) + 1


def test_no_room_for_a_note_leaves_the_one_that_is_there(podcli: Podcli, disk: Path, library: Path) -> None:
    notes = disk / "notes"
    assert podcli("snip", "1", "--at", "5", "--note", "first").returncode == 0
    assert podcli("export", "markdown", "--to", notes).returncode == 0
    (note,) = notes.iterdir()
    before = note.read_text()
    assert podcli("snip", "1", "--at", "6", "--note", "second").returncode == 0
    filled = fill(disk)
    message = told(podcli, "export", "markdown", "--to", notes, code=1)
    assert "no room" in message and note.name in message
    assert list(notes.iterdir()) == [note] and note.read_text() == before
    filled.unlink()
    assert podcli("export", "markdown", "--to", notes).returncode == 0 and "second" in note.read_text()


def test_a_corrupt_library_is_left_as_it_is(podcli: Podcli, library: Path) -> None:
    library.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    before = library.read_bytes()
    message = told(podcli, "shows", code=1)
    assert "podcli.db" in message
    assert library.read_bytes() == before


def test_a_library_of_a_newer_podcli(podcli: Podcli, library: Path) -> None:
    with sqlite3.connect(library) as newer:
        columns = "(migration_set, name, applied_at)"
        newer.execute(f"insert into _sqlite_migrations {columns} values ('podcli', 'm998_later', '2030-01-01')")
    newer.close()
    assert "newer" in told(podcli, "shows", code=1)


def test_settings_with_a_key_nobody_knows(podcli: Podcli, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("[player]\nspede = 2\n")
    message = told(podcli, "shows", code=2)
    assert "spede" in message and "settings.toml" in message


def test_settings_that_are_no_toml(podcli: Podcli, home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("speed = = 2\n")
    assert "settings.toml" in told(podcli, "config", "show", code=2)


def test_a_library_folder_that_cannot_be_written(podcli: Podcli, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.touch()
    told(podcli, "shows", code=2, PODCLI_HOME=str(file / "library"))


def test_output_into_a_closed_pipe_is_quiet(podcli: Podcli, library: Path) -> None:
    with sqlite3.connect(library) as raw:
        raw.execute("update segment set text = ?", ["words " * 50_000])
    raw.close()
    for more in ([], ["--json"]):
        process = podcli.start("transcript", "1", *more)
        assert process.stdout
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in err and "Exception" not in err
