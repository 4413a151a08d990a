"""When the collector of cyclic garbage may work: it stops everything for up to 60 ms, so never while somebody presses keys."""

from __future__ import annotations

import gc
import time

CHECK_S = 20.0
_QUIET_S = 5.0
_NEVER = 1_000_000
_keyed = _collected = 0.0


def starting() -> None:
    """Nothing is garbage while everything is being made."""
    gc.disable()


def settled() -> None:
    """What is here now stays as long as the program, above all 50,000 cards: it need not be looked at again and again. From now
    on only young objects are collected, except by `rest`. Nothing where `starting` was not called."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], _NEVER)
        gc.enable()


def key_pressed() -> None:
    """Somebody is at work."""
    global _keyed
    _keyed = time.monotonic()


def rest() -> None:
    """Collect what became garbage since, if nobody pressed a key just now but somebody did before."""
    global _collected
    now = time.monotonic()
    if gc.get_threshold()[2] == _NEVER and now - _keyed > _QUIET_S and _keyed > _collected:
        _collected = now
        gc.collect()
