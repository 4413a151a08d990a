"""Commands over hooks: the listener's own commands, run on events."""

from __future__ import annotations

from typing import Annotated, TypedDict, get_args

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json, narrate, table
from podcli.domain import HookEvent
from podcli.domain.schema import Seconds
from podcli.errors import ExitCode
from podcli.settings.values import in_toml


class HookJson(TypedDict):
    """A command of yours."""

    event: Annotated[HookEvent, "What it runs on."]
    command: Annotated[list[str], "The program and its arguments."]
    timeout: Annotated[Seconds, "After so long it is ended."]


class TriedJson(TypedDict):
    """How a command went with an example."""

    event: Annotated[HookEvent, "Of what."]
    command: Annotated[list[str], "The program and its arguments."]
    ok: Annotated[bool, "Whether it ended with 0."]
    problem: Annotated[str | None, "Why not; null: it did."]
    hint: Annotated[str | None, "What to do about that; null: nothing."]
    said: Annotated[str | None, "The last line it printed; null: none."]
    took: Annotated[Seconds, "How long it ran; 0 where it failed."]


@click.group(invoke_without_command=True)
@as_json(list[HookJson])
@click.pass_context
def hooks(context: click.Context, as_json: bool) -> None:
    """Commands of yours that podcli runs when something happened. They are set in settings.toml, under [hooks].

    \b
      podcli config set hooks.downloaded '[["notify-send", "podcli", "Downloaded"]]'
      podcli hooks
    """
    if context.invoked_subcommand is not None:
        return
    from podcli.services import open_services

    with open_services() as services:
        found = services.hooks.all()
        if as_json:
            timeout_s = services.settings.hooks.timeout_s
            emit_json([HookJson(event=event, command=list(command), timeout=timeout_s) for event, command in found])
        elif not found:
            narrate(f"No hooks are set. They can be for {', '.join(get_args(HookEvent))}; see `podcli hooks --help`.")
        else:
            emit(table([[event, in_toml(command)] for event, command in found], heads=["Event", "Command"], stretch=1))


@hooks.command(short_help="Run the hooks of an event with an example.")
@click.argument("event", type=click.Choice(get_args(HookEvent)))
@as_json(list[TriedJson])
@click.pass_context
def test(context: click.Context, event: HookEvent, as_json: bool) -> None:
    """Run the hooks of EVENT now, with an example ("test": true) on their standard input, and tell how it went.

    \b
      podcli hooks test downloaded
    """
    from podcli.services import open_services

    with open_services() as services:
        tried = services.hooks.test(event)
    if as_json:
        emit_json([
            TriedJson(
                event=event, command=list(each.command), ok=not each.problem, problem=each.problem or None,
                hint=each.hint or None, said=each.said or None, took=round(each.took_s, 3),
            )
            for each in tried
        ])  # fmt: skip
    for each in () if as_json else tried:
        said = f" It said: {each.said}" if each.said else ""
        emit(f"✗ {each.problem}" if each.problem else f"✓ {in_toml(each.command)} ended well in {each.took_s:.1f} s.{said}")
        if each.hint:
            emit(f"    {each.hint}")
    context.exit(int(ExitCode.FAILED) if any(each.problem for each in tried) else 0)
