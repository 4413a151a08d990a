"""Work that takes time: rows that a worker process takes up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from podcli.domain.shows import EpisodeId

JobId = NewType("JobId", int)

JobKind = Literal[
    "add", "refresh", "download", "transcribe", "insights", "ask", "pull", "gaps", "chapters", "snip", "retell", "hook",
    "export",
]  # fmt: skip
JobState = Literal["queued", "running", "paused", "done", "failed", "cancelled", "stopped"]
Lane = Literal["net", "ml", "hook"]
"""Jobs of one lane run one after the other; lanes run side by side. Those of ``hook`` are other programs that are told or given
what there is: they wait for the job before them to end, however it does."""
HookEvent = Literal["new_episode", "downloaded", "transcribed", "insights", "snip", "finished"]
"""What a listener's own commands can be run on."""
Role = Literal["transcribe", "write", "embed"]
Unit = Literal["bytes", "seconds", "steps"]
"""What progress is counted in; seconds are of audio."""
WrittenAction = Literal["made", "changed", "same", "added", "yours"]
"""What became of a file. `added`: its reader changed it, so what is new was put below. `yours`: its reader changed it, and it was
left alone."""
SentAction = Literal["made", "again", "changed", "added", "same", "kept", "yours", "refused"]
"""What became of what is sent to an account. `again`: it had been deleted there, and was made anew. `added`: what is new was put
below. `kept`: what changed here since is not there. `yours`: its reader changed it there, and it was left alone. `refused`: the
service does not take it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `rate` is units a second."""

    done: float = 0.0
    total: float | None = None
    unit: Unit = "steps"
    stage: str = ""
    rate: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A row of work. `message` and `hint` say why it failed."""

    id: JobId
    kind: JobKind
    lane: Lane
    state: JobState
    episode_id: EpisodeId | None = None
    target: str = ""
    title: str = ""
    options: dict[str, object] = field(default_factory=dict)
    progress: Progress = Progress()
    message: str = ""
    hint: str = ""
    exit_code: int = 0
    result: dict[str, object] = field(default_factory=dict)
    pid: int | None = None
    attempts: int = 0
    after: JobId | None = None
    priority: int = 0
    """1 for what somebody waits for at a prompt."""
    created_at: datetime | None = None
    finished_at: datetime | None = None
    started_at: datetime | None = None
    """When a worker took it up last."""

    @property
    def active(self) -> bool:
        """Whether it still waits, runs or is paused."""
        return self.state in ("queued", "running", "paused")
