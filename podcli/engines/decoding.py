"""Greedy decoding of several windows at once, with the guards that keep Whisper from making things up.

The steps are those of openai-whisper's ``DecodingTask`` without timestamps (its modules do the arithmetic); keys and values are
kept, and the cross-attention of the alignment heads is recorded as it happens, so that word times cost no second pass.
Imported only by what loads a model: it imports torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor
from whisper.model import MultiHeadAttention, Whisper
from whisper.tokenizer import Tokenizer

from podcli.engines.hints import MOST_TOKENS

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8)
MOST_COMPRESSED, LEAST_LIKELY, NO_SPEECH = 2.4, -1.0, 0.6
"""openai-whisper's thresholds: text that zips better than this repeats itself; average log probability; silence."""
_PROMPT = 4 + 1 + MOST_TOKENS
"""The most tokens before the first that is heard: those that say what to do, and names."""
_LOOP_TIMES, _LOOP_TOKENS, _LONGEST_PHRASE = 4, 20, 24
"""A phrase said this often in a row, this many tokens in all, is a loop and no speech."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was decoded from one window. `attention` is ``(heads, tokens + 1, frames)``: where each token was heard."""

    tokens: list[int]
    attention: Tensor
    likely: float
    no_speech: float
    compressed: float
    looped: bool

    @property
    def sound(self) -> bool:
        """Whether it may be kept as it is."""
        return not self.looped and self.compressed <= MOST_COMPRESSED and self.likely >= LEAST_LIKELY

    @property
    def silent(self) -> bool:
        """Whether it is more likely that nobody spoke."""
        return self.no_speech > NO_SPEECH and self.likely < LEAST_LIKELY


