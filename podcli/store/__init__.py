"""The SQLite library: the only place that speaks SQL. A Store belongs to the thread that opened it.

The names here are loaded when they are first used: `glance` must cost nothing that is not needed for a first screen.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcli.store.library import episode_key, require_episode
    from podcli.store.store import Store, open_store

__all__ = ["Store", "episode_key", "open_store", "require_episode"]
_WHERE = {"Store": "store", "open_store": "store", "episode_key": "library", "require_episode": "library"}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"podcli.store.{_WHERE[name]}"), name)
