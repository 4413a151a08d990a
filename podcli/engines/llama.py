"""Writing with llama.cpp: one resident context, greedy, deterministic, prefix kept between questions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines import adapters as lora
from podcli.engines import machine
from podcli.engines.adapter_fit import check_adapter
from podcli.engines.adapters import Adapter
from podcli.engines.base import Written
from podcli.engines.chat_template import SYSTEM, TEXT, chat_template
from podcli.engines.gguf import check_gguf
from podcli.engines.llama_context import LlamaContext, build, library
from podcli.engines.llama_grammar import Grammar
from podcli.engines.llama_room import MOST, room
from podcli.engines.prefix import LEAST_TOKENS, Prefixes
from podcli.engines.threads import Team, physical_cores
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TELL_EVERY_S = 0.3
__all__ = ["LlamaWriter", "check_gguf"]


@dataclass(frozen=True, slots=True)
class _Prompt:
    """The chat template with the texts put in as plain tokens."""

    tokens: list[int]
    begin: int
    """Where the text begins: what is before it is the same for all questions with one instruction."""
    cuts: list[int]
    """Where its evaluation is cut: around the text, and inside the parts."""


class LlamaWriter:
    """A GGUF instruction model (protocol `Writer`).

    The text of a question is tokenised as data, its special tokens not recognised, so nothing said in an episode can close the
    user's turn. Greedy choice of the next token by the same arithmetic whatever the thread count and whatever was asked before:
    equal questions get equal answers. What a question shares with the one before is not read again.
    """

    def __init__(self, path: Path, *, model_id: str, context_tokens: int = 0, threads: int | None = None) -> None:
        """`context_tokens` 0 means as many as `llama_room.room` finds right."""
        self.model_id = model_id
        self.context_tokens = context_tokens or MOST
        self._wanted = context_tokens
        self._path = path
        self._threads = threads or physical_cores()
        self._loaded: LlamaContext | None = None
        self._template: list[str] = []
        self._adapters: Sequence[Adapter] = ()
        self._pointers: dict[str, Any] = {}
        """Adapters in memory, by their hashes."""
        self._worn = ""
        """The identity of the adapters what is in the context was read with."""
        self._known: list[int] = []
        """The tokens in the context."""
        self._cuts: frozenset[int] = frozenset()
        """Where the evaluation of the last prompt was cut."""

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelError for a file that is missing, damaged, not GGUF, or an architecture llama.cpp does not know, and when
        there is not enough memory.
        """
        self._context()

    def _context(self) -> LlamaContext:
        if self._loaded is not None:
            return self._loaded
        head = self._head = check_gguf(self._path)
        # A graphics card has memory of its own, which nobody here can measure.
        free = None if library().llama_supports_gpu_offload() else machine.free_memory()
        wanted = room(head, self.model_id, free, wanted=self._wanted)
        context = LlamaContext(self._path, model_id=self.model_id, room=wanted, threads=self._threads)
        self.context_tokens = context.room.tokens
        begin, end, begins = context.marks()
        source = head.fields.get("tokenizer.chat_template", "")
        self._template = chat_template(source if isinstance(source, str) else "", begin=begin, end=end, begins=begins)
        self._prefixes = Prefixes(self._path, [build(), context.room])
        self._team = Team(self._threads, context.set_threads)
        self._loaded = context
        return context

    def use(self, adapters: Sequence[Adapter]) -> None:
        """Let these adapters work on their tasks from now on, and no others."""
        self._adapters = adapters

    def count(self, text: str) -> int:
        """How many tokens `text` takes."""
        return len(self._context().tokens(text))

    def write(
        self,
        *,
        system: str,
        text: str,
        max_tokens: int,
        question: str = "",
        grammar: str = "",
        task: str = "",
        on_text: Callable[[str], None] | None = None,
    ) -> Written:
        """Answer `question` on `text` greedily, at most `max_tokens` long.

        Several questions about one text cost its reading once, as long as the same adapters serve their tasks. `grammar` is GBNF;
        `task` decides which adapters work; `on_text` gets the answer so far, a few times a second.

        `stopped` is false when the answer hit `max_tokens` or ran in circles.
        Raises ModelError when prompt and answer do not fit the context, `grammar` cannot be parsed, or an adapter cannot be used.
        """
        context = self._context()
        prompt = self._fitting(system, text, question, max_tokens)
        rules = Grammar(context.vocabulary, grammar) if grammar else None
        written: list[int] = []
        chances: list[float] = []
        stopped, told = False, time.monotonic()
        try:
            read = self._read(prompt, task)
            while True:
                logits = context.logits()
                token = rules.choose(logits) if rules else int(logits.argmax())
                if context.is_end(token):
                    stopped = True
                    break
                written.append(token)
                chances.append(_chance(logits, token))
                if len(written) == max_tokens or _circling(written):
                    break
                with self._team.step():
                    self._evaluate([token])
                if on_text is not None and time.monotonic() - told > _TELL_EVERY_S:
                    told = time.monotonic()
                    on_text(context.text(written))
        finally:
            if rules is not None:
                rules.close()
        answer = context.text(written).strip()
        if on_text is not None:
            on_text(answer)
        pieces = tuple((context.text([token]), chance) for token, chance in zip(written, chances, strict=True))
        return Written(answer, stopped, len(prompt.tokens), len(written), read, pieces)

    def likelihood(
        self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no"), task: str = ""
    ) -> list[float]:
        """How likely each of `answers` (one token is looked at of each) begins the answer, as shares of their sum.

        Raises ModelError as `write` does.
        """
        import numpy as np

        self._read(self._fitting(system, text, question, 1), task)
        logits = self._context().logits()
        best = [max(float(logits[token]) for token in self._first_tokens(answer)) for answer in answers]
        shares = np.exp(np.array(best) - max(best))
        return [float(share) for share in shares / shares.sum()]

    def _first_tokens(self, answer: str) -> set[int]:
        """The tokens an answer may begin with: as it is written and with a capital, after a blank or not."""
        forms = {blank + form for form in (answer, answer.capitalize()) for blank in ("", " ")}
        return {tokens[0] for form in forms if (tokens := self._context().tokens(form))}

    def close(self) -> None:
        """Give the memory back."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded, self._known, self._cuts, self._pointers, self._worn = None, [], frozenset(), {}, ""

    def _fitting(self, system: str, text: str, question: str, max_tokens: int) -> _Prompt:
        prompt = self._prompt(system, text, question)
        if len(prompt.tokens) + max_tokens > self.context_tokens:
            fit = max(0, self.context_tokens - max_tokens)
            message = f"The passage is too long for {self.model_id}: {len(prompt.tokens)} tokens, {fit} fit."
            raise ModelError(message, "Use a model with a longer context, or a smaller passage.")
        return prompt

    def _prompt(self, system: str, text: str, question: str) -> _Prompt:
        context = self._context()
        tokens: list[int] = []
        begin = end = 0
        for part in self._template:
            if part == SYSTEM:
                tokens += context.tokens(system)
            elif part == TEXT:
                begin = len(tokens)
                tokens += context.tokens(text)
                end = len(tokens) if question else begin
                tokens += context.tokens(question)
            else:
                tokens += context.tokens(part, special=True)
        bounds = itertools.pairwise((0, begin, end, len(tokens)))
        cuts = {cut for first, last in bounds for cut in range(first, last, context.room.piece)}
        return _Prompt(tokens, begin, sorted(cut for cut in {*cuts, begin, end} if 0 < cut < len(tokens)))

    def _read(self, prompt: _Prompt, task: str) -> int:
        """Evaluate what the context does not hold already; returns how many tokens that took.

        A token's values depend a little on which tokens it was evaluated with. So prompts are always cut at the same places:
        before the text, every 256 tokens, and after it; and only what was evaluated in the same pieces is kept.
        """
        self._wear(lora.serving(self._adapters, [task]))
        tokens, context = prompt.tokens, self._context()
        shared = 0
        while shared < min(len(self._known), len(tokens)) and self._known[shared] == tokens[shared]:
            shared += 1
        kept = max((cut for cut in prompt.cuts if cut <= shared and cut in self._cuts), default=0)
        keep = LEAST_TOKENS <= prompt.begin < len(tokens)
        if keep and kept < prompt.begin and (state := self._prefixes.get(tokens[: prompt.begin], self._worn)):
            kept = prompt.begin if context.restore(state) else 0
        # Recurrent and sliding-window models cannot forget a tail: they start over.
        elif not kept or not context.forget(kept):
            context.clear()
            kept = 0
        self._known, self._cuts = tokens[:kept], frozenset(prompt.cuts)
        for start, end in itertools.pairwise([kept, *(cut for cut in prompt.cuts if cut > kept), len(tokens)]):
            self._evaluate(tokens[start:end], last=end == len(tokens))
            if keep and end == prompt.begin:
                self._prefixes.keep(tokens[:end], self._worn, context.state())
        return len(tokens) - kept

    def _wear(self, adapters: Sequence[Adapter]) -> None:
        """Let `adapters` change the weights; what was read with others is forgotten."""
        worn = lora.identity(adapters)
        if worn == self._worn:
            return
        context = self._context()
        context.wear([(self._pointer(each), each.scale) for each in adapters])
        self._worn, self._known, self._cuts = worn, [], frozenset()

    def _pointer(self, adapter: Adapter) -> Any:  # noqa: ANN401
        if adapter.sha256 not in self._pointers:
            check_adapter(adapter.path, self._head, self.model_id)
            pointer = self._context().adapter(adapter.path)
            if pointer is None:
                message = f"The adapter {adapter.name} cannot be used with {self.model_id}: llama.cpp refuses it."
                raise ModelError(message, f"Run `podcli models remove-adapter {adapter.name}`.")
            self._pointers[adapter.sha256] = pointer
        return self._pointers[adapter.sha256]

    def _evaluate(self, tokens: list[int], *, last: bool = True) -> None:
        try:
            self._context().evaluate(tokens, len(self._known), last=last)
        except ModelError:
            self._known = []
            raise
        self._known += tokens


def _chance(logits: NDArray[np.float32], token: int) -> float:
    """The natural logarithm of a token's probability."""
    import numpy as np

    best = logits.max()
    return float(logits[token] - best - np.log(np.exp(logits - best).sum()))


def _circling(written: list[int]) -> bool:
    """Whether the end of the answer is one stretch said three times: small models cannot leave such a loop."""
    if len(written) % 8:
        return False
    for period in range(1, 65):
        span = max(3 * period, 24)
        if span <= len(written) and all(written[-i] == written[-i - period] for i in range(1, span - period + 1)):
            return True
    return False
