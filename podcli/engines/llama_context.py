"""A model and its one context, in llama.cpp's own calls: the wrapper's classes decide more than is wanted here."""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines.gguf import REINSTALL
from podcli.engines.llama_grammar import silence
from podcli.engines.llama_room import Room, no_memory
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ALL_LAYERS = 0x7FFFFFFF
_LOG_ERROR = 4
_complaints: deque[str] = deque(maxlen=20)
"""What llama.cpp said was wrong, the last of it."""


@cache
def library() -> Any:  # noqa: ANN401 - a module of foreign functions
    """llama.cpp, started; it reports to `_complaints`, not to a screen."""
    import llama_cpp

    llama_cpp.llama_log_set(_listener(), None)
    llama_cpp.llama_backend_init()
    return llama_cpp


@cache
def _listener() -> Any:  # noqa: ANN401
    """Cached, so that it lives as long as llama.cpp may call it."""
    import llama_cpp

    def hear(level: int, text: bytes, _data: object) -> None:
        if level == _LOG_ERROR:
            _complaints.append(text.decode("utf-8", "replace"))

    return llama_cpp.llama_log_callback(hear)


def build() -> str:
    """Which llama.cpp this is, and what of the processor it uses: what its numbers depend on beside the weights."""
    llama = library()
    return f"{llama.__version__} {llama.llama_print_system_info().decode()}"


