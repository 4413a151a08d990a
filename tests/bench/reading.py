"""One episode read as the worker reads it, without a library, with what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from podcli.engines.embed import WordLlamaEmbedder
from podcli.engines.llama import LlamaWriter
from podcli.pipeline import claims, passages, prompts, reading
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
    """A writer that counts the prompt tokens it evaluates."""

    def __init__(self, writer: LlamaWriter) -> None:
        self._writer = writer
        self.read = 0
        self.cut = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def write(self, **asked: Any) -> Any:
        written = self._writer.write(**asked)
        self.read += written.read_tokens
        self.cut += not written.stopped
        return written

    def likelihood(self, **asked: Any) -> list[float]:
        self.read += self._writer.count(asked["question"]) + 8
        return self._writer.likelihood(**asked)


def read(talk: Talk, writer: LlamaWriter, tell: Callable[[str], None] = lambda text: None) -> Read:
    """Read `talk` from end to end with `writer`."""
    counting = Counting(writer)
    started = time.monotonic()
    material = reading.material(list(talk.sentences), EMBEDDER, [])
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
