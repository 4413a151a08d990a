"""What ends the player when its terminal is gone: closed, or its connection cut."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from textual.app import App

_CLOSING_S = 3.0
"""How long closing may take once the terminal hung up."""


def answer(app: App[Any], save: Callable[[], object]) -> None:
    """From now on, when the terminal hangs up (SIGHUP), close `app`; if that does not end the program within three seconds,
    as when Textual waits for ever to write to the terminal, `save` and end it here.

    Both happen in a thread, for the main one may be what waits.
    """

    def end() -> None:
        if app._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has stopped already
                app._loop.call_soon_threadsafe(app.exit)
        time.sleep(_CLOSING_S)
        save()
        os._exit(128 + signal.SIGHUP)

    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=end, name="hang up", daemon=True).start())
