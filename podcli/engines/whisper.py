"""Speech to text: openai-whisper's model with 4-bit weights, in batches of windows that voice activity cut."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.domain import Segment
from podcli.engines.audio import SAMPLE_RATE, decode
from podcli.engines.base import Report
from podcli.engines.threads import physical_cores
from podcli.engines.voice import WARM_UP_S, Window, chunk_start, windows
from podcli.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper
    from whisper.tokenizer import Tokenizer

_BATCH, _BATCH_WIDE, _WIDE = 4, 2, 768
"""Windows at a time, fewer for wide models: keys and values of one window take 18 MB (tiny) to 110 MB (small)."""
_SURE = 0.8
"""How likely another language must be before it replaces the one heard so far."""
_SPINS = "2000"
_NOISE_S = 1.2
_SAID_OF_NOISE = {"thank you", "thanks for watching", "thank you for watching", "you", "bye"}
"""What Whisper, which learnt from subtitles, hears in a cough or a laugh that stands alone."""


class WhisperTranscriber:
    """A Whisper model in podcli's 4-bit file (protocol `Transcriber`). `language` is the one heard last, '' before that."""

    decode_version = "greedy-1"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.model_id = path.parent.name
        self.language = ""
        self._path = path
        self._threads = threads or physical_cores()
        self._model: Whisper | None = None

    def load(self) -> None:
        """Bring the weights into memory; does nothing when they are there. Raises ModelError when the file is damaged."""
        if self._model is not None:
            return
        # Idle OpenMP threads spin for a while before they sleep. With another program on the second core that makes every step
        # several times slower; 2,000 spins cost nothing on an idle machine. It must be set before torch is imported.
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
        import torch

        from podcli.engines.packed import load_model

        torch.set_num_threads(self._threads)
        self._model, about = load_model(self._path)
        self.model_id = about.get("model", self.model_id)

    def transcribe(
        self, audio: Path, *, start_s: float = 0.0, language: str | None = None, report: Report | None = None
    ) -> Iterator[list[Segment]]:
        """Yield the segments of up to four windows (two minutes) at a time, in order, none beginning before `start_s`.

        `language` is a code such as ``en``; without it a multilingual model listens for it. `report` gets the second reached.
        Raises PodcliError when `audio` cannot be decoded, UsageError for a language this model does not know.
        """
        self.load()
        model = self._loaded()
        self.language = self._known(language) if language else ("" if model.is_multilingual else "en")
        first_s = chunk_start(start_s - WARM_UP_S)
        waiting = windows(decode(audio, start_s=first_s), first_s=first_s, start_s=start_s)
        size = _BATCH if model.dims.n_text_state < _WIDE else _BATCH_WIDE
        while batch := list(islice(waiting, size)):
            found = self._hear(batch, ask=not language)
            if found:
                yield found
            if report:
                report(batch[-1].end_s)

    def _loaded(self) -> Whisper:
        assert self._model is not None
        return self._model

    def _hear(self, batch: list[Window], *, ask: bool) -> list[Segment]:
        from podcli.engines import alignment, decoding

        model = self._loaded()
        features = self._encode(batch)
        if ask and model.is_multilingual:
            self._listen_for_language(features)
        tokenizer = self._tokenizer(self.language)
        found: list[Segment] = []
        for window, heard in zip(batch, decoding.transcribe(model, tokenizer, features), strict=True):
            length_s = len(window.sound) / SAMPLE_RATE
            if not heard.silent and not _is_noise(tokenizer.decode(heard.tokens), length_s):
                spoken = alignment.words(tokenizer, heard.tokens, heard.attention, window.start_s, length_s)
                found.extend(alignment.segments(spoken))
        return found

    def _encode(self, batch: list[Window]) -> Tensor:
        """Features ``(windows, frames, width)``, one window after the other: together they would not be faster, but larger."""
        import torch
        from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim

        encoder = self._loaded().encoder
        with torch.inference_mode():
            rows = []
            for window in batch:
                sound = torch.from_numpy(pad_or_trim(window.sound, N_SAMPLES))
                mel = log_mel_spectrogram(sound, self._loaded().dims.n_mels)
                rows.append(encoder(mel[None].to(encoder.conv1.weight.dtype)))
            return torch.cat(rows).float()

    def _listen_for_language(self, features: Tensor) -> None:
        from podcli.engines import decoding

        shares = decoding.languages(self._loaded(), self._tokenizer("en"), features)
        likeliest = max(shares, key=lambda code: shares[code])
        if not self.language or shares[likeliest] >= _SURE:
            self.language = likeliest

    def _known(self, language: str) -> str:
        """`language` as Whisper writes it. Raises UsageError when this model does not know it."""
        from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

        code = language.lower().replace("_", "-").partition("-")[0]
        code = str(TO_LANGUAGE_CODE.get(code, code))
        if code not in LANGUAGES:
            raise UsageError(f"Whisper does not know the language {language[:40]!r}.", "Give a code such as en, de or ja.")
        if not self._loaded().is_multilingual and code != "en":
            hint = "Choose a multilingual model with `podcli models use`, such as whisper-base."
            raise UsageError(f"{self.model_id} understands English only.", hint)
        return code

    def _tokenizer(self, language: str) -> Tokenizer:
        from whisper.tokenizer import get_tokenizer

        model: Any = self._loaded()
        with warnings.catch_warnings():
            # openai-whisper leaves closing its vocabulary to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            return get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language, task="transcribe")


def _is_noise(text: str, length_s: float) -> bool:
    return length_s < _NOISE_S and text.strip(" .!?").lower() in _SAID_OF_NOISE
