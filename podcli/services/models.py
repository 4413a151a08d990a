"""Models: which there are, which are here, which one plays each role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli import settings as settings_file
from podcli.engines import adapters, inventory, machine, whispercpp_build
from podcli.engines.base import ModelCard
from podcli.engines.catalogue import ROLES, Catalogue, Role, Speech, fits, load_catalogue
from podcli.errors import ModelError, UsageError
from podcli.text import clean_line

if TYPE_CHECKING:
    from pathlib import Path

    from podcli.engines.adapters import Adapter
    from podcli.engines.inventory import Verified
    from podcli.settings import Settings


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A line of `podcli models`."""

    card: ModelCard
    installed: bool
    bytes: int
    """On the disk when installed, else what it will take there."""
    chosen: bool
    """Plays its role now (once installed)."""
    starter: bool
    """What a new machine of this size begins with."""
    recommended: bool
    """What a machine of this size should end up with."""
    fits: bool
    """Whether this machine has the memory for it."""
    half_pulled: int
    """Bytes of an unfinished pull."""
    source: str
    """Where it came from, or the kinds of source it can be had from."""


@dataclass(frozen=True, slots=True)
class AdapterRow:
    """A line of `podcli models adapters`."""

    name: str
    adapter: Adapter | None
    """None when it is damaged."""
    chosen: bool
    """Works whenever its tasks are done: it is for the model that writes now."""


@dataclass(frozen=True, slots=True)
class SpeechChoice:
    """Which engine transcribes, and why."""

    engine: Speech
    why: str
    """Part of a sentence."""


