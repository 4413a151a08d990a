"""When each word was said: dynamic time warping over the cross-attention that decoding recorded.

The method is openai-whisper's ``find_alignment`` (https://github.com/openai/whisper/blob/main/whisper/timing.py); the warping
runs on NumPy, a token at a time: numba would compile for seconds in every process. Imported only by what loads a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from whisper.timing import WordTiming, merge_punctuations
from whisper.tokenizer import Tokenizer

from podcli.domain import Segment, Word
from podcli.text import clean_line

TOKENS_PER_S = 50
_STEPS_A_NAT = 10
"""How finely attention is recorded."""
_MEDIAN = 7
_NETWORK = (0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4)
"""Exchanges that bring the median of seven to the middle (Devillard, "Fast median search", 1998)."""
_OPENING, _CLOSING = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
_UNSPACED = {"zh", "ja", "th", "lo", "my", "yue"}
"""Languages written without blanks; openai-whisper takes their characters as words."""
_ENDS = (".", "?", "!", "…", "。", "？", "！")
_PAUSE_S, _LONGEST_S = 2.0, 20.0
"""A silence that ends a segment, and the length from which one ends at the next word."""
_LONGEST_WORD_S, _DIGIT_S, _LETTER_S = 1.4, 0.4, 0.05
"""The longest a word is believed to last, the same for each digit of a number, and the least for each letter."""
_LEAST_S = 0.02
"""A word with less got no time of its own."""
_NEAR_S = 0.5
"""How far from where attention puts it a sentence may begin."""


def words(
    tokenizer: Tokenizer, tokens: list[int], attention: Tensor, start_s: float, length_s: float, onsets_s: Sequence[float] = ()
) -> list[WordTiming]:
    """The words of `tokens` with times from `start_s` on, in order, none beyond `length_s`; a sentence begins where, going by
    `onsets_s`, somebody begins to speak.

    `attention` is ``(heads, tokens + 1, frames)`` as `recorded`; a missing last row (a text that was cut off) counts as the one
    before it.
    """
    if not tokens:
        return []
    frames = max(2, min(attention.shape[-1], round(length_s * TOKENS_PER_S)))
    # A head after the other: sorting takes some ten times the memory of what it sorts.
    matrix = torch.stack([_salient(head[:, :frames]) for head in attention]).sum(0, dtype=torch.float64)
    starts = _token_starts(-matrix.numpy())
    jumps = np.append(starts, np.full(max(0, len(tokens) + 1 - len(starts)), frames)) / TOKENS_PER_S
    return placed(tokenizer, tokens, jumps, start_s, length_s, onsets_s)


def placed(
    tokenizer: Tokenizer,
    tokens: list[int],
    jumps: NDArray[np.float64],
    start_s: float,
    length_s: float,
    onsets_s: Sequence[float] = (),
) -> list[WordTiming]:
    """What `words` gives, where token ``n`` is known to last from ``jumps[n]`` to ``jumps[n + 1]`` seconds of the window."""
    texts, parts = tokenizer.split_to_word_tokens([*tokens, tokenizer.eot])
    edges = np.concatenate([[0], np.cumsum([len(part) for part in parts[:-1]])]).astype(int)
    found = [
        WordTiming(text, part, float(jumps[first]), float(jumps[last]), 1.0)
        for text, part, first, last in zip(texts[:-1], parts[:-1], edges[:-1], edges[1:], strict=True)
    ]
    merge_punctuations(found, _OPENING, _CLOSING)
    if tokenizer.language not in _UNSPACED:
        _merge_parts(found)
    return _believable([word for word in found if word.word.strip()], start_s, length_s, onsets_s)


def recorded(scores: Tensor) -> Tensor:
    """Scores ``(…, frames)`` before softmax in a byte each: how far below the best, in tenths of a nat, 25.5 nats at most."""
    return (scores - scores.amax(-1, keepdim=True)).mul_(_STEPS_A_NAT).add_(255).clamp_(min=0).to(torch.uint8)


def _salient(attention: Tensor) -> Tensor:
    """How much more of its attention, as `recorded`, a token gives to a frame than other tokens do: ``(tokens, frames)``, in
    thousandths of a deviation. Whole numbers of 16 bits are sorted in half the time."""
    weights = attention.float().div_(_STEPS_A_NAT).softmax(-1)
    weights -= weights.mean(-2, keepdim=True)
    # In two steps: torch's own deviation along this dimension takes ten times as long.
    deviation = weights.square().mean(-2, keepdim=True).sqrt_()
    return _median(weights.div_(deviation + 1e-8).mul_(1000).clamp_(-32_767, 32_767).to(torch.int16))


def _median(x: Tensor) -> Tensor:
    """The median of each seven neighbours along the last dimension, edges mirrored: openai-whisper's ``median_filter``, which
    sorts them, 8 times faster."""
    if x.shape[-1] <= _MEDIAN // 2:
        return x
    wide = F.pad(x, (_MEDIAN // 2, _MEDIAN // 2), mode="reflect")
    seven = [wide[..., at : at + x.shape[-1]] for at in range(_MEDIAN)]
    for low, high in _NETWORK:
        seven[low], seven[high] = torch.minimum(seven[low], seven[high]), torch.maximum(seven[low], seven[high])
    return seven[_MEDIAN // 2]


def _merge_parts(found: list[WordTiming]) -> None:
    """What follows without a blank belongs to the word before: ``cold`` ``-hearted``. The words it is taken from become empty."""
    whole: WordTiming | None = None
    for word in found:
        if whole is not None and word.word and not word.word.startswith(" "):
            whole.word, whole.end = whole.word + word.word, word.end
            word.word = ""
        elif word.word:
            whole = word


def _believable(found: list[WordTiming], start_s: float, length_s: float, onsets_s: Sequence[float] = ()) -> list[WordTiming]:
    """Times in order, and no word stretched over the pause beside it. Changes `found`."""
    lengths = [word.end - word.start for word in found if word.end > word.start]
    longest = min(_LONGEST_WORD_S, 2 * float(np.median(lengths)) + 0.2) if lengths else _LONGEST_WORD_S
    begun = True
    for word, following in zip(found, [*found[1:], None], strict=True):
        text = word.word.strip()
        limit = max(longest, _DIGIT_S * sum(letter.isdigit() for letter in text))
        if word.end - word.start > limit:
            # The pause is before the first word of a sentence, else after the word.
            word.start, word.end = (word.end - limit, word.end) if begun else (word.start, word.start + limit)
        # A stop is often heard while the word before it is still being said.
        least_end = word.start + _LETTER_S * min(len(text), 8)
        word.end = max(word.end, min(least_end, following.start if following else length_s))
        begun = text.endswith(_ENDS)
    _snap(found, onsets_s)
    before = 0.0
    for word in found:
        word.start = min(max(word.start, before), length_s)
        word.end = before = min(max(word.end, word.start), length_s)
    for word, following in pairwise(found):
        _share(word, following)
    for word in found:
        word.start, word.end = round(start_s + word.start, 3), round(start_s + word.end, 3)
    return found


def _snap(found: list[WordTiming], onsets_s: Sequence[float]) -> None:
    """A word that begins a sentence begins with the sound: attention is often a little early or late there."""
    for before, word in zip([None, *found], found, strict=False):
        if before is not None and not before.word.rstrip().endswith(_ENDS):
            continue
        near = [onset for onset in onsets_s if abs(onset - word.start) <= _NEAR_S and onset < word.end - _LEAST_S]
        if near:
            word.start = min(near, key=lambda onset: abs(onset - word.start))
            if before is not None:
                before.end = min(before.end, word.start)


def _share(word: WordTiming, following: WordTiming) -> None:
    """Of two words without a pause between them, one of which got no time, each gets its letters' share."""
    got = min(word.end - word.start, following.end - following.start)
    if got < _LEAST_S and following.start - word.end < _LEAST_S:
        letters, more = len(word.word.strip()), len(following.word.strip())
        word.end = following.start = word.start + (following.end - word.start) * letters / (letters + more)


