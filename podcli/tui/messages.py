"""What the background thread tells the app. All values are frozen or never touched again by the sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from podcli.domain import (
    Answer,
    AudioDevice,
    Chapter,
    Episode,
    EpisodeCard,
    EpisodeId,
    Job,
    JobId,
    Moment,
    NowPlaying,
    Show,
    ShowId,
    ShowSettings,
    SnipCard,
)
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.digest import Digest
    from podcli.services.models import ModelRow
    from podcli.settings import Settings
    from podcli.store.cards import Gist
    from podcli.store.highlights import Highlight
    from podcli.store.passages import Scope
    from podcli.tui.widgets.transcript_text import Passage

Tab = Literal["takeaways", "summary", "moments", "transcript", "chapters", "notes"]
TABS: tuple[Tab, ...] = ("takeaways", "summary", "moments", "transcript", "chapters", "notes")
MADE_TABS: frozenset[Tab] = frozenset(("takeaways", "summary", "moments"))
"""What models made, and nobody sees who hid it."""


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


class Opened(Message):
    """The library is open. `held_by` is the process that holds it: then nothing can be changed here."""

    def __init__(self, held_by: int | None, remembered: Mapping[str, object]) -> None:
        super().__init__()
        self.held_by, self.remembered = held_by, remembered


class CardsRead(Message):
    """Episodes that are new or changed, and those that are gone. `whole` says that these are all there are."""

    def __init__(self, cards: Sequence[EpisodeCard], gone: Sequence[EpisodeId] = (), *, whole: bool = False) -> None:
        super().__init__()
        self.cards, self.gone, self.whole = cards, gone, whole


class ShowsRead(Message):
    """All shows that are not removed, and how they are played."""

    def __init__(self, shows: Sequence[Show], settings: Mapping[ShowId, ShowSettings]) -> None:
        super().__init__()
        self.shows, self.settings = shows, settings


class GistsRead(Message):
    """What episodes say, in two lines, where a model has read them."""

    def __init__(self, gists: Mapping[EpisodeId, Gist]) -> None:
        super().__init__()
        self.gists = gists


class SheetRead(Message):
    """What one tab shows about an episode."""

    def __init__(self, episode: Episode, tab: Tab, sheet: Sheet) -> None:
        super().__init__()
        self.episode, self.tab, self.sheet = episode, tab, sheet


class PassagesRead(Message):
    """The words of an episode from passage `start` on, a line about them, and its chapters."""

    def __init__(
        self,
        episode: Episode,
        status: str,
        passages: Sequence[Passage],
        start: int,
        *,
        unmade: bool,
        chapters: Sequence[Chapter],
        words: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.episode, self.status, self.passages, self.start = episode, status, passages, start
        self.unmade, self.chapters = unmade, chapters
        self.words = words
        """Plain words to show while there are no passages."""


class JobsRead(Message):
    """The newest jobs, newest first, and those that run or wait, in order."""

    def __init__(self, recent: Sequence[Job], active: Sequence[Job]) -> None:
        super().__init__()
        self.recent, self.active = recent, active


class PlayerMoved(Message):
    """Playback."""

    def __init__(self, now: NowPlaying) -> None:
        super().__init__()
        self.now = now

    def can_replace(self, message: Message) -> bool:
        """A newer snapshot makes the one before it worthless."""
        return isinstance(message, PlayerMoved)


class Reply(Message):
    """What a screen asked for, and nobody else wants to know."""


class ModelsRead(Reply):
    """Every model of the catalogue as it stands here."""

    def __init__(self, models: Sequence[ModelRow], memory_gb: float) -> None:
        super().__init__()
        self.models, self.memory_gb = models, memory_gb


class HitsRead(Reply):
    """What a search for `text` found: by its words, or, when it is `meant`, by its meaning too.

    `problems` says which of its filters mean nothing.
    """

    def __init__(self, text: str, rows: Sequence[Row], problems: Sequence[str] = (), *, meant: bool = False) -> None:
        super().__init__()
        self.text, self.rows, self.problems, self.meant = text, rows, problems, meant


class HighlightsRead(Reply):
    """The best moments of every show."""

    def __init__(self, found: Sequence[Highlight]) -> None:
        super().__init__()
        self.found = found


class SnipsRead(Reply):
    """What was kept, the newest first."""

    def __init__(self, found: Sequence[SnipCard]) -> None:
        super().__init__()
        self.found = found


class AskReady(Reply):
    """What can be asked of a scope: how many transcripts there are, questions that suggest themselves, what was asked before."""

    def __init__(
        self, scope: Scope, transcripts: int, examples: Sequence[str], before: Sequence[Answer], pending: Job | None = None
    ) -> None:
        super().__init__()
        self.scope, self.transcripts, self.examples, self.before = scope, transcripts, examples, before
        self.pending = pending
        """Looks for an answer already: somebody left before it was found."""


class AnswerRead(Reply):
    """The answer to question number `turn` as far as it has come, and the job that finds it, while there is one.

    Without either the question could not be asked: `problem` says why.
    """

    def __init__(self, turn: int, answer: Answer | None, job: Job | None = None, problem: str = "") -> None:
        super().__init__()
        self.turn, self.answer, self.job, self.problem = turn, answer, job, problem


class DigestRead(Reply):
    """What is new, and what to hear first."""

    def __init__(self, digest: Digest) -> None:
        super().__init__()
        self.digest = digest


class SettingsRead(Message):
    """The settings after a change."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings


class AddStarted(Message):
    """The job that subscribes; `job_id` is None when it could be done at once."""

    def __init__(self, job_id: JobId | None, show_id: ShowId | None = None, episode_id: EpisodeId | None = None) -> None:
        super().__init__()
        self.job_id, self.show_id, self.episode_id = job_id, show_id, episode_id


class DevicesRead(Message):
    """Where sound can go."""

    def __init__(self, devices: Sequence[AudioDevice]) -> None:
        super().__init__()
        self.devices = devices


class ShowSettingsRead(Message):
    """How a show is played, for the dialogue that changes it."""

    def __init__(self, show: Show, settings: ShowSettings) -> None:
        super().__init__()
        self.show, self.settings = show, settings


@dataclass(frozen=True, slots=True)
class Offer:
    """Models that are missing for a wish, and what it takes to get them."""

    models: tuple[str, ...]
    bytes: int
    reason: str
    hint: str
    then: Callable[[Services], object]
    """What they are needed for."""
    licences: tuple[str, ...] = field(default=())


class ModelsMissing(Message):
    """A wish needs models that are not here; `offer` can be accepted with `Verbs.pull_for`."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer


class QuitAsked(Message):
    """The desktop wants the player to end."""


class NoSound(Message):
    """What plays the sound is not there: `reason` and `hint` say why, and what to do.

    The episode `episode_id` was to be played, or `moments`.
    """

    def __init__(
        self, reason: str, hint: str, episode_id: EpisodeId, start_s: float | None, moments: Sequence[Moment] = ()
    ) -> None:
        super().__init__()
        self.reason, self.hint, self.episode_id, self.start_s, self.moments = reason, hint, episode_id, start_s, moments


class Told(Message):
    """Something for the listener to know, in plain words."""

    def __init__(
        self, text: str, hint: str = "", severity: Literal["information", "warning", "error"] = "information", topic: str = ""
    ) -> None:
        super().__init__()
        self.text, self.hint, self.severity, self.topic = text, hint, severity, topic
        """`topic` is ``add`` for what belongs into the dialogue where an address is typed, ``ask`` for what an open pane has."""