class ModelService:
    """What the front ends ask about models. Pulling is a job: see services.jobs."""

    def __init__(self, settings: Settings, *, catalogue: Catalogue | None = None, memory_gb: float | None = None) -> None:
        self._settings = settings
        self._catalogue = catalogue or load_catalogue()
        self._memory_gb = machine.memory_gb() if memory_gb is None else memory_gb

    @property
    def memory_gb(self) -> float:
        """What the recommendations go by."""
        return self._memory_gb

    def list(self) -> list[ModelRow]:
        """Every model of the catalogue, in its order."""
        here = {item.id: item for item in inventory.installed()}
        speech = self._speech(set(here)).engine
        starters = {self._catalogue.starter(role, self._memory_gb, speech).id for role in ROLES}
        best = {self._catalogue.recommended(role, self._memory_gb, speech).id for role in ROLES}
        chosen = {self._named(role) or self._default(role, set(here)) for role in ROLES}
        return [
            ModelRow(
                card=card,
                installed=card.id in here,
                bytes=here[card.id].bytes if card.id in here else card.installed_bytes,
                chosen=card.id in chosen,
                starter=card.id in starters,
                recommended=card.id in best,
                fits=fits(card, self._memory_gb),
                half_pulled=inventory.half_pulled(card.id),
                source=(here[card.id].source if card.id in here else "") or " or ".join(offer.kind for offer in card.offers),
            )
            for card in self._catalogue.cards
        ]

    def card(self, model_id: str) -> ModelCard:
        """One entry of the catalogue. Raises UsageError listing near names."""
        return self._catalogue.card(model_id)

    def chosen(self, role: Role) -> str:
        """The id of the model that plays `role`: the settings' word, else the best installed one that fits this machine,
        else the starter, whether installed or not.

        Raises UsageError when the settings name no such model, or one for another role.
        """
        named = self._named(role)
        if not named:
            return self._default(role, {item.id for item in inventory.installed()})
        card = self._catalogue.card(named)
        if card.role != role:
            raise UsageError(
                f"The setting models.{role} names {named}, which is for {card.role}.",
                f"Run `podcli config set models.{role} auto`, or name another model.",
            )
        return named

    def speech(self) -> SpeechChoice:
        """The engine that transcribes now: the named model's, else what the settings say, else what this machine has."""
        return self._speech({item.id for item in inventory.installed()})

    def is_installed(self, model_id: str) -> bool:
        """Whether `model_id` is here. Raises UsageError for an unknown id."""
        return inventory.is_installed(self._catalogue.card(model_id))

    def is_whole(self, model_id: str) -> bool:
        """Whether `model_id` is here and, as far as a glance can tell, undamaged. Raises UsageError for an unknown id."""
        return inventory.is_whole(self._catalogue.card(model_id))

    def require(self, model_id: str) -> None:
        """Make sure `model_id` is here and, as far as a glance can tell, whole.

        Raises UsageError for an unknown id, ModelError with the command that gets a missing or damaged one.
        """
        inventory.model_file(model_id)

    def missing(self) -> Sequence[ModelCard]:
        """The chosen models that are not installed yet: what a new machine has to pull."""
        cards = [self._catalogue.card(self.chosen(role)) for role in ROLES]
        return [card for card in cards if not inventory.is_installed(card)]

    def use(self, model_id: str) -> ModelCard:
        """Let `model_id` play its role from now on.

        Raises UsageError for an unknown id, ModelError with the command that gets it, or its engine, when it is not installed.
        """
        card = self._catalogue.card(model_id)
        if not inventory.is_installed(card):
            raise ModelError(f"The model {card.id} is not installed.", f"Run `podcli models pull {card.id}` first.")
        inventory.require_engine(card)
        self._set(card.role, card.id)
        return card

    def use_auto(self, role: Role) -> str:
        """Let memory and what is installed decide again who plays `role`; the id that is."""
        self._set(role, "auto")
        return self.chosen(role)

    def remove(self, model_id: str) -> int:
        """Delete a model; the bytes that frees. A role it was named for goes back to ``auto``.

        Raises UsageError for an unknown id, ModelError when it is not here.
        """
        if model_id in adapters.names():
            raise UsageError(f"{model_id} is an adapter.", f"Run `podcli models remove-adapter {model_id}`.")
        freed = inventory.remove(model_id)
        for role in ROLES:
            if self._named(role) == model_id:
                self._set(role, "auto")
        return freed

    def verify(self, model_id: str = "all", report: Callable[[str, int], None] | None = None) -> Sequence[Verified]:
        """Re-read every byte of one model or adapter, or of all. `report` gets the id and the bytes read so far.

        Raises UsageError for an unknown id, ModelError when that one is not installed.
        """
        if model_id in adapters.names():
            return [self._verify_adapter(model_id, report)]
        if model_id != "all":
            return [self._verify(self._catalogue.card(model_id), report)]
        found = [self._verify(self._catalogue.card(item.id), report) for item in inventory.installed()]
        return found + [self._verify_adapter(name, report) for name in adapters.names()]

    def adapters(self) -> Sequence[AdapterRow]:
        """Every LoRA adapter that is here, in order of their names."""
        here = {each.name: each for each in adapters.installed()}
        writer = self._named("write") or self._default("write", {item.id for item in inventory.installed()})
        return [
            AdapterRow(name, here.get(name), name in here and here[name].model == writer and here[name].scale != 0)
            for name in adapters.names()
        ]

    def add_adapter(
        self, file: Path, *, name: str = "", scale: float = 1.0, tasks: Sequence[str] = (), model: str = ""
    ) -> Adapter:
        """Install the LoRA adapter in `file` for `model` (default: the one that writes now), by default for every task.

        Raises UsageError for a name, scale, task or model that cannot be, ModelError for a file that is no adapter of that model.
        """
        card = self._catalogue.card(model or self.chosen("write"))
        if card.engine != "llama":
            raise UsageError(f"{card.id} is for {card.role}; adapters are for models that write.", "See `podcli models list`.")
        return adapters.add(file, model_id=card.id, name=name, scale=scale, tasks=tasks or (adapters.EVERY_TASK,))

    def change_adapter(self, name: str, *, scale: float | None = None, tasks: Sequence[str] = ()) -> Adapter:
        """Set how strongly an adapter works, and on what. Raises UsageError as `add_adapter` does."""
        return adapters.change(name, scale=scale, tasks=tasks)

    def remove_adapter(self, name: str) -> int:
        """Delete an adapter; the bytes that frees. Raises UsageError when there is none of that name."""
        return adapters.remove(name)

    def _verify_adapter(self, name: str, report: Callable[[str, int], None] | None) -> Verified:
        return adapters.verify(name, (lambda done: report(name, done)) if report else None)

    def _verify(self, card: ModelCard, report: Callable[[str, int], None] | None) -> Verified:
        return inventory.verify(card, (lambda done: report(card.id, done)) if report else None)

    def _named(self, role: Role) -> str:
        named: str = getattr(self._settings.models, role)
        return "" if named == "auto" else named

    def _default(self, role: Role, here: set[str]) -> str:
        speech = self._speech(here).engine if role == "transcribe" else "whisper"
        return self._catalogue.default(role, self._memory_gb, here, speech).id

    def _speech(self, here: set[str]) -> SpeechChoice:
        named = next((card for card in self._catalogue.cards if card.id == self._named("transcribe")), None)
        if named is not None and named.role == "transcribe":
            return SpeechChoice(
                "whispercpp" if named.engine == "whispercpp" else "whisper", f"models.transcribe names {named.id}"
            )
        wish = self._settings.transcribe.engine
        if wish != "auto":
            return SpeechChoice("whispercpp" if wish == "whispercpp" else "whisper", "transcribe.engine says so")
        # Cheapest question first: the last one starts a process.
        if not whispercpp_build.is_installed():
            return SpeechChoice("whisper", "whisper.cpp is not installed")
        theirs = [card for card in self._catalogue.role("transcribe") if card.engine == "whispercpp"]
        if not any(card.id in here and card.preference and fits(card, self._memory_gb) for card in theirs):
            return SpeechChoice("whisper", "no model for whisper.cpp is installed")
        if graphics := whispercpp_build.graphics_card():
            return SpeechChoice("whispercpp", f"it can use {clean_line(graphics)}")
        return SpeechChoice("whisper", "whisper.cpp finds no graphics card it could use")

    def _set(self, role: Role, model_id: str) -> None:
        settings_file.set_value(f"models.{role}", model_id)
        self._settings = settings_file.load()
