"""A transcript while Whisper makes it, stretch by stretch: the one somebody listens to comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import END_S, Episode, Transcript
from podcli.pipeline.spellings import spellings
from podcli.pipeline.stretches import Listener, elsewhere, following, seam

if TYPE_CHECKING:
    from podcli.engines.base import Transcriber
    from podcli.pipeline.stages import Context


class Hearing:
    """Hears what is missing of `transcript` and keeps it; begun again after a kill it goes on from there."""

    def __init__(
        self,
        transcriber: Transcriber,
        audio: Path,
        episode: Episode,
        transcript: Transcript,
        context: Context,
        *,
        translate: bool,
    ) -> None:
        self._transcriber = transcriber
        self._audio = audio
        self._transcript = transcript
        self._context = context
        self._translate = translate
        self._listener = Listener(context.store, transcript.episode_id)
        self._names = spellings(episode)
        self._heard = transcript.heard
        self._start_s = self._reached_s = 0.0
        self._left = False
        self.language = ""
        """Code of the one heard last; '' before anything was said."""

    def batches(self) -> Iterator[None]:
        """Hear and keep one batch after the other; yields after each. Raises what `Transcriber.transcribe` does."""
        insights, language = self._context.store.insights, self._context.settings.transcribe.language
        while (stretch := following(self._heard, self._listener.at_s)) is not None:
            self._start_s = seam(self._audio, stretch)
            self._left = False
            self._report(self._start_s)
            for batch in self._transcriber.transcribe(
                self._audio, start_s=self._start_s, until_s=None if stretch.until_s >= END_S else stretch.until_s,
                language=language or None, translate=self._translate, names=self._names, report=self._report, enough=self._enough,
            ):  # fmt: skip
                insights.add_segments(self._transcript.id, batch, begun_s=self._start_s)
                self.language = self._transcriber.language
                yield
            if self._left:
                self._heard = insights.heard(self._transcript.id)
            else:
                self._heard = insights.cover(self._transcript.id, (self._start_s, stretch.until_s))

    def _report(self, second: float) -> None:
        self._reached_s = second
        before_s = sum(end - start for start, end in self._heard if end < END_S)
        self._context.report.advance(before_s + second - self._start_s)

    def _enough(self) -> bool:
        """Whether to go where the listener went."""
        heard = [*self._heard, (self._start_s, self._reached_s)]
        self._left = elsewhere(heard, self._reached_s, self._listener.at_s)
        return self._left
