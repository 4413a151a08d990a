"""The command that prints the manual page, made from the commands themselves (man(7), groff_man(7))."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from podcli import __version__

_EXITS = (
    ("0", "All went well."), ("1", "It failed; the reason is on standard error."), ("2", "The command was not understood."),
    ("3", "A server could not be reached, or refused."), ("4", "A model is missing, damaged or too big."),
    ("130", "Interrupted."),
)  # fmt: skip
_ENVIRONMENT = (
    ("PODCLI_HOME", "One folder for everything, in place of the folders below."),
    ("PODCLI_MODELS", "Where models are kept; several libraries may share them."),
    ("PODCLI_READWISE_TOKEN", "The token of Readwise, where there is no keyring; it wins over the one that is kept there."),
    ("PODCLI_NOTION_TOKEN", "That of Notion."),
    ("PODCLI_AO", "The audio output of libmpv, such as pipewire, alsa or null; else it chooses."),
    ("PODCLI_DEBUG", "When it is set, what podcli did not foresee is told with all its details."),
    ("PODCLI_EVENT", "Set for hooks: the event that one runs for."),
    ("NO_COLOR", "Colours are left out when it is set."),
)
_FILES = (
    ("~/.config/podcli/settings.toml", "Settings, keys and hooks; `podcli config` explains them."),
    ("~/.local/share/podcli/podcli.db", "The library, plain SQLite."),
    ("~/.local/share/podcli/models", "Models."),
)


@click.command()
def man() -> None:
    """Print the manual page, for man(1).

    \b
      podcli man > ~/.local/share/man/man1/podcli.1
      podcli man | man -l -
    """
    from podcli.cli import cli
    from podcli.cli.output import emit

    emit(page(cli))


def page(group: click.Group) -> str:
    """The manual page of a command and all within it, as roff."""
    context = click.Context(group, info_name="podcli", **group.context_settings)
    lines = [
        f'.TH PODCLI 1 "" "podcli {__version__}" "User Commands"',
        ".SH NAME", "podcli \\- the AI podcast player that needs no cloud",
        ".SH SYNOPSIS", ".B podcli", ".br", ".B podcli", "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]...", ".SH DESCRIPTION",
        *_prose(group.help or ""), ".SH COMMANDS", *_commands(group, context, ("podcli",)),
    ]  # fmt: skip
    for heading, rows in (("EXIT STATUS", _EXITS), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        lines += [f".SH {heading}", *(line for name, words in rows for line in _item(name, words))]
    return "\n".join(lines)


def _commands(group: click.Group, context: click.Context, path: tuple[str, ...]) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        pieces = " ".join(command.collect_usage_pieces(inner))
        yield f'.SS "{_escaped(" ".join((*path, name)))} {_escaped(pieces)}"'
        yield from _prose(command.help or "")
        for parameter in command.get_params(inner):
            if (record := parameter.get_help_record(inner)) is not None and isinstance(parameter, click.Option):
                yield from _item(*record)
        if isinstance(command, click.Group):
            yield from _commands(command, inner, (*path, name))


def _prose(text: str) -> Iterator[str]:
    """Paragraphs; those that begin with click's ``\\b`` are examples, line by line."""
    for paragraph in re.split(r"\n\s*\n", re.sub(r"(?m)^ {4}", "", text.strip())):
        if paragraph.lstrip().startswith("\b"):
            examples = [line.strip() for line in paragraph.splitlines()[1:] if line.strip()]
            yield from (".PP", ".nf", ".RS", *map(_escaped, examples), ".RE", ".fi")
        elif paragraph.strip():
            yield from (".PP", _escaped(" ".join(paragraph.split())))


def _item(name: str, words: str) -> Iterator[str]:
    yield from (".TP", f"\\fB{_escaped(name)}\\fR", _escaped(" ".join(words.split())))


def _escaped(text: str) -> str:
    """As roff shows it: a backslash, a hyphen and a line that begins with a point or an apostrophe mean something else to it."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{plain}" if plain[:1] in ".'" else plain
