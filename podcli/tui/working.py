"""What the player says about work that waits or runs. Pure; every word from outside is cleaned here."""

from __future__ import annotations

from podcli.domain import Job, Progress
from podcli.text import clean_line, human_bytes, human_duration

_DOING = {
    "add": "Subscribing", "refresh": "Looking for new episodes", "download": "Downloading", "transcribe": "Transcribing",
    "insights": "Reading", "ask": "Looking for an answer", "pull": "Fetching model",
    "gaps": "Finding gaps", "chapters": "Fetching chapters",
    "snip": "Hearing a snip", "retell": "Titling a snip", "hook": "Running a hook",
    "export": "Exporting",
}  # fmt: skip

_SHORT = {
    "download": "downloading", "transcribe": "transcribing", "snip": "hearing", "hook": "hook runs", "export": "exporting",
}  # fmt: skip


def name(job: Job) -> str:
    """What it is a piece of."""
    return "Translating" if job.options.get("translate") else _DOING[job.kind]


def job_state(job: Job) -> str:
    """``waiting``, ``done`` and so on."""
    return {"queued": "waiting"}.get(job.state, job.state)


def job_short(job: Job) -> str:
    """An active job in two words."""
    if job.state in ("queued", "paused"):
        return job_state(job)
    return _SHORT.get(job.kind, "reading") + done(job.progress)


def doing(job: Job) -> str:
    """What a job does, how far it is, how long it will still take, and how fast it goes."""
    if job.state == "paused":
        return f"{name(job)}: paused{done(job.progress)}"
    if job.state == "queued":
        why = clean_line(job.message) or f"waiting for {'the step before' if job.after else 'other work to finish'}"
        return f"{name(job)}: {why}"
    progress = job.progress
    stage = clean_line(progress.stage) or name(job)
    left = f"{human_duration(progress.left_s)} left" if progress.left_s is not None and progress.rate else ""
    return " · ".join(part for part in (f"{stage}{done(progress)}", left, rate(progress)) if part)


def share(progress: Progress) -> float | None:
    """How much is done, 0 to 1; None when nobody knows."""
    if progress.total and (progress.unit != "steps" or progress.total > 1):
        return min(1.0, progress.done / progress.total)
    return None


def done(progress: Progress) -> str:
    """`` 40%`` with a blank before it, or nothing."""
    part = share(progress)
    return f" {part:.0%}" if part is not None else ""


def rate(progress: Progress) -> str:
    """``3.2 MB/s``, ``18.4× real time`` or nothing."""
    if not progress.rate or progress.unit == "steps":
        return ""
    return f"{human_bytes(progress.rate)}/s" if progress.unit == "bytes" else f"{progress.rate:.1f}× real time"


def bar(done: float, width: int) -> str:
    """A line of `width` columns, filled up to `done` (0 to 1)."""
    filled = round(min(1.0, max(0.0, done)) * width)
    return "━" * filled + "─" * (width - filled)
