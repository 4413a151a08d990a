"""What can go wrong, in words for a person, and the exit code it maps to."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes. They are an API: scripts branch on them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NETWORK = 3
    MODEL = 4
    INTERRUPTED = 130


class PodcliError(Exception):
    """A failure a person can act on: one sentence for the cause, one for the next step."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = ExitCode(exit_code)


class UsageError(PodcliError):
    """The request itself cannot be understood: a wrong name, an ambiguous title, a bad setting."""

    exit_code = ExitCode.USAGE


class NetworkError(PodcliError):
    """A server or the way to it failed; trying again later may help."""

    exit_code = ExitCode.NETWORK


class NoSoundError(PodcliError):
    """What plays the sound is not there; without sound everything works."""


class ModelError(PodcliError):
    """A model is missing, damaged or too big for this machine."""

    exit_code = ExitCode.MODEL
