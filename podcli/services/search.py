"""Search over titles, show notes and all that was said, by words and by meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from podcli.domain import TranscriptId
from podcli.errors import ModelError
from podcli.pipeline.retrieval import Retrieved, index, index_missing, retrieve
from podcli.services.query import marks
from podcli.store import Store
from podcli.store.passages import Scope
from podcli.store.search import Hit

if TYPE_CHECKING:
    from podcli.engines.embed import WordLlamaEmbedder

_LONGEST = 320
"""Characters of a snippet."""


class SearchService:
    """Queries. By meaning they need the sentence embeddings in memory (40 MB): in the player's own process, words alone count."""

    def __init__(self, store: Store, *, meaning: bool = True) -> None:
        self._store = store
        self._embedder: WordLlamaEmbedder | None = None
        self._able = meaning

    def prepare(self, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Index what was transcribed before there was an index; `tell` gets how many of how many episodes are done."""
        if embedder := self._meaning():
            index_missing(self._store, embedder, tell)

    def missing(self) -> list[TranscriptId]:
        """What was transcribed before there was an index."""
        embedder = self._meaning()
        return self._store.passages.missing(embedder.model_id) if embedder else []

    def add(self, transcript_id: TranscriptId) -> None:
        """Index one transcript."""
        if embedder := self._meaning():
            index(self._store, transcript_id, embedder)

    def search(self, words: str, scope: Scope | None = None, *, limit: int = 20) -> list[Hit]:
        """Titles that hold all of `words`, then what was said, best first, then show notes; at most `limit` of each."""
        scope = scope or Scope()
        found = retrieve(self._store, self._meaning(), words, scope, limit=limit)
        said = [hit for each in found if (hit := self._hit(each, words)) is not None]
        about = self._store.search.episodes(words, limit=limit, scope=scope)
        return [*(hit for hit in about if hit.where == "title"), *said, *(hit for hit in about if hit.where == "notes")]

    def _meaning(self) -> WordLlamaEmbedder | None:
        """The embedder; None when there is nothing to find, or its package is not whole: then words alone are looked for."""
        if self._embedder is None and self._able and self._store.passages.any_transcript():
            from podcli.engines.embed import WordLlamaEmbedder

            try:
                self._embedder = WordLlamaEmbedder()
                self._embedder.load()
            except ModelError:
                self._embedder, self._able = None, False
        return self._embedder

    def _hit(self, found: Retrieved, words: str) -> Hit | None:
        """What was found, told from the sentence that has most of the words on."""
        episode = self._store.library.episode(found.episode_id)
        sentences = self._store.passages.said(found.transcript_id, found.first, found.last)
        if episode is None or not sentences:
            return None
        counts = [len({text[start:end].casefold() for start, end in marks(text, words)}) for text in map(_text, sentences)]
        best = counts.index(max(counts)) if any(counts) else 0
        begin = best - 1 if best and len(sentences[best]["text"]) < 80 and any(counts) else best
        text = ""
        for sentence in sentences[begin:]:
            if text and len(text) + len(sentence["text"]) > _LONGEST:
                break
            text = f"{text} {sentence['text']}".strip()
        first = sentences[begin]
        return Hit(
            found.episode_id, episode.title, episode.show_title, first["start_s"], text, "said", found.end_s,
            sentences[best]["speaker"], found.likeness,
        )  # fmt: skip


def _text(sentence: dict[str, Any]) -> str:
    return str(sentence["text"])
