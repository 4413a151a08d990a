"""Tokens of accounts: in the system's keyring, or in an environment variable, and nowhere else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal

from podcli.errors import PodcliError, UsageError

Where = Literal["keyring", "environment"]
"""Where a token is."""
TITLES = {"readwise": "Readwise", "notion": "Notion"}
"""The services there are, by the name that commands give them."""
_KEPT_AS = "podcli"
_FIT = re.compile(r"[\x21-\x7e]{8,500}")


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it was found. It is in no ``repr``, so it is in no log."""

    value: str = field(repr=False)
    where: Where


def variable(service: str) -> str:
    """The environment variable that wins over the keyring."""
    return f"PODCLI_{service.upper()}_TOKEN"


def fit(text: str, service: str) -> str:
    """`text` without blanks around it. Raises UsageError, without repeating it, when it cannot be a token."""
    text = text.strip()
    if not _FIT.fullmatch(text):
        raise UsageError(f"That is no token of {TITLES[service]}.", "Copy it once more: one word of letters, digits and signs.")
    return text


def find(service: str) -> Token | None:
    """The token of `service`; None when there is none, or no keyring to look into.

    Raises UsageError for a variable that holds something else, PodcliError when the keyring does not open.
    """
    if given := from_environment(service):
        if not _FIT.fullmatch(given):
            raise UsageError(f"What {variable(service)} holds is no token of {TITLES[service]}.", "Set it anew, or unset it.")
        return Token(given, "environment")
    found = _asked("get", service) if has_keyring() else None
    return Token(fit(found, service), "keyring") if found else None


def from_environment(service: str) -> str:
    """What the variable of `service` holds; '' for nothing."""
    return os.environ.get(variable(service), "").strip()


def keep(service: str, token: str) -> None:
    """Put `token` into the keyring. Raises PodcliError when there is none, or it does not keep it."""
    require_keyring(service)
    _asked("set", service, token)
    if _asked("get", service) != token:
        raise PodcliError("The keyring did not keep the token.", f"Set {variable(service)} instead.")


def forget(service: str) -> bool:
    """Take the token out of the keyring; whether one was there. Raises PodcliError when the keyring does not open."""
    if not has_keyring() or not _asked("get", service):
        return False
    _asked("delete", service)
    return True


def has_keyring() -> bool:
    """Whether this system has a keyring."""
    import keyring
    from keyring.backends import fail, null

    try:
        found = keyring.get_keyring()
    except Exception as problem:
        raise _broken(problem) from None
    return not isinstance(found, fail.Keyring | null.Keyring)


def require_keyring(service: str) -> None:
    """Raises PodcliError, naming the way out, when this system has no keyring."""
    if not has_keyring():
        raise PodcliError(
            "This system has no keyring to keep a token in.",
            f"Put the token into the environment variable {variable(service)}; podcli writes it into no file.",
        )


def _asked(what: Literal["get", "set", "delete"], service: str, token: str = "") -> str | None:
    import keyring

    try:
        if what == "get":
            return keyring.get_password(_KEPT_AS, service)
        if what == "set":
            keyring.set_password(_KEPT_AS, service, token)
        else:
            keyring.delete_password(_KEPT_AS, service)
    except Exception as problem:  # backends are plugins and raise what they like
        raise _broken(problem) from None
    return None


def _broken(problem: Exception) -> PodcliError:
    """Only the kind of the problem is told: its words might hold what was to be kept."""
    return PodcliError(
        f"The keyring does not answer ({type(problem).__name__}).",
        f"Unlock it and try again, or use {variable('readwise')} or {variable('notion')} instead.",
    )
