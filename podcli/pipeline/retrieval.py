"""Finding what was said: words (FTS5, bm25) and meaning (embeddings of passages), fused by reciprocal rank.

Cormack, Clarke and Büttcher 2009: a passage's score is the sum of 1 / (60 + its rank) over both lists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, Sentence, TranscriptId
from podcli.pipeline.words import COMMON
from podcli.store.passages import Passage, Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.base import Embedder
    from podcli.store import Store

_WORDS = 90
"""About so many words make a passage: half a minute of talk."""
_CHARS = 450
"""As many characters where words are not spaced."""
_DEPTH = 200
"""So many of each list are fused."""
_RANK = 60.0
_SCALE = 127.0
_DIMENSIONS = 256
_MOST_TERMS = 16
_LEAST_LIKE = 0.25
"""Passages less like the question than that say something else."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that was found: sentence numbers `first` to `last` of a transcript."""

    transcript_id: TranscriptId
    episode_id: EpisodeId
    first: int
    last: int
    start_s: float
    end_s: float
    score: float
    likeness: float = 0.0
    """Cosine to the question; 0 when only its words were looked for."""


def cut(sentences: Sequence[Sentence]) -> list[Passage]:
    """Passages of about 90 words, each beginning with the last sentence of the one before."""
    passages: list[Passage] = []
    start = 0
    while start < len(sentences):
        end, size = start, 0.0
        while end < len(sentences) and (size < 1.0 or end == start):
            text = sentences[end].text
            size += max(len(text.split()) / _WORDS, len(text) / _CHARS if " " not in text else 0.0)
            end += 1
        end_s = max(sentence.end_s for sentence in sentences[start:end])
        passages.append(Passage(sentences[start].number, sentences[end - 1].number, sentences[start].start_s, end_s))
        if end == len(sentences):
            break
        start = max(start + 1, end - 1)
    return passages


def index(store: Store, transcript_id: TranscriptId, embedder: Embedder) -> int:
    """Make the passages of a complete transcript findable by meaning; returns how many there are."""
    import numpy as np

    sentences = store.insights.sentences(transcript_id)
    texts = {sentence.number: sentence.text for sentence in sentences}
    passages = cut(sentences)
    joined = [" ".join(texts[number] for number in range(passage.first, passage.last + 1)) for passage in passages]
    vectors = np.clip(np.rint(embedder.embed(joined) * _SCALE), -127, 127).astype(np.int8)
    store.passages.save(transcript_id, embedder.model_id, passages, vectors.tobytes())
    return len(passages)


def index_missing(store: Store, embedder: Embedder, tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Index transcripts that were made before there was an index; `tell` gets how many of how many are done."""
    missing = store.passages.missing(embedder.model_id)
    for done, transcript_id in enumerate(missing, 1):
        index(store, transcript_id, embedder)
        tell(done, len(missing))
    return len(missing)


def retrieve(
    store: Store, embedder: Embedder | None, words: str, scope: Scope | None = None, *, limit: int = 8
) -> list[Retrieved]:
    """The passages of `scope` that fit `words` best, best first.

    Any text is a valid query. Without `embedder` only its words count.
    """
    scope = scope or Scope()
    inside = store.passages.transcripts(scope)
    if not words.strip() or not inside:
        return []
    likely = _meant(store, embedder, words, list(inside)) if embedder is not None else []
    worded, loose = _worded(store, words, inside, scope)
    scores: dict[tuple[TranscriptId, int], float] = {}
    likeness = {key: alike for key, alike in likely}
    for ranked in (worded, [key for key, _ in likely]):
        for rank, key in enumerate(ranked):
            scores[key] = scores.get(key, 0.0) + 1 / (_RANK + rank)
    best = sorted(scores, key=lambda key: (-scores[key], key))
    found: list[Retrieved] = []
    taken: set[tuple[TranscriptId, int]] = set()
    for key in best:
        if len(found) == limit:
            break
        transcript_id, position = key
        if key not in loose and any((transcript_id, position + step) in taken for step in (-1, 1)):
            continue  # they overlap: one of them is enough
        passage = loose.get(key) or store.passages.at([key]).get(key)
        if passage is None:
            continue
        if scope.speaker and not store.passages.spoken_by(transcript_id, passage.first, passage.last, scope.speaker):
            continue
        taken.add(key)
        found.append(Retrieved(transcript_id, inside[transcript_id], *passage, scores[key], likeness.get(key, 0.0)))
    return found


def terms(words: str) -> list[str]:
    """The words of a query that are looked for; the common ones only when there are no others."""
    found = [term for term in re.findall(r"\w+(?:['’.-]\w+)*", words)][:_MOST_TERMS]
    telling = [term for term in found if term.casefold() not in COMMON]
    return telling or found


def _worded(
    store: Store, words: str, inside: dict[TranscriptId, EpisodeId], scope: Scope
) -> tuple[list[tuple[TranscriptId, int]], dict[tuple[TranscriptId, int], Passage]]:
    """Passages with sentences that hold all the terms, then some of them.

    A transcript that is not indexed yet has no passages: each of its sentences is one, under its number below zero.
    """
    wanted = terms(words)
    if not wanted:
        return [], {}
    ranked = any(term.casefold() not in COMMON for term in wanted)
    quoted = ['"' + term.replace('"', "") + '"' for term in wanted]
    within = inside if scope.narrow else None
    hits: list[tuple[TranscriptId, int]] = []
    for query in dict.fromkeys((" ".join(quoted), " OR ".join(quoted))):
        if len(hits) < _DEPTH:
            hits += store.passages.worded(query, ranked=ranked, limit=_DEPTH, within=within, speaker=scope.speaker)
    inside_hits = [hit for hit in dict.fromkeys(hits) if hit[0] in inside]
    places = store.passages.holding(inside_hits)
    loose = {}
    for transcript_id, number in inside_hits:
        if (transcript_id, number) not in places:
            (said,) = store.passages.said(transcript_id, number, number)
            loose[(transcript_id, -number)] = Passage(number, number, said["start_s"], said["end_s"])
    return list(dict.fromkeys(places.get(hit, (hit[0], -hit[1])) for hit in inside_hits)), loose


def _meant(
    store: Store, embedder: Embedder, words: str, inside: Sequence[TranscriptId]
) -> list[tuple[tuple[TranscriptId, int], float]]:
    """The passages most like the query, with their likeness."""
    import numpy as np

    blobs = store.passages.vectors(inside, embedder.model_id)
    if not blobs:
        return []
    matrix: NDArray[np.int8] = np.frombuffer(b"".join(blob for _, blob in blobs), np.int8).reshape(-1, _DIMENSIONS)
    query = embedder.embed([words])[0]
    alike = np.concatenate(
        [matrix[start : start + 8192].astype(np.float32) @ query for start in range(0, len(matrix), 8192)]
    ) / _SCALE  # fmt: skip
    best = np.argpartition(-alike, min(_DEPTH, len(alike) - 1))[:_DEPTH]
    best = best[np.argsort(-alike[best], kind="stable")]
    ends = np.cumsum([len(blob) // _DIMENSIONS for _, blob in blobs])
    found = []
    for place in best.tolist():
        if alike[place] < _LEAST_LIKE:
            break
        which = int(np.searchsorted(ends, place, side="right"))
        begin = int(ends[which - 1]) if which else 0
        found.append(((blobs[which][0], place - begin), float(alike[place])))
    return found
