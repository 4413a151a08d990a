"""Commands over LoRA adapters: ``podcli models add-adapter`` and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json, narrate, table
from podcli.domain.schema import When
from podcli.text import human_bytes

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from podcli.engines.adapters import Adapter
    from podcli.services.models import AdapterRow

_TASKS = click.Choice(["takeaways", "chapters", "gist", "mentions", "ask", "all"])
_FOR = "What it works on; may be given more than once. Takeaways are also what summary and highlights are made of."


class SourceJson(TypedDict):
    """A place to get a model from."""

    kind: Annotated[str, "https: a model hub; wheel: a package index."]
    where: Annotated[list[str], "Addresses, or names of packages with their versions."]
    bytes: Annotated[int | None, "How much is fetched; null: unknown."]
    sha256: Annotated[str | None, "Of what is fetched, in hex digits; null: of its parts only."]


class ModelJson(TypedDict):
    """A model there is, or an adapter (role adapter), which changes how one answers."""

    model: Annotated[str, "Its name."]
    title: Annotated[str, "Its name for people."]
    role: Annotated[str, "transcribe, write, embed; adapter."]
    engine: Annotated[str, "What runs it."]
    installed: Annotated[bool, "Whether it is on this machine."]
    chosen: Annotated[bool, "Whether it does its work now, once installed."]
    recommended: Annotated[bool, "What a machine of this size should end up with."]
    starter: Annotated[bool, "What a new machine of this size begins with."]
    fits: Annotated[bool, "Whether this machine has the memory for it."]
    bytes: Annotated[int, "On the disk when installed, else what it will take there."]
    memory_mb: Annotated[int, "Memory at work, in MB; 0: not known."]
    licence: Annotated[str, "What it may be used for; '': not known."]
    languages: Annotated[str, "What it understands; '': not known."]
    source: Annotated[str, "Where it came from, or the kinds of source it can be had from."]
    verified: Annotated[bool, "Whether it was tried with podcli."]
    half_pulled: Annotated[int, "Bytes of an unfinished pull."]
    notes: Annotated[str, "What else is to know; '': nothing."]
    sources: Annotated[list[SourceJson], "The best first."]
    base: NotRequired[Annotated[str | None, "Of an adapter: the model it is for; null: it is damaged."]]
    scale: NotRequired[Annotated[float | None, "Of an adapter: how strongly it works; null: it is damaged."]]
    tasks: NotRequired[Annotated[list[str] | None, "Of an adapter: what it works on; null: it is damaged."]]


class AdapterJson(TypedDict):
    """A LoRA adapter; of a damaged one only the first three are known."""

    adapter: Annotated[str, "Its name."]
    chosen: Annotated[bool, "Whether it works now."]
    ok: Annotated[bool, "Whether it is whole."]
    model: NotRequired[Annotated[str, "The model it is for."]]
    scale: NotRequired[Annotated[float, "How strongly it works; at 0 not at all."]]
    tasks: NotRequired[Annotated[list[str], "What it works on; all: everything."]]
    bytes: NotRequired[Annotated[int, "On the disk."]]
    sha256: NotRequired[Annotated[str, "Of the file, in hex digits."]]
    installed: NotRequired[Annotated[When, "When it was added."]]


class RemovedAdapterJson(TypedDict):
    """An adapter that was deleted."""

    adapter: Annotated[str, "Its name."]
    freed: Annotated[int, "How many bytes of the disk."]


def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of installed adapters."""
    from click.shell_completion import CompletionItem

    from podcli.engines import adapters

    return [CompletionItem(name, help="adapter") for name in adapters.names() if name.startswith(incomplete)]


@click.command("adapters", short_help="LoRA adapters that are here.")
@as_json(list[AdapterJson])
def list_adapters(as_json: bool) -> None:
    """LoRA adapters: for which model and which tasks each is, how strongly it works, and whether it works now.

    \b
      podcli models adapters
    """
    from podcli.services import open_services

    with open_services() as services:
        rows = services.models.adapters()
        if as_json:
            emit_json([_json(row.name, row.adapter, row.chosen) for row in rows])
            return
        if not rows:
            narrate("There are no adapters. Add one with `podcli models add-adapter FILE`.")
            return
        lines = [_line(row) for row in rows]
        emit(table(lines, heads=["Adapter", "Model", "For", "Scale", "State", "On disk"], right=(3, 5), stretch=2))


