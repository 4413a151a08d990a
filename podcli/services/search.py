"""Search over titles, show notes and all that was said, by words and by meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.errors import ModelError
from podcli.pipeline.retrieval import Retrieved, index_missing, retrieve, terms
from podcli.store import Store
from podcli.store.passages import Scope
from podcli.store.search import Hit

if TYPE_CHECKING:
    from podcli.engines.embed import WordLlamaEmbedder

_LONGEST = 320
"""Characters of a snippet."""


class SearchService:
    """Queries. Brings the sentence embeddings into memory (40 MB): not for the player's own process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._embedder: WordLlamaEmbedder | None = None
        self._able = True

    def prepare(self, tell: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Index what was transcribed before there was an index; `tell` gets how many of how many episodes are done."""
        if embedder := self._meaning():
            index_missing(self._store, embedder, tell)

    def search(self, words: str, scope: Scope | None = None, *, limit: int = 20) -> list[Hit]:
        """Titles that hold all of `words`, then what was said, best first, then show notes; at most `limit` of each."""
        scope = scope or Scope()
        found = retrieve(self._store, self._meaning(), words, scope, limit=limit)
        said = [hit for each in found if (hit := self._hit(each, words)) is not None]
        if scope.episode_id is not None or scope.speaker or scope.since or scope.until or scope.heard is not None:
            return said
        about = self._store.search.episodes(words, limit=limit, show_id=scope.show_id)
        return [*(hit for hit in about if hit.where == "title"), *said, *(hit for hit in about if hit.where == "notes")]

    def _meaning(self) -> WordLlamaEmbedder | None:
        """The embedder; None when its package is not whole: then words alone are looked for."""
        if self._embedder is None and self._able:
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
        wanted = [term.casefold() for term in terms(words)]
        counts = [sum(term in sentence["text"].casefold() for term in wanted) for sentence in sentences]
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
