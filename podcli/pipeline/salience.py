"""Which sentences of an episode are worth a listener's time: what a small model cannot choose, measured without one.

Asked for the lines that matter most, a model of 1.5 billion parameters answers "1, 2, 3". So code chooses, and the model words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline import words
from podcli.pipeline.boilerplate import Kind
from podcli.pipeline.central import centrality, stands_alone, telling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REASONS = re.compile(
    r"\b(?:because|the (?:reason|key|point|problem|trick|difference|lesson|idea|goal|challenge|biggest|hardest|most important|"
    r"main|real|whole point|only way|best)|turns? out|it(?:'s| is) (?:important|crucial|essential)|means? that|that's why|"
    r"which is why|you (?:should|need to|have to|can't|must)|never|always|instead of|rather than|"
    r"we (?:found|learned|realized|discovered)|"
    r"research|stud(?:y|ies)|data shows?|percent|for example|what matters|leads? to|causes?|allows?|enables?|"
    r"depends on|at the end of the day|the future|i (?:believe|think that|learned|realized))\b",
    re.IGNORECASE,
)
"""What introduces facts, reasons and advice (English)."""
_FILLERS = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|like,|or whatever|and stuff|i guess|i don't know|um+|uh+|blah|haha|gonna|wanna|gotta|"
    r"anyway|whatnot|something like that|things like that|literally|basically)\b|--|\.\.\.",
    re.IGNORECASE,
)
ABOUT_US = re.compile(
    r"\b(?:this (?:episode|show|podcast)|the (?:show|podcast|episode|mic|microphone|recording)|our (?:listeners?|guest|show|"
    r"audience)|listeners|dear listener|last (?:episode|week's)|show notes|twitter|slack channel|thank you|thanks|welcome|"
    r"awesome|good question|great question|to answer your question|as i (?:said|mentioned)|tell us|talk about|"
    r"talking about|remind me|"
    r"co-host|join(?:ed)? (?:us|me|as always)|joined by|(?:here |be )with us|next (?:week|time|episode)|keep us|"
    r"hear(?:ing)? from you|my name is|i(?:'m| am) (?:the |a )?(?:ceo|founder|host)|"
    r"happy to be|glad|excited|congrat\w+|nice to|laugh(?:s|ter|ing)?|joke|kidding|funny|birthday)\b",
    re.IGNORECASE,
)
"""Talk about the talk, and manners."""
_SHOW = re.compile(r"\b(?:podcasts?|with us)\b", re.IGNORECASE)
_ENOUGH = 20
"""Sentences from which on there is anything that all say."""
_MEMORY = re.compile(r"^(?:i|we|he|she|they|you)\b", re.IGNORECASE)


def salience(sentences: Sequence[Sentence], kinds: Sequence[Kind], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each sentence matters, about 0 to 2, shape ``(len(sentences),)``; 0 for what is no content.

    Central in the episode (LexRank) and near it, with figures and names, a reason or advice, whole and able to stand alone,
    said by who has most to say; less for small talk, fillers and talk about the show itself.
    """
    import numpy as np

    worth = np.zeros(len(sentences), np.float32)
    content = [place for place, kind in enumerate(kinds) if not kind]
    if not content:
        return worth
    own = _own(vectors[content])
    whole = centrality(own)
    near = _near(own)
    voices = _voices(sentences)
    topics = _topics(sentences, content)
    for index, place in enumerate(content):
        text = sentences[place].text
        count = len(text.split())
        value = 0.55 * float(whole[index]) + 0.35 * float(near[index]) + 0.9 * telling(text)
        value += 0.12 * min(3, len(_REASONS.findall(text))) + (0.25 if stands_alone(text) else 0.0)
        value += 0.5 * topics[index] + 0.25 * voices.get(sentences[place].speaker, 0.0)
        value -= 0.16 * len(_FILLERS.findall(text)) + 0.3 * len(ABOUT_US.findall(text)) + (0.2 if _MEMORY.match(text) else 0.0)
        # Short sentences say little, and long ones much that must all hold.
        value *= min(1.0, count / 9) * (1.0 if count <= 36 else 36 / count)
        worth[place] = max(0.01, value)
    return worth


def about_us(text: str) -> bool:
    """Whether a sentence is about the show itself, or manners: nobody wants it as a takeaway."""
    return bool(ABOUT_US.search(text) or _SHOW.search(text))


def _own(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """What each sentence says beside what all say: without this, sentences that say nothing ("I found that interesting") are like
    every other, and so the most central (Mu and Viswanath 2018)."""
    import numpy as np

    if len(vectors) < _ENOUGH:
        return vectors
    own = vectors - vectors.mean(axis=0)
    return np.asarray(own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-6), np.float32)


def _near(vectors: NDArray[np.float32], reach: int = 12) -> NDArray[np.float32]:
    """How much each sentence has in common with those around it, 0 to 1: a chapter's own subject."""
    import numpy as np

    sums = np.cumsum(np.vstack([np.zeros((1, vectors.shape[1]), np.float32), vectors]), axis=0)
    places = np.arange(len(vectors))
    low, high = np.maximum(0, places - reach), np.minimum(len(vectors), places + reach + 1)
    around = sums[high] - sums[low] - vectors
    lengths = np.maximum(np.linalg.norm(around, axis=1), 1e-6)
    alike = np.einsum("ij,ij->i", vectors, around) / lengths
    most = float(alike.max()) if len(alike) else 0.0
    return np.asarray(np.clip(alike / most, 0, 1) if most > 0 else np.zeros(len(vectors)), np.float32)


def _voices(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Each speaker's share against the one who says most, by words in long turns: guests explain, hosts ask."""
    said: Counter[str] = Counter()
    for sentence in sentences:
        if sentence.speaker and not sentence.text.rstrip().endswith("?"):
            said[sentence.speaker] += len(sentence.text.split())
    most = max(said.values(), default=0)
    return {speaker: count / most for speaker, count in said.items()} if len(said) > 1 else {}


def _topics(sentences: Sequence[Sentence], content: Sequence[int]) -> list[float]:
    """The share of each sentence's words that belong to the episode's own vocabulary: what is said again and again."""
    stems = [frozenset(words.stems(sentences[place].text)) for place in content]
    counts: Counter[str] = Counter(stem for found in stems for stem in found)
    least = max(2, len(content) // 150)
    common = {stem for stem, count in counts.items() if count >= least and len(stem) > 3}
    return [len(found & common) / max(4, len(found)) for found in stems]
