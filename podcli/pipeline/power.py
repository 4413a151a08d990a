"""Work that waits until a laptop is plugged in, where its owner wants that."""

from __future__ import annotations

from podcli import settings
from podcli.domain import Job
from podcli.engines import machine
from podcli.errors import PodcliError

WAITS = "Waiting until the laptop is plugged in"
EVERY_S = 3.0
"""How often one looks at the plug."""


def must_wait(job: Job) -> bool:
    """Whether `job` shall not go on now: models cost a battery much, and nobody stands at a prompt for it.

    Settings are read anew: whoever changes them while something waits means that.
    """
    if job.lane != "ml" or job.priority or not machine.on_battery():
        return False
    try:
        return settings.load().work.battery == "wait"
    except PodcliError:  # the file is being edited
        return False