def segments(found: list[WordTiming]) -> list[Segment]:
    """Words to segments: one per sentence, cut at pauses and when it gets long. Text is cleaned."""
    grouped: list[list[WordTiming]] = []
    for word in found:
        last = grouped[-1] if grouped else None
        if last is None or _over(last, word):
            grouped.append([word])
        else:
            last.append(word)
    kept = []
    for group in grouped:
        spoken = tuple(Word(word.start, word.end, clean_line(word.word)) for word in group if clean_line(word.word))
        if spoken:
            kept.append(
                Segment(spoken[0].start_s, spoken[-1].end_s, clean_line("".join(word.word for word in group)), words=spoken)
            )
    return kept


def _over(group: list[WordTiming], following: WordTiming) -> bool:
    last = group[-1]
    ended = last.word.rstrip().endswith(_ENDS) and not following.word.strip()[:1].islower()
    return ended or following.start - last.end > _PAUSE_S or following.end - group[0].start > _LONGEST_S


def _token_starts(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The frame at which each row's stretch of the cheapest path through `cost` ``(tokens, frames)`` begins.

    A row enters at a frame and goes on to the right; with `so_far` the sum of its costs up to each frame, what a frame costs is
    ``so_far[frame] + min(entered[f] - so_far[f - 1] for f <= frame)``: a running minimum, where a loop would visit every frame.
    """
    rows, columns = cost.shape
    total = np.empty((rows, columns))
    total[0] = np.cumsum(cost[0])
    for row in range(1, rows):
        so_far = np.cumsum(cost[row])
        entered = total[row - 1].copy()
        entered[1:] = np.minimum(entered[1:], total[row - 1, :-1])
        entered[1:] -= so_far[:-1]
        total[row] = so_far + np.minimum.accumulate(entered)
    starts = np.zeros(rows, np.int64)
    row, column = rows - 1, columns - 1
    while row > 0:
        starts[row] = column
        if column == 0:
            row -= 1
            continue
        both, up, left = total[row - 1, column - 1], total[row - 1, column], total[row, column - 1]
        if left <= both and left <= up:
            column -= 1
        elif up < both:
            row -= 1
        else:
            row, column = row - 1, column - 1
    return starts
