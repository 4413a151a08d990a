"""Keyrings by keyring's own interface of backends: one in a file, one that breaks, one that keeps nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class InFile(KeyringBackend):
    """Keeps passwords in the file KEYRING_FILE, so that processes share it."""

    priority = 9.0  # type: ignore[assignment]

    def _all(self) -> dict[str, str]:
        file = Path(os.environ["KEYRING_FILE"])
        found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return found

    def _write(self, kept: dict[str, str]) -> None:
        Path(os.environ["KEYRING_FILE"]).write_text(json.dumps(kept))

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError(username)
        self._write(kept)


class Locked(InFile):
    """One whose owner does not open it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"not opened, and the secret was {username}")


class Forgetful(InFile):
    """One that says yes and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return
