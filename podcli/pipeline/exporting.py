"""What was kept is exported by itself: ``podcli export`` is run, as its listener would at a prompt, and its words are told.

A program of its own, because the pipeline lies below what exports; and whatever becomes of it, nothing else does.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, Job
from podcli.errors import ExitCode, PodcliError
from podcli.pipeline import programs
from podcli.pipeline.events import exported
from podcli.pipeline.hooks import last_line
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.pipeline.stages import Context, Result

SENT = {"notion": ("notion",), "readwise-account": ("readwise", "--send")}
"""What of ``export.auto`` goes to an account, and what ``podcli export`` is told for it."""
ONE_FILE = ("readwise", "anki", "jsonl", "atom")
"""What of ``export.auto`` is one file with the snips of all episodes."""
TIMEOUT_S = 600.0
"""A service on the web may let one wait."""
_PODCLI = (sys.executable, "-P", "-m", "podcli")
_SPEAKS = "podcli: "
"""What its sentence about a failure begins with; the hint stands below, indented."""
_LONGEST = 1000


def run(job: Job, context: Context) -> Result:
    """Export as kind ``job.target`` what is kept of an episode, and let those that missed an account be tried again.

    Raises PodcliError in the command's words, with its exit code.
    """
    kind, number = job.target, job.episode_id
    assert number is not None
    if kind not in exported():
        at_prompt = " ".join(SENT.get(kind, (kind,)))
        raise PodcliError(f"{kind} is no longer in export.auto.", f"`podcli export {at_prompt}` exports it now.")
    done_before = f"export.auto.{kind}" if kind in ONE_FILE else f"export.auto.{kind}.{number}"
    written = kind not in SENT and context.store.library.remembered(done_before)  # a file must lose what was removed
    if not written and not _anything_kept(number, context):
        return {"said": "Nothing is kept of it any more."}  # and nothing shall be made of that
    context.report.stage("Exporting")
    try:
        ended = programs.run(command(kind, number), b"", timeout_s=TIMEOUT_S, environment={}, tokens=True)
    except PodcliError as error:
        raise PodcliError(f"The export to {kind} did not run: {error.message}.", error.hint) from None
    if ended.code != ExitCode.OK:
        raise _failure(kind, ended)
    if kind not in SENT:
        context.store.library.remember(done_before, True)
    else:
        for missed in context.store.jobs.missed("export", kind, ExitCode.NETWORK, but=number):
            context.store.jobs.requeue(missed)
    return {"took": round(ended.took_s, 3), "said": last_line(ended.err)}


def command(kind: str, number: EpisodeId) -> list[str]:
    """The program and its arguments."""
    what, *how = _words(kind)
    return [*_PODCLI, "export", what, str(number), *how]


def _words(kind: str) -> tuple[str, ...]:
    return SENT.get(kind, (kind, "--auto"))


def _anything_kept(number: EpisodeId, context: Context) -> bool:
    return bool(context.store.snips.find(episode_id=number, limit=1))


def _failure(kind: str, ended: programs.Ended) -> PodcliError:
    """What the command said of itself, in its own words."""
    again = f"`podcli export {' '.join(_words(kind))}` tries it."
    if ended.code is None:
        code = ExitCode.NETWORK if kind in SENT else ExitCode.FAILED
        return PodcliError(f"The export to {kind} still ran after {TIMEOUT_S:g} seconds and was ended.", again, code)
    lines = ended.err.decode("utf-8", "replace").splitlines()
    at = next((n for n in reversed(range(len(lines))) if lines[n].startswith(_SPEAKS)), None)
    if at is None or ended.code not in set(ExitCode):
        said = last_line(ended.err)
        return PodcliError(f"The export to {kind} ended with {ended.code}{f': {said}' if said else '.'}", again)
    hint = " ".join(line.strip() for line in lines[at + 1 :])
    return PodcliError(clean_line(lines[at].removeprefix(_SPEAKS), limit=_LONGEST), clean_line(hint, limit=_LONGEST), ended.code)
