"""A session bus of one's own, and the programs a desktop has on it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Session:
    """A running ``dbus-daemon``."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def end(self) -> None:
        """The desktop goes away."""
        self.process.kill()
        self.process.wait(10)

    def playerctl(self, *arguments: str) -> str:
        """What ``playerctl`` prints; nothing when it fails."""
        if shutil.which("playerctl") is None:
            pytest.skip("playerctl is not installed")
        done = subprocess.run(["playerctl", *arguments], capture_output=True, text=True, timeout=20)
        return done.stdout.strip()

    def quit(self) -> None:
        """Ask the player to end; playerctl cannot."""
        client = Client("org.mpris.MediaPlayer2.podcli", "/org/mpris/MediaPlayer2")
        client.call("org.mpris.MediaPlayer2", "Quit")
        client.close()


@contextmanager
def session(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A bus in `folder` that everything started from here finds."""
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        pytest.skip("dbus-daemon is not installed")
    socket, config = folder / "bus", folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=socket))
    process = subprocess.Popen(
        [daemon, "--nofork", f"--config-file={config}", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as stdout:
        address = stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    found = Session(process, address)
    try:
        yield found
    finally:
        found.end()


class Client:
    """A program on the bus: sets and gets properties, calls methods, and hears the signals of `path`."""

    def __init__(self, name: str, path: str) -> None:
        self.heard: list[tuple[str, list[Any]]] = []
        """Member and body of every signal, in order."""
        self._name, self._path = name, path
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        self._loop = self._ready.result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._bus.disconnect)
        self._thread.join(10)

    def call(self, interface: str, member: str, signature: str = "", *body: object) -> list[Any]:
        """The answer's body. Raises DBusError when it is an error."""
        from dbus_fast import DBusError, Message, MessageType

        message = Message(
            destination=self._name, path=self._path, interface=interface, member=member, signature=signature, body=list(body)
        )
        answer = asyncio.run_coroutine_threadsafe(self._bus.call(message), self._loop).result(10)
        if answer.message_type is MessageType.ERROR:
            raise DBusError(answer.error_name, str(answer.body[0]))
        return answer.body

    def get(self, interface: str) -> dict[str, Any]:
        """All properties."""
        values = self.call("org.freedesktop.DBus.Properties", "GetAll", "s", interface)[0]
        return {name: value.value for name, value in values.items()}

    def set(self, interface: str, name: str, signature: str, value: object) -> None:
        from dbus_fast import Variant

        self.call("org.freedesktop.DBus.Properties", "Set", "ssv", interface, name, Variant(signature, value))

    async def _run(self) -> None:
        from dbus_fast import Message, MessageType
        from dbus_fast.aio import MessageBus

        bus = self._bus = await MessageBus().connect()

        def hear(message: Message) -> None:
            if message.message_type is MessageType.SIGNAL and message.path == self._path:
                self.heard.append((message.member or "", message.body))

        bus.add_message_handler(hear)
        place = "org.freedesktop.DBus"
        rule = f"type='signal',path='{self._path}'"
        await bus.call(Message(place, "/" + place.replace(".", "/"), place, "AddMatch", signature="s", body=[rule]))
        self._ready.set_result(asyncio.get_running_loop())
        with contextlib.suppress(EOFError, OSError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
