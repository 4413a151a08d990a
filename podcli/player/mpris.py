"""Media keys, headset buttons, lock screens, playerctl: MPRIS 2 over D-Bus (https://specifications.freedesktop.org/mpris-spec/).

A thread of its own holds the connection. Without a session bus, or once it is gone, nothing happens and playback goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from podcli.domain import NowPlaying
from podcli.player import session_bus

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

    from podcli.player.mpris_interfaces import Player

OnCommand = Callable[[str, float | None], None]

NAME = "org.mpris.MediaPlayer2.podcli"
PATH = "/org/mpris/MediaPlayer2"
_START_S = 5.0
_PATIENCE_S = 2.0


class Mpris:
    """`on_command` is called from a thread of its own, with one of

    play, pause, toggle, stop, next, previous, snip, quit (and None), seek_by (seconds), seek_to (second), speed (1.0 is normal),
    volume (0 to 100).

    `instance` is put behind our name on the bus, as players do of which several run; without it that happens only when the
    name is taken. `previous` is the command for Previous, which is the one headset button that can be spared.
    """

    def __init__(self, on_command: OnCommand, *, instance: str = "", previous: str = "previous") -> None:
        self._on_command = on_command
        self._instance = instance
        self._previous = previous
        self._started: Future[bool] = Future()
        self._thread: threading.Thread | None = None
        # The rest belongs to the thread.
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bus: MessageBus | None = None
        self._player: Player | None = None

    def start(self) -> bool:
        """Appear on the session bus; False when there is none or it refuses. Never raises."""
        if self._thread is None and session_bus.address():
            self._thread = threading.Thread(target=self._run, name="mpris", daemon=True)
            self._thread.start()
        if self._thread is None:
            return False
        try:
            return self._started.result(_START_S)
        except TimeoutError:
            return False

    def show(self, now: NowPlaying) -> None:
        """Tell the desktop what plays. Cheap, from any thread, as often as you like: only what changed leaves the process."""
        moment = time.monotonic()
        self._in_thread(lambda: self._show(now, moment))

    def close(self) -> None:
        """Leave the bus. Safe to call twice, and when it never started."""
        self._in_thread(self._leave)
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def _in_thread(self, work: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it ended just now
                loop.call_soon_threadsafe(work)

    # The thread

    def _run(self) -> None:
        with contextlib.suppress(Exception):  # whatever D-Bus does, it is never a reason to stop listening
            asyncio.run(self._serve())
        if not self._started.done():
            self._started.set_result(False)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, _context: None)  # a message that could not be sent any more
        bus = self._bus = await session_bus.connect()
        if bus is None:
            return
        try:
            from podcli.player.mpris_interfaces import Player, Root

            self._player = Player(self._on_command, self._previous)
            bus.export(PATH, Root(self._on_command))
            bus.export(PATH, self._player)
            if await asyncio.wait_for(self._take_name(bus), _PATIENCE_S):
                self._loop = loop
                self._started.set_result(True)
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        finally:
            self._loop = self._player = None
            bus.disconnect()

    async def _take_name(self, bus: MessageBus) -> bool:
        from dbus_fast import NameFlag, RequestNameReply

        names = [f"{NAME}.{self._instance}"] if self._instance else [NAME, f"{NAME}.instance{os.getpid()}"]
        for name in names:
            if await bus.request_name(name, NameFlag.DO_NOT_QUEUE) is RequestNameReply.PRIMARY_OWNER:
                return True
        return False

    def _leave(self) -> None:
        if self._bus is not None:
            self._bus.disconnect()

    def _show(self, now: NowPlaying, moment: float) -> None:
        if self._player is not None:
            self._player.show(now, moment)
