"""Notifications, taken by a real ``org.freedesktop.Notifications`` on a real session bus."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from podcli.domain import Job, JobId
from podcli.services import notify, open_services
from tests.player.session import Session, session
from tests.player.tones import until

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with session(tmp_path, monkeypatch) as found:
        yield found


class Desktop:
    """Shows notifications: keeps (application, title, body) of each. `slow` makes it never answer."""

    def __init__(self, *, markup: bool = True, slow: bool = False) -> None:
        self.shown: list[tuple[str, str, str]] = []
        self._capabilities = ["body", "body-markup"] if markup else ["body"]
        self._slow = slow
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        self._loop = self._ready.result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._bus.disconnect)
        self._thread.join(10)

    async def _serve(self) -> None:
        from dbus_fast.aio import MessageBus

        self._bus = await MessageBus().connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name("org.freedesktop.Notifications")
        self._ready.set_result(asyncio.get_running_loop())
        await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    def _answer(self, message: Any) -> Any:  # noqa: ANN401
        from dbus_fast import Message

        if message.interface != "org.freedesktop.Notifications":
            return None
        if self._slow:
            return True
        if message.member == "GetCapabilities":
            return Message.new_method_return(message, "as", [self._capabilities])
        assert message.signature == "susssasa{sv}i"
        self.shown.append((message.body[0], message.body[3], message.body[4]))
        return Message.new_method_return(message, "u", [len(self.shown)])


@pytest.fixture
def desktop(bus: Session) -> Iterator[Desktop]:
    made = Desktop()
    yield made
    made.close()


def job(number: int = 1, seconds: float = 60, **fields: Any) -> Job:  # noqa: ANN401
    """A transcription that took so long."""
    values = {"state": "done", "title": "Tea", "started_at": NOON, "finished_at": NOON + timedelta(seconds=seconds), **fields}
    return Job(JobId(number), "transcribe", "ml", **values)


def test_a_long_job_is_told_once(desktop: Desktop) -> None:
    for _ in range(2):
        notify.tell_ends([job()], [])
    assert desktop.shown == [("podcli", "Transcript ready", "Tea")]
    notify.tell_ends([job(finished_at=NOON + timedelta(hours=1))], [])  # done again
    assert len(desktop.shown) == 2


def test_what_was_short_stopped_or_nobody_asked_for_is_not_told(desktop: Desktop) -> None:
    ends = [job(1, 29), job(2, state="cancelled"), job(3, state="stopped"), job(4, state="running"), job(5, started_at=None)]
    notify.tell_ends([*ends, Job(JobId(6), "gaps", "ml", "done", started_at=NOON, finished_at=NOON + timedelta(hours=1))], [])
    assert desktop.shown == []


def test_markup_is_text(desktop: Desktop) -> None:
    title = '<b>Tea</b> & <img src="http://example.org/x">\x1b]0;x\x07\nsecond\udcff'
    notify.tell_ends([job(title=title), job(2, state="failed", title="<i>", message="No <u>space</u>\nleft.")], [])
    assert desktop.shown == [
        ("podcli", "Transcript ready", '&lt;b&gt;Tea&lt;/b&gt; &amp; &lt;img src="http://example.org/x"&gt; second�'),
        ("podcli", "Transcription failed", "&lt;i&gt;: No &lt;u&gt;space&lt;/u&gt; left."),
    ]


def test_a_desktop_without_markup_gets_the_text_as_it_is(bus: Session) -> None:
    desktop = Desktop(markup=False)
    try:
        notify.tell_ends([job(title="Q&A <1>")], [])
        assert desktop.shown == [("podcli", "Transcript ready", "Q&A <1>")]
    finally:
        desktop.close()


def test_of_steps_the_last_is_told_and_counts_all(desktop: Desktop) -> None:
    first = job(1, 600)
    last = Job(
        JobId(2), "insights", "ml", "done", title="Tea", after=JobId(1),
        started_at=NOON + timedelta(seconds=600), finished_at=NOON + timedelta(seconds=610),
    )  # fmt: skip
    notify.tell_ends([first], [Job(JobId(2), "insights", "ml", "queued", after=JobId(1))])
    assert desktop.shown == []
    notify.tell_ends([last], [first])
    assert desktop.shown == [("podcli", "Takeaways ready", "Tea")]


def test_of_steps_that_failed_the_first_is_told(desktop: Desktop) -> None:
    failed = job(1, 600, state="failed", message="It broke.")
    waited = Job(JobId(2), "insights", "ml", "failed", after=JobId(1), message="It broke.", finished_at=failed.finished_at)
    notify.tell_ends([failed, waited], [])
    assert desktop.shown == [("podcli", "Transcription failed", "Tea: It broke.")]


def test_in_the_background(desktop: Desktop) -> None:
    notify.tell_ends([job()], [], wait=False)
    until(lambda: desktop.shown)


def test_without_a_desktop_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert not notify.send([("a", "b")])
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert not notify.send([("a", "b")])
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "nonsense")
    assert not notify.send([("a", "b")])


def test_a_bus_without_notifications(bus: Session) -> None:
    assert not notify.send([("a", "b")])


def test_a_desktop_that_never_answers_costs_two_seconds(bus: Session) -> None:
    desktop = Desktop(slow=True)
    try:
        begun = time.monotonic()
        assert not notify.send([("a", "b")])
        assert 1.5 < time.monotonic() - begun < 4
    finally:
        desktop.close()


@pytest.mark.parametrize("wanted", [True, False])
def test_whoever_follows_a_job_is_told_if_the_setting_says_so(
    desktop: Desktop, home: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text(f"[desktop]\nnotify = {str(wanted).lower()}\n")
    monkeypatch.setattr(notify, "LONG_S", -1.0)
    from podcli.cli.output import follow

    with open_services() as services:
        asked = services.jobs.pull("no-such-model")
        with pytest.raises(Exception, match="no-such-model"):
            follow(services, [asked])
        assert [title for _, title, _ in desktop.shown] == ["Fetching a model failed"] * wanted
        with pytest.raises(Exception, match="no-such-model"):
            follow(services, [services.jobs.get(asked.id)])  # it ended before
    assert len(desktop.shown) == wanted
