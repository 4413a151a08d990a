"""Holds what podcli prints against its own schemas, in which, for tests, nothing may be that is not described."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache

import click
from jsonschema import Draft202012Validator, FormatChecker

from podcli.cli import cli
from podcli.cli.schema import documents
from podcli.domain.schema import document


@cache
def validator(name: str) -> Draft202012Validator:
    found = documents()[name]
    return Draft202012Validator(document(found.title, found.kind, closed=True), format_checker=FormatChecker())


def check(name: str, *printed: object) -> None:
    """Raises jsonschema's ValidationError where something of the document `name` is not as its schema says."""
    for each in printed:
        validator(name).validate(each)


def check_output(arguments: Sequence[str], text: str) -> None:
    """The same of what a command with ``--json`` printed: a document, or a line for each."""
    check(command(arguments), *_read(text))


def command(arguments: Sequence[str]) -> str:
    """The name of the command in ``podcli ARGUMENTS``."""
    name, found = arguments[0], cli.get_command(click.Context(cli), arguments[0])
    if isinstance(found, click.Group):
        inner = next((each for each in arguments[1:] if each in found.commands), None)
        return f"{name} {inner}" if inner else name
    return name


def _read(text: str) -> Iterator[object]:
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].lstrip()
