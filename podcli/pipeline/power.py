"""Work that waits until a laptop is plugged in, where its owner wants that."""

from __future__ import annotations

from podcli.domain import Job
from podcli.engines import machine
from podcli.settings import Settings

WAITS = "Waiting until the laptop is plugged in"
EVERY_S = 3.0
"""How often one looks at the plug."""


def must_wait(job: Job, settings: Settings) -> bool:
    """Whether `job` shall not go on now: models cost a battery much, and nobody stands at a prompt for it."""
    return settings.work.battery == "wait" and job.lane == "ml" and not job.priority and machine.on_battery()