@click.command(short_help="Install a LoRA adapter.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scale", type=float, default=1.0, show_default=True, help="How strongly it works, -4 to 4; at 0 not at all.")
@click.option("--for", "tasks", type=_TASKS, multiple=True, help=f"{_FOR} Default: all.")
@click.option("--model", default="", help="The model it was made for; default: the one that writes now.")
@click.option("--name", default="", help="What to call it; default: after the file.")
@as_json(AdapterJson)
def add_adapter(file: Path, scale: float, tasks: tuple[str, ...], model: str, name: str, as_json: bool) -> None:
    """Install the LoRA adapter in FILE (GGUF, as llama.cpp's convert_lora_to_gguf.py writes it). It is compared with the model it
    is for. Several may work on one task. What was made without it stays, and is shown again once the adapter is gone.

    \b
      podcli models add-adapter terse.gguf --scale 0.8 --for takeaways
    """
    from podcli.services import open_services

    with open_services() as services:
        added = services.models.add_adapter(file, name=name, scale=scale, tasks=tasks, model=model)
        chosen = services.models.chosen("write") == added.model
        _told(added, as_json, f"Added {added.name}: it will work", chosen=chosen)


@click.command(short_help="Set how strongly an adapter works, and on what.")
@click.argument("name", shell_complete=complete)
@click.option("--scale", type=float, default=None, help="How strongly it works, -4 to 4; at 0 not at all.")
@click.option("--for", "tasks", type=_TASKS, multiple=True, help=_FOR)
@as_json(AdapterJson)
def set_adapter(name: str, scale: float | None, tasks: tuple[str, ...], as_json: bool) -> None:
    """Change what NAME was added with.

    \b
      podcli models set-adapter terse --scale 0.5 --for takeaways --for gist
    """
    from podcli.services import open_services

    with open_services() as services:
        changed = services.models.change_adapter(name, scale=scale, tasks=tasks)
        chosen = services.models.chosen("write") == changed.model
        _told(changed, as_json, f"{changed.name} will work", chosen=chosen)


@click.command(short_help="Delete an adapter.")
@click.argument("name", shell_complete=complete)
@as_json(RemovedAdapterJson)
def remove_adapter(name: str, as_json: bool) -> None:
    """Delete NAME from this disk. What was made with it stays, and what was made without it is shown again.

    \b
      podcli models remove-adapter terse
    """
    from podcli.services import open_services

    with open_services() as services:
        freed = services.models.remove_adapter(name)
        if as_json:
            emit_json(RemovedAdapterJson(adapter=name, freed=freed))
        else:
            emit(f"Removed {name}: {human_bytes(freed)} free again.")


COMMANDS = (list_adapters, add_adapter, set_adapter, remove_adapter)


def as_model(row: AdapterRow) -> ModelJson:
    """An adapter among models: the keys of both."""
    adapter = row.adapter
    return {
        "model": row.name, "title": row.name, "role": "adapter", "engine": "llama", "installed": True, "chosen": row.chosen,
        "recommended": False, "starter": False, "fits": True, "bytes": adapter.bytes if adapter else 0, "memory_mb": 0,
        "licence": "", "languages": "", "source": "your file", "verified": True, "half_pulled": 0, "notes": "", "sources": [],
        "base": adapter.model if adapter else None, "scale": adapter.scale if adapter else None,
        "tasks": list(adapter.tasks) if adapter else None,
    }  # fmt: skip


def _json(name: str, adapter: Adapter | None, chosen: bool) -> AdapterJson:
    found: AdapterJson = {"adapter": name, "chosen": chosen, "ok": adapter is not None}
    if adapter is not None:
        found |= {"model": adapter.model, "scale": adapter.scale, "tasks": list(adapter.tasks), "bytes": adapter.bytes,
                  "sha256": adapter.sha256, "installed": adapter.installed_at}  # fmt: skip
    return found


def _told(adapter: Adapter, as_json: bool, does: str, *, chosen: bool) -> None:
    if as_json:
        emit_json(_json(adapter.name, adapter, chosen and adapter.scale != 0))
        return
    if adapter.scale == 0:
        emit(f"{adapter.name} is switched off.")
        return
    what = "everything" if adapter.tasks == ("all",) else ", ".join(adapter.tasks)
    emit(f"{does} on {what} with {adapter.model}, scale {adapter.scale:g}.")
    if not chosen:
        narrate(f"Another model writes now: `podcli models use {adapter.model}` changes that.")


def _line(row: AdapterRow) -> list[str]:
    adapter = row.adapter
    if adapter is None:
        return [row.name, "–", "–", "–", "damaged", "–"]
    state = "off" if adapter.scale == 0 else "in use" if row.chosen else "left aside"
    return [row.name, adapter.model, ", ".join(adapter.tasks), f"{adapter.scale:g}", state, human_bytes(adapter.bytes)]
