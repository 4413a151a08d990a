"""Commands over settings.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json, narrate, table

if TYPE_CHECKING:
    from podcli.keymap import Keymap
    from podcli.settings import Settings

_Settings = Annotated[dict[str, object], "Settings by name, such as player.speed; `podcli config schema` tells of their values."]


class PathJson(TypedDict):
    """Where settings.toml is."""

    path: Annotated[str, "Its path."]


class KeyJson(TypedDict):
    """A command of the player."""

    id: Annotated[str, "Its name in settings.toml, after `keys.`."]
    where: Annotated[str, "Where in the player it works."]
    keys: Annotated[list[str], "The keys that call it now."]
    own: Annotated[bool, "Whether settings.toml has keys of your own for it."]
    help: Annotated[str, "What it does."]


class ThemesJson(TypedDict):
    """The colours the player can wear."""

    themes: Annotated[list[str], "Their names."]
    chosen: Annotated[str, "The one in use."]
    folder: Annotated[str, "Where your own go."]
    problems: Annotated[list[str], "What is wrong with your own, in words."]


@click.group()
def config() -> None:
    """Settings live in one TOML file.

    \b
      podcli config set player.speed 1.5
    """


@config.command(short_help="Where settings.toml is.")
@as_json(PathJson)
def path(as_json: bool) -> None:
    """Where settings.toml is, whether or not it exists yet.

    \b
      podcli config path
    """
    from podcli import paths

    emit_json(PathJson(path=str(paths.settings_file()))) if as_json else emit(str(paths.settings_file()))


@config.command(short_help="Every setting and its value.")
@as_json(_Settings)
def show(as_json: bool) -> None:
    """Every setting with its value; those that differ from the default are marked with *.

    \b
      podcli config show
    """
    from podcli import settings

    now = settings.load()
    values = {key: settings.value(now, key) for key in settings.names()}
    if as_json:
        emit_json(values)
        return
    for key, value in values.items():
        mark = " " if value == settings.value(settings.Settings(), key) else "*"
        emit(f"{mark} {key} = {_shown(value)}")


@config.command(short_help="One setting.")
@click.argument("key", shell_complete=lambda _c, _p, part: _names(part))
@as_json(_Settings)
def get(key: str, as_json: bool) -> None:
    """The value of KEY; with `keys.` and a command, that command's keys.

    \b
      podcli config get models.write
      podcli config get keys.episode.archive
    """
    from podcli import settings

    now = settings.load()
    value = _keymap(now).keys(_command(key)) if key.startswith("keys.") else settings.value(now, key)
    emit_json({key: value}) if as_json else emit(_shown(value))


@config.command("set", short_help="Change one setting.")
@click.argument("key", shell_complete=lambda _c, _p, part: _names(part))
@click.argument("value")
@as_json(_Settings)
def set_(key: str, value: str, as_json: bool) -> None:
    """Set KEY to VALUE; comments in the file stay. Keys of a command are written with spaces between them.

    \b
      podcli config set transcribe.language de
      podcli config set keys.episode.archive "c f5"
    """
    from podcli import keymap, settings

    stored = settings.set_value(key, value, check=keymap.load)
    emit_json({key: stored}) if as_json else emit(f"{key} = {_shown(stored)}")


@config.command(short_help="Back to the default.")
@click.argument("key", shell_complete=lambda _c, _p, part: _names(part))
@as_json(_Settings)
def unset(key: str, as_json: bool) -> None:
    """Take KEY out of the file, so that the default is in force again.

    \b
      podcli config unset player.speed
    """
    from podcli import keymap, settings

    back = settings.unset(key, check=keymap.load)
    if back is None:
        back = _keymap(settings.load()).keys(_command(key))
    emit_json({key: back}) if as_json else emit(f"{key} = {_shown(back)}")


@config.command(short_help="Write a settings.toml with every default in it.")
@as_json(PathJson)
def init(as_json: bool) -> None:
    """Write a settings.toml that holds every setting, what it is for and its default, and a JSON Schema for editors.

    \b
      podcli config init
    """
    file = _create()
    emit_json(PathJson(path=str(file))) if as_json else emit(str(file))


@config.command(short_help="Open settings.toml in your editor.")
def edit() -> None:
    """Open settings.toml in $VISUAL or $EDITOR, and check it afterwards. Without a file, one is written first (see `init`).

    \b
      podcli config edit
    """
    from podcli import keymap, paths, settings
    from podcli.errors import UsageError

    file = paths.settings_file()
    if not file.exists():
        _create()
    try:
        click.edit(filename=str(file))
    except click.ClickException as error:
        raise UsageError(f"The editor did not work: {error.message}", "Set EDITOR to the one you use.") from None
    keymap.load(settings.load())
    emit(f"{file} is in order.")


@config.command(short_help="What settings.toml may say, as JSON Schema.")
def schema() -> None:
    """A JSON Schema of settings.toml, for editors.

    \b
      podcli config schema > settings.schema.json
    """
    from podcli.settings.describing import schema

    emit_json(schema())


@config.command(short_help="Every command of the player and its keys.")
@click.option("--preset", type=click.Choice(["vim", "mpv", "castero", "newsboat", "emacs"]), help="As this preset has them.")
@as_json(list[KeyJson])
def keys(preset: str | None, as_json: bool) -> None:
    """Every command of the player, where it works, and its keys now; `*` marks your own.

    \b
      podcli config keys
      podcli config keys --preset mpv
    """
    from podcli import keymap, settings

    now = settings.load()
    live = keymap.preset(preset) if preset else keymap.load(now)
    own = {} if preset else now.keys
    if as_json:
        emit_json([
            KeyJson(id=each.id, where=each.where, keys=list(live.keys(each.id)), own=each.id in own, help=each.help)
            for each in keymap.COMMANDS
        ])  # fmt: skip
        return
    rows = [
        [f"{'*' if each.id in own else ' '} {each.id}", each.where, " ".join(live.keys(each.id)), each.help]
        for each in keymap.COMMANDS
    ]
    emit(table(rows, heads=["  COMMAND", "WHERE", "KEYS", "WHAT IT DOES"], stretch=3))


@config.command(short_help="The colours the player can wear.")
@as_json(ThemesJson)
def themes(as_json: bool) -> None:
    """Every theme; `*` marks the one in use. Your own are TOML files in the folder `themes` beside settings.toml.

    \b
      podcli config themes
      podcli config set tui.theme nord
    """
    from podcli import settings
    from podcli.tui import themes as colours

    names, complaints = colours.available()
    chosen = colours.wanted(settings.load())
    if as_json:
        emit_json(ThemesJson(themes=names, chosen=chosen, folder=str(colours.folder()), problems=complaints))
        return
    for name in names:
        emit(f"{'*' if name == chosen else ' '} {name}")
    for complaint in complaints:
        narrate(complaint)


def _create() -> Path:
    import json

    from podcli import settings
    from podcli.settings import describing

    file = settings.create(describing.template())
    (file.parent / describing.SCHEMA).write_text(json.dumps(describing.schema(), indent=1), "utf-8")
    return file


def _names(part: str) -> list[str]:
    from podcli import keymap, settings

    known = [*settings.names(), *(f"keys.{each.id}" for each in keymap.COMMANDS)]
    return [name for name in known if name.startswith(part)]


def _keymap(now: Settings) -> Keymap:
    from podcli import keymap

    return keymap.load(now)


def _command(key: str) -> str:
    """The id of the command behind ``keys.ID``. Raises UsageError when there is none."""
    from podcli import keymap

    return keymap.known(key.removeprefix("keys."))


def _shown(value: object) -> str:
    if isinstance(value, tuple) and not (value and isinstance(value[0], str)):
        from podcli.settings.values import in_toml

        return in_toml(value)
    if isinstance(value, list | tuple):
        return " ".join(value) if value else "none"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
