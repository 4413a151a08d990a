"""Greedy decoding of several windows at once, with the guards that keep Whisper from making things up.

The steps are those of openai-whisper's ``DecodingTask`` without timestamps; what is computed in each is in `arithmetic`. Keys and
values are kept, and the cross-attention of the alignment heads is recorded as it happens, so that word times cost no second pass.
Imported only by what loads a model: it imports torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import torch
from torch import Tensor
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer

from podcli.engines import arithmetic, packed
from podcli.engines.alignment import recorded
from podcli.engines.arithmetic import Sound
from podcli.engines.cross_attention import windows_of
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
    """What was decoded from one window. `attention` is ``(heads, tokens + 1, frames)``: where each token was heard, as
    `alignment.recorded`."""

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
    """The text side of a model, for one batch of windows."""

    def __init__(self, model: Whisper, sound: Sound) -> None:
        dims, text = model.dims, model.decoder
        self._heads, self._tokens, self._batch = dims.n_text_head, dims.n_vocab, len(sound.frames)
        self._layers, self._embedding = packed.layers(model), packed.embedding(model)
        self._positions, self._mask, self._norm = text.positional_embedding, text.mask, text.ln
        self._sound = sound
        said, size = dims.n_text_ctx // 2 + _PROMPT, dims.n_text_state // dims.n_text_head
        own = torch.empty(2, dims.n_text_layer, self._batch, self._heads, said, size)
        self._whole = list(zip(*own, strict=True))
        self._own = self._kept()

    def _kept(self) -> list[tuple[Tensor, Tensor]]:
        """Keys and values of what was said, ``(batch·heads, …)``, in the rows that go on."""
        return [(keys[: self._batch].flatten(0, 1), values[: self._batch].flatten(0, 1)) for keys, values in self._whole]

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only, in their order."""
        self._batch = len(rows)
        for new, row in enumerate(rows):
            if new != row:
                for kept in chain(*self._whole):
                    kept[new] = kept[row]
        self._sound = windows_of(self._sound, rows)
        self._own = self._kept()

    def step(self, tokens: Tensor, at: int) -> tuple[Tensor, Tensor]:
        """Go on with `tokens` ``(batch, n)`` at position `at`.

        Returns states ``(batch, n, width)`` and the last token's cross-attention ``(batch, heads, frames)`` of the heads that
        align, before softmax.
        """
        x = arithmetic.fast_embedded(tokens, self._embedding) + self._positions[at : at + tokens.shape[1]]
        x, seen = arithmetic.fast_step(x, self._layers, self._own, self._sound, at, self._heads, self._mask)
        return self._norm(x), seen

    def logits(self, states: Tensor) -> Tensor:
        """``(batch, vocabulary)`` of states ``(batch, width)``, the best of them exact, nothing forbidden."""
        nothing = torch.empty(0, dtype=torch.long)
        return arithmetic.fast_sayable(states, self._embedding, nothing, self._tokens)[0]

    def likeliest(self, states: Tensor, unsaid: Tensor, first_special: int) -> tuple[Tensor, Tensor]:
        """The likeliest token after each of `states` ``(batch, width)`` and its log probability; see `arithmetic.sayable`."""
        return arithmetic.fast_likeliest(states, self._embedding, unsaid, first_special)

    def drawn(
        self, states: Tensor, unsaid: Tensor, first_special: int, temperature: float, chance: Sequence[torch.Generator]
    ) -> tuple[Tensor, Tensor]:
        """A token after each of `states`, drawn with the generator of its row, and its log probability."""
        found, _ = arithmetic.fast_sayable(states, self._embedding, unsaid, first_special)
        shares = (found / temperature).softmax(-1)
        picked = torch.cat([torch.multinomial(row, 1, generator=one) for row, one in zip(shares, chance, strict=True)])
        return picked, found.log_softmax(-1).gather(1, picked[:, None])[:, 0]


@torch.inference_mode()
def languages(model: Whisper, tokenizer: Tokenizer, sound: Sound) -> dict[str, float]:
    """How likely each language is, over all windows together."""
    decoder = Decoder(model, sound)
    states, _ = decoder.step(torch.full((len(sound.frames), 1), tokenizer.sot), 0)
    codes, tokens = tokenizer.all_language_codes, list(tokenizer.all_language_tokens)
    shares = decoder.logits(states[:, 0])[:, tokens].softmax(-1).mean(0)
    return dict(zip(codes, shares.tolist(), strict=True))


@torch.inference_mode()
def transcribe(model: Whisper, tokenizer: Tokenizer, sound: Sound, told: Sequence[int] = ()) -> list[Heard]:
    """The words in each window of `sound`: greedy, and again with rising temperature where the guards object.

    `told` are tokens before those of the window (see `engines.hints`); who went astray listens again without them.

    When no attempt passes, the likeliest is kept, without what it repeats.
    """
    heard = _decode(model, tokenizer, sound, TEMPERATURES[0], told)
    tries = [[found] for found in heard]
    for temperature in TEMPERATURES if told else TEMPERATURES[1:]:
        doubtful = [row for row, found in enumerate(tries) if not found[-1].sound and not found[-1].silent]
        if not doubtful:
            break
        for row, found in zip(doubtful, _decode(model, tokenizer, windows_of(sound, doubtful), temperature), strict=True):
            tries[row] = [_likeliest(tries[row]), found]  # the attention of the others would take 5 or 10 MB each
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


def _decode(model: Whisper, tokenizer: Tokenizer, sound: Sound, temperature: float, told: Sequence[int] = ()) -> list[Heard]:
    decoder, batch = Decoder(model, sound), len(sound.frames)
    prompt = [*told, *tokenizer.sot_sequence_including_notimestamps]
    first_special = tokenizer.eot + 1
    never = [token for token in tokenizer.non_speech_tokens if token < first_special]
    unsaid, unsaid_first = (torch.tensor([*never, *more]) for more in ((), (*tokenizer.encode(" "), tokenizer.eot)))
    states, seen = decoder.step(torch.tensor([prompt] * batch), 0)
    begins = prompt.index(tokenizer.sot)
    no_speech = decoder.logits(states[:, begins]).softmax(-1)[:, tokenizer.no_speech].tolist()
    # A generator for each row: the same sound becomes the same words, whatever it is batched with.
    chance = [torch.Generator().manual_seed(round(1000 * temperature)) for _ in range(batch)]
    # Where nothing is written this takes no memory.
    attention = torch.empty(batch, seen.shape[1], model.dims.n_text_ctx // 2, seen.shape[-1], dtype=torch.uint8)
    tokens: list[list[int]] = [[] for _ in range(batch)]
    steps = [0] * batch
    total, looped = [0.0] * batch, [False] * batch
    rows = list(range(batch))
    for position in range(len(prompt), len(prompt) + model.dims.n_text_ctx // 2):
        attention[rows, :, position - len(prompt)] = recorded(seen)
        allowed = (states[:, -1], unsaid if position > len(prompt) else unsaid_first, first_special)
        if temperature:
            picked, likely = decoder.drawn(*allowed, temperature, [chance[row] for row in rows])
        else:
            picked, likely = decoder.likeliest(*allowed)
        said, worth = picked.tolist(), likely.tolist()
        going = []
        for place, (row, token) in enumerate(zip(rows, said, strict=True)):
            total[row] += worth[place]
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
