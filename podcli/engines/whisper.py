"""Speech to text: openai-whisper's model with 4-bit weights, in batches of windows that voice activity cut."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.domain import Segment
from podcli.engines.audio import SAMPLE_RATE, probe
from podcli.engines.base import Report
from podcli.engines.deferred import numba_when_called
from podcli.engines.hearing import is_noise, language_asked_for, settled_language, tokenizer, windows_of
from podcli.engines.hints import TRIED, Hint
from podcli.engines.machine import free_memory
from podcli.engines.threads import physical_cores
from podcli.engines.thrift import give_back, give_back_files, thrift
from podcli.engines.voice import Window
from podcli.errors import ModelError, PodcliError
from podcli.text import human_bytes

if TYPE_CHECKING:
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

    from podcli.engines.arithmetic import Sound
    from podcli.engines.decoding import Heard

_TEAMS, _BATCH, _FIRST = 4, 5, 4
"""The most batches heard at once, each by threads of its own; the most windows in one; and in the first, which is waited for."""
_USUAL_S = 24.0
"""Seconds of sound in a window, most of the time."""
_ROOM = 128 << 20
"""Bytes for what all windows that are heard at once are asked for, where one a batch takes less: each has 4 MB (tiny) to 19 MB
(small). A batch reads the matrix of all tokens once for all its windows: eight would take a tenth less time, and 35 MB more."""
_LEAST_ROOM, _UNPACKED = 300 << 20, 4
"""Bytes that torch takes before it does anything, and how many times the size of its file a model takes with one window."""
_SPINS = "2000"

_Heard = tuple[list[Segment], str]
"""Segments of a batch, and their language."""


class WhisperTranscriber:
    """A Whisper model in podcli's 4-bit file (protocol `Transcriber`). `language` is the one heard last, '' before that."""

    decode_version = "greedy-5"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.model_id = path.parent.name
        self.language = ""
        self._path = path
        self._threads = threads or physical_cores()
        self._model: Whisper | None = None
        self._task = "transcribe"

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelError when the file is damaged, or when not even one window would fit into the memory that is free.
        """
        if self._model is not None:
            return
        self._require_room()
        # Where there are more cores than batches: idle OpenMP threads spin for a while before they sleep. With another program on
        # the second core that makes every step several times slower; 2,000 spins cost nothing on an idle machine. It must be set
        # before torch is imported.
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        with thrift(), numba_when_called():
            import torch

            from podcli.engines.packed import load_model

            torch.set_num_threads(self._threads)
            self._model, about = load_model(self._path)
        self._try_ways()
        self.model_id = about.get("model", self.model_id)

    def _try_ways(self) -> None:
        """Find out what is fastest on this processor, before anybody waits for it and other threads disturb it."""
        import torch

        from podcli.engines.encoding import fastest
        from podcli.engines.packed import encoder_dtype

        dims, dtype = self._loaded().dims, encoder_dtype()
        each = max(1, self._threads // min(self._threads, _TEAMS))
        if dtype == torch.bfloat16:
            fastest(dims.n_audio_head, dims.n_audio_ctx, dims.n_audio_state // dims.n_audio_head, each)
        give_back()

    def _require_room(self) -> None:
        free = free_memory()
        needed = _LEAST_ROOM + _UNPACKED * (self._path.stat().st_size if self._path.is_file() else 0)
        if free is not None and free < needed:
            raise ModelError(
                f"{self.model_id} needs {human_bytes(needed)} of memory at the least; {human_bytes(free)} are free.",
                "Close other programs, or choose a smaller model with `podcli models use`.",
            )

    def close(self) -> None:
        """Give the memory back; `load` brings it again."""
        self._model = None

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
        """Yield the segments of up to five windows (two minutes) at a time, in order, between `start_s` and `until_s`.

        The first are few, so that there is soon something to read.

        `language` is a code such as ``en``; without it a multilingual model listens for it. With `translate` the words are
        English, whatever is spoken. `names` are told to the model where that helps on the first windows. `report` gets the second
        reached; once `enough` no window is begun.
        Raises PodcliError when `audio` cannot be decoded, UsageError for a language this model does not know, or when it cannot
        translate.
        """
        self.load()
        model = self._loaded()
        dims = model.dims
        given = self.language = language_asked_for(
            language, translate=translate, model_id=self.model_id, multilingual=model.is_multilingual,
            text_layers=dims.n_text_layer, audio_layers=dims.n_audio_layer,
        )  # fmt: skip
        self._task = "translate" if translate else "transcribe"
        waiting = windows_of(audio, start_s=start_s, until_s=until_s, enough=enough)
        hint = Hint(names, self._tokenizer("en")) if names and not translate else None
        ends_s = min(until_s or math.inf, _length_s(audio))
        for end_s, heard in self._side_by_side(waiting, start_s, ends_s, given, hint if hint and hint.tokens else None):
            found, self.language = heard
            if found:
                yield found
            if report:
                report(end_s)

    def _side_by_side(
        self, waiting: Iterator[Window], begins_s: float, ends_s: float, given: str, hint: Hint | None
    ) -> Iterator[tuple[float, _Heard]]:
        """Where each batch of windows ends (seconds), and what was heard in it, in order.

        Each is heard by one thread, or a few, from its spectrum to its words: threads that share one product wait for one another
        at its end, and very long when another program has a core. What lies between the two seconds is shared out evenly.
        """
        import torch

        teams, size = self._shape()
        torch.set_num_threads(max(1, self._threads // teams))
        begun, share, settled, reached_s = 0, 1, False, begins_s
        running: deque[tuple[float, Future[_Heard]]] = deque()
        language: Future[str] = Future()
        language.set_result(given)
        pool = ThreadPoolExecutor(teams, "hear")
        problem: PodcliError | None = None
        try:
            while problem is None:
                batch: list[Window] = []
                try:
                    if begun % teams == 0:  # all hear as many as the first of them
                        share = _share(ends_s - reached_s, teams, size if begun else min(size, _FIRST))
                    batch.extend(islice(waiting, 1 if hint and begun < TRIED else share))
                except PodcliError as error:
                    problem = error  # what was heard before it is not lost
                if not batch:
                    break
                before, language = language, Future()
                reached_s = batch[-1].end_s
                running.append((reached_s, pool.submit(self._hear, batch, before, language, hint, begun, ask=not given)))
                begun += 1
                while running and (len(running) > teams or running[0][1].done()):
                    end_s, heard = running.popleft()
                    yield end_s, heard.result()
                    if not settled:
                        give_back_files()  # what all that was begun needed for the first time
                        settled = True
            while running:
                end_s, heard = running.popleft()
                yield end_s, heard.result()
        finally:
            pool.shutdown(cancel_futures=True)
        if problem is not None:
            raise problem

    def _shape(self) -> tuple[int, int]:
        """How many batches are heard at once, and how many windows each has."""
        dims = self._loaded().dims
        width, said = dims.n_text_state, dims.n_text_ctx // 2
        window = 2 * width * dims.n_audio_ctx + 2 * 4 * width * dims.n_text_layer * said
        free = free_memory()
        most = max(_ROOM, _TEAMS * window) if free is None else free // 2
        teams = min(self._threads, _TEAMS, max(1, most // window))
        return teams, max(1, min(_BATCH, min(_ROOM, most) // window // teams))

    def _loaded(self) -> Whisper:
        assert self._model is not None
        return self._model

    def _hear(
        self, batch: list[Window], before: Future[str], language: Future[str], hint: Hint | None, number: int, *, ask: bool
    ) -> _Heard:
        """The segments in `batch`, and its language. `language` gets that as early as it is known; `before` is that of the
        windows in front of these; `number` counts batches from 0."""
        from podcli.engines import alignment

        places = [(window.start_s, len(window.sound) / SAMPLE_RATE, window.onsets_s) for window in batch]
        try:
            sound = self._encode(batch)
            language.set_result(self._listen_for_language(sound, before.result()) if ask else before.result())
            text = self._tokenizer(language.result())
        except BaseException as error:
            if not language.done():
                language.set_exception(error)
            if hint:
                hint.tell(number, 0)
            raise
        found: list[Segment] = []
        windows = self._decode(text, sound, hint, number)
        give_back()
        for (start_s, length_s, onsets_s), heard in zip(places, windows, strict=True):
            if not heard.silent and not is_noise(text.decode(heard.tokens), length_s):
                spoken = alignment.words(text, heard.tokens, heard.attention, start_s, length_s, onsets_s)
                found.extend(alignment.segments(spoken))
        return found, language.result()

    def _decode(self, tokenizer: Tokenizer, sound: Sound, hint: Hint | None, number: int) -> list[Heard]:
        """What is heard in each window of batch `number`, with a hint where that helps."""
        from podcli.engines.decoding import transcribe

        model = self._loaded()
        if hint is None:
            return transcribe(model, tokenizer, sound)
        if number >= TRIED:
            return transcribe(model, tokenizer, sound, hint.tokens if hint.helps() else ())
        gain = 0
        try:
            plain, told = transcribe(model, tokenizer, sound), transcribe(model, tokenizer, sound, hint.tokens)
            gain = hint.gain(tokenizer.decode(plain[0].tokens), tokenizer.decode(told[0].tokens))
        finally:
            hint.tell(number, gain)
        return told if gain > 0 else plain

    def _encode(self, batch: list[Window]) -> Sound:
        """What may be asked of each window, one after the other: together they would not be faster, but larger. Empties `batch`:
        samples, 2 MB a window, are not needed any more."""
        from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim

        from podcli.engines.cross_attention import sound_of
        from podcli.engines.encoding import encode
        from podcli.engines.packed import has_whole_products

        model = self._loaded()
        samples = (batch.pop(0).sound for _ in range(len(batch)))
        spectra = (log_mel_spectrogram(pad_or_trim(sound, N_SAMPLES), model.dims.n_mels) for sound in samples)
        sound = sound_of((encode(model.encoder, mel)[0] for mel in spectra), whole=has_whole_products())
        give_back()
        return sound

    def _listen_for_language(self, sound: Sound, before: str) -> str:
        from podcli.engines import decoding

        shares = decoding.languages(self._loaded(), self._tokenizer("en"), sound)
        return settled_language(shares, before)

    def _tokenizer(self, language: str) -> Tokenizer:
        model: Any = self._loaded()
        return tokenizer(multilingual=model.is_multilingual, languages=model.num_languages, language=language, task=self._task)


def _length_s(audio: Path) -> float:
    """Seconds of sound in `audio`, as far as it says; else infinite."""
    with suppress(PodcliError):  # decoding will say what is wrong
        return probe(audio).duration_s or math.inf
    return math.inf


def _share(left_s: float, teams: int, most: int) -> int:
    """How many windows each of the `teams` should hear next, `most` at most, when `left_s` seconds of sound are left: so many
    that all have the same to do until the end, in as few batches as may be."""
    if math.isinf(left_s) or left_s <= 0:  # nobody knows, or there is more than the file says
        return most
    windows = left_s / _USUAL_S
    rounds = max(1, math.ceil(windows / (teams * most)))
    return max(1, math.ceil(windows / (teams * rounds)))
