"""The models on this disk: where they are, whether they are whole. A folder each, with its manifest.json."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from podcli import paths
from podcli.engines import whispercpp_build
from podcli.engines.base import ModelCard
from podcli.engines.catalogue import load_catalogue
from podcli.engines.manifest import MANIFEST, again, compare, read_manifest, sha256_of
from podcli.errors import ModelError, PodcliError

Kind = Literal["new", "old"]
KINDS: tuple[Kind, ...] = ("new", "old")
WEIGHTS = {"whisper": "model.safetensors", "whispercpp": "model.ggml", "llama": "model.gguf"}


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that is here."""

    id: str
    path: Path
    bytes: int
    source: str = ""
    licence: str = ""
    installed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether every byte is as it was installed, and if not, what is wrong."""

    id: str
    ok: bool
    problems: tuple[str, ...] = field(default=())


def folder_of(card: ModelCard) -> Path:
    """Where `card` is, or would be, installed. Raises ModelError for a bundled model whose package is missing."""
    if card.offers[0].format != "bundled":
        return paths.models() / card.id
    package = find_spec(card.engine)
    if package is None or package.origin is None:
        message = f"{card.id} comes with the package {card.engine}, which is missing."
        raise ModelError(message, f"Run `pip install {card.engine}`.")
    return Path(package.origin).parent


def is_installed(card: ModelCard) -> bool:
    """Whether `card` is here. Looks at no weights."""
    try:
        return (folder_of(card) / MANIFEST).is_file() or card.offers[0].format == "bundled"
    except ModelError:
        return False


def installed() -> list[Installed]:
    """The models that are here, in the catalogue's order; a damaged manifest is no reason to hide one."""
    return [_installed(card) for card in load_catalogue().cards if is_installed(card)]


def _installed(card: ModelCard) -> Installed:
    folder = folder_of(card)
    if card.offers[0].format == "bundled":
        return Installed(card.id, folder, _size(folder), "comes with podcli", card.licence)
    try:
        manifest = read_manifest(folder)
        return Installed(
            card.id, folder, _size(folder), manifest.source, manifest.licence, datetime.fromisoformat(manifest.installed_at)
        )
    except (ModelError, ValueError):
        return Installed(card.id, folder, _size(folder))


def model_file(model_id: str) -> Path:
    """The weights to load; for a bundled model, its package's folder.

    Raises UsageError for an unknown id, ModelError with the command that gets a missing or damaged one, or its engine.
    """
    card = load_catalogue().card(model_id)
    if not is_installed(card):
        raise ModelError(f"The model {card.id} is not installed.", f"Run `podcli models pull {card.id}`.")
    require_engine(card)
    folder = folder_of(card)
    if card.offers[0].format == "bundled":
        return folder
    quick_check(folder)
    return folder / WEIGHTS[card.engine]


def require_engine(card: ModelCard) -> None:
    """Raises ModelError with the command that installs it when the optional library `card` needs is missing. Loads nothing."""
    if card.engine == "whispercpp":
        whispercpp_build.require(card.id)


def is_whole(card: ModelCard) -> bool:
    """Whether `card` is here and, as far as `quick_check` can tell, undamaged."""
    if not is_installed(card):
        return False
    try:
        if card.offers[0].format != "bundled":
            quick_check(folder_of(card))
    except ModelError:
        return False
    return True


def quick_check(folder: Path) -> None:
    """Look at sizes, and at the hash of any file touched since it was last checked. Cheap: meant before each load.

    Raises ModelError when the model is damaged.
    """
    problems = compare(folder, read_manifest(folder), touched_only=True)
    if problems:
        raise ModelError(f"The model {folder.name} is damaged: {problems[0]}.", again(folder.name))


def verify(card: ModelCard, report: Callable[[int], None] | None = None) -> Verified:
    """Read every byte of `card` and compare with its manifest. `report` gets the bytes read so far.

    Raises ModelError when it is not installed.
    """
    if not is_installed(card):
        raise ModelError(f"The model {card.id} is not installed.", f"Run `podcli models pull {card.id}`.")
    if card.offers[0].format == "bundled":
        problems = _compare_package(card.engine, report)
        return Verified(card.id, not problems, tuple(problems))
    try:
        manifest = read_manifest(folder_of(card))
    except ModelError as error:
        return Verified(card.id, False, (error.message,))
    problems = compare(folder_of(card), manifest, report=report)
    return Verified(card.id, not problems, tuple(problems))


def _compare_package(name: str, report: Callable[[int], None] | None) -> list[str]:
    """What differs between an installed package and its own RECORD (binary distribution format), in words."""
    problems, before = [], 0
    for recorded in metadata.distribution(name).files or ():
        file = Path(str(recorded.locate()))
        if recorded.hash is None or recorded.hash.mode != "sha256":
            continue
        if not file.is_file():
            problems.append(f"{file.name} is missing")
            continue
        digest = base64.urlsafe_b64encode(bytes.fromhex(sha256_of(file, report, before))).decode().rstrip("=")
        before += file.stat().st_size
        if digest != recorded.hash.value:
            problems.append(f"{file.name} is not the file that was installed (its sha256 differs)")
    return problems


def remove(model_id: str) -> int:
    """Delete an installed model and anything half pulled of it; the bytes that frees.

    Raises UsageError for an unknown id, ModelError when it is not here or comes with podcli.
    """
    card = load_catalogue().card(model_id)
    if card.offers[0].format == "bundled":
        raise ModelError(f"{card.id} comes with podcli and cannot be removed alone.")
    home = folder_of(card)
    found = [folder for folder in (home, *(beside(home, kind) for kind in KINDS), pulls(card.id)) if folder.exists()]
    if not found:
        raise ModelError(f"The model {card.id} is not installed.", "See `podcli models list`.")
    freed = sum(_size(folder) for folder in found)
    try:
        for folder in found:
            # Without its manifest a folder counts as not installed, so a kill midway leaves no half a model.
            (folder / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(folder)
    except OSError as error:
        raise PodcliError(f"{card.id} cannot be removed: {error.strerror}.", f"Check the permissions of {found[0]}.") from None
    return freed


def beside(folder: Path, kind: Kind) -> Path:
    """Where a model is made ready before it takes its place, and where the one it replaces goes."""
    return folder.parent / f".{folder.name}.{kind}"


def pulls(model_id: str) -> Path:
    """Where an unfinished pull of `model_id` waits to be resumed."""
    return paths.cache() / "pulls" / model_id


def half_pulled(model_id: str) -> int:
    """Bytes an unfinished pull of `model_id` has already brought."""
    return _size(pulls(model_id))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
