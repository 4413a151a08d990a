"""The listener's own words around a note, read from their file."""

from __future__ import annotations

from pathlib import Path

from podcli.errors import UsageError

_LONGEST = 200_000


def read_template(file: str) -> str:
    """The text of a template; ~ is the home folder. Raises UsageError when it cannot be read, or can be none."""
    path = Path(file).expanduser()
    try:
        with path.open(encoding="utf-8") as opened:
            text = opened.read(_LONGEST + 1)
    except UnicodeDecodeError:
        raise UsageError(f"The template {path} is no text in UTF-8.", "Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"The template {path} cannot be read: {error.strerror}.", "Check its path and permissions.") from None
    if len(text) > _LONGEST:
        raise UsageError(f"The template {path} is too long.", f"A template has at most {_LONGEST} characters.")
    if not text.strip():
        raise UsageError(f"The template {path} is empty.", "Leave --template out for podcli's own.")
    return text
