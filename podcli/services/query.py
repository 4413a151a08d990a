"""A search as somebody types it: words, and where to look (``suez show:ship since:7d heard:no``); and its words in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from podcli.domain import EpisodeId
from podcli.errors import UsageError
from podcli.pipeline.retrieval import terms
from podcli.services.digest import since_when
from podcli.services.library import LibraryService
from podcli.store.passages import Scope

_FILTER = re.compile(r"""(?<!\S)(show|episode|since|until|speaker|heard):("[^"]*"?|\S*)""", re.IGNORECASE)
_ENDING = re.compile(r"(?:ing|ings|ed|es|s|e|y|ies|ation|ations|ational)$")
_LONGEST_ENDING = 6


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, and where. `problems` says of each filter that means nothing why; it is left among the `words`."""

    words: str
    scope: Scope
    problems: tuple[str, ...] = ()


def understood(text: str, library: LibraryService, now: datetime) -> Query:
    """The words of `text`, and the scope its filters mean. One that is still without a value means nothing yet.

    Examples:
        ``suez canal since:2w`` → ``Query("suez canal", Scope(since=…))``
    """
    scope, problems = Scope(), list[str]()
    for found in _FILTER.finditer(text):
        value = found[2].strip('"').strip()
        try:
            scope = _narrowed(scope, found[1].casefold(), value, library, now) if value else scope
        except UsageError as error:
            problems.append(error.message.partition("\n")[0].removesuffix(":") + ("." if "\n" in error.message else ""))
        else:
            text = text.replace(found[0], " ", 1)
    return Query(" ".join(text.split()), scope, tuple(problems))


def moment(text: str, now: datetime) -> datetime:
    """What `text` means: 7d, 2w, yesterday, 2026-11-01. Raises UsageError when it means no time."""
    try:
        return since_when(text, now)
    except UsageError:
        raise UsageError(f"{text!r} is no time.", "Give 7d, 24h, 2w, yesterday or a date such as 2026-11-01.") from None


def marks(text: str, words: str) -> list[tuple[int, int]]:
    """Where in `text` the words of a search stand, in whatever form: places of first and last character (exclusive), in order."""
    wanted = terms(words)
    if not wanted:
        return []
    pattern = "|".join(sorted(map(_form, wanted), key=len, reverse=True))
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)]


def _form(term: str) -> str:
    """A pattern for a word and its other forms; where words are not spaced, for its characters."""
    if not term.isascii():
        return re.escape(term)
    stem = _ENDING.sub("", term.casefold()) if len(term) > 4 else term
    stem = stem if len(stem) > 2 else term
    return rf"(?<!\w){re.escape(stem)}\w{{0,{_LONGEST_ENDING if len(term) > 3 else 0}}}(?!\w)"


def _narrowed(scope: Scope, name: str, value: str, library: LibraryService, now: datetime) -> Scope:
    if name == "show":
        return replace(scope, show_id=library.show(value).id)
    if name == "episode":
        found = library.episode(EpisodeId(int(value))) if value.isdecimal() else library.titled(value)
        return replace(scope, episode_id=found.id)
    if name == "since":
        return replace(scope, since=moment(value, now))
    if name == "until":
        return replace(scope, until=moment(value, now))
    if name == "speaker":
        return replace(scope, speaker=value)
    if value.casefold() not in ("yes", "no"):
        raise UsageError(f"“heard:{value}” is neither heard:yes nor heard:no.")
    return replace(scope, heard=value.casefold() == "yes")
