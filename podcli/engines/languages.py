"""The languages Whisper knows."""

from __future__ import annotations

from podcli.errors import UsageError


def language_name(code: str) -> str:
    """``Japanese`` for ``ja``; the code itself when Whisper does not know it."""
    from whisper.tokenizer import LANGUAGES

    return str(LANGUAGES.get(code, code)).title()


def language_code(language: str) -> str:
    """The code of a language as people write it: ``en-GB``, ``German``. Raises UsageError when Whisper does not know it."""
    from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

    code = language.lower().replace("_", "-").partition("-")[0]
    code = str(TO_LANGUAGE_CODE.get(code, code))
    if code not in LANGUAGES:
        raise UsageError(f"Whisper does not know the language {language[:40]!r}.", "Give a code such as en, de or ja.")
    return code
