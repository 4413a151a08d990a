"""Which models there are: models/catalogue.toml as ModelCards, and which of them a machine should use."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Collection
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from podcli.engines.base import ModelCard, Offer
from podcli.errors import PodcliError, UsageError

Role = Literal["transcribe", "write", "embed"]
ROLES: tuple[Role, ...] = ("transcribe", "write", "embed")
Speech = Literal["whisper", "whispercpp"]
"""Engines of models that transcribe; which one is used decides whose models may be chosen by themselves."""

# An "8 GB" machine reports about 7.5: firmware and graphics keep the rest.
_MEMORY_SLACK = 1.08


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """Every model podcli knows, in the order of the file."""

    cards: tuple[ModelCard, ...]

    def card(self, model_id: str) -> ModelCard:
        """The model called `model_id`. Raises UsageError listing near names when there is none."""
        for card in self.cards:
            if card.id == model_id:
                return card
        names = [card.id for card in self.cards]
        wanted = model_id.lower()
        near = [name for name in names if wanted in name] or difflib.get_close_matches(wanted, names, 3, 0.4)
        hint = f"Did you mean {' or '.join(near[:3])}?" if near and model_id else "See `podcli models list`."
        raise UsageError(f"There is no model {model_id[:80]!r}.", hint)

    def role(self, role: Role) -> list[ModelCard]:
        """The models that can play `role`, most preferred first."""
        return sorted((card for card in self.cards if card.role == role), key=lambda card: -card.preference)

    def starter(self, role: Role, memory_gb: float, speech: Speech = "whisper") -> ModelCard:
        """What a new machine begins with: the best model that fits and comes from the package index."""
        known = [card for card in self._eligible(role, speech) if any(offer.kind == "wheel" for offer in card.offers)]
        return next((card for card in known if fits(card, memory_gb)), known[-1])

    def recommended(self, role: Role, memory_gb: float, speech: Speech = "whisper") -> ModelCard:
        """What a machine with this much memory should end up with, wherever it comes from."""
        known = self._eligible(role, speech)
        return next((card for card in known if fits(card, memory_gb)), known[-1])

    def default(self, role: Role, memory_gb: float, installed: Collection[str] = (), speech: Speech = "whisper") -> ModelCard:
        """What ``auto`` means: the most preferred installed model that fits, else the starter.

        A model of preference 0 is never chosen by itself, nor one that transcribes by another engine than `speech`.
        """
        held = (card for card in self._eligible(role, speech) if card.id in installed and fits(card, memory_gb))
        return next(held, None) or self.starter(role, memory_gb, speech)

    def _eligible(self, role: Role, speech: Speech) -> list[ModelCard]:
        """The models that may be chosen by themselves, most preferred first."""
        engines = (speech,) if role == "transcribe" else ("llama", "wordllama")
        return [card for card in self.role(role) if card.preference and card.engine in engines]


def fits(card: ModelCard, memory_gb: float) -> bool:
    """Whether `card` is a sensible choice on a machine with `memory_gb` GiB."""
    return memory_gb * _MEMORY_SLACK >= card.minimum_memory_gb


@cache
def load_catalogue() -> Catalogue:
    """The catalogue as shipped. Raises PodcliError when the installation is incomplete."""
    packaged = resources.files("podcli.engines").joinpath("catalogue.toml")
    checkout = Path(__file__).parents[2] / "models" / "catalogue.toml"
    source = packaged if packaged.is_file() else checkout
    try:
        return parse(source.read_text("utf-8"))
    except OSError:
        raise PodcliError("The model catalogue is missing from this installation.", "Install podcli again.") from None


def parse(text: str) -> Catalogue:
    """A catalogue from TOML. Raises PodcliError naming the entry that does not fit."""
    cards: list[ModelCard] = []
    for entry in tomllib.loads(text)["model"]:
        try:
            offers = tuple(_offer(offer) for offer in entry.pop("offers"))
            cards.append(ModelCard(offers=offers, **entry))
        except (KeyError, TypeError, ValueError) as error:
            raise PodcliError(f"The model catalogue's entry {entry.get('id', '?')!r} does not fit: {error}.") from None
    return Catalogue(tuple(cards))


def _offer(entry: dict[str, Any]) -> Offer:
    parts = entry.pop("parts", 0)
    where = entry.pop("where")
    if parts:
        where = [requirement.replace("{n}", str(n)) for requirement in where for n in range(1, parts + 1)]
    return Offer(where=tuple(where), members=tuple(entry.pop("members", ())), **entry)
