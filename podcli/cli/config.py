"""Commands over settings.toml."""

from __future__ import annotations

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json


@click.group(short_help="Show and change settings.")
def config() -> None:
    """Settings live in one TOML file.

    \b
      podcli config set player.speed 1.5
    """


@config.command(short_help="Where settings.toml is.")
@as_json
def path(as_json: bool) -> None:
    """Where settings.toml is, whether or not it exists yet.

    \b
      podcli config path
    """
    from podcli import paths

    emit_json({"path": str(paths.settings_file())}) if as_json else emit(str(paths.settings_file()))


@config.command(short_help="Every setting and its value.")
@as_json
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
@click.argument("key", shell_complete=lambda _c, _p, part: [key for key in _keys() if key.startswith(part)])
@as_json
def get(key: str, as_json: bool) -> None:
    """The value of KEY.

    \b
      podcli config get models.write
    """
    from podcli import settings

    value = settings.value(settings.load(), key)
    emit_json({key: value}) if as_json else emit(_shown(value))


@config.command("set", short_help="Change one setting.")
@click.argument("key", shell_complete=lambda _c, _p, part: [key for key in _keys() if key.startswith(part)])
@click.argument("value")
@as_json
def set_(key: str, value: str, as_json: bool) -> None:
    """Set KEY to VALUE; comments in the file stay.

    \b
      podcli config set transcribe.language de
    """
    from podcli import settings

    stored = settings.set_value(key, value)
    emit_json({key: stored}) if as_json else emit(f"{key} = {_shown(stored)}")


def _keys() -> list[str]:
    from podcli import settings

    return settings.names()


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)
