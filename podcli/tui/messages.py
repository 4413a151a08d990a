"""What the background thread tells the app. All values are frozen or never touched again by the sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from textual.message import Message

from podcli.domain import Episode, EpisodeId, Job, JobId, PlayerState, ShowId
from podcli.services.insights import Wish
from podcli.tui.rows import Row

Tab = Literal["takeaways", "summary", "transcript", "notes"]
TABS: tuple[Tab, ...] = ("takeaways", "summary", "transcript", "notes")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one tab shows: a line about it, and its rows."""

    status: str = ""
    rows: Sequence[Row] = ()
    start: int = 0
    """The rows before this index are as they were."""
    unmade: bool = False
    """Whether asking for it would begin or resume work."""


class CannotGoOn(Message):
    """The library cannot be opened; `error` says why."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class ShowsRead(Message):
    """The list of shows, or None of them: then the library is empty."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__()
        self.rows = rows


class EpisodesRead(Message):
    """The episodes of the show that was asked for (None: of all)."""

    def __init__(self, show_id: ShowId | None, rows: Sequence[Row]) -> None:
        super().__init__()
        self.show_id, self.rows = show_id, rows


class SheetRead(Message):
    """What one tab shows about an episode."""

    def __init__(self, episode: Episode, tab: Tab, sheet: Sheet) -> None:
        super().__init__()
        self.episode, self.tab, self.sheet = episode, tab, sheet


class JobsRead(Message):
    """The newest jobs, newest first, and those that run or wait, in order."""

    def __init__(self, recent: Sequence[Job], active: Sequence[Job]) -> None:
        super().__init__()
        self.recent, self.active = recent, active


class PlayerMoved(Message):
    """Playback; `show_title` is of what is loaded."""

    def __init__(self, state: PlayerState, show_title: str) -> None:
        super().__init__()
        self.state, self.show_title = state, show_title

    def can_replace(self, message: Message) -> bool:
        """A newer snapshot makes the one before it worthless."""
        return isinstance(message, PlayerMoved)


class AddStarted(Message):
    """The job that subscribes; `job_id` is None when it could be done at once."""

    def __init__(self, job_id: JobId | None, show_id: ShowId | None = None, episode_id: EpisodeId | None = None) -> None:
        super().__init__()
        self.job_id, self.show_id, self.episode_id = job_id, show_id, episode_id


@dataclass(frozen=True, slots=True)
class Offer:
    """Models that are missing for a wish, and what it takes to get them."""

    models: tuple[str, ...]
    bytes: int
    reason: str
    hint: str
    episode_id: EpisodeId
    wish: Wish
    licences: tuple[str, ...] = field(default=())


class ModelsMissing(Message):
    """A wish needs models that are not here; `offer` can be accepted with `Bridge.pull`."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer


class Told(Message):
    """Something for the listener to know, in plain words."""

    def __init__(
        self, text: str, hint: str = "", severity: Literal["information", "warning", "error"] = "information", topic: str = ""
    ) -> None:
        super().__init__()
        self.text, self.hint, self.severity, self.topic = text, hint, severity, topic
        """`topic` is ``add`` for what belongs into the dialogue where an address is typed."""
