"""Arguments several commands share, and how they become episodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from podcli.domain import Episode

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from podcli.services import Services

_Command = TypeVar("_Command", bound=Callable[..., Any])


class JsonOption(click.Option):
    """``--json``, which knows the type of what it prints (`podcli schema`)."""

    def __init__(self, *arguments: Any, document: object, **attributes: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*arguments, **attributes)
        self.document = document


def as_json(document: object) -> Callable[[_Command], _Command]:
    """``--json``, which prints a `document`: a type that `podcli.domain.schema` reads, of one document or of one line."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.", cls=JsonOption, document=document)


def episode_argument(command: _Command) -> _Command:
    """``EPISODE``, completed from the library."""
    return click.argument("episode", metavar="EPISODE", shell_complete=complete_episode)(command)


def episodes_argument(command: _Command) -> _Command:
    """``EPISODE…``, one or more, completed from the library."""
    option = click.argument("episodes", metavar="EPISODE...", nargs=-1, required=True, shell_complete=complete_episode)
    return option(command)


def time_of(text: str | None) -> float | None:
    """The second a person means, None for None. Raises UsageError when it is no time."""
    from podcli.errors import UsageError
    from podcli.text import parse_timecode

    seconds = parse_timecode(text) if text is not None else None
    if text is not None and seconds is None:
        raise UsageError(f"{text!r} is not a time.", "Write 754, 12:34 or 1:02:03.")
    return seconds


def find_episodes(services: Services, texts: Sequence[str]) -> list[Episode]:
    """The episodes a person means, each once."""
    found = [find_episode(services, text) for text in texts]
    return list({episode.id: episode for episode in found}.values())


def complete_episode(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Episode numbers with titles, and SHOW/latest; files are left to the shell."""
    from click.shell_completion import CompletionItem

    from podcli.store import open_store

    with open_store() as store:
        items = [CompletionItem(f"{show.title}/latest", help="the newest episode") for show in store.library.shows()]
        items += [CompletionItem(str(found.id), help=found.title) for found in store.library.episodes(limit=200)]
    found = [item for item in items if incomplete.casefold() in f"{item.value} {item.help}".casefold()]
    return found or [CompletionItem(incomplete, type="file")]


def complete_show(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Titles of shows."""
    from click.shell_completion import CompletionItem

    from podcli.store import open_store

    with open_store() as store:
        titles = [show.title for show in store.library.shows(subscribed=False)]
    return [CompletionItem(title) for title in titles if incomplete.casefold() in title.casefold()]


def find_episode(services: Services, text: str) -> Episode:
    """The episode a person means; an unknown feed URL is looked at first."""
    from podcli.cli.output import follow, narrate

    found = services.library.resolve(text)
    if isinstance(found, Episode):
        return found
    job = follow(services, [found])[0]
    notes = job.result.get("notes", [])
    for note in notes if isinstance(notes, list) else []:
        narrate(str(note))
    return services.library.after_look(job)
