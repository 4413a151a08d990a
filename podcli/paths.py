"""Where podcli keeps things: XDG base directories, or everything under PODCLI_HOME when it is set."""

from __future__ import annotations

import os
from pathlib import Path


def _folder(variable: str, fallback: str, kind: str) -> Path:
    home = os.environ.get("PODCLI_HOME")
    if home:
        return Path(home).expanduser() / kind
    base = os.environ.get(variable, "")
    # The XDG specification says a relative path must be ignored.
    root = Path(base) if base.startswith("/") else Path.home() / fallback
    return root / "podcli"


def config() -> Path:
    """The folder of settings.toml."""
    return _folder("XDG_CONFIG_HOME", ".config", "config")


def data() -> Path:
    """The folder of everything that must not be lost: database, audio, models."""
    return _folder("XDG_DATA_HOME", ".local/share", "data")


def cache() -> Path:
    """The folder of what can be fetched again: unfinished pulls and converted leftovers."""
    return _folder("XDG_CACHE_HOME", ".cache", "cache")


def state() -> Path:
    """The folder of logs and lock files."""
    return _folder("XDG_STATE_HOME", ".local/state", "state")


def settings_file() -> Path:
    """The settings a listener may edit by hand."""
    return config() / "settings.toml"


def database() -> Path:
    """The SQLite library."""
    return data() / "podcli.db"


def backups() -> Path:
    """Verified copies of the database made before each migration."""
    return data() / "backups"


def audio() -> Path:
    """Downloaded episodes."""
    return data() / "audio"


def trash() -> Path:
    """Audio that was deleted a short while ago and can be brought back."""
    return data() / "trash"


def models() -> Path:
    """Installed model weights, a folder each; PODCLI_MODELS points several libraries at one set."""
    shared = os.environ.get("PODCLI_MODELS")
    return Path(shared).expanduser() if shared else data() / "models"


def log_file(name: str) -> Path:
    """The log of one process, such as ``worker-ml``."""
    return state() / f"{name}.log"


def make_private(folder: Path) -> Path:
    """Create `folder` readable by its owner alone and return it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