class Decoder:
    """The text side of a model, for one batch of encoded windows ``(batch, frames, width)``."""

    def __init__(self, model: Whisper, features: Tensor) -> None:
        self._model, self._batch = model, len(features)
        dims = model.dims
        self._heads, self._size = dims.n_text_head, dims.n_text_state // dims.n_text_head
        self._aligned = [
            [int(head) for layer, head in model.alignment_heads.indices().T.tolist() if layer == number]
            for number in range(dims.n_text_layer)
        ]
        windows, frames, said = self._batch, features.shape[1], dims.n_text_ctx // 2 + _PROMPT
        # Of the sound, keys ``(frames, size)`` and values ``(size, frames)``, in float32: that way round, and in this type, their
        # products with one query read memory as fast as it goes: in two thirds of the time of the other way round, and in little
        # more than half of bfloat16's. All in one piece, which is too large for the heap and so leaves no hole in it.
        sound = torch.empty(2, dims.n_text_layer, windows, self._heads, frames * self._size)
        self._cross = [
            (keys.view(windows, self._heads, frames, self._size), values.view(windows, self._heads, self._size, frames))
            for keys, values in zip(*sound, strict=True)
        ]
        for block, (keys, values) in zip(model.decoder.blocks, self._cross, strict=True):
            keys.copy_(block.cross_attn.key(features).view(windows, frames, self._heads, -1).transpose(1, 2))
            values.copy_(block.cross_attn.value(features).view(windows, frames, self._heads, -1).permute(0, 2, 3, 1))
        own = torch.empty(2, dims.n_text_layer, windows, self._heads, said, self._size)
        self._own = list(zip(*own, strict=True))
        self._cross_of_all, self._own_of_all = self._of_all(self._cross), self._of_all(self._own)

    def _of_all(self, layers: Sequence[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """``(batch·heads, …)`` of the rows that go on."""
        return [(keys[: self._batch].flatten(0, 1), values[: self._batch].flatten(0, 1)) for keys, values in layers]

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only, in their order."""
        self._batch = len(rows)
        for new, row in enumerate(rows):
            if new != row:
                for kept in chain(*self._cross, *self._own):
                    kept[new] = kept[row]
        self._cross_of_all, self._own_of_all = self._of_all(self._cross), self._of_all(self._own)

    def _split(self, x: Tensor) -> Tensor:
        """``(batch, n, width)`` to ``(batch·heads, n, size)``."""
        return x.view(self._batch, -1, self._heads, self._size).transpose(1, 2).reshape(self._batch * self._heads, -1, self._size)

    def _joined(self, x: Tensor) -> Tensor:
        return x.view(self._batch, self._heads, -1, self._size).transpose(1, 2).flatten(2)

    def step(self, tokens: Tensor, at: int) -> tuple[Tensor, Tensor]:
        """Go on with `tokens` ``(batch, n)`` at position `at`.

        Returns states ``(batch, n, width)`` and the last token's cross-attention ``(batch, heads, frames)`` of the heads that
        align, before softmax.
        """
        decoder, end = self._model.decoder, at + tokens.shape[1]
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[at:end]
        seen = []
        for number, block in enumerate(decoder.blocks):
            query, key, value = (self._split(part) for part in _projected(block.attn, block.attn_ln(x)))
            query, (keys, values) = query * self._size**-0.5, self._own_of_all[number]
            keys[:, at:end], values[:, at:end] = key, value
            scores = torch.bmm(query, keys[:, :end].transpose(1, 2))
            if tokens.shape[1] > 1:
                scores = scores + decoder.mask[at:end, :end]
            x = x + block.attn.out(self._joined(torch.bmm(scores.softmax(-1), values[:, :end])))
            query = self._split(block.cross_attn.query(block.cross_attn_ln(x))) * self._size**-0.5
            scores, found = _attended(query, *self._cross_of_all[number])
            if self._aligned[number]:
                seen.append(scores[:, -1].view(self._batch, self._heads, -1)[:, self._aligned[number]])
            x = x + block.cross_attn.out(self._joined(found))
            x = x + block.mlp(block.mlp_ln(x))
        return decoder.ln(x), torch.cat(seen, dim=1)

    def logits(self, states: Tensor) -> Tensor:
        """``(batch, vocabulary)`` of states ``(batch, width)``."""
        logits: Tensor = self._model.decoder.token_embedding.logits(states)
        return logits


def _projected(attention: MultiHeadAttention, x: Tensor) -> Sequence[Tensor]:
    """Query, key and value of `x`: in one product where the weights are packed."""
    if hasattr(attention, "joined"):
        return torch.chunk(attention.joined(x), 3, dim=-1)
    return attention.query(x), attention.key(x), attention.value(x)


def _attended(query: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Scores ``(batch·heads, n, frames)`` of a query ``(batch·heads, n, size)``, and what it finds, of the query's shape."""
    if query.shape[1] > 1:
        scores = torch.bmm(query, keys.transpose(1, 2))
        return scores, torch.bmm(scores.softmax(-1), values.transpose(1, 2))
    # One query as a column that was a row: how MKL is told to multiply a matrix by a vector, which reads memory once.
    scores = torch.bmm(keys, query.transpose(1, 2)).view(len(query), 1, -1)
    found = torch.bmm(values, scores.softmax(-1).transpose(1, 2))
    return scores, found.view(query.shape)


@torch.inference_mode()
def languages(model: Whisper, tokenizer: Tokenizer, features: Tensor) -> dict[str, float]:
    """How likely each language is, over all windows together."""
    decoder = Decoder(model, features)
    states, _ = decoder.step(torch.full((len(features), 1), tokenizer.sot), 0)
    codes, tokens = tokenizer.all_language_codes, list(tokenizer.all_language_tokens)
    shares = decoder.logits(states[:, 0])[:, tokens].softmax(-1).mean(0)
    return dict(zip(codes, shares.tolist(), strict=True))


@torch.inference_mode()
def transcribe(model: Whisper, tokenizer: Tokenizer, features: Tensor, told: Sequence[int] = ()) -> list[Heard]:
    """The words in each window of `features`: greedy, and again with rising temperature where the guards object.

    `told` are tokens before those of the window (see `engines.hints`); who went astray listens again without them.

    When no attempt passes, the likeliest is kept, without what it repeats.
    """
    heard = _decode(model, tokenizer, features, TEMPERATURES[0], told)
    tries = [[found] for found in heard]
    for temperature in TEMPERATURES if told else TEMPERATURES[1:]:
        doubtful = [row for row, found in enumerate(tries) if not found[-1].sound and not found[-1].silent]
        if not doubtful:
            break
        for row, found in zip(doubtful, _decode(model, tokenizer, features[doubtful], temperature), strict=True):
            tries[row] = [_likeliest(tries[row]), found]  # the attention of the others would take 10 MB each
    return [_best(found) for found in tries]


def _best(tries: Sequence[Heard]) -> Heard:
    last = tries[-1]
    if last.sound or last.silent:
        return last
    best = _likeliest(tries)
    kept = unlooped(best.tokens)
    return replace(best, tokens=kept, attention=best.attention[:, : len(kept) + 1])


def _likeliest(tries: Sequence[Heard]) -> Heard:
    return max(tries, key=lambda heard: (not heard.looped, heard.compressed <= MOST_COMPRESSED, heard.likely))


def _decode(model: Whisper, tokenizer: Tokenizer, features: Tensor, temperature: float, told: Sequence[int] = ()) -> list[Heard]:
    decoder, batch = Decoder(model, features), len(features)
    prompt = [*told, *tokenizer.sot_sequence_including_notimestamps]
    unsaid = _unsaid(tokenizer, model.dims.n_vocab)
    states, seen = decoder.step(torch.tensor([prompt] * batch), 0)
    begins = prompt.index(tokenizer.sot)
    no_speech = decoder.logits(states[:, begins]).softmax(-1)[:, tokenizer.no_speech].tolist()
    # A generator for each row: the same sound becomes the same words, whatever it is batched with.
    chance = [torch.Generator().manual_seed(round(1000 * temperature)) for _ in range(batch)]
    # Where nothing is written this takes no memory.
    attention = torch.empty(batch, seen.shape[1], model.dims.n_text_ctx // 2, seen.shape[-1])
    tokens: list[list[int]] = [[] for _ in range(batch)]
    steps = [0] * batch
    total, looped = [0.0] * batch, [False] * batch
    rows = list(range(batch))
    for position in range(len(prompt), len(prompt) + model.dims.n_text_ctx // 2):
        attention[rows, :, position - len(prompt)] = seen
        logits = decoder.logits(states[:, -1]) + unsaid
        if position == len(prompt):
            logits[:, [*tokenizer.encode(" "), tokenizer.eot]] = -torch.inf
        picked = _sampled(logits, temperature, [chance[row] for row in rows]) if temperature else logits.argmax(-1)
        likely = logits.log_softmax(-1).gather(1, picked[:, None])[:, 0].tolist()
        going = []
        for place, (row, token) in enumerate(zip(rows, picked.tolist(), strict=True)):
            total[row] += likely[place]
            steps[row] += 1
            if token == tokenizer.eot:
                continue
            tokens[row].append(token)
            looped[row] = _loops(tokens[row])
            if not looped[row]:
                going.append(place)
        if not going:
            break
        if len(going) < len(rows):
            rows = [rows[place] for place in going]
            decoder.keep(going)
            picked = picked[going]
        states, seen = decoder.step(picked[:, None], position)
    return [
        Heard(
            tokens[row],
            attention[row, :, : steps[row]],
            total[row] / (len(tokens[row]) + 1),
            no_speech[row],
            _compressed(tokenizer.decode(tokens[row])),
            looped[row],
        )
        for row in range(batch)
    ]


def _sampled(logits: Tensor, temperature: float, chance: Sequence[torch.Generator]) -> Tensor:
    shares = (logits / temperature).softmax(-1)
    return torch.cat([torch.multinomial(row, 1, generator=drawn) for row, drawn in zip(shares, chance, strict=True)])


def _unsaid(tokenizer: Tokenizer, vocabulary: int) -> Tensor:
    """Minus infinity for what is never said: signs for sounds, everything special but the end, and timestamps. Else 0."""
    mask = torch.zeros(vocabulary)
    mask[list(tokenizer.non_speech_tokens)] = -torch.inf
    mask[tokenizer.eot + 1 :] = -torch.inf
    return mask


def _compressed(text: str) -> float:
    """How many times smaller zlib makes it (openai-whisper's measure of repetition)."""
    content = text.encode()
    return len(content) / len(zlib.compress(content)) if content else 0.0


def _loops(tokens: Sequence[int]) -> bool:
    """Whether `tokens` end in one phrase over and over."""
    return _repeats(tokens) > 0


def _repeats(tokens: Sequence[int]) -> int:
    """The length of the phrase that `tokens` end in over and over; 0 for none."""
    for length in range(1, _LONGEST_PHRASE + 1):
        times = max(_LOOP_TIMES, -(-_LOOP_TOKENS // length))
        if len(tokens) < length * _LOOP_TIMES:
            break
        tail = tokens[-length * times :]
        if len(tail) == length * times and all(tail[at] == tail[at - length] for at in range(length, len(tail))):
            return length
    return 0


def unlooped(tokens: list[int]) -> list[int]:
    """`tokens` with a phrase that is repeated at their end said once."""
    length = _repeats(tokens)
    if not length:
        return tokens
    end = len(tokens)
    while end >= 2 * length and tokens[end - length : end] == tokens[end - 2 * length : end - length]:
        end -= length
    return tokens[:end]
