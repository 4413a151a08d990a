"""Where exports go: what the listener says, what the settings say, or the vault that Obsidian has open."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from podcli.errors import PodcliError, UsageError
from podcli.exports.obsidian import SETTINGS_FOLDERS, choose_vault
from podcli.services.exporting.files import explained, folder
from podcli.services.exporting.formats import FORMATS

STDOUT = "-"
_VAULT_FOLDER = "Podcasts"
_NO_VAULT = "Name the folder for its notes: `podcli export obsidian --to FOLDER`."

_SET_FOLDER = "`podcli config set export.folder FOLDER`"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder; with `file` one file in it."""

    folder: Path
    file: str = ""


def place(kind: str, to: str | None, default: str, episodes: int) -> Place | None:
    """Where files of `kind` go; None for standard output.

    `to` is what was asked for, `default` the folder of the settings ('' for none), `episodes` how many were named.

    The folder is made when the one it is in is there. Raises UsageError when nobody said where, PodcliError when it is not there.
    """
    if to is None:
        to = _usual(kind, default, episodes)
    if to == STDOUT:
        if FORMATS[kind].scope not in ("snips", "library") and episodes != 1:
            raise UsageError("Only one episode can be written to standard output.", "Name one, or a folder: --to FOLDER.")
        return None
    path = Path(to).expanduser()
    if _means_a_file(kind, to, path, episodes):
        with explained(path):
            if path.parent.is_dir():
                return Place(path.parent, path.name)
        raise PodcliError(f"There is no folder {path.parent}.", "Make it, or check whether it moved or its disk is not mounted.")
    return Place(folder(path), FORMATS[kind].name)


def automatic(kind: str, default: str, kinds: Sequence[str], *, make: bool = True) -> Place:
    """Where files of `kind` go that are written by themselves: always into a folder, and for all snips into one file there.

    `default` is the folder of the settings, `kinds` all that are written by themselves: the notes of a second one would have the
    names of the first one's, so they have a folder of their own in it. Folders are made only with `make`. Raises UsageError when
    no setting says where, PodcliError when it is not there.
    """
    own = Path(default).expanduser()
    if kind == "obsidian":
        at = folder(_in_vault(default, f"Name the folder for its notes: {_SET_FOLDER}."), make=make)
    elif not default:
        raise UsageError(f"No folder is set for automatic exports to {kind}.", f"{_SET_FOLDER} sets one.")
    elif not own.is_absolute():
        hint = f"{_SET_FOLDER} takes a whole path, which may lie in the vault too."
        raise UsageError(f"The setting export.folder, {default!r}, lies in a vault, where only obsidian's notes go.", hint)
    else:
        at = folder(own, make=make)
    notes = [each for each in (*kinds, kind) if each in FORMATS and FORMATS[each].scope == "note"]
    if FORMATS[kind].scope == "note" and kind != notes[0] and own.is_absolute():
        at = folder(at / kind, make=make) if at.exists() else at / kind
    # Not all of the library: it must not take the place of a file that has all of it.
    return Place(at, "snips.jsonl" if FORMATS[kind].scope == "library" else FORMATS[kind].name)


def vault(hint: str = _NO_VAULT) -> Path:
    """The vault Obsidian has open, or had open last. Raises PodcliError with `hint` when there is none, or it is not where it
    was."""
    for settings in _lists_of_vaults():
        with explained(settings):
            if not settings.is_file():
                continue
            chosen = choose_vault(settings.read_text("utf-8", errors="replace"))
        if chosen is None:
            continue
        path = Path(chosen)
        if not path.is_absolute() or not path.is_dir():
            raise PodcliError(f"Obsidian's vault is not at {path} any more.", f"Open it in Obsidian again. Or: {hint}")
        return path
    raise PodcliError("Obsidian has no vault on this machine.", hint)


def _usual(kind: str, default: str, episodes: int) -> str:
    scope = FORMATS[kind].scope
    if kind == "obsidian":
        return str(_in_vault(default, _NO_VAULT))
    if scope != "note":
        return STDOUT
    if default:
        if not Path(default).expanduser().is_absolute():
            raise UsageError(f"The setting export.folder, {default!r}, lies in a vault.", "Name a folder: --to FOLDER.")
        return default
    if episodes == 1:
        return STDOUT
    raise UsageError("Nobody said where the notes go.", "Say --to FOLDER, or `podcli config set export.folder FOLDER`.")


def _in_vault(default: str, hint: str) -> Path:
    own = Path(default or _VAULT_FOLDER).expanduser()
    return own if own.is_absolute() else vault(hint) / own


def _means_a_file(kind: str, to: str, path: Path, episodes: int) -> bool:
    if to.endswith(("/", os.sep)) or path.is_dir():
        return False
    if FORMATS[kind].scope in ("snips", "library"):
        return True
    return episodes == 1 and bool(path.suffix)


def _lists_of_vaults() -> list[Path]:
    own = os.environ.get("XDG_CONFIG_HOME", "")
    folders = [Path(own) / "obsidian"] if own.startswith("/") else []
    return [found / "obsidian.json" for found in (*folders, *(Path(each).expanduser() for each in SETTINGS_FOLDERS))]
