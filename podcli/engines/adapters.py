"""LoRA adapters: small files that change how a language model answers. Each is added for one model, and for one task or all.

They lie beside the models, a folder each with its manifest.json, and are there whole or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from podcli import paths
from podcli.engines import machine
from podcli.engines.adapter_fit import check_adapter
from podcli.engines.catalogue import load_catalogue
from podcli.engines.gguf import read_gguf
from podcli.engines.inventory import Verified, beside, model_file
from podcli.engines.manifest import MANIFEST, Manifest, compare, now, read_manifest, record, write_manifest
from podcli.errors import ModelError, PodcliError, UsageError
from podcli.text import human_bytes

Task = Literal["takeaways", "chapters", "gist", "mentions", "ask"]
"""What a model is asked for. Summaries and highlights are made of the sentences it words for the takeaways."""
TASKS: tuple[Task, ...] = get_args(Task)
EVERY_TASK = "all"
FILE = "adapter.gguf"
_STRONGEST = 4.0
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_SPARE = 100 << 20


@dataclass(frozen=True, slots=True)
class Adapter:
    """One that is installed."""

    name: str
    model: str
    """The id of the model it was added for."""
    scale: float
    """How strongly it works; at 0 not at all."""
    tasks: tuple[str, ...]
    """Of `TASKS`, or `EVERY_TASK` alone."""
    sha256: str
    bytes: int
    path: Path
    installed_at: str

    def serves(self, task: str) -> bool:
        """Whether it works on `task`; '' is what belongs to none."""
        return self.scale != 0 and (task in self.tasks or EVERY_TASK in self.tasks)


def identity(adapters: Sequence[Adapter]) -> str:
    """What an answer is kept under beside its model: names, scales, and which files they were; '' for none."""
    return " + ".join(f"{each.name}@{each.scale:g} ({each.sha256[:8]})" for each in adapters)


def serving(adapters: Sequence[Adapter], tasks: Sequence[str]) -> list[Adapter]:
    """Those of `adapters` that work on any of `tasks`, in order."""
    return [each for each in adapters if any(each.serves(task) for task in tasks)]


def home() -> Path:
    """Where adapters are."""
    return paths.models() / "adapters"


def names() -> list[str]:
    """The installed ones, damaged or not, in order."""
    try:
        return sorted(file.parent.name for file in home().glob(f"*/{MANIFEST}") if not file.parent.name.startswith("."))
    except OSError:
        return []


def find(name: str) -> Adapter:
    """The adapter called `name`. Raises UsageError when there is none, ModelError when its manifest cannot be read."""
    if name not in names():
        raise UsageError(f"There is no adapter {name[:80]!r}.", "See `podcli models adapters`.")
    try:
        kept = read_manifest(home() / name)
        file = kept.files[FILE]
        if not _is_scale(kept.scale) or not all(isinstance(task, str) for task in kept.tasks):
            raise KeyError(name)
    except (ModelError, KeyError):
        raise ModelError(f"The adapter {name} is damaged: its {MANIFEST} cannot be read.", _again(name)) from None
    return Adapter(name, kept.model, kept.scale, kept.tasks, file.sha256, file.bytes, home() / name / FILE, kept.installed_at)


def installed() -> list[Adapter]:
    """Those whose manifests can be read, in order of their names."""
    found = []
    for name in names():
        with contextlib.suppress(ModelError, UsageError):
            found.append(find(name))
    return found


def ready(model_id: str) -> list[Adapter]:
    """The adapters of `model_id`, each looked at as a model is before it is loaded. Raises ModelError for a damaged one."""
    found = [each for each in map(find, names()) if each.model == model_id]
    for each in found:
        problems = compare(home() / each.name, read_manifest(home() / each.name), touched_only=True)
        if problems:
            raise ModelError(f"The adapter {each.name} is damaged: {problems[0]}.", _again(each.name))
    return found


def add(file: Path, *, model_id: str, name: str = "", scale: float = 1.0, tasks: Sequence[str] = (EVERY_TASK,)) -> Adapter:
    """Install the LoRA adapter in `file` for `model_id`, which must be here: its weights are compared.

    Raises UsageError (name, scale or task that cannot be; an adapter of that name is here), ModelError (no adapter, damaged, for
    another model, no room; model not installed).
    """
    name = _free_name(name or re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._")[:60])
    kept = _settings(scale, tasks)
    if not file.is_file():
        raise UsageError(f"There is no file {file}.", "Give the path of a LoRA adapter in GGUF form.")
    check_adapter(file, read_gguf(model_file(model_id)), model_id)
    try:
        with _alone():
            _install(file, name, model_id, kept)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(f"The disk filled up while {name} was being added.", "Free some room and try again.") from None
        raise PodcliError(f"The adapter {name} cannot be added: {error.strerror}.", f"Check {file} and {home()}.") from None
    return find(name)


def _install(file: Path, name: str, model_id: str, kept: tuple[float, tuple[str, ...]]) -> None:
    """Make its folder beside its place, the manifest last, then move it in."""
    target = home() / name
    fresh = beside(target, "new")
    if target.exists():
        raise _taken(name)
    _require_room(file)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        sha256 = _copy(file, fresh / FILE)
        files = {FILE: record(fresh / FILE, sha256)}
        manifest = Manifest(name, files, file.name, "", now(), "gguf", sha256, "nothing: it is your file", model_id, *kept)
        write_manifest(fresh, manifest)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def change(name: str, *, scale: float | None = None, tasks: Sequence[str] = ()) -> Adapter:
    """Let an adapter work as strongly as `scale` says, or on other `tasks`, from now on.

    Raises UsageError for an unknown name or values that cannot be, ModelError when it is damaged.
    """
    old = find(name)
    new_scale, new_tasks = _settings(old.scale if scale is None else scale, tasks or old.tasks)
    try:
        write_manifest(home() / name, replace(read_manifest(home() / name), scale=new_scale, tasks=new_tasks))
    except OSError as error:
        raise PodcliError(f"The adapter {name} cannot be changed: {error.strerror}.", f"Check {home() / name}.") from None
    return find(name)


def remove(name: str) -> int:
    """Delete an adapter; the bytes that frees. Raises UsageError when there is none of that name."""
    folder = home() / name
    if name not in names():
        raise UsageError(f"There is no adapter {name[:80]!r}.", "See `podcli models adapters`.")
    try:
        freed = sum(file.stat().st_size for file in folder.iterdir())
        (folder / MANIFEST).unlink()
        shutil.rmtree(folder)
    except OSError as error:
        raise PodcliError(f"{name} cannot be removed: {error.strerror}.", f"Check the permissions of {folder}.") from None
    return freed


def verify(name: str, report: Callable[[int], None] | None = None) -> Verified:
    """Read every byte of an adapter and compare with its manifest. `report` gets the bytes read so far.

    Raises UsageError when there is none of that name.
    """
    try:
        find(name)
        problems = compare(home() / name, read_manifest(home() / name), report=report)
    except ModelError as error:
        problems = [error.message]
    return Verified(name, not problems, tuple(problems))


def _settings(scale: float, tasks: Sequence[str]) -> tuple[float, tuple[str, ...]]:
    """Scale and tasks in the form they are kept in. Raises UsageError."""
    if not _is_scale(scale):
        message = f"A scale is a number from -{_STRONGEST:g} to {_STRONGEST:g}."
        raise UsageError(message, "1 is as strong as the adapter was made, 0 switches it off.")
    unknown = [task for task in tasks if task not in (*TASKS, EVERY_TASK)]
    if unknown or not tasks:
        raise UsageError(f"There is no task {unknown[0] if unknown else ''!r}.", f"Tasks are {', '.join(TASKS)} and all.")
    return round(scale, 4), (EVERY_TASK,) if EVERY_TASK in tasks else tuple(task for task in TASKS if task in tasks)


def _is_scale(scale: object) -> bool:
    return isinstance(scale, int | float) and math.isfinite(scale) and abs(scale) <= _STRONGEST


def _free_name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in (EVERY_TASK, "auto") or any(card.id == name for card in load_catalogue().cards):
        raise UsageError(
            f"{name[:80]!r} cannot be the name of an adapter.", "Give it one of small letters and digits: `--name NAME`."
        )
    if (home() / name).exists():
        raise _taken(name)
    return name


def _taken(name: str) -> UsageError:
    hint = f"Give this one another name with `--name NAME`, or run `podcli models remove-adapter {name}` first."
    return UsageError(f"There is an adapter {name} already.", hint)


def _again(name: str) -> str:
    return f"Run `podcli models remove-adapter {name}`, then add it again."


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """While another podcli adds an adapter, wait."""
    with (paths.make_private(home()) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_room(file: Path) -> None:
    needs, free = file.stat().st_size + _SPARE, machine.free_disk(home())
    if needs > free:
        message = f"{file.name} needs {human_bytes(needs)} of free disk; {home()} has {human_bytes(free)}."
        raise ModelError(message, "Free some room, or point PODCLI_MODELS at a larger disk.")


def _copy(source: Path, target: Path) -> str:
    """Copy to the disk, surely; the sha256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as written:
        while piece := read.read(1 << 20):
            digest.update(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest()
