"""Speech to text: openai-whisper's model with 4-bit weights, several windows that voice activity cut at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from podcli.domain import Segment
from podcli.engines.base import Report
from podcli.engines.deferred import numba_when_called
from podcli.engines.hearing import is_noise, language_asked_for, settled_language, tokenizer, windows_of
from podcli.engines.hints import TRIED, Hint
from podcli.engines.machine import free_memory
from podcli.engines.teams import Team, side_by_side
from podcli.engines.threads import physical_cores
from podcli.engines.thrift import give_back, give_back_files, thrift
from podcli.engines.voice import Window, left_over
from podcli.errors import ModelError
from podcli.text import human_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

    from podcli.engines.arithmetic import Sound
    from podcli.engines.decoding import Heard, Rows

_TEAMS, _MOST, _FIRST = 4, 6, 3
"""The most threads that hear, where each has a core; the most windows one hears at once: with each step, a word of every one, the
weights and the matrix of all tokens are read (eight would take 3 % less time, and 15 MB more); and the most while the first is
among them, for which somebody waits."""
_ROOM = 128 << 20
"""Bytes for what all windows that are heard at once are asked for, where one a thread takes less: each has 3 MB (tiny) to 21 MB
(small)."""
_TIDY = 2
"""After so many windows what was freed goes back to the system."""
_LEAST_ROOM, _UNPACKED = 300 << 20, 4
"""Bytes that torch takes before it does anything, and how many times the size of its file a model takes with one window."""
_SPINS = "2000"

_Found = tuple[float, list[Segment], str]
"""Where a window ends (seconds), what was heard in it, and its language."""


class _Task(NamedTuple):
    """A window to hear, the language of the one before it, and its own, for the one after it."""

    window: Window
    before: Future[str]
    language: Future[str]


class _Begun(NamedTuple):
    """A window that is being heard (its sound in half the memory), what was said before it in the same one, how it is written."""

    window: Window
    said: list[Segment]
    tokenizer: Tokenizer


class WhisperTranscriber:
    """A Whisper model in podcli's 4-bit file (protocol `Transcriber`). `language` is the one heard last, '' before that."""

    decode_version = "greedy-7"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.model_id = path.parent.name
        self.language = ""
        self._path = path
        self._threads = threads or physical_cores()
        self._model: Whisper | None = None
        self._task = "transcribe"
        self._given = ""
        """The language to hear; '' to listen for it."""

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there.

        Raises ModelError when the file is damaged, or when not even one window would fit into the memory that is free.
        """
        if self._model is not None:
            return
        self._require_room()
        # Where there are more cores than threads that hear: idle OpenMP threads spin for a while before they sleep. With another
        # program on the second core that makes every step several times slower; 2,000 spins cost nothing on an idle machine. It
        # must be set before torch is imported.
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        with thrift(), numba_when_called():
            import torch

            from podcli.engines.packed import load_model

            torch.set_num_threads(self._threads)
            self._model, about = load_model(self._path)
            _ = self._tokenizer("en").non_speech_tokens  # reads the vocabulary, or every thread would: a quarter of a second
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
        """Yield the segments of one window (half a minute at most) after the other, between `start_s` and `until_s`.

        `language` is a code such as ``en``; without it a multilingual model listens for it. With `translate` the words are
        English, whatever is spoken. `names` are told to the model where that helps on the first windows. `report` gets the second
        reached; once `enough` no window is begun.
        Raises PodcliError when `audio` cannot be decoded, UsageError for a language this model does not know, or when it cannot
        translate.
        """
        self.load()
        import torch

        model = self._loaded()
        dims = model.dims
        self._given = self.language = language_asked_for(
            language, translate=translate, model_id=self.model_id, multilingual=model.is_multilingual,
            text_layers=dims.n_text_layer, audio_layers=dims.n_audio_layer,
        )  # fmt: skip
        self._task = "translate" if translate else "transcribe"
        windows = windows_of(audio, start_s=start_s, until_s=until_s, enough=enough)
        hint = Hint(names, self._tokenizer("en")) if names and not translate else None
        teams, most = self._shape()
        # Each window is heard by one thread, or a few, from its spectrum to its words: threads that share one product wait for
        # one another at its end, and very long when another program has a core.
        torch.set_num_threads(max(1, self._threads // teams))
        hear = partial(self._hear, most, hint if hint and hint.tokens else None)
        for end_s, found, spoken in side_by_side(_tasks(windows), hear, teams):
            self.language = spoken
            if found:
                yield found
            if report:
                report(end_s)

    def _shape(self) -> tuple[int, int]:
        """How many threads hear, and how many windows each at once."""
        from podcli.engines.packed import has_whole_products

        dims = self._loaded().dims
        width, said, sound = dims.n_text_state, dims.n_text_ctx // 2, 1 if has_whole_products() else 4
        window = sound * width * dims.n_audio_ctx + 2 * 4 * width * dims.n_text_layer * said
        free = free_memory()
        most = max(_ROOM, _TEAMS * window) if free is None else free // 2
        teams = min(self._threads, _TEAMS, max(1, most // window))
        return teams, max(1, min(_MOST, min(_ROOM, most) // window // teams))

    def _loaded(self) -> Whisper:
        assert self._model is not None
        return self._model

    def _hear(self, most: int, hint: Hint | None, team: Team[_Task, _Found]) -> None:
        """Hear windows, up to `most` at once, as long as there are any."""
        import torch

        from podcli.engines.decoding import Rows

        rows, begun = Rows(self._loaded(), self._tokenizer("en"), most), dict[int, _Begun]()
        # TorchScript would take a quarter of a second and 8 MB to optimise what then takes the same time.
        with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
            while not team.over:
                while len(rows) < (min(most, _FIRST) if 0 in begun else most) and self._begin(rows, begun, hint, team):
                    pass
                if not rows:
                    break
                for number, heard in rows.step():
                    self._ended(rows, begun, team, number, heard)
                    if number % most == 0:
                        give_back_files()

    def _begin(self, rows: Rows, begun: dict[int, _Begun], hint: Hint | None, team: Team[_Task, _Found]) -> bool:
        """Begin to hear one window more, in a row of its own; or hear it at once, both ways, to find out whether a hint helps.

        Returns whether there was one.
        """
        if not (taken := team.take()):
            return False
        number, (window, before, language) = taken
        heard = None
        try:
            sound = self._encode(window.sound)
            language.set_result(self._listen_for_language(sound, before.result()))
            tokenizer = self._tokenizer(language.result())
            if hint and number < TRIED:
                heard = self._tried(tokenizer, sound, hint, number)
        except BaseException as error:  # nobody is to wait for what never comes
            if not language.done():
                language.set_exception(error)
            raise
        finally:
            if hint:
                hint.tell(number, 0)
            if number % _TIDY == 0:
                give_back()
        begun[number] = _Begun(replace(window, sound=window.sound.astype("float16")), [], tokenizer)
        if heard:
            self._ended(rows, begun, team, number, heard)
        else:
            rows.begin(number, sound, tokenizer, hint.tokens if hint and hint.helps() else ())
        return True

    def _ended(self, rows: Rows, begun: dict[int, _Begun], team: Team[_Task, _Found], number: int, heard: Heard) -> None:
        """Tell what was said in a window; when somebody goes on speaking where it ended, hear the rest first."""
        window, before, tokenizer = begun.pop(number)
        said = self._said(window, tokenizer, heard)
        rest = left_over(window, said[-1].end_s) if said else None
        if rest is None:
            team.tell(number, (window.end_s, [*before, *said], tokenizer.language or "en"))
            return
        rows.begin(number, self._encode(rest.sound), tokenizer)
        begun[number] = _Begun(rest, [*before, *said], tokenizer)

    def _tried(self, tokenizer: Tokenizer, sound: Sound, hint: Hint, number: int) -> Heard:
        """What is heard in a window without and with the hint: the better of both."""
        from podcli.engines.decoding import transcribe

        (plain,), (told,) = (transcribe(self._loaded(), tokenizer, sound, told) for told in ((), hint.tokens))
        gain = hint.gain(tokenizer.decode(plain.tokens), tokenizer.decode(told.tokens))
        hint.tell(number, gain)
        return told if gain > 0 else plain

    def _said(self, window: Window, tokenizer: Tokenizer, heard: Heard) -> list[Segment]:
        """The words of a window with their times."""
        from podcli.engines import alignment

        length_s = window.end_s - window.start_s
        if heard.silent or is_noise(tokenizer.decode(heard.tokens), length_s):
            return []
        spoken = alignment.words(tokenizer, heard.tokens, heard.attention, window.start_s, length_s, window.onsets_s)
        return alignment.segments(spoken)

    def _encode(self, samples: NDArray[np.float32] | NDArray[np.float16]) -> Sound:
        """What may be asked of the sound of a window, samples at 16 kHz."""
        import torch

        from podcli.engines.cross_attention import sound_of
        from podcli.engines.encoding import encode, spectrum
        from podcli.engines.packed import has_whole_products

        model = self._loaded()
        mel = spectrum(torch.from_numpy(samples).float(), model.dims.n_mels)
        return sound_of(encode(model.encoder, mel), whole=has_whole_products())

    def _listen_for_language(self, sound: Sound, before: str) -> str:
        """The language of a window after one in language `before`."""
        from podcli.engines import decoding

        if self._given:
            return self._given
        shares = decoding.languages(self._loaded(), self._tokenizer("en"), sound)
        return settled_language(shares, before)

    def _tokenizer(self, language: str) -> Tokenizer:
        model: Any = self._loaded()
        return tokenizer(multilingual=model.is_multilingual, languages=model.num_languages, language=language, task=self._task)


def _tasks(windows: Iterator[Window]) -> Iterator[_Task]:
    """Each window with the language of the one before it."""
    before: Future[str] = Future()
    before.set_result("")
    for window in windows:
        language: Future[str] = Future()
        yield _Task(window, before, language)
        before = language
