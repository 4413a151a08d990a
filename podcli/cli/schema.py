"""``podcli schema``: what the JSON of every command, hook and export is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple, TypedDict

import click

from podcli.cli.arguments import JsonOption, as_json
from podcli.cli.output import emit, emit_json, table
from podcli.errors import UsageError


class DocumentJson(TypedDict):
    """Something that has a schema."""

    name: Annotated[str, "What `podcli schema` takes."]
    about: Annotated[str, "What that is."]


_Schema = Annotated[dict[str, object], "A JSON Schema, draft 2020-12."]


class Described(NamedTuple):
    """What prints or reads a document, its type, which `podcli.domain.schema` reads, and what that command is for."""

    title: str
    kind: object
    about: str


def _complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    before = "".join(f"{word} " for word in context.params.get("name") or ())
    following = {name.removeprefix(before).split(" ")[0] for name in documents() if name.startswith(before)}
    return sorted(word for word in following if word.startswith(incomplete))


@click.command()
@click.argument("name", nargs=-1, metavar="[NAME]...", shell_complete=_complete)
@click.option("--all", "everything", is_flag=True, help="All of them in one document.")
@as_json(list[DocumentJson] | _Schema)
def schema(name: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """The JSON Schema (draft 2020-12) of what command NAME prints with --json; without NAME, what there are schemas of.

    hook.EVENT is what your own commands read on an event, export.KIND what `podcli export` writes. Where a command prints
    JSON Lines, the schema is of one line.

    \b
      podcli schema
      podcli schema snips show
      podcli schema hook.snip
      podcli schema --all > podcli.schema.json
    """
    from podcli import __version__
    from podcli.domain.schema import document, together

    known = documents()
    if everything and name:
        raise UsageError("--all and a NAME cannot both be meant.", "Leave one of them out.")
    if everything:
        emit_json(together(f"podcli {__version__}", {each: (found.title, found.kind) for each, found in known.items()}))
    elif name:
        chosen = " ".join(name)
        if chosen not in known:
            raise UsageError(f"There is no schema of {chosen!r}.", _near(chosen, known))
        emit_json(document(known[chosen].title, known[chosen].kind))
    elif as_json:
        emit_json([DocumentJson(name=each, about=found.about) for each, found in known.items()])
    else:
        emit(table([[each, found.about] for each, found in known.items()], heads=["Name", "What"], stretch=1))


def documents() -> dict[str, Described]:
    """All that has a schema, by name: commands, hooks, exports."""
    from podcli.cli import cli
    from podcli.exports import chapters, jsonl, subtitles
    from podcli.pipeline.hooks import DOCUMENTS

    found = dict(_commands(cli, click.Context(cli, info_name="podcli"), ()))
    for event, kind in DOCUMENTS.items():
        found[f"hook.{event}"] = Described(f"standard input of a hook on {event}", kind, "What your own command reads.")
    files = {
        "jsonl": (jsonl.RecordJson, "A line of a library."), "chapters": (chapters.PodcastChaptersJson, "Chapters."),
        "transcript-json": (subtitles.PodcastTranscriptJson, "A transcript."),
    }  # fmt: skip
    for name, (written, about) in files.items():
        found[f"export.{name}"] = Described(f"podcli export {name}", written, about)
    return found


def _commands(group: click.Group, context: click.Context, path: tuple[str, ...]) -> Iterator[tuple[str, Described]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        for option in command.params:
            if isinstance(option, JsonOption):
                words = " ".join((*path, name))
                yield words, Described(f"podcli {words} --json", option.document, command.get_short_help_str(100))
        if isinstance(command, click.Group):
            yield from _commands(command, context, (*path, name))


def _near(chosen: str, known: dict[str, Described]) -> str:
    import difflib

    near = difflib.get_close_matches(chosen, known, 1)
    return f"Did you mean `podcli schema {near[0]}`?" if near else "`podcli schema` lists those there are."
