"""Commands over work in progress."""

from __future__ import annotations

import json
from typing import Annotated, TypedDict

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import describe, emit, emit_json, emit_line, follow, narrate, notify_ends, table
from podcli.domain import Job, JobId, JobKind, JobState, Unit
from podcli.domain.schema import Seconds


class JobJson(TypedDict):
    """A piece of work, waiting, running or ended."""

    job: Annotated[int, "Its number, which `podcli jobs cancel` and others take."]
    kind: Annotated[JobKind, "What is done."]
    state: Annotated[JobState, "done, failed, cancelled and stopped are the end of it; stopped: with what it waited for."]
    episode: Annotated[int | None, "The number of the episode it is about; null: of none."]
    about: Annotated[str, "What it is about, in words; '': nothing in particular."]
    stage: Annotated[str | None, "What it does now, in words; null: not begun."]
    done: Annotated[float, "How much is done, in `unit`."]
    total: Annotated[float | None, "Of how much, in `unit`; null: not known."]
    unit: Annotated[Unit, "What is counted; seconds are of audio."]
    rate: Annotated[float | None, "Units a second; null: not known."]
    left: Annotated[Seconds | None, "How long it will still take; null: not known."]
    message: Annotated[str | None, "Why it failed, or waits; null: neither."]
    hint: Annotated[str | None, "What to do about that; null: nothing."]
    exit_code: Annotated[int, "As of podcli itself: 0 is well."]
    result: Annotated[dict[str, object] | None, "What it made, by keys that depend on `kind`; null: nothing yet."]


class ClearedJson(TypedDict):
    """What was forgotten."""

    cleared: Annotated[int, "How many jobs."]


@click.group(invoke_without_command=True)
@as_json(list[JobJson])
@click.pass_context
def jobs(context: click.Context, as_json: bool) -> None:
    """Work in progress and what became of it. Without a subcommand: list.

    \b
      podcli jobs
      podcli jobs cancel 7
    """
    if context.invoked_subcommand is None:
        context.invoke(list_jobs, as_json=as_json)


@jobs.command("list", short_help="The newest jobs.")
@click.option("--limit", "-n", default=20, show_default=True, help="How many.")
@as_json(list[JobJson])
def list_jobs(limit: int = 20, as_json: bool = False) -> None:
    """The newest jobs, newest first.

    \b
      podcli jobs list --json
    """
    from podcli.services import open_services

    with open_services() as services:
        found = services.jobs.recent(max(1, limit))
        if as_json:
            emit_json([job_json(job) for job in found])
        elif not found:
            narrate("There has been no work yet.")
        else:
            heads = ["No.", "What", "State", "About", ""]
            rows = [[str(job.id), job.kind, job.state, job.title or job.target, _outcome(job)] for job in found]
            emit(table(rows, heads=heads, right=(0,), stretch=3))


@jobs.command("follow", short_help="Watch until the work ends.")
@click.argument("number", type=int, required=False)
@as_json(JobJson)
def follow_job(number: int | None, as_json: bool) -> None:
    """Watch job NUMBER, or all that runs and waits, until it ends. Leaving does not stop it.

    With --json each change is one line: a JSON object with rate (units a second) and left (seconds).

    \b
      podcli jobs follow 7 --json
    """
    from podcli.services import open_services

    with open_services() as services:
        chosen = services.jobs.active() if number is None else [services.jobs.get(JobId(number))]
        if not chosen:
            narrate("No work is waiting or running.")
        elif not as_json:
            follow(services, chosen)
        else:
            said: dict[int, str] = {}
            rows: list[Job] = []
            for rows in services.jobs.follow(chosen):
                for job in rows:
                    line = json.dumps(job_json(job), ensure_ascii=False)
                    if said.get(job.id) != line:
                        said[job.id] = line
                        emit_line(line)
            notify_ends(services, chosen, rows)


@jobs.command(short_help="Let work wait.")
@click.argument("number", type=int, required=False)
@as_json(list[JobJson])
def pause(number: int | None, as_json: bool) -> None:
    """Let job NUMBER, or all that runs and waits, wait until it is resumed. What it had done is kept; its memory is given back.

    \b
      podcli jobs pause 7
    """
    from podcli.services import open_services

    with open_services() as services:
        paused = services.jobs.pause_all() if number is None else [services.jobs.pause(JobId(number))]
        _tell(paused, "paused", as_json=as_json)


@jobs.command(short_help="Go on with paused work.")
@click.argument("number", type=int, required=False)
@as_json(list[JobJson])
def resume(number: int | None, as_json: bool) -> None:
    """Go on with job NUMBER, or with all that is paused, from where it was, and watch it.

    \b
      podcli jobs resume 7
    """
    from podcli.services import open_services

    with open_services() as services:
        resumed = services.jobs.resume_all() if number is None else [services.jobs.resume(JobId(number))]
        _tell(follow(services, resumed) if resumed else [], "done", as_json=as_json)


@jobs.command(short_help="Stop a job now.")
@click.argument("number", type=int)
@as_json(JobJson)
def cancel(number: int, as_json: bool) -> None:
    """Stop job NUMBER now, and those that wait for it. What it had done is kept.

    \b
      podcli jobs cancel 7
    """
    from podcli.services import open_services

    with open_services() as services:
        job = services.jobs.cancel(JobId(number))
        emit_json(job_json(job)) if as_json else emit(f"Job {job.id} ({job.kind}) is cancelled.")


@jobs.command(short_help="Do a failed or cancelled job again.")
@click.argument("number", type=int)
@as_json(JobJson)
def retry(number: int, as_json: bool) -> None:
    """Do job NUMBER again, from where it was, and watch it.

    \b
      podcli jobs retry 7
    """
    from podcli.services import open_services

    with open_services() as services:
        job = follow(services, [services.jobs.retry(JobId(number))])[0]
        emit_json(job_json(job)) if as_json else emit(f"Job {job.id} ({job.kind}) is done.")


@jobs.command(short_help="Forget what ended.")
@as_json(ClearedJson)
def clear(as_json: bool) -> None:
    """Forget the jobs that ended; what they made stays.

    \b
      podcli jobs clear
    """
    from podcli.services import open_services

    with open_services() as services:
        count = services.jobs.clear()
        emit_json(ClearedJson(cleared=count)) if as_json else emit(f"{count} job{'' if count == 1 else 's'} forgotten.")


def job_json(job: Job) -> JobJson:
    """A job as every ``--json`` prints it. `done`, `total` and `rate` count in `unit`; `left` is in seconds."""
    progress = job.progress
    return {
        "job": job.id, "kind": job.kind, "state": job.state, "episode": job.episode_id, "about": job.title or job.target,
        "stage": progress.stage or None, "done": progress.done, "total": progress.total, "unit": progress.unit,
        "rate": progress.rate and round(progress.rate, 3), "left": progress.left_s and round(progress.left_s, 1),
        "message": job.message or None, "hint": job.hint or None, "exit_code": job.exit_code, "result": job.result or None,
    }  # fmt: skip


def _tell(changed: list[Job], state: str, *, as_json: bool) -> None:
    if as_json:
        emit_json([job_json(job) for job in changed])
        return
    for job in changed:
        emit(f"Job {job.id} ({job.kind}) is {state}.")
    if not changed:
        narrate("No work is waiting or running." if state == "paused" else "No work is paused.")


def _outcome(job: Job) -> str:
    return describe(job) if job.state == "running" else job.message
