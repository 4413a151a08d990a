"""28 of 28: every kind of widget × ESC, OSC 0, OSC 52, C1, in the real program on a real terminal (pty).

What a publisher, a model or a clipboard might smuggle in stands *uncleaned* in the library's rows, past all that cleans at
ingest: so it is the drawing itself that is proven. Each payload stands inside a word; the word must be drawn, and nothing of
the payload obeyed.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from podcli.domain import Person
from podcli.pipeline import lock
from podcli.services import open_services
from tests.cli import terminal as pty_terminal
from tests.player.tones import tone
from tests.tui import stage

# ECMA-48; xterm's control sequences. The numbers are such as podcli itself never writes.
PAYLOADS = {
    "ESC": "\x1b[31;5;47m\x1b]8;;http://pwned.example\x1b\\\x1b\x1b[0m[41;5;37m\x1bc",
    "OSC 0": "\x1b]0;pwned\x07\x1b]2;pwned\x1b\\",
    "OSC 52": "\x1b]52;c;cHduZWQ=\x07\x1b]52;p;cHduZWQ=\x1b\\",
    "C1": "\x9b31;5;47m\x9d52;c;cHduZWQ=\x9c\x9d0;pwned\x07\x90pwned\x9c\x85\x84",
}
_FORBIDDEN = re.compile(
    rb"\x1b\[(?:31;5;47|41;5;37)m|\x1bc"  # the payloads' own, also put together anew
    rb"|\x1b\](?:0|1|2|8);|\x1b\]52;[^;]*;cHduZWQ|\x1b[P_^X]"  # a title, a link, the clipboard, device strings
    rb"|\xc2[\x80-\x9f]"  # C1 in UTF-8
)
# As the kitty keyboard protocol writes it: a program that reads a bare ESC and the next key at once takes them for one key (alt).
ESCAPE = "\x1b[27u"


class Screen(pty_terminal.Terminal):
    """Keeps the very bytes; `drawn` is what they draw since `mark`, without colours and places."""

    written = b""
    mark = 0

    def drawn(self) -> str:
        return re.sub(rb"\x1b\[[0-?]*[ -/]*[@-~]", b"", self.written[self.mark :]).decode("utf-8", "replace")

    def read(self, wait_s: float = 0.05) -> str:
        import select

        new = b""
        while select.select([self._master], [], [], wait_s)[0]:
            new += os.read(self._master, 65536)
            wait_s = 0.02
        self.written += new
        return new.decode("utf-8", "replace")


def leaks(written: bytes) -> list[bytes]:
    """What of `written` no text should have been able to write."""
    stray = [] if _is_utf8(written) else [b"a byte that is no character (an 8-bit C1?)"]
    return [found.group() for found in _FORBIDDEN.finditer(written)] + stray


def _is_utf8(written: bytes) -> bool:
    try:
        written[: written.rfind(b"\x1b")].decode()  # the last sequence may not have come whole
    except UnicodeDecodeError:
        return False
    return True


def word(place: str, payload: str = "") -> str:
    """What stands in `place`: in the library with a payload; on the screen at least what is before it."""
    return f"{place}head{payload}" + ("tail" if payload else "")


# What stands where: table, column, place.
_ROWS = (
    ("show", "title", "show"), ("show", "author", "author"), ("show", "problem", "problem"),
    ("episode", "title", "episode"), ("episode", "description", "notes"),
    ("chapter", "title", "chapter"), ("segment", "text", "segment"), ("sentence", "text", "sentence"),
    ("insight_item", "text", "item"), ("insight_item", "quote", "quote"),
    ("job", "title", "job"), ("job", "message", "reason"), ("job", "hint", "hint"),
    ("insight", "notice", "made"), ("transcript", "notice", "written"), ("person", "name", "person"), ("person", "role", "role"),
)  # fmt: skip


def plant(database: Path, payload: str) -> None:
    """Into the rows, past everything that cleans."""
    with closing(sqlite3.connect(database)) as rows, rows:
        for table, column, place in _ROWS:
            rows.execute(f"update {table} set {column} = ?", [word(place, payload)])
        rows.execute("update episode set title = title || id, link = ?", [f"https://example.org/{word('link', payload)}"])
        spoken = json.dumps([[float(n), n + 1.0, word("word", payload)] for n in range(5)])
        rows.execute("update segment set words = ? where words <> '[]'", [spoken])
        for view in ("queue", "shows"):
            kept = json.dumps({"words": word("kept", payload)})
            rows.execute("insert into remembered (key, value) values (?, ?)", [f"tui.view.{view}", kept])


@pytest.fixture(scope="module", params=PAYLOADS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Screen, str]]:
    """The program on a library full of one payload; nobody works on its jobs."""
    folder, payload = tmp_path_factory.mktemp("escapes"), PAYLOADS[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCLI_HOME", str(folder / "home"))
        patch.setenv("PODCLI_AO", "null")
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
        patch.setenv("TEXTUAL_ANIMATIONS", "none")
        with open_services() as services:
            held = lock.take("net"), lock.take("ml")
            episodes = stage.stock(services)
            for name in ("Assam", "Bancha"):
                path = tone(folder / f"{name}.wav", 600)
                services.store.library.save_file(episodes[name].id, path=str(path), sha256=f"{episodes[name].id:064d}", bytes=1)
                transcript = stage.speak(services, episodes[name])
                stage.insight(services, transcript, "one", "two")
                stage.insight(services, transcript, "all", kind="summary")
                stage.chapters(services, episodes[name], "a", "b")
            for episode in episodes.values():
                services.store.library.save_persons(episode.id, [Person("a")])
            services.queue.add([episodes["Mars"].id])
            failed = services.store.jobs.enqueue("download", episode_id=episodes["Mars"].id, title="x")
            services.store.jobs.fail(failed.id, "x", "x")
            services.store.jobs.enqueue("download", episode_id=episodes["Venus"].id, title="x")
        themes = folder / "home" / "config" / "themes"
        themes.mkdir(parents=True)
        (themes / f"{word('xtheme', payload.replace('/', ''))}.toml").write_text('primary = "#88c0d0"')
        plant(folder / "home" / "data" / "podcli.db", payload)
        screen = Screen(sys.executable, "-m", "podcli", columns=80)
    try:
        seen(screen, word("show"))
        yield screen, payload
    finally:
        screen.press("\x03")
        screen.close()
        for each in held:
            if each is not None:
                os.close(each)


class NotDrawnError(AssertionError):
    """What should stand on the screen does not."""


def seen(screen: Screen, *words: str, timeout_s: float = 15.0) -> None:
    """Wait until all of these were drawn, in what came since the last `mark`; what stood there before is drawn once more."""
    start, anew = time.monotonic(), 1.0
    while missing := [each for each in words if each not in screen.drawn()]:
        waited = time.monotonic() - start
        if waited > timeout_s:
            raise NotDrawnError(f"{missing} was not drawn: {screen.drawn()[-3000:]}")
        if waited > anew:
            screen.press("\x0c")
            anew += 2.0
        screen.read()


def go(screen: Screen, keys: str) -> None:
    """From the inbox; only what is drawn from here on counts for `seen`."""
    for _ in range(3):
        press(screen, ESCAPE)
    press(screen, "\x1b1")
    press(screen, "g")
    screen.mark = len(screen.written)
    press(screen, keys)


def press(screen: Screen, keys: str) -> None:
    screen.press(keys)
    screen.read(0.15)


def paste(screen: Screen, text: str) -> None:
    """As a terminal gives what is in its clipboard (bracketed): terminals take ESC out, for it would end the paste."""
    press(screen, "\x1b[200~" + text.replace("\x1b", "") + "\x1b[201~")


def rows_of_lists(screen: Screen, payload: str) -> None:
    go(screen, "\x0c")
    seen(screen, word("episode"), word("show"), word("item"))
    press(screen, "\x1b5")
    seen(screen, word("job"), word("reason"), word("hint"))


def inputs(screen: Screen, payload: str) -> None:
    go(screen, "\x1b3")
    seen(screen, word("kept"), "Nothing here has")  # a filter that came back from the library
    press(screen, "/x")
    press(screen, ESCAPE)
    press(screen, "\x1b4")
    paste(screen, word("search", payload))
    press(screen, ESCAPE)


def sheets(screen: Screen, payload: str) -> None:
    go(screen, "i")
    seen(screen, word("notes"), word("link"), word("person"))
    press(screen, "v")
    seen(screen, word("item"))
    press(screen, "C")
    seen(screen, word("chapter"))
    press(screen, "w")
    seen(screen, word("quote"), word("made"))


def transcript(screen: Screen, payload: str) -> None:
    go(screen, "t")
    seen(screen, word("sentence"), word("written"))
    press(screen, "w")


def player_bar(screen: Screen, payload: str) -> None:
    go(screen, "\r")
    seen(screen, f"▶ {word('episode')}", "10 min left", f"{word('show')}")
    press(screen, " ")


def notices(screen: Screen, payload: str) -> None:
    go(screen, "P")
    seen(screen, "is played", word("show"))  # a dialogue about a show
    press(screen, ESCAPE)
    press(screen, "q")
    seen(screen, "Work is going on", word("job"))
    press(screen, ESCAPE)
    press(screen, "U")
    seen(screen, "Links", word("link"))
    press(screen, ESCAPE)
    press(screen, "Y")
    seen(screen, f"Copied: https://example.org/{word('link')}")  # a notice


def command_line(screen: Screen, payload: str) -> None:
    go(screen, ":")
    press(screen, "theme x")
    seen(screen, f"theme {word('xtheme')}")
    press(screen, "\t")
    press(screen, ESCAPE)
    press(screen, ":")
    paste(screen, word("command", payload))
    press(screen, f"\r{ESCAPE}")
    press(screen, ESCAPE)
    press(screen, "\x10")
    paste(screen, word("palette", payload))
    press(screen, ESCAPE)
    press(screen, "\x10")
    press(screen, "colours")
    press(screen, "\r")
    press(screen, "xtheme")
    seen(screen, word("xtheme"))
    press(screen, ESCAPE)


KINDS: dict[str, Callable[[Screen, str], None]] = {
    "rows of a list": rows_of_lists, "input": inputs, "sheet": sheets, "transcript": transcript, "player bar": player_bar,
    "notice and dialogue": notices, "command line and palette": command_line,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_reaches_the_terminal(program: tuple[Screen, str], kind: str) -> None:
    screen, payload = program
    start = len(screen.written)
    for last in (False, False, True):
        try:
            KINDS[kind](screen, payload)
            break
        except NotDrawnError:  # on a busy machine a dialogue that is going may still eat the next key; every kind begins anew
            if last:
                raise
    screen.read(0.2)
    assert screen.process.poll() is None
    assert leaks(screen.written[start:]) == []


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_matrix_would_see_it(payload: str) -> None:
    assert leaks(b"\x1b[38;2;1;2;3mword" + payload.encode() + b"word\x1b[0m")
    assert leaks(b"\x1b[1;5H\xc2\xb7 \xe2\x80\x94 \x1b[38;2;1;2;3mplain words\x1b[0m") == []
