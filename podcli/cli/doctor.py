"""``podcli doctor``: is everything podcli stands on in order?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Annotated, NamedTuple, TypedDict

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json
from podcli.errors import ExitCode, PodcliError
from podcli.text import human_bytes

_LITTLE_ROOM_BYTES = 2_000_000_000


class FindingJson(TypedDict):
    """One thing that was looked at."""

    name: Annotated[str, "What."]
    ok: Annotated[bool, "Whether it is in order."]
    says: Annotated[str, "How it is, or what is wrong."]
    hint: Annotated[str, "What to do about it; '': nothing."]


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    says: str
    hint: str = ""


@click.command()
@as_json(list[FindingJson])
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check settings, library, models, sound library and room on the disk; say what to do about what is wrong.

    \b
      podcli doctor
    """
    findings = list(examine())
    if as_json:
        emit_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            emit(f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.says}")
            if not finding.ok and finding.hint:
                emit(f"    {finding.hint}")
    context.exit(0 if all(finding.ok for finding in findings) else int(ExitCode.FAILED))


def examine() -> Iterator[Finding]:
    """Look at each thing in turn; one that fails does not stop the others."""
    checks: dict[str, Callable[[], str]] = {
        "Python": lambda: f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
        "Settings": _settings,
        "Library": _library,
        "Disk": _disk,
        "Sound": _sound,
        "Models": _models,
        "Speech engine": _speech,
        "Hooks": _hooks,
        "Accounts": _accounts,
        "Automatic exports": _exports,
        "Workers": _workers,
    }
    for name, check in checks.items():
        try:
            yield Finding(name, True, check())
        except PodcliError as error:
            yield Finding(name, False, error.message, error.hint)


def _settings() -> str:
    from podcli import paths, settings

    settings.load()
    file = paths.settings_file()
    return str(file) if file.exists() else f"defaults ({file} does not exist yet)"


def _library() -> str:
    from podcli.services import open_services

    with open_services() as services:
        verdict = services.store.check()
        if verdict != "ok":
            from podcli import paths

            raise PodcliError(f"{services.store.path} is damaged: {verdict}.", f"Copies are in {paths.backups()}.")
        shows = services.library.shows()
        size = human_bytes(services.store.path.stat().st_size)
        return f"{services.store.path} is sound ({size}, {len(shows)} shows)"


def _disk() -> str:
    from podcli import paths

    free = shutil.disk_usage(paths.make_private(paths.data())).free
    if free < _LITTLE_ROOM_BYTES:
        raise PodcliError(f"only {human_bytes(free)} free where the library is", "Models and episodes need about 2 GB.")
    return f"{human_bytes(free)} free"


def _sound() -> str:
    from ctypes.util import find_library

    library = find_library("mpv")
    if library is None:
        raise PodcliError("libmpv is not installed", "Debian, Ubuntu: apt install libmpv2. macOS: brew install mpv.")
    return library


def _models() -> str:
    from podcli.services import open_services

    with open_services() as services:
        named = [services.models.chosen("transcribe"), services.models.chosen("write")]
        for model in named:
            services.models.require(model)
        return f"{named[0]} listens, {named[1]} reads"


def _speech() -> str:
    from podcli.services import open_services

    with open_services() as services:
        choice = services.models.speech()
        name = "whisper.cpp" if choice.engine == "whispercpp" else "podcli's own Whisper"
        return f"{name}, because {choice.why}"


def _hooks() -> str:
    from podcli.services import open_services

    with open_services() as services:
        found = services.hooks.all()
        missing = [f"{command[0]} ({event})" for event, command in found if shutil.which(command[0]) is None]
        if missing:
            raise PodcliError(f"no such program: {', '.join(missing)}", "Give the whole path; `podcli hooks` lists what is set.")
        return f"{len(found)} set" if found else "none set"


def _accounts() -> str:
    from podcli.services import open_services

    with open_services() as services:
        found = services.accounts.connected()
        lost = [account for account in found if not account.token]
        if lost:
            named, commands = (
                " and ".join(each.title for each in lost),
                " and ".join(f"`podcli connect {each.service}`" for each in lost),
            )
            raise PodcliError(f"the keyring has no token for {named} any more", f"{commands} asks for it again.")
        return ", ".join(f"{each.title} ({each.token})" for each in found) or "none connected"


def _exports() -> str:
    from podcli.services import open_services

    with open_services() as services:
        if found := services.exporting.cannot_go_by_themselves(services.accounts):
            says = " ".join(f"{kind}: {error.message}" for kind, error in found.items())
            raise PodcliError(says, " ".join(dict.fromkeys(error.hint for error in found.values() if error.hint)))
        return ", ".join(services.settings.export.auto) or "none set"


def _workers() -> str:
    from podcli import paths
    from podcli.services import open_services

    with open_services() as services:
        active = services.jobs.active()
        return f"{len(active)} job{'' if len(active) == 1 else 's'} waiting or running; logs in {paths.state()}"
