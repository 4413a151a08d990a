"""Speech to text by whisper.cpp (package pywhispercpp, optional): for machines whose graphics card it can use.

Where the same windows are cut, and what becomes of tokens, is podcli's own, so that a transcript reads the same whichever engine
made it. Greedy; where whisper.cpp's guards object (entropy, log probability) it tries again with a rising temperature itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.domain import Segment
from podcli.engines import whispercpp_build
from podcli.engines.audio import SAMPLE_RATE
from podcli.engines.base import Report
from podcli.engines.deferred import numba_when_called
from podcli.engines.ggml_head import GgmlHead, check_ggml
from podcli.engines.hearing import is_noise, language_asked_for, settled_language, tokenizer, windows_of
from podcli.engines.threads import physical_cores
from podcli.engines.voice import Window, left_over
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST_S = 1.0
"""Shorter windows are filled up with silence: whisper.cpp aborts when it warps the time of a few frames."""
_ALIGNMENT_HEADS = {
    (4, 4): "TINY", (6, 6): "BASE", (12, 12): "SMALL", (24, 24): "MEDIUM", (32, 32): "LARGE_V3", (32, 4): "LARGE_V3_TURBO",
}  # fmt: skip
"""whisper.cpp's name of the heads that know when a word is said, by the layers that listen and those that write."""
_WARP_BYTES = 256 << 20
"""Room to warp the time of a full window in: small.en has 19 such heads, and what does not fit makes ggml abort."""
_ERROR = 4
"""ggml's level of a message that something failed."""
_SPINS = "2000"
_WARMER = 0.2
"""By how much the temperature rises from one attempt to the next, up to 1: openai-whisper's steps."""
_PROBE = 3
"""Steps of the decoder timed with each number of threads before a window."""


