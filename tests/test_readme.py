"""The README says what is so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from podcli.cli import _WHERE, cli
from podcli.store import open_store

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_every_table_and_view_is_described() -> None:
    with open_store() as store:
        names = {row[0] for row in store._db.execute("select name from sqlite_master where type in ('table', 'view')")}
    ours = {name for name in names if not name.startswith(("sqlite_", "_sqlite", "sentence_fts_"))}
    described = set(re.findall(r"`([a-z_]+)`", README.split("### The library")[1]))
    assert ours <= described, ours - described


def test_every_column_it_names_exists() -> None:
    with open_store() as store:
        for line in README.split("| table | holds |")[1].split("\n\n")[0].splitlines()[2:]:
            tables, words = line.strip("| ").split(" | ", 1)
            names = re.findall(r"`([a-z_]+)`", tables)
            columns = {row[1] for name in names for row in store._db.execute(f"pragma table_info({name})")}
            assert columns, line
            said = set(re.findall(r"`([a-z_0-9]+)`", words))
            assert said <= columns | set(names), f"{names}: {said - columns}"


def test_every_command_is_in_the_table() -> None:
    table = README.split("## What it does")[1].split("### In scripts")[0]
    for name in _WHERE:
        assert re.search(rf"\b{name}\b", table), name


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


def test_every_command_within_a_command_and_every_option_is_named() -> None:
    unnamed = set()
    for path, command in _commands(cli):
        if not re.search(rf"\b{re.escape(path[-1])}\b", README):
            unnamed.add(" ".join(path))
        for option in (parameter for parameter in command.params if isinstance(parameter, click.Option)):
            names = [name for name in (*option.opts, *option.secondary_opts) if name.startswith("--")]
            if not any(re.search(rf"`[^`]*{name}\b", README) for name in names):
                unnamed.add(" ".join((*path, *names)))
    assert not unnamed


def test_what_it_points_at_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (Path(__file__).parent.parent / target).exists(), target


def test_nothing_was_left_to_fill_in() -> None:
    assert not re.search(r"@[A-Z]+@|TODO|XXX", README)


def test_the_keys_it_names_are_those_of_the_default_preset() -> None:
    from podcli import keymap

    live = keymap.preset("vim")
    shown = {part for command in keymap.COMMANDS for part in live.all_shown(command.id).split()}
    shown |= {key for command in keymap.COMMANDS for key in live.keys(command.id)}
    table = README.split("### Keys")[1].split("\n\n")[1]
    cells = [cell for line in table.splitlines()[2:] for cell in line.strip("|").split("|")[::2]]
    named = {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}
    assert len(named) > 40
    assert named <= shown, named - shown


def test_the_settings_it_names_exist() -> None:
    from podcli import keymap, settings

    known = {*settings.names(), *(f"keys.{command.id}" for command in keymap.COMMANDS)}
    sections = "|".join(sorted({name.split(".")[0] for name in known}))
    named = set(re.findall(rf"(?<![\w./-])((?:{sections})\.[a-z_]+(?:\.[a-z_]+)?)\b", README))
    for block in re.findall(r"(?s)```toml\n(.*?)```", README):
        for section, values in tomllib.loads(block).items():
            named |= {f"{section}.{name}" for name in values} if isinstance(values, dict) else set()
    assert {"export", "hooks", "insights", "transcribe", "work"} <= {name.split(".")[0] for name in named}
    assert named <= known, named - known
