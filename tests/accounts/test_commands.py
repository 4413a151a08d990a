"""`podcli connect` and `podcli export … --send` as processes, against the services on loopback."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from podcli import settings
from podcli.services import Services
from tests.accounts.api import Fault
from tests.accounts.kept import episode, keep
from tests.accounts.notion_api import NotionApi
from tests.accounts.readwise_api import ReadwiseApi
from tests.conftest import Podcli


@pytest.fixture(autouse=True)
def unset(readwise: ReadwiseApi, notion: NotionApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is connected yet."""
    monkeypatch.delenv("PODCLI_READWISE_TOKEN")
    monkeypatch.delenv("PODCLI_NOTION_TOKEN")


def say(arguments: list[str], told: str) -> subprocess.CompletedProcess[str]:
    """The program with something on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "podcli", *arguments], input=told, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def test_connect_send_and_forget(
    podcli: Podcli, services: Services, readwise: ReadwiseApi, notion: NotionApi, keyring_file: Path
) -> None:
    keep(services, episode(services), 3)
    missing = podcli("export", "readwise", "--send")
    assert (
        missing.returncode == 1 and "Readwise is not connected." in missing.stderr and "PODCLI_READWISE_TOKEN" in missing.stderr
    )
    wrong = say(["connect", "readwise"], "wrong-token\n")
    assert wrong.returncode == 1 and "does not accept the token" in wrong.stderr and "wrong-token" not in wrong.stderr
    done = say(["connect", "readwise"], f"{readwise.token}\n")
    assert done.returncode == 0 and "Readwise is connected" in done.stderr and readwise.token not in done.stdout + done.stderr
    assert json.loads(podcli("connect", "--json").stdout) == [
        {"account": "readwise", "token": "keyring", "page": None, "problem": None},
        {"account": "notion", "token": None, "page": settings.load().export.notion_page, "problem": None},
    ]
    sent = podcli("export", "readwise", "--send")
    assert sent.returncode == 0 and sent.stdout == "" and sent.stderr.splitlines()[-1] == "3 snips made: Readwise."
    rows = json.loads(podcli("export", "readwise", "--send", "--json").stdout)
    assert [(row["snip"], row["action"], row["id"]) for row in rows] == [
        (1, "same", "501"),
        (2, "same", "502"),
        (3, "same", "503"),
    ]
    assert re.search(r"✓ Accounts: Readwise \(keyring\)", podcli("doctor").stdout)
    keyring_file.write_text("{}")
    lost = podcli("doctor").stdout
    assert "✗ Accounts: the keyring has no token for Readwise any more" in lost and "`podcli connect readwise`" in lost
    say(["connect", "readwise"], f"{readwise.token}\n")
    assert "forgotten" in podcli("connect", "readwise", "--forget").stderr
    assert "✓ Accounts: none connected" in podcli("doctor").stdout
    assert podcli("export", "readwise", "--send").returncode == 1


def test_notion_from_nothing(podcli: Podcli, services: Services, notion: NotionApi) -> None:
    keep(services, episode(services), 2)
    keep(services, episode(services, "Other"), 1, start=5)
    podcli("config", "unset", "export.notion_page")
    assert "below which page" in say(["connect", "notion"], f"{notion.token}\n").stderr
    done = say(["connect", "notion", "--page", f"https://www.notion.so/P-{notion.parent.replace('-', '')}"], f"{notion.token}\n")
    assert done.returncode == 0 and "makes a page for each episode" in done.stderr, done.stderr
    sent = podcli("export", "notion")
    assert sent.returncode == 0 and sent.stderr.splitlines()[-1] == "2 pages made: Notion.", sent.stderr
    assert podcli("export", "notion").stderr.splitlines()[-1] == "2 pages as they were: Notion."
    named = podcli("export", "notion", "1", "--json")
    (row,) = json.loads(named.stdout)
    assert set(row) == {"episode", "snip", "action", "id", "url", "problem"} and row["action"] == "same" and row["url"]
    again = podcli("connect", "notion", "--page", notion.parent)
    assert again.returncode == 0, "the token is there already"
    assert len(notion.below()) == 2


def test_the_token_is_asked_for_without_showing_it(readwise: ReadwiseApi, keyring_file: Path) -> None:
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "podcli", "connect", "readwise"],
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(terminal)
    seen = b""
    while b"not shown" not in seen:
        seen += os.read(main, 4096)
    time.sleep(0.3)
    os.write(main, readwise.token.encode() + b"\n")
    try:
        while piece := os.read(main, 4096):
            seen += piece
    except OSError:
        pass
    os.close(main)
    assert process.wait(60) == 0, seen
    assert readwise.token.encode() not in seen and readwise.token in keyring_file.read_text()


def test_without_a_keyring_the_environment_does(podcli: Podcli, services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 1)
    bare = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    none = podcli("connect", "readwise", **bare)
    assert none.returncode == 1 and "This system has no keyring" in none.stderr and "PODCLI_READWISE_TOKEN" in none.stderr
    bare["PODCLI_READWISE_TOKEN"] = readwise.token
    assert "the token in the environment is right" in podcli("connect", "readwise", **bare).stderr
    assert podcli("export", "readwise", "--send", **bare).returncode == 0 and len(readwise.highlights) == 1
    assert "✓ Accounts: Readwise (environment)" in podcli("doctor", **bare).stdout


def test_a_locked_keyring_hides_only_what_is_in_it(podcli: Podcli, readwise: ReadwiseApi) -> None:
    locked = {"PYTHON_KEYRING_BACKEND": "tests.accounts.keyrings.Locked", "PODCLI_READWISE_TOKEN": readwise.token}
    done = podcli("connect", **locked)
    assert done.returncode == 0 and "connected by the environment" in done.stdout and "cannot be looked up" in done.stdout
    assert "The keyring does not answer (KeyringLocked)." in done.stderr and "PODCLI_NOTION_TOKEN" in done.stderr
    known, hidden = json.loads(podcli("connect", "--json", **locked).stdout)
    assert (known["token"], known["problem"]) == ("environment", None)
    assert hidden["token"] is None and hidden["problem"].startswith("The keyring does not answer (KeyringLocked).")
    assert "the secret" not in hidden["problem"]
    locked["PODCLI_READWISE_TOKEN"] = "no token"
    spoilt = podcli("connect", **locked)
    assert spoilt.returncode == 0 and "What PODCLI_READWISE_TOKEN holds is no token" in spoilt.stderr
    assert spoilt.stdout.count("cannot be looked up") == 2 and len(spoilt.stderr.splitlines()) == 2


def test_what_is_refused_is_named_after_the_rest_was_sent(
    podcli: Podcli, services: Services, readwise: ReadwiseApi, notion: NotionApi
) -> None:
    keep(services, episode(services), 5)
    keys = {"PODCLI_READWISE_TOKEN": readwise.token, "PODCLI_NOTION_TOKEN": notion.token}
    readwise.refuses = lambda fields: "number 2." in fields["text"]
    notion.refuses = lambda words: "number 3." in words
    done = podcli("export", "readwise", "--send", **keys)
    assert done.returncode == 1 and "4 snips made: Readwise." in done.stderr and len(readwise.highlights) == 4
    assert "Readwise refuses snip 3 “Snip 2”" in done.stderr and "not welcome" in done.stderr
    done = podcli("export", "notion", **keys)
    assert done.returncode == 1 and "1 page made" in done.stderr and "Notion refuses snip 4 “Snip 3”" in done.stderr


def test_ctrl_c_while_it_waits_and_kill_between_requests(podcli: Podcli, services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 250)
    keys = {"PODCLI_READWISE_TOKEN": readwise.token}
    for ends, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        readwise.faults.append(Fault(429, headers={"Retry-After": "60"}, where="POST"))
        process = podcli.start("export", "readwise", "--send", **keys)
        seen = ""
        while "going on in" not in seen:
            assert process.stderr is not None
            seen += process.stderr.readline()
        process.send_signal(ends)
        _, err = process.communicate(timeout=10)
        assert process.returncode == code and "Traceback" not in err
    assert "250 snips made" in podcli("export", "readwise", "--send", **keys).stderr and len(readwise.highlights) == 250


def test_two_at_once_make_nothing_twice(podcli: Podcli, services: Services, notion: NotionApi) -> None:
    for number in range(6):
        keep(services, episode(services, "E" * (number + 1)), 1, start=number)
    both = [podcli.start("export", "notion", PODCLI_NOTION_TOKEN=notion.token) for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(notion.below()) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export", "markdown", "--send"], 2, "markdown is sent to nobody"),
        (["export", "notion", "--to", "x"], 2, "goes into no file"),
        (["export", "readwise", "--send", "--words"], 2, "goes into no file"),
        (["export", "notion", "--tag", "idea", "1"], 2, "one is named already"),
        (["connect", "evernote"], 2, "evernote"),
        (["connect", "readwise", "--page", "x"], 2, "--page is for notion"),
        (["connect", "--forget"], 2, "Forget what?"),
        (["connect", "notion", "--page", "nowhere"], 2, "no page of Notion"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(services: Services, arguments: list[str], code: int, says: str) -> None:
    episode(services)
    done = say(arguments, "tok-Secret_123456\n")
    assert done.returncode == code and says in done.stderr and "tok-Secret" not in done.stdout + done.stderr, done.stderr


def test_nothing_kept_is_no_failure(podcli: Podcli, readwise: ReadwiseApi, notion: NotionApi) -> None:
    keys = {"PODCLI_READWISE_TOKEN": readwise.token, "PODCLI_NOTION_TOKEN": notion.token}
    for kind in (["readwise", "--send"], ["notion"]):
        done = podcli("export", *kind, **keys)
        assert done.returncode == 0 and "Nothing to send" in done.stderr
