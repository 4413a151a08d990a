"""Small windows that ask something."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from podcli.domain import EpisodeId, JobId, ShowId
from podcli.text import clean
from podcli.tui import working
from podcli.tui.messages import AddStarted, JobsRead, Told
from podcli.tui.screens.window import Window
from podcli.tui.widgets.filter_input import LineInput

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp


class Question(Window[str]):
    """Asks; each answer is a key. Dismissed with that key, or '' for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "answer('')", "Back", show=False)]

    def __init__(self, heading: str, text: str, answers: dict[str, str]) -> None:
        super().__init__()
        self._heading, self._text, self._answers = clean(heading), clean(text), answers
        for key, label in answers.items():
            self._bindings.bind(key, f"answer('{key}')", label, show=False)

    def compose(self) -> ComposeResult:
        """The question, then what can be pressed."""
        with Vertical(classes="window"):
            yield Static(Content.styled(self._heading, "bold"))
            yield Static(Content(self._text))
            lines = [f"{key:>5}  {label}" for key, label in {**self._answers, "Esc": "Back"}.items()]
            yield Static(Content("\n".join(lines)), id="answers")

    def action_answer(self, key: str) -> None:
        """Somebody decided."""
        self.dismiss(key)


class AddScreen(Window[tuple[ShowId | None, EpisodeId | None] | None]):
    """Asks for an address and stays until it is subscribed to; what goes wrong is said beneath the address."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, address: str = "") -> None:
        super().__init__()
        self._address = address
        self._job: JobId | None = None
        self._waiting = False

    @property
    def podcli(self) -> PodcliApp:
        """The app, typed."""
        return cast("PodcliApp", self.app)

    def compose(self) -> ComposeResult:
        """Heading, address, what became of it."""
        with Vertical(classes="window"):
            yield Static(Content.styled("Add a show", "bold"))
            yield Static(Content("The address of a podcast, of its web page, or of one recording; or the path of a file."))
            yield LineInput(self._address, placeholder="https://…")
            yield Static(Content("Enter adds it, Esc goes back."), id="said")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if text and not self._waiting:
            self._waiting = True
            self._say("Looking…")
            self.podcli.verbs.add(text)

    def take_add(self, message: AddStarted | Told) -> None:
        """What became of the address."""
        if isinstance(message, Told):
            self._failed(message.text, message.hint)
        else:
            self._job = message.job_id
            if message.job_id is None:
                self.dismiss((message.show_id, message.episode_id))

    def take(self, message: Message) -> None:
        """What the app hears while this window is open."""
        if isinstance(message, JobsRead):
            self._follow(message)

    def _follow(self, message: JobsRead) -> None:
        job = next((job for job in message.recent if job.id == self._job), None)
        if job is None:
            return
        if job.active:
            self._say(f"{working.doing(job)}…")
        elif job.state == "done":
            self._job = None
            show, episode = job.result.get("show_id"), job.result.get("episode_id")
            self.dismiss(
                (ShowId(show) if isinstance(show, int) else None, EpisodeId(episode) if isinstance(episode, int) else None)
            )
        else:
            self._failed(job.message or "That was stopped.", job.hint)

    def _failed(self, text: str, hint: str) -> None:
        self._job, self._waiting = None, False
        self._say("\n".join(part for part in (f"! {text}", hint, "Enter tries again, Esc goes back.") if part))
        self.query_one(Input).focus()

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(Content(clean(text)))

    def action_leave(self) -> None:
        """Give up; what was begun is stopped."""
        if self._job is not None:
            self.podcli.verbs.cancel(self._job)
        self.dismiss(None)
