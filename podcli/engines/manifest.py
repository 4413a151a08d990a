"""manifest.json: which files a model consists of, their hashes, and where they came from."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from podcli.errors import ModelError

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One installed file. `mtime_ns` is when it was last known to have this hash."""

    bytes: int
    sha256: str
    mtime_ns: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What manifest.json says: the files of a model and where they came from."""

    id: str
    files: dict[str, FileRecord]
    source: str
    licence: str
    installed_at: str
    format: str
    source_sha256: str
    """Of what was downloaded, before any conversion."""
    source_checked: str
    """What that hash was compared with: the catalogue's, the server's own, or nothing."""
    model: str = ""
    """Of an adapter: the id of the model it was added for."""
    scale: float = 1.0
    """Of an adapter: how strongly it works."""
    tasks: tuple[str, ...] = ()
    """Of an adapter: what it works on."""


def record(file: Path, sha256: str) -> FileRecord:
    """What a manifest says of `file`, whose hash is known."""
    status = file.stat()
    return FileRecord(status.st_size, sha256, status.st_mtime_ns)


def sha256_of(file: Path, report: Callable[[int], None] | None = None, before: int = 0) -> str:
    """The sha256 of `file` in hex, read in pieces. `report` gets the bytes read so far, `before` added."""
    digest, done = hashlib.sha256(), before
    with file.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            done += len(piece)
            if report:
                report(done)
    return digest.hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an installed model. Raises ModelError when it cannot be read or makes no sense."""
    try:
        entry: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = {str(name): FileRecord(**values) for name, values in entry.pop("files").items()}
        if any(Path(name).name != name for name in files):
            raise ValueError("a file name with a folder in it")
        return Manifest(files=files, tasks=tuple(entry.pop("tasks", ())), **entry)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ModelError(f"The model {folder.name} is damaged: its {MANIFEST} cannot be read.", again(folder.name)) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json so that a kill leaves the old or the new one, never half."""
    unset = {field.name: field.default for field in dataclasses.fields(Manifest)}
    entry = {name: value for name, value in dataclasses.asdict(manifest).items() if value != unset[name]}
    part = folder / f"{MANIFEST}.part"
    with part.open("w", encoding="utf-8") as stream:
        json.dump(entry, stream, indent=2, ensure_ascii=False)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(folder / MANIFEST)


def now() -> str:
    """The time of an installation, as manifests write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def compare(
    folder: Path,
    manifest: Manifest,
    *,
    touched_only: bool = False,
    report: Callable[[int], None] | None = None,
) -> list[str]:
    """What differs between `manifest` and the files in `folder`, in words; empty when nothing does.

    Sizes always; hashes of all files, or with `touched_only` of those whose time changed since their hash was last known to
    hold. What is found is remembered: a sound file is not read again, a bad one is. `report` gets the bytes read so far.
    """
    problems, known, before = [], dict(manifest.files), 0
    for name, wanted in manifest.files.items():
        file = folder / name
        if not file.is_file():
            problems.append(f"{name} is missing")
            continue
        status = file.stat()
        if status.st_size != wanted.bytes:
            problems.append(f"{name} has {status.st_size:,} bytes instead of {wanted.bytes:,}")
        elif not touched_only or status.st_mtime_ns != wanted.mtime_ns:
            sound = sha256_of(file, report, before) == wanted.sha256
            # A disk that turns a bit leaves the time as it was: time 0 makes every later glance look at the bytes.
            known[name] = dataclasses.replace(wanted, mtime_ns=status.st_mtime_ns if sound else 0)
            if not sound:
                problems.append(f"{name} is not the file that was installed (its sha256 differs)")
        before += status.st_size
    if known != manifest.files:
        # A shared folder may be read-only: then the next check reads the file again.
        with contextlib.suppress(OSError):
            write_manifest(folder, dataclasses.replace(manifest, files=known))
    return problems


def again(model_id: str) -> str:
    """The next step when `model_id` is damaged."""
    return f"Run `podcli models pull {model_id}`: it fetches the model anew."
