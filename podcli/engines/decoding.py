"""Greedy decoding of several windows at once, with the guards that keep Whisper from making things up.

The steps are those of openai-whisper's ``DecodingTask`` without timestamps; what is computed in each is in `arithmetic`. Keys and
values are kept, and the cross-attention of the alignment heads is recorded as it happens, so that word times cost no second pass.
Imported only by what loads a model: it imports torch.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor
from whisper.model import Whisper
from whisper.tokenizer import Tokenizer

from podcli.engines import arithmetic, packed
from podcli.engines.alignment import recorded
from podcli.engines.arithmetic import Sound
from podcli.engines.cross_attention import together, windows_of
from podcli.engines.hints import MOST_TOKENS
from podcli.engines.thrift import zeros

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8)
MOST_COMPRESSED, LEAST_LIKELY, NO_SPEECH = 2.4, -1.0, 0.6
"""openai-whisper's thresholds: text that zips better than this repeats itself; average log probability; silence."""
_PROMPT = 4 + 1 + MOST_TOKENS
"""The most tokens before the first that is heard: those that say what to do, and names."""
_ALIGNED = 16
"""Positions are computed in multiples of this: see `arithmetic.recalled`."""
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
    """The text side of a model, for a few rows: windows that are heard at once, each at its own position."""

    def __init__(self, model: Whisper, most: int) -> None:
        """`most` rows have room."""
        dims, text = model.dims, model.decoder
        self._heads, self._tokens = dims.n_text_head, dims.n_vocab
        self._layers, self._embedding = packed.layers(model), packed.embedding(model)
        self._positions, self._mask, self._norm = text.positional_embedding, text.mask, text.ln
        size, said = dims.n_text_state // dims.n_text_head, _aligned(dims.n_text_ctx // 2 + _PROMPT)
        # Zeros: what lies where a row has not been yet is multiplied by nothing and must be a number.
        shape = 2, most * self._heads, said, size
        self._own = [zeros(shape, torch.float32) for _ in range(dims.n_text_layer)]
        starts = torch.arange(2 * most * self._heads).view(2, most, self._heads) * said
        self._starts = starts.transpose(0, 1).contiguous()
        """Where keys and values of each row and head begin, ``(rows, 2, heads)``."""
        self._ahead = torch.full((most * self._heads, 1, said), -torch.inf)
        """Minus infinity at the positions a row has not reached, as `arithmetic.step` adds it: ``(rows·heads, 1, positions)``."""
        self._at: list[int] = []
        self._sounds: list[Sound] = []
        self._sound: Sound | None = None
        """That of all rows; None when they changed."""

    def begin(self, tokens: Sequence[int], sound: Sound) -> tuple[Tensor, Tensor]:
        """Add a row that hears the one window of `sound`, and said `tokens`.

        Returns states ``(tokens, width)`` and the last token's cross-attention ``(heads, frames)`` of the heads that align,
        before softmax.
        """
        row, n = len(self._at), len(tokens)
        places = self._starts[row] + torch.arange(n)[:, None, None]
        mask = F.pad(self._mask[:n, :n], (0, _aligned(n) - n), value=-torch.inf)[None]
        x = arithmetic.fast_embedded(torch.tensor([tokens]), self._embedding) + self._positions[:n]
        x, seen = arithmetic.fast_step(x, self._layers, self._own, sound, row, places.flatten(), mask, self._heads)
        ahead = self._ahead_of(row)
        ahead.fill_(-torch.inf)
        ahead[..., :n] = 0.0
        self._at.append(n)
        self._sounds.append(sound)
        self._sound = None
        return self._norm(x)[0], seen[0]

    def end(self, row: int) -> None:
        """Take a row away; the last takes its place."""
        last = len(self._at) - 1
        if row != last:
            self._ahead_of(row).copy_(self._ahead_of(last))
            for kept in self._own:
                rows = kept.view(2, -1, self._heads, *kept.shape[2:])[..., : self._at[last], :]
                rows[:, row] = rows[:, last]
        self._at[row], self._sounds[row] = self._at[last], self._sounds[last]
        del self._at[last], self._sounds[last]
        self._sound = None

    def _ahead_of(self, row: int) -> Tensor:
        return self._ahead[row * self._heads : (row + 1) * self._heads]

    def step(self, tokens: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Go on with a token in each row.

        Returns states ``(rows, width)`` and cross-attention ``(rows, heads, frames)`` as `begin` does.
        """
        rows, at = len(tokens), torch.tensor(self._at)
        if self._sound is None:
            self._sound = together(self._sounds)
        reached = self._starts[:rows, 0] + at[:, None]  # the mask lies as the keys do
        self._ahead.view(-1).index_fill_(0, reached.flatten(), 0.0)
        places = self._starts[:rows] + at[:, None, None]
        mask = self._ahead[: rows * self._heads, :, : _aligned(max(self._at) + 1)]
        x = arithmetic.fast_embedded(torch.tensor(tokens)[:, None], self._embedding) + self._positions[at][:, None]
        x, seen = arithmetic.fast_step(x, self._layers, self._own, self._sound, 0, places.flatten(), mask, self._heads)
        self._at = [place + 1 for place in self._at]
        return self._norm(x)[:, 0], seen

    def logits(self, states: Tensor) -> Tensor:
        """``(rows, vocabulary)`` of states ``(rows, width)``, the best of them exact, nothing forbidden."""
        nothing = torch.empty(0, dtype=torch.long)
        return arithmetic.fast_sayable(states, self._embedding, nothing, self._tokens)[0]

    def likeliest(self, states: Tensor, unsaid: Tensor, first_special: int) -> tuple[Tensor, Tensor]:
        """The likeliest token after each of `states` ``(rows, width)`` and its log probability; see `arithmetic.sayable`."""
        return arithmetic.fast_likeliest(states, self._embedding, unsaid, first_special)

    def drawn(
        self, state: Tensor, unsaid: Tensor, first_special: int, temperature: float, chance: torch.Generator
    ) -> tuple[int, float]:
        """A token after a state ``(width,)``, drawn by `chance`, and its log probability."""
        found = arithmetic.fast_sayable(state[None], self._embedding, unsaid, first_special)[0][0]
        picked = int(torch.multinomial((found / temperature).softmax(-1), 1, generator=chance))
        return picked, float(found.log_softmax(-1)[picked])


def _aligned(positions: int) -> int:
    """The next multiple of what positions are computed in."""
    return -(-positions // _ALIGNED) * _ALIGNED


@torch.inference_mode()
def languages(model: Whisper, tokenizer: Tokenizer, sound: Sound) -> dict[str, float]:
    """How likely each language is in the one window of `sound`."""
    decoder = Decoder(model, 1)
    states, _ = decoder.begin([tokenizer.sot], sound)
    codes, tokens = tokenizer.all_language_codes, list(tokenizer.all_language_tokens)
    return dict(zip(codes, decoder.logits(states)[0, tokens].softmax(-1).tolist(), strict=True))


@dataclass(slots=True)
class _Row:
    """A window that is being heard, and what was heard in it so far."""

    name: int
    sound: Sound
    prompt: list[int]
    begins: int
    """Where in the prompt what is told before ends."""
    temperature: float
    attention: Tensor
    chance: torch.Generator
    """One for each row: the same sound becomes the same words, whatever it is batched with."""
    no_speech: float = 0.0
    tokens: list[int] = field(default_factory=list)
    steps: int = 0
    total: float = 0.0
    looped: bool = False
    tries: list[Heard] = field(default_factory=list)
    """The likeliest of the attempts before this one."""


class Rows:
    """Windows that are heard together, each from its own first word to its last: one that ends makes room for another.

    Greedy, and again with rising temperature where the guards object. When no attempt passes, the likeliest is kept, without
    what it repeats.
    """

    def __init__(self, model: Whisper, tokenizer: Tokenizer, most: int) -> None:
        """Room for `most`; `tokenizer` is one of the model's, whatever its language."""
        self._decoder, self._tokenizer, self._most_said = Decoder(model, most), tokenizer, model.dims.n_text_ctx // 2
        self._first_special = tokenizer.eot + 1
        never = [token for token in tokenizer.non_speech_tokens if token < self._first_special]
        self._never, self._never_first = torch.tensor(never), torch.tensor([*never, *tokenizer.encode(" "), tokenizer.eot])
        self._rows: list[_Row] = []

    def __len__(self) -> int:
        return len(self._rows)

    def begin(self, name: int, sound: Sound, tokenizer: Tokenizer, told: Sequence[int] = ()) -> None:
        """Hear the one window of `sound` too. `told` are tokens before those of the window (see `engines.hints`); who goes astray
        listens again without them."""
        self._try(name, sound, [*told, *tokenizer.sot_sequence_including_notimestamps], len(told), TEMPERATURES[0], [])

    @torch.inference_mode()
    def _try(self, name: int, sound: Sound, prompt: list[int], begins: int, temperature: float, tries: list[Heard]) -> None:
        states, seen = self._decoder.begin(prompt, sound)
        attention = zeros((seen.shape[0], self._most_said, seen.shape[1]), torch.uint8)
        chance = torch.Generator().manual_seed(round(1000 * temperature))
        row = _Row(name, sound, prompt, begins, temperature, attention, chance, tries=tries)
        row.no_speech = float(self._decoder.logits(states[begins : begins + 1]).softmax(-1)[0, self._tokenizer.no_speech])
        self._rows.append(row)
        self._said([row], states[-1:], seen[None], self._never_first)

    @torch.inference_mode()
    def step(self) -> list[tuple[int, Heard]]:
        """A token more of each. Returns the names of those that ended, and what was heard."""
        states, seen = self._decoder.step([row.tokens[-1] for row in self._rows])
        ended = self._said(self._rows, states, seen, self._never)
        found = []
        for row in ended:
            place = self._rows.index(row)
            self._decoder.end(place)
            self._rows[place] = self._rows[-1]
            self._rows.pop()
        for row in ended:
            heard = self._heard(row)
            warmer = [each for each in TEMPERATURES if row.begins or each > row.temperature]
            if heard.sound or heard.silent or not warmer:
                found.append((row.name, _best([*row.tries, heard])))
            else:  # the attention of all that was tried would take 5 or 10 MB each
                tries = [_likeliest([*row.tries, heard])]
                self._try(row.name, row.sound, row.prompt[row.begins :], 0, warmer[0], tries)
        return found

    def _said(self, rows: Sequence[_Row], states: Tensor, seen: Tensor, unsaid: Tensor) -> list[_Row]:
        """Choose the next token of `rows` from their states ``(rows, width)``; returns those that have ended."""
        picked, likely = self._decoder.likeliest(states, unsaid, self._first_special)
        ended = []
        for row, token, worth, state, attention in zip(
            rows, picked.tolist(), likely.tolist(), states, recorded(seen), strict=True
        ):
            if row.temperature:
                token, worth = self._decoder.drawn(state, unsaid, self._first_special, row.temperature, row.chance)
            row.attention[:, row.steps] = attention
            row.total += worth
            row.steps += 1
            if token != self._tokenizer.eot:
                row.tokens.append(token)
                row.looped = _loops(row.tokens)
            if token == self._tokenizer.eot or row.looped or row.steps == self._most_said:
                ended.append(row)
        return ended

    def _heard(self, row: _Row) -> Heard:
        return Heard(
            row.tokens, row.attention[:, : row.steps], row.total / (len(row.tokens) + 1), row.no_speech,
            _compressed(self._tokenizer.decode(row.tokens)), row.looped,
        )  # fmt: skip


def transcribe(model: Whisper, tokenizer: Tokenizer, sound: Sound, told: Sequence[int] = ()) -> list[Heard]:
    """The words in each window of `sound`, heard together as `Rows` does."""
    rows, found = Rows(model, tokenizer, len(sound.frames)), dict[int, Heard]()
    for number in range(len(sound.frames)):
        rows.begin(number, windows_of(sound, [number]), tokenizer, told)
    while rows:
        found |= rows.step()
    return [found[number] for number in range(len(sound.frames))]


def _best(tries: Sequence[Heard]) -> Heard:
    last = tries[-1]
    if last.sound or last.silent:
        return last
    best = _likeliest(tries)
    kept = unlooped(best.tokens)
    return replace(best, tokens=kept, attention=best.attention[:, : len(kept) + 1])


def _likeliest(tries: Sequence[Heard]) -> Heard:
    return max(tries, key=lambda heard: (not heard.looped, heard.compressed <= MOST_COMPRESSED, heard.likely))


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