class LlamaContext:
    """Weights in memory, and one sequence of tokens with what was made of them. Places in it count from 0.

    An evaluation is not stopped from inside: who cancels ends the process, and that is over in milliseconds. Raises ModelError
    for a file llama.cpp cannot load, and when there is no memory for it although `room` had said there was.
    """

    def __init__(self, path: Path, *, model_id: str, room: Room, threads: int) -> None:
        self._llama = library()
        self._model_id = model_id
        self._threads = threads
        self._model: Any = None
        self._context: Any = None
        self._batch: Any = None
        _complaints.clear()
        with silence():
            self._load(path)
            self.room = self._open(room)
        self.vocabulary: Any = self._llama.llama_model_get_vocab(self._model)
        self._words = int(self._llama.llama_vocab_n_tokens(self.vocabulary))
        self._make_batch()

    def _load(self, path: Path) -> None:
        llama, params = self._llama, self._llama.llama_model_default_params()
        gpu = bool(llama.llama_supports_gpu_offload())
        params.n_gpu_layers = _ALL_LAYERS if gpu else 0
        # llama.cpp repacks 4-bit weights for the CPU; mapped, the file stays in memory beside the copy: 1.9 GB, not 1.3.
        params.load_mode = llama.LLAMA_LOAD_MODE_MMAP if gpu else llama.LLAMA_LOAD_MODE_NONE
        self._model = llama.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            said = " ".join(_complaints)
            if "allocate" in said or "bad_alloc" in said:
                raise no_memory(self._model_id)
            message = f"The model {self._model_id} cannot be loaded: its file is damaged or of a kind llama.cpp does not know."
            raise ModelError(message, REINSTALL)
        if llama.llama_model_has_encoder(self._model) or not llama.llama_model_has_decoder(self._model):
            self.close()
            message = f"The model {self._model_id} is not one that goes on with a text."
            raise ModelError(message, "Choose another one with `podcli models use`.")

    def _open(self, largest: Room) -> Room:
        llama, params = self._llama, self._llama.llama_context_default_params()
        gpu = bool(llama.llama_supports_gpu_offload())
        params.n_threads = params.n_threads_batch = self._threads
        # Only ever the last token's: a row of 150,000 for each of 256 would be 155 MB of scratch.
        params.n_outputs_max = 1
        # On CPU flash attention is no faster and makes the answer depend on the number of threads.
        params.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED if gpu else llama.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.no_perf = True
        for room in largest.smaller():
            params.n_ctx, params.n_batch, params.n_ubatch = room.tokens, room.piece, room.piece
            self._context = llama.llama_init_from_model(self._model, params)
            if self._context:
                return room
        self.close()
        raise no_memory(self._model_id)

    def _make_batch(self) -> None:
        import numpy as np

        size = self.room.piece
        self._batch = self._llama.llama_batch_init(size, 0, 1)
        view = np.ctypeslib.as_array
        self._tokens_in, self._places = view(self._batch.token, (size,)), view(self._batch.pos, (size,))
        self._wanted = view(self._batch.logits, (size,))
        view(self._batch.n_seq_id, (size,))[:] = 1
        for row in range(size):
            self._batch.seq_id[row][0] = 0

    def close(self) -> None:
        """Give the memory back."""
        if self._batch:
            self._llama.llama_batch_free(self._batch)
        if self._context:
            self._llama.llama_free(self._context)
        if self._model:
            self._llama.llama_model_free(self._model)
        self._batch = self._context = self._model = None

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """`text` in tokens; with `special` also those that structure a conversation, which plain text must not have."""
        data = text.encode("utf-8", "replace")
        # No tokeniser makes more tokens than bytes; some put a blank in front.
        found = (ctypes.c_int32 * (len(data) + 2))()
        count = self._llama.llama_tokenize(self.vocabulary, data, len(data), found, len(found), False, special) if data else 0
        return list(found[: max(0, count)])

    def text(self, tokens: Sequence[int]) -> str:
        """What `tokens` say; those that structure a conversation say nothing."""
        said, size = b"", 64
        buffer = ctypes.create_string_buffer(size)
        for token in tokens:
            while (count := self._llama.llama_token_to_piece(self.vocabulary, token, buffer, size, 0, False)) < 0:
                size = -count
                buffer = ctypes.create_string_buffer(size)
            said += buffer.raw[:count]
        return said.decode("utf-8", "ignore")

    def is_end(self, token: int) -> bool:
        """Whether `token` ends an answer."""
        return bool(self._llama.llama_vocab_is_eog(self.vocabulary, token))

    def marks(self) -> tuple[str, str, bool]:
        """What a conversation begins and ends with, as text, and whether every text begins so."""
        llama, vocabulary = self._llama, self.vocabulary

        def named(token: int) -> str:
            return "" if token < 0 else llama.llama_vocab_get_text(vocabulary, token).decode("utf-8", "replace")

        begin, end = named(llama.llama_vocab_bos(vocabulary)), named(llama.llama_vocab_eos(vocabulary))
        return begin, end, bool(llama.llama_vocab_get_add_bos(vocabulary))

    def evaluate(self, tokens: Sequence[int], at: int, *, last: bool = True) -> None:
        """Put at most `room.piece` tokens into places from `at` on; with `last` the logits after the last are computed.

        Raises ModelError when llama.cpp fails.
        """
        count = len(tokens)
        self._batch.n_tokens = count
        self._tokens_in[:count] = tokens
        self._places[:count] = range(at, at + count)
        self._wanted[:count] = 0
        self._wanted[count - 1] = last
        if self._llama.llama_decode(self._context, self._batch):
            message = f"The model {self._model_id} stopped working."
            raise ModelError(message, "Close other programs to free memory, then try again.")

    def logits(self) -> NDArray[np.float32]:
        """Of what may follow the last token; a view, good until the next evaluation."""
        import numpy as np

        return np.ctypeslib.as_array(self._llama.llama_get_logits_ith(self._context, -1), shape=(self._words,))

    def forget(self, place: int) -> bool:
        """Drop everything from `place` on; false for models that cannot drop a part (recurrent, sliding window)."""
        return bool(self._llama.llama_memory_seq_rm(self._llama.llama_get_memory(self._context), 0, place, -1))

    def clear(self) -> None:
        """Drop everything."""
        self._llama.llama_memory_clear(self._llama.llama_get_memory(self._context), False)

    def state(self) -> bytes:
        """What was made of all tokens so far, for `restore`."""
        size = self._llama.llama_state_seq_get_size(self._context, 0)
        buffer = (ctypes.c_uint8 * size)()
        count = self._llama.llama_state_seq_get_data(self._context, buffer, size, 0)
        return bytes(memoryview(buffer)[:count])

    def restore(self, state: bytes) -> bool:
        """Take back a `state` of this very model, adapters and build. On false the context is empty."""
        self.clear()
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if self._llama.llama_state_seq_set_data(self._context, buffer, len(state), 0) == len(state):
            return True
        self.clear()
        return False

    def set_threads(self, threads: int) -> None:
        """How many threads write; all of them read."""
        self._llama.llama_set_n_threads(self._context, threads, self._threads)

    def adapter(self, path: Path) -> Any:  # noqa: ANN401 - a pointer
        """The LoRA adapter in `path`, beside the weights until they are closed; None when llama.cpp refuses it."""
        with silence():
            return self._llama.llama_adapter_lora_init(self._model, os.fsencode(path)) or None

    def wear(self, adapters: Sequence[tuple[Any, float]]) -> None:
        """Let these adapters, and no others, change the weights from now on, each as strongly as its scale says."""
        count = len(adapters)
        pointers = (self._llama.llama_adapter_lora_p_ctypes * count)(*(pointer for pointer, _ in adapters))
        scales = (ctypes.c_float * count)(*(scale for _, scale in adapters))
        self._llama.llama_set_adapters_lora(self._context, pointers, count, scales)
