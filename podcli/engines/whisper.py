"""Speech to text: openai-whisper's model with 4-bit weights, in batches of windows that voice activity cut."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.domain import Segment
from podcli.engines.audio import SAMPLE_RATE, decode
from podcli.engines.base import Report
from podcli.engines.deferred import numba_when_called
from podcli.engines.languages import language_code
from podcli.engines.machine import free_memory
from podcli.engines.threads import physical_cores
from podcli.engines.thrift import thrift
from podcli.engines.voice import WARM_UP_S, Window, chunk_start, windows
from podcli.errors import PodcliError, UsageError

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

_TEAMS, _BATCH = 4, 4
"""The most batches heard at once, each by threads of its own, and the most windows in one."""
_ROOM = 176 << 20
"""Bytes for the keys and values of all windows that are heard at once, where one a batch takes less: it has 21 MB (tiny) to
127 MB (small)."""
_SURE = 0.8
"""How likely another language must be before it replaces the one heard so far."""
_SPINS = "2000"
_NOISE_S = 1.2
_SAID_OF_NOISE = {"thank you", "thanks for watching", "thank you for watching", "you", "bye"}
"""What Whisper, which learnt from subtitles, hears in a cough or a laugh that stands alone."""

_Heard = tuple[list[Segment], str]
"""Segments of a batch, and their language."""


class WhisperTranscriber:
    """A Whisper model in podcli's 4-bit file (protocol `Transcriber`). `language` is the one heard last, '' before that."""

    decode_version = "greedy-2"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.model_id = path.parent.name
        self.language = ""
        self._path = path
        self._threads = threads or physical_cores()
        self._model: Whisper | None = None
        self._task = "transcribe"

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there. Raises ModelError when the file is damaged."""
        if self._model is not None:
            return
        # Where there are more cores than batches: idle OpenMP threads spin for a while before they sleep. With another program on
        # the second core that makes every step several times slower; 2,000 spins cost nothing on an idle machine. It must be set
        # before torch is imported.
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        with thrift(), numba_when_called():
            import torch

            from podcli.engines.packed import load_model

            torch.set_num_threads(self._threads)
            self._model, about = load_model(self._path)
        self.model_id = about.get("model", self.model_id)

    def transcribe(
        self,
        audio: Path,
        *,
        start_s: float = 0.0,
        language: str | None = None,
        translate: bool = False,
        report: Report | None = None,
    ) -> Iterator[list[Segment]]:
        """Yield the segments of up to four windows (two minutes) at a time, in order, none beginning before `start_s`.

        The first windows come one by one, so that there is soon something to read.

        `language` is a code such as ``en``; without it a multilingual model listens for it. With `translate` the words are
        English, whatever is spoken. `report` gets the second reached. Raises PodcliError when `audio` cannot be decoded,
        UsageError for a language this model does not know, or when it cannot translate.
        """
        self.load()
        model = self._loaded()
        given = self._known(language) if language else "" if model.is_multilingual else "en"
        self.language = given
        if translate:
            self._require_translator()
        self._task = "translate" if translate else "transcribe"
        first_s = chunk_start(start_s - WARM_UP_S)
        waiting = windows(decode(audio, start_s=first_s), first_s=first_s, start_s=start_s)
        for batch, heard in self._side_by_side(waiting, given):
            found, self.language = heard
            if found:
                yield found
            if report:
                report(batch[-1].end_s)

    def _side_by_side(self, waiting: Iterator[Window], given: str) -> Iterator[tuple[list[Window], _Heard]]:
        """Batches of windows and what was heard in them, in order.

        Each is heard by one thread, or a few, from its spectrum to its words: threads that share one product wait for one another
        at its end, and very long when another program has a core.
        """
        import torch

        teams, size = self._shape()
        torch.set_num_threads(max(1, self._threads // teams))
        sizes = chain(repeat(1, teams), repeat(size))
        running: deque[tuple[list[Window], Future[_Heard]]] = deque()
        language: Future[str] = Future()
        language.set_result(given)
        pool = ThreadPoolExecutor(teams, "hear")
        problem: PodcliError | None = None
        try:
            while problem is None:
                batch: list[Window] = []
                try:
                    batch.extend(islice(waiting, next(sizes)))
                except PodcliError as error:
                    problem = error  # what was heard before it is not lost
                if not batch:
                    break
                before, language = language, Future()
                running.append((batch, pool.submit(self._hear, batch, before, language, ask=not given)))
                while running and (len(running) > teams or running[0][1].done()):
                    batch, heard = running.popleft()
                    yield batch, heard.result()
            while running:
                batch, heard = running.popleft()
                yield batch, heard.result()
        finally:
            pool.shutdown(cancel_futures=True)
        if problem is not None:
            raise problem

    def _shape(self) -> tuple[int, int]:
        """How many batches are heard at once, and how many windows each has."""
        dims = self._loaded().dims
        window = 2 * 4 * dims.n_text_layer * dims.n_text_state * (dims.n_audio_ctx + dims.n_text_ctx // 2)
        free = free_memory()
        most = max(_ROOM, _TEAMS * window) if free is None else free // 2
        teams = min(self._threads, _TEAMS, max(1, most // window))
        return teams, max(1, min(_BATCH, min(_ROOM, most) // window // teams))

    def _loaded(self) -> Whisper:
        assert self._model is not None
        return self._model

    def _hear(self, batch: Sequence[Window], before: Future[str], language: Future[str], *, ask: bool) -> _Heard:
        """The segments in `batch`, and its language. `language` gets that as early as it is known; `before` is that of the
        windows in front of these."""
        from podcli.engines import alignment, decoding

        model = self._loaded()
        try:
            features = self._encode(batch)
            language.set_result(self._listen_for_language(features, before.result()) if ask else before.result())
        except BaseException as error:
            language.set_exception(error)
            raise
        tokenizer = self._tokenizer(language.result())
        found: list[Segment] = []
        for window, heard in zip(batch, decoding.transcribe(model, tokenizer, features), strict=True):
            length_s = len(window.sound) / SAMPLE_RATE
            if not heard.silent and not _is_noise(tokenizer.decode(heard.tokens), length_s):
                spoken = alignment.words(tokenizer, heard.tokens, heard.attention, window.start_s, length_s, window.onsets_s)
                found.extend(alignment.segments(spoken))
        return found, language.result()

    def _encode(self, batch: Sequence[Window]) -> Tensor:
        """Features ``(windows, frames, width)``, one window after the other: together they would not be faster, but larger."""
        import torch
        from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim

        from podcli.engines.encoding import encode

        model = self._loaded()
        spectra = (log_mel_spectrogram(pad_or_trim(window.sound, N_SAMPLES), model.dims.n_mels) for window in batch)
        return torch.cat([encode(model.encoder, mel) for mel in spectra])

    def _listen_for_language(self, features: Tensor, before: str) -> str:
        from podcli.engines import decoding

        shares = decoding.languages(self._loaded(), self._tokenizer("en"), features)
        likeliest = max(shares, key=lambda code: shares[code])
        return likeliest if not before or shares[likeliest] >= _SURE else before

    def _known(self, language: str) -> str:
        """`language` as Whisper writes it. Raises UsageError when this model does not know it."""
        code = language_code(language)
        if not self._loaded().is_multilingual and code != "en":
            hint = "Choose a multilingual model with `podcli models use`, such as whisper-base."
            raise UsageError(f"{self.model_id} understands English only.", hint)
        return code

    def _require_translator(self) -> None:
        dims = self._loaded().dims
        if not self._loaded().is_multilingual:
            problem = "understands English only"
        elif dims.n_text_layer < dims.n_audio_layer:  # large-v3-turbo was trained without translations
            problem = "has not learnt to translate"
        else:
            return
        raise UsageError(
            f"{self.model_id} {problem}.", "Take another: `podcli transcript EPISODE --translate --model whisper-base`."
        )

    def _tokenizer(self, language: str) -> Tokenizer:
        from whisper.tokenizer import get_tokenizer

        model: Any = self._loaded()
        with warnings.catch_warnings():
            # openai-whisper leaves closing its vocabulary to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            return get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language, task=self._task)


def _is_noise(text: str, length_s: float) -> bool:
    return length_s < _NOISE_S and text.strip(" .!?").lower() in _SAID_OF_NOISE
