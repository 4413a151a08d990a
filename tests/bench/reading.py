"""One episode read as the worker reads it, without a library, with what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from podcli.engines.base import Written
from podcli.engines.embed import WordLlamaEmbedder
from podcli.engines.llama import LlamaWriter
from podcli.pipeline import claims, passages, prompts, reading, sponsors
from podcli.pipeline.findings import Findings, Material, findings
from tests.bench.talks import Talk

EMBEDDER = WordLlamaEmbedder()


@dataclass
class Read:
    """What came of a talk: findings, seconds, and prompt tokens evaluated for each token of the transcript."""

    talk: Talk
    material: Material
    found: Findings
    seconds: float
    read_tokens: int
    transcript_tokens: int
    answers: list[dict[str, str]] = field(default_factory=list)

    @property
    def tokens_each(self) -> float:
        """Prompt tokens evaluated per transcript token."""
        return self.read_tokens / max(1, self.transcript_tokens)


class Counting:
    """A writer that counts the prompt tokens it evaluates (protocol `Writer`)."""

    def __init__(self, writer: LlamaWriter) -> None:
        self._writer = writer
        self.model_id, self.context_tokens = writer.model_id, writer.context_tokens
        self.read = 0
        self.cut = 0
        self._last = ""

    def count(self, text: str) -> int:
        return self._writer.count(text)

    def write(self, *, system: str, text: str, max_tokens: int, question: str = "", grammar: str = "", task: str = "") -> Written:
        written = self._writer.write(
            system=system, text=text, max_tokens=max_tokens, question=question, grammar=grammar, task=task
        )
        self.read += written.read_tokens
        self.cut += not written.stopped
        self._last = text
        return written

    def likelihood(
        self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no"), task: str = ""
    ) -> list[float]:
        # What it shares with the question before is not read again; a passage of its own is.
        self.read += self.count(question) + 8 + (self.count(text) if text != self._last else 0)
        self._last = text
        return self._writer.likelihood(system=system, text=text, question=question, answers=answers, task=task)


def read(talk: Talk, writer: LlamaWriter, tell: Callable[[str], None] = lambda text: None) -> Read:
    """Read `talk` from end to end with `writer`."""
    counting = Counting(writer)
    started = time.monotonic()
    material = reading.material(list(talk.sentences), EMBEDDER, [])
    known: dict[str, str] = {}
    ads = sponsors.confirmed(talk.sentences, material.verifier.kinds, counting, known, lambda name, said: None)  # type: ignore[arg-type]
    if ads:
        material = reading.material(list(talk.sentences), EMBEDDER, [], sponsored=ads)
    room = writer.context_tokens - writer.count(prompts.SYSTEM) - claims.ROOM
    planned = passages.plan(material.verifier, material.worth, material.starts, writer.count, room)
    done: list[tuple[passages.Passage, claims.Answers]] = []
    for passage in planned:
        done.append((passage, claims.ask(passage, material.verifier, counting, {}, lambda name, said: None)))  # type: ignore[arg-type]
        tell(f"{talk.name}: {len(done)} of {len(planned)}")
    whole = reading.whole_answers(material, done, counting, {}, lambda name, said: None)  # type: ignore[arg-type]
    found = findings(material, done, whole)
    seconds = time.monotonic() - started
    size = writer.count(" ".join(sentence.text for sentence in talk.sentences))
    return Read(talk, material, found, seconds, counting.read, size, [*(dict(answers) for _, answers in done), dict(whole)])


def cut(talk: Talk, minutes: float) -> Talk:
    """The beginning of a talk."""
    return replace(talk, sentences=tuple(sentence for sentence in talk.sentences if sentence.start_s < 60 * minutes))
