"""Writing with llama.cpp: one resident context, greedy, deterministic, prefix kept between questions."""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines.base import Written
from podcli.engines.threads import Team, physical_cores
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray

_SYSTEM, _TEXT = "\ue000", "\ue001"
"""Where the template's system and user text go. Private-use characters: no template contains them."""
_TELL_EVERY_S = 0.3
_PIECE = 256
"""Tokens evaluated at once: as fast as 512 on CPU, with a third less scratch memory."""
_REINSTALL = "Run `podcli models verify`, then pull it again."


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
        with _silence():
            self._llm = self._open()
        self.context_tokens = min(self.context_tokens, int(self._llm.n_ctx()))
        self._template = _chat_template(self._llm)

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
            raise ModelError(message, _REINSTALL) from error

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
        rules = _Grammar(self._llm, grammar) if grammar else None
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
            if part == _SYSTEM:
                tokens += self._tokens(system)
            elif part == _TEXT:
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

    def _choose(self, rules: _Grammar | None) -> int:
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


class _Grammar:
    """A GBNF grammar asked about the likeliest token first, then the 40 likeliest, then all.

    llama-cpp-python filters the whole vocabulary before every choice: 150,000 candidates where nearly always the first will do.
    """

    def __init__(self, llm: Llama, grammar: str) -> None:
        import llama_cpp

        with _silence():
            self._sampler = llama_cpp.llama_sampler_init_grammar(llm._model.vocab, grammar.encode(), b"root")
        if not self._sampler:
            raise ModelError("The grammar of a question cannot be parsed.", "Please report this.")

    def choose(self, logits: NDArray[np.float32]) -> int:
        import llama_cpp
        import numpy as np

        for width in (1, 40, len(logits)):
            best = [int(logits.argmax())] if width == 1 else np.argsort(logits)[::-1][:width].tolist()
            candidates = (llama_cpp.llama_token_data * len(best))()
            for place, token in enumerate(best):
                candidates[place].id, candidates[place].logit = token, logits[token]
            array = llama_cpp.llama_token_data_array(candidates, len(best), -1, False)
            llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
            allowed = [place for place in range(len(best)) if candidates[place].logit != -np.inf]
            if allowed:
                token = int(candidates[allowed[0]].id)
                llama_cpp.llama_sampler_accept(self._sampler, token)
                return token
        raise ModelError("The model can say nothing its grammar allows.", "Use another model.")

    def close(self) -> None:
        import llama_cpp

        llama_cpp.llama_sampler_free(self._sampler)


def check_gguf(path: Path) -> None:
    """Raise ModelError unless `path` starts as a GGUF file of version 2 or 3 does: ggml may abort the process on anything else.

    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except OSError as error:
        raise ModelError(f"The model file {path.name} cannot be read: {error.strerror}.", _REINSTALL) from error
    version, tensors, fields = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 16), (16, 24)))
    if len(head) < 24 or head[:4] != b"GGUF" or version not in (2, 3) or not 0 < tensors < 100_000 or not 0 < fields < 100_000:
        raise ModelError(f"The model file {path.name} is not a GGUF model, or it is damaged.", _REINSTALL)


def _chat_template(llm: Llama) -> list[str]:
    """The chat template of the file, rendered once and cut at the two places where text goes.

    A template that knows no system role (Gemma's) gets the system text in front of the user's; a file without a usable
    template gets a plain question and answer form.
    """
    import re

    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    model, source = llm._model, llm.metadata.get("tokenizer.chat_template", "")
    bos, eos = (model.token_get_text(token) if token != -1 else "" for token in (llm.token_bos(), llm.token_eos()))
    turns = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _TEXT}]
    for messages in (turns, [{"role": "user", "content": f"{_SYSTEM}\n\n{_TEXT}"}]):
        try:
            # enable_thinking is Qwen3's switch; other templates ignore it.
            form = Jinja2ChatFormatter(source, eos_token=eos, bos_token=bos)(messages=messages, enable_thinking=False)
        except Exception:  # a template is a program from a stranger: anything may come out of it
            continue
        parts = re.split(f"({_SYSTEM}|{_TEXT})", form.prompt)
        if parts.count(_SYSTEM) == 1 and parts.count(_TEXT) == 1:
            return [part for part in parts if part]
    opening = [bos] if model.add_bos_token() and bos else []
    return [*opening, _SYSTEM, "\n\n", _TEXT, "\n\nAnswer:\n"]


def _circling(written: list[int]) -> bool:
    """Whether the end of the answer is one stretch said three times: small models cannot leave such a loop."""
    if len(written) % 8:
        return False
    for period in range(1, 65):
        span = max(3 * period, 24)
        if span <= len(written) and all(written[-i] == written[-i - period] for i in range(1, span - period + 1)):
            return True
    return False


@contextmanager
def _silence() -> Iterator[None]:
    """Send what native code prints to nowhere: llama.cpp reports on fd 2, where a screen may be drawn."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