class WhisperCppTranscriber:
    """A Whisper model in whisper.cpp's file (protocol `Transcriber`). `language` is the one heard last, '' before that."""

    decode_version = "whispercpp-1"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.model_id = path.parent.name
        self.language = ""
        self._path = path
        self._threads = threads or physical_cores()
        self._head: GgmlHead | None = None
        self._cpp: Any = None
        self._context: Any = None
        self._params: Any = None

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelError when the file is damaged, or whisper.cpp is missing or cannot load it.
        """
        if self._context is not None:
            return
        whispercpp_build.require(self.model_id)
        head = check_ggml(self._path)
        # ggml's threads wait for one another by spinning; see `whisper`. It must be set before this library is loaded, or torch,
        # whose OpenMP it would share: beside another program a step takes 50 times as long without.
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        import _pywhispercpp as cpp

        wanted = cpp.whisper_context_default_params()
        # Word times come from the attention, which flash attention never writes down.
        wanted.flash_attn, wanted.dtw_token_timestamps, wanted.dtw_mem_size = False, True, _WARP_BYTES
        wanted.dtw_aheads_preset, wanted.dtw_n_top = getattr(cpp.whisper_alignment_heads_preset, _heads(head)), 1
        complaints: list[str] = []
        cpp.whisper_log_set(lambda level, text: complaints.append(text.strip()) if _is_fatal(level, text) else None)
        try:
            context = cpp.whisper_init_from_file_with_params(str(self._path), wanted)
        finally:
            cpp.whisper_log_set(None)
        if complaints:  # a context that failed looks like any other, and using it would end the process
            raise ModelError(
                f"whisper.cpp cannot load {self.model_id}: {complaints[0][:200]}.",
                "Close other programs to free memory, or choose a smaller model with `podcli models use`.",
            )
        with numba_when_called():
            import podcli.engines.decoding  # noqa: F401 - with openai-whisper, which brings it
        self._head, self._cpp, self._context = head, cpp, context
        self._params = self._settings()

    def close(self) -> None:
        """Give the memory back; `load` brings it again."""
        if self._context is not None:
            self._cpp.whisper_free(self._context)
            self._head = self._context = self._params = None

    def _settings(self) -> Any:  # noqa: ANN401 - whisper_full_params
        cpp = self._cpp
        params = cpp.whisper_full_default_params(cpp.whisper_sampling_strategy.WHISPER_SAMPLING_GREEDY)
        params.greedy = {"best_of": 1}
        params.print_progress = params.print_realtime = False
        params.no_context = params.no_timestamps = params.single_segment = params.suppress_nst = True
        return params

    def transcribe(
        self,
        audio: Path,
        *,
        start_s: float = 0.0,
        until_s: float | None = None,
        language: str | None = None,
        translate: bool = False,
        names: Sequence[str] = (),
        report: Report | None = None,
        enough: Callable[[], bool] = lambda: False,
    ) -> Iterator[list[Segment]]:
        """Yield the segments of one window (half a minute at most) at a time, in order, between `start_s` and `until_s`.

        `language` is a code such as ``en``; without it a multilingual model listens for it. With `translate` the words are
        English, whatever is spoken. `names` are not made use of. `report` gets the second reached; once `enough` no window is
        begun. Raises PodcliError when `audio` cannot be decoded, UsageError for a language this model does not know, or when it
        cannot translate.
        """
        self.load()
        head = self._loaded()
        self.language = language_asked_for(
            language, translate=translate, model_id=self.model_id, multilingual=head.multilingual,
            text_layers=head.n_text_layer, audio_layers=head.n_audio_layer,
        )  # fmt: skip
        ask = not self.language
        self._params.translate = translate
        for window in windows_of(audio, start_s=start_s, until_s=until_s, enough=enough):
            if found := self._hear(window, ask=ask):
                yield found
            if report:
                report(window.end_s)

    def _loaded(self) -> GgmlHead:
        assert self._head is not None
        return self._head

    def _hear(self, window: Window, *, ask: bool) -> list[Segment]:
        import numpy as np

        from podcli.engines import alignment, decoding

        length_s = len(window.sound) / SAMPLE_RATE
        sound = np.pad(np.asarray(window.sound, np.float32), (0, max(0, round(_LEAST_S * SAMPLE_RATE) - len(window.sound))))
        if ask:
            self.language = settled_language(self._languages(sound), self.language)
        tokens, ends_s = self._decoded(sound)
        head = self._loaded()
        words = tokenizer(multilingual=head.multilingual, languages=head.languages, language=self.language, task="transcribe")
        tokens = decoding.unlooped(tokens)
        if not tokens or is_noise(words.decode(tokens), length_s):
            return []
        jumps = np.maximum.accumulate(np.concatenate([[0.0], ends_s[: len(tokens)]]))
        said = alignment.segments(alignment.placed(words, tokens, jumps, window.start_s, length_s, window.onsets_s))
        rest = left_over(window, said[-1].end_s) if said else None
        return said if rest is None else [*said, *self._hear(rest, ask=False)]

    def _languages(self, sound: NDArray[np.float32]) -> dict[str, float]:
        """How likely each language is."""
        import numpy as np

        cpp = self._cpp
        shares = np.zeros(cpp.whisper_lang_max_id() + 1, np.float32)
        cpp.whisper_pcm_to_mel(self._context, sound, len(sound), self._threads)
        cpp.whisper_lang_auto_detect(self._context, 0, self._threads, shares)
        return {cpp.whisper_lang_str(number): float(share) for number, share in enumerate(shares)}

    def _fitting_threads(self) -> int:
        """All threads, or one where they would wait for one another: beside another program two took twice as long as one."""
        cpp, took = self._cpp, dict.fromkeys((self._threads, 1), 0.0)
        start = cpp.whisper_token_sot(self._context)
        for threads in took if len(took) > 1 else ():
            began = time.perf_counter()
            for _ in range(_PROBE):
                cpp.whisper_decode(self._context, start, 1, 0, threads)
            took[threads] = time.perf_counter() - began
        return min(took, key=lambda threads: took[threads])

    def _decoded(self, sound: NDArray[np.float32]) -> tuple[list[int], NDArray[np.float64]]:
        """Tokens of what is said, and the second at which each ends. Raises ModelError when whisper.cpp gives up."""
        import numpy as np

        from podcli.engines.decoding import LEAST_LIKELY

        spoken = self._attempt(sound, warmer=_WARMER)
        if spoken and np.mean([token.plog for token in spoken]) < LEAST_LIKELY:
            # No attempt passed. whisper.cpp keeps the last, which is mostly chance; the likeliest is the first.
            spoken = self._attempt(sound, warmer=0.0)
        # The path of the warping enters the next token's row where this one ends: in hundredths of a second.
        return [token.id for token in spoken], np.array([token.t_dtw / 100 for token in spoken], np.float64)

    def _attempt(self, sound: NDArray[np.float32], warmer: float) -> list[Any]:
        """What is said, as whisper.cpp's ``whisper_token_data``; each time its guards object it is that much `warmer`."""
        cpp, context, params = self._cpp, self._context, self._params
        params.language, params.temperature_inc, params.n_threads = self.language, warmer, self._fitting_threads()
        if cpp.whisper_full(context, params, sound, len(sound)):
            raise ModelError(
                f"whisper.cpp failed while {self.model_id} was listening.", "Run the command again: it goes on there."
            )
        found = [
            cpp.whisper_full_get_token_data(context, segment, place)
            for segment in range(cpp.whisper_full_n_segments(context))
            for place in range(cpp.whisper_full_n_tokens(context, segment))
        ]
        return [token for token in found if token.id < cpp.whisper_token_eot(context)]


def _heads(head: GgmlHead) -> str:
    name = _ALIGNMENT_HEADS.get((head.n_audio_layer, head.n_text_layer), "N_TOP_MOST")
    english = not head.multilingual and name in ("TINY", "BASE", "SMALL", "MEDIUM")
    return f"WHISPER_AHEADS_{name}{'_EN' if english else ''}"


def _is_fatal(level: int, text: str) -> bool:
    """Whether a message says that there is no model. Without its graphics card whisper.cpp goes on."""
    return level == _ERROR and text.startswith("whisper_") and not text.startswith("whisper_backend_init")
