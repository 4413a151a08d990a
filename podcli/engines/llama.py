"""Writing with llama.cpp: one resident context, greedy, deterministic, prefix kept between questions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines.base import Written
from podcli.engines.chat_template import SYSTEM, TEXT, chat_template
from podcli.engines.gguf import REINSTALL, check_gguf
from podcli.engines.llama_grammar import Grammar, silence
from podcli.engines.threads import Team, physical_cores
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray

_TELL_EVERY_S = 0.3
_PIECE = 256
"""Tokens evaluated at once: as fast as 512 on CPU, with a third less scratch memory."""
__all__ = ["LlamaWriter", "check_gguf"]


class LlamaWriter:
    """A GGUF instruction model (protocol `Writer`).

    The text of a question is tokenised as data, its special tokens not recognised, so nothing said in an episode can close the
    user's turn. Greedy choice of the next token by the same arithmetic whatever the thread count and whatever was asked before:
    equal questions get equal answers. What a question shares with the one before is not read again.
    """

    def __init__(self, path: Path, *, model_id: str, context_tokens: int = 4096, threads: int | None = None) -> None:
        self.model_id = model_id
        self.context_tokens = context_tokens
        self._path = path
        self._threads = threads or physical_cores()
        self._llm: Any = None
        self._template: Any = None
        self._cuts: frozenset[int] = frozenset()
        """Where the evaluation of the last prompt was cut."""

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelError for a file that is missing, damaged, not GGUF, or an architecture llama.cpp does not know.
        """
        if self._llm is not None:
            return
        check_gguf(self._path)
        with silence():
            self._llm = self._open()
        self.context_tokens = min(self.context_tokens, int(self._llm.n_ctx()))
        self._template = chat_template(self._llm)

    def _open(self) -> Llama:
        import llama_cpp

        gpu = bool(llama_cpp.llama_supports_gpu_offload())
        try:
            return llama_cpp.Llama(
                str(self._path),
                n_ctx=self.context_tokens,
                n_batch=_PIECE,
                n_ubatch=_PIECE,
                n_threads=self._threads,
                n_threads_batch=self._threads,
                n_gpu_layers=-1 if gpu else 0,
                # On CPU flash attention is no faster and makes the answer depend on the number of threads.
                flash_attn=gpu,
                # llama.cpp repacks 4-bit weights for the CPU; mapped, the file stays in memory beside the copy: 1.9 GB, not 1.3.
                use_mmap=gpu,
                logits_all=False,
                verbose=False,
            )
        except (ValueError, RuntimeError, AssertionError, OSError, MemoryError) as error:
            message = f"The model {self.model_id} cannot be loaded: its file is damaged or of a kind llama.cpp does not know."
            raise ModelError(message, REINSTALL) from error

    def count(self, text: str) -> int:
        """How many tokens `text` takes."""
        self.load()
        return len(self._tokens(text))

    def write(
        self,
        *,
        system: str,
        text: str,
        max_tokens: int,
        question: str = "",
        grammar: str = "",
        on_text: Callable[[str], None] | None = None,
    ) -> Written:
        """Answer `question` on `text` greedily, at most `max_tokens` long.

        Several questions about one text cost its reading once. `grammar` is GBNF; `on_text` gets the answer so far, a few times a
        second.

        `stopped` is false when the answer hit `max_tokens` or ran in circles.
        Raises ModelError when prompt and answer do not fit the context, or `grammar` cannot be parsed.
        """
        self.load()
        prompt, cuts = self._fitting(system, text, question, max_tokens)
        rules = Grammar(self._llm, grammar) if grammar else None
        read = self._read(prompt, cuts)
        written: list[int] = []
        stopped, told = False, time.monotonic()
        team = Team(self._threads, self._set_threads)
        try:
            while len(written) < max_tokens and not _circling(written):
                token = self._choose(rules)
                if self._is_end(token):
                    stopped = True
                    break
                written.append(token)
                with team.step():
                    self._eval([token])
                if on_text is not None and time.monotonic() - told > _TELL_EVERY_S:
                    told = time.monotonic()
                    on_text(self._text(written))
        finally:
            self._set_threads(self._threads)
            if rules is not None:
                rules.close()
        answer = self._text(written).strip()
        if on_text is not None:
            on_text(answer)
        return Written(answer, stopped, len(prompt), len(written), read)

    def likelihood(self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no")) -> list[float]:
        """How likely each of `answers` (one token is looked at of each) begins the answer, as shares of their sum.

        Raises ModelError as `write` does.
        """
        import numpy as np

        self.load()
        prompt, cuts = self._fitting(system, text, question, 1)
        self._read(prompt, cuts)
        logits = self._logits()
        best = [max(float(logits[token]) for token in self._first_tokens(answer)) for answer in answers]
        shares = np.exp(np.array(best) - max(best))
        return [float(share) for share in shares / shares.sum()]

    def _first_tokens(self, answer: str) -> set[int]:
        """The tokens an answer may begin with: as it is written and with a capital, after a blank or not."""
        forms = {blank + form for form in (answer, answer.capitalize()) for blank in ("", " ")}
        return {tokens[0] for form in forms if (tokens := self._tokens(form))}

    def close(self) -> None:
        """Give the memory back."""
        if self._llm is not None:
            self._llm.close()
            self._llm = None

    def _tokens(self, text: str, *, special: bool = False) -> list[int]:
        if not text:
            return []
        return list(self._llm.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=special))

    def _text(self, tokens: list[int]) -> str:
        return str(self._llm.detokenize(tokens).decode("utf-8", "ignore"))

    def _fitting(self, system: str, text: str, question: str, max_tokens: int) -> tuple[list[int], list[int]]:
        prompt, cuts = self._prompt(system, text, question)
        if len(prompt) + max_tokens > self.context_tokens:
            fit = max(0, self.context_tokens - max_tokens)
            message = f"The passage is too long for {self.model_id}: {len(prompt)} tokens, {fit} fit."
            raise ModelError(message, "Use a model with a longer context, or a smaller passage.")
        return prompt, cuts

    def _prompt(self, system: str, text: str, question: str) -> tuple[list[int], list[int]]:
        """The chat template with the texts put in as plain tokens, and where it is cut: around `text`, and inside it."""
        tokens: list[int] = []
        begin = end = 0
        for part in self._template:
            if part == SYSTEM:
                tokens += self._tokens(system)
            elif part == TEXT:
                begin = len(tokens)
                tokens += self._tokens(text)
                end = len(tokens) if question else begin
                tokens += self._tokens(question)
            else:
                tokens += self._tokens(part, special=True)
        cuts = [begin, *range(begin + _PIECE, end, _PIECE), end, *range(end + _PIECE, len(tokens), _PIECE)]
        return tokens, sorted({cut for cut in cuts if 0 < cut < len(tokens)})

    def _read(self, prompt: list[int], cuts: list[int]) -> int:
        """Evaluate what the context does not hold already; returns how many tokens that took.

        A token's values depend a little on which tokens it was evaluated with. So prompts are always cut at the same places:
        before the text, every 256 tokens, and after it; and only what was evaluated in the same pieces is kept.
        """
        llm = self._llm
        known = llm.input_ids[: llm.n_tokens].tolist()
        shared = 0
        while shared < min(len(known), len(prompt)) and known[shared] == prompt[shared]:
            shared += 1
        kept = max((cut for cut in cuts if cut <= shared and cut in self._cuts), default=0)
        # Recurrent and sliding-window models cannot forget a tail: they start over.
        if kept and not llm._ctx.kv_cache_seq_rm(-1, kept, -1):
            kept = 0
        if kept == 0:
            llm.reset()
        llm.n_tokens = kept
        self._cuts = frozenset(cuts)
        for start, end in itertools.pairwise([kept, *(cut for cut in cuts if cut > kept), len(prompt)]):
            self._eval(prompt[start:end])
        return len(prompt) - kept

    def _eval(self, tokens: list[int]) -> None:
        try:
            self._llm.eval(tokens)
        except RuntimeError as error:
            self._llm.reset()
            message = f"The model {self.model_id} stopped working."
            raise ModelError(message, "Close other programs to free memory, then try again.") from error

    def _choose(self, rules: Grammar | None) -> int:
        logits = self._logits()
        return rules.choose(logits) if rules else int(logits.argmax())

    def _logits(self) -> NDArray[np.float32]:
        """Of the next token; a view, good until the next evaluation."""
        import llama_cpp
        import numpy as np

        pointer = llama_cpp.llama_get_logits_ith(self._llm._ctx.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._llm.n_vocab(),))

    def _is_end(self, token: int) -> bool:
        import llama_cpp

        return bool(llama_cpp.llama_vocab_is_eog(self._llm._model.vocab, token))

    def _set_threads(self, threads: int) -> None:
        self._llm._ctx.set_n_threads(threads, self._threads)


def _circling(written: list[int]) -> bool:
    """Whether the end of the answer is one stretch said three times: small models cannot leave such a loop."""
    if len(written) % 8:
        return False
    for period in range(1, 65):
        span = max(3 * period, 24)
        if span <= len(written) and all(written[-i] == written[-i - period] for i in range(1, span - period + 1)):
            return True
    return False
