"""The desktop's session bus (D-Bus), where there is one: media keys arrive on it and notifications leave on it."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

_PATIENCE_S = 2.0
"""A bus that says nothing for so long is none."""


def address() -> str:
    """Where the bus listens, found as GLib and systemd find it; '' when there is none."""
    if not sys.platform.startswith("linux"):
        return ""
    if given := os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return given
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    socket = Path(runtime) / "bus"
    try:
        return f"unix:path={socket}" if runtime and stat.S_ISSOCK(socket.stat().st_mode) else ""
    except OSError:
        return ""


async def connect() -> MessageBus | None:
    """A connection, or None when there is no bus, it refuses us or does not answer. Never raises."""
    if not (where := address()):
        return None
    # What the package logs would land on the listener's screen.
    logging.getLogger("dbus_fast").addHandler(logging.NullHandler())
    try:
        from dbus_fast.aio import MessageBus

        return await asyncio.wait_for(MessageBus(where).connect(), _PATIENCE_S)
    except Exception:
        return None
