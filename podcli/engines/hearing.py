"""What every speech engine keeps to: which windows it hears, which languages it may be asked for, when it changes its mind, what
it never says."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.engines.audio import decode
from podcli.engines.languages import language_code
from podcli.engines.voice import WARM_UP_S, Window, chunk_start, windows
from podcli.errors import UsageError

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

_SURE = 0.8
"""How likely another language must be before it replaces the one heard so far."""
_NOISE_S = 1.2
_SAID_OF_NOISE = {"thank you", "thanks for watching", "thank you for watching", "you", "bye"}
"""What Whisper, which learnt from subtitles, hears in a cough or a laugh that stands alone."""
_LAUGH = re.compile(r"(?:h[aeio]){2,}h?|ha|(?:[хx][аaеeиi]){2,}|哈{2,}|[はハ]{3,}|[ㅋㅎ]{2,}", re.IGNORECASE)
"""A word that is laughter. One "ha" may be surprise, two "は" are a mother."""


def windows_of(audio: Path, *, start_s: float, until_s: float | None, enough: Callable[[], bool]) -> Iterator[Window]:
    """What is to be heard of `audio` between two seconds, window by window; none is begun once `enough`.

    Sound from somewhat before is decoded, and cut where it always is: what is heard from the middle on has the windows it would
    have from the start. Raises PodcliError when `audio` cannot be decoded.
    """
    first_s = chunk_start(start_s - WARM_UP_S)
    found = windows(decode(audio, start_s=first_s), first_s=first_s, start_s=start_s, until_s=until_s)
    return takewhile(lambda _: not enough(), found)


def language_asked_for(
    language: str | None, *, translate: bool, model_id: str, multilingual: bool, text_layers: int, audio_layers: int
) -> str:
    """The code of the language a model of this shape is to hear: `language` as Whisper writes it, the only one it knows, or ''
    to listen for it.

    Raises UsageError when it does not know `language`, or cannot translate and is to.
    """
    code = language_code(language) if language else ""
    if code and not multilingual and code != "en":
        hint = "Choose a multilingual model with `podcli models use`, such as whisper-base."
        raise UsageError(f"{model_id} understands English only.", hint)
    problem = ""
    if not multilingual:
        problem = "understands English only"
    elif text_layers < audio_layers:  # large-v3-turbo was trained without translations
        problem = "has not learnt to translate"
    if translate and problem:
        raise UsageError(f"{model_id} {problem}.", "Take another: `podcli transcript EPISODE --translate --model whisper-base`.")
    return code or ("" if multilingual else "en")


def settled_language(shares: Mapping[str, float], before: str) -> str:
    """The language that is spoken, going by how likely each is (`shares`) and by what was heard `before` ('' for nothing)."""
    likeliest = max(shares, key=lambda code: shares[code])
    return likeliest if not before or shares[likeliest] >= _SURE else before


def is_noise(text: str, length_s: float) -> bool:
    """Whether `text` is what Whisper makes of `length_s` seconds in which nobody speaks, or laughter and no word beside it."""
    if length_s < _NOISE_S and text.strip(" .!?").lower() in _SAID_OF_NOISE:
        return True
    syllables = re.findall(r"\w+", text)
    return bool(syllables) and all(map(_LAUGH.fullmatch, syllables)) and "".join(syllables).lower() != "ha"


def tokenizer(*, multilingual: bool, languages: int, language: str, task: str) -> Tokenizer:
    """openai-whisper's tokenizer of a model that knows so many `languages`; `task` is ``transcribe`` or ``translate``."""
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings():
        # openai-whisper leaves closing its vocabulary to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        return get_tokenizer(multilingual, num_languages=languages, language=language, task=task)
