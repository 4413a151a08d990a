"""Ask what was said: a question, an answer whose every sentence plays, and questions that go on from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from podcli.domain import AnswerId, EpisodeId
from podcli.store.passages import Scope
from podcli.text import clean_line
from podcli.tui import phrases, working
from podcli.tui.answers import Turn, offers, turn_rows
from podcli.tui.library import Library, LookedAt
from podcli.tui.messages import AnswerRead, AskReady, JobsRead
from podcli.tui.rows import Row
from podcli.tui.screens.base import BaseScreen
from podcli.tui.screens.dialogues import Question
from podcli.tui.widgets.filter_input import QuestionInput
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList

_NUMBERS = count(1)
"""Of questions, over all panes: an answer to one that was left is nobody's here."""


@dataclass(frozen=True, slots=True)
class Where:
    """What can be asked, and what people call it."""

    label: str
    scope: Scope


def wheres(library: Library, found: LookedAt) -> tuple[list[Where], int]:
    """What can be asked from where the listener is, and which of it first."""
    card = library.cards.get(found.episode_id) if found.episode_id is not None else None
    show_id = found.show_id if found.show_id is not None else card.show_id if card is not None else None
    kinds = {"all": Where("all episodes", Scope())}
    if show_id is not None:
        kinds = {"show": Where(phrases.title(library.title(show_id)), Scope(show_id=show_id)), **kinds}
    if card is not None:
        kinds = {"episode": Where(f"“{phrases.title(card.title)}”", Scope(episode_id=card.id)), **kinds}
    return list(kinds.values()), list(kinds).index(found.first if found.first in kinds else "all")


class AskScreen(BaseScreen):
    """Opened over a view. Enter asks; in the answer it plays where the sentence was said."""

    VIEW = "ask"
    WHERES = ("ask",)
    HINTS = ("list.open", "view.ask", "ask.where", "ask.anew", "player.toggle", "app.back", "app.help")

    def __init__(self, wheres: Sequence[Where], at: int, question: str = "") -> None:
        """`wheres`: what can be asked; number `at` of it is asked first."""
        super().__init__()
        self._wheres, self._at = wheres, at
        self._question = question
        self._turns: list[Turn] = []
        self._ready: AskReady | None = None

    def body(self) -> ComposeResult:
        """What was asked and answered, a line about it, and where one types."""
        with Vertical(classes="panes framed"):
            yield RowList(id="rows")
            yield Static(id="about")
            yield QuestionInput(placeholder="What do you want to know?")

    def mounted(self) -> None:
        """Ask what was typed already, else wait for a question."""
        self._look()
        self._draw()
        self._box.focus()
        if self._question:
            self.ask(self._question)

    @property
    def items(self) -> RowList:
        """Questions and answers."""
        return self.query_one(RowList)

    @property
    def _box(self) -> QuestionInput:
        return self.query_one(QuestionInput)

    @property
    def _where(self) -> Where:
        return self._wheres[self._at]

    @property
    def _working(self) -> Turn | None:
        return self._turns[-1] if self._turns and self._turns[-1].working else None

    # Asking

    def ask(self, question: str) -> None:
        """Ask here, going on from the last answer; first offer to make what is missing."""
        question = clean_line(question)
        if self._working is not None:
            self.podcli.say("One question at a time: Esc stops this one.")
        elif question and self._ready is not None and not self._ready.transcripts and self._where.scope.episode_id is not None:
            self._offer_transcript(question)
        elif question:
            self._put(question)

    def _offer_transcript(self, question: str) -> None:
        def decided(answer: str | None) -> None:
            if answer == "y":
                self._put(question)

        text = "Its words are written down first, all on this machine. How far that is stands here; Esc stops it."
        answers = {"y": "Make the transcript, then answer"}
        self.podcli.push_screen(Question("This episode has no transcript yet", text, answers), decided)

    def _put(self, question: str) -> None:
        follows: AnswerId | None = self._turns[-1].goes_on if self._turns else None
        turn = Turn(next(_NUMBERS), question)
        self._turns.append(turn)
        self._box.value = ""
        self.podcli.verbs.ask(turn.number, question, self._where.scope, follows)
        self._draw()
        self._show(turn)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.ask(event.value)

    @on(QuestionInput.Left)
    def _left(self, event: QuestionInput.Left) -> None:
        event.stop()
        if event.back:
            self.action_app_back()
        elif self.items.current is not None:
            self.items.focus()

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        key = event.row.key
        if not isinstance(key, tuple):
            return
        if key[0] == "said" and event.row.start_s is not None:
            self.podcli.verbs.play(EpisodeId(key[3]), event.row.start_s)
        elif key[0] == "example":
            self.ask(str(key[1]))
            self._box.focus()
        elif key[0] == "before" and self._ready is not None:
            found = next(each for each in self._ready.before if each.id == key[1])
            self._turns.append(Turn(next(_NUMBERS), found.question, found))
            self._draw()
            self._show(self._turns[-1])

    # What comes back

    def take(self, message: Message) -> None:
        """What can be asked; an answer that grows."""
        super().take(message)
        match message:
            case AskReady() if message.scope == self._where.scope:
                self._ready = message
                if message.pending is not None and not self._turns:
                    turn = Turn(next(_NUMBERS), message.pending.title, job=message.pending)
                    self._turns.append(turn)
                    self.podcli.verbs.follow_answer(turn.number, message.pending.id)
                self._draw()
            case AnswerRead():
                for turn in self._turns:
                    if turn.number == message.turn:
                        had = turn.answer is not None and bool(turn.answer.sentences)
                        turn.answer, turn.job, turn.problem = message.answer, message.job, message.problem
                        self._draw()
                        if not had or not turn.working:
                            self._show(turn)
                        if not turn.working:
                            self._look()
            case JobsRead():
                self._draw_status()

    def _look(self) -> None:
        self.podcli.verbs.read_ask(self._where.scope)

    def _draw(self) -> None:
        self.query_one(".framed").border_title = Content(clean_line(f"Ask · {self._where.label}", limit=80))
        rows: list[Row] = [row for turn in self._turns for row in turn_rows(turn)]
        if not rows and self._ready is not None:
            key = self.podcli.keys.shown("episode.transcript")
            single = self._where.scope.episode_id is not None
            rows = offers(self._ready.transcripts, single, key, self._ready.examples, self._ready.before)
        self.items.set_rows(rows)
        self._draw_status()

    def _draw_status(self) -> None:
        line, text = self.query_one("#about", Static), ""
        if (turn := self._working) is not None:
            text = f"{self._doing(turn)} · {self.podcli.keys.shown('app.back')} stops it"
        elif len(self._wheres) > 1:
            others = " or ".join(each.label for n, each in enumerate(self._wheres) if n != self._at)
            text = f"{self.podcli.keys.shown('ask.where')} asks {others} instead."
        line.update(Content(clean_line(text)))
        line.display = bool(text)

    def _doing(self, turn: Turn) -> str:
        """How far it is; what must be done before it may still be going on."""
        job = turn.job
        if job is None:
            return "Looking for an answer"
        if job.state == "queued" and job.episode_id is not None:
            here = (each for each in self.podcli.active if each.episode_id == job.episode_id and each.state == "running")
            job = next((each for each in here if each.lane == job.lane or each.kind == "download"), job)
        return working.doing(job)

    def _show(self, turn: Turn) -> None:
        """Bring a question to the top, unless the listener reads something else."""
        if not self.items.has_focus:
            self.items.show_top(("question", turn.number))
            if turn.answer is not None and turn.answer.sentences:
                self.items.go_to(("said", turn.number, 0, turn.answer.sentences[0].episode_id))
                self.items.show_top(("question", turn.number))

    # Commands

    def action_view_ask(self, question: str = "") -> None:
        """Another question."""
        self._box.focus()
        if question:
            self.ask(question)

    def action_list_filter(self, words: str = "") -> None:
        """Another question."""
        self.action_view_ask(words)

    def action_ask_where(self) -> None:
        """Ask the next of what can be asked."""
        if len(self._wheres) > 1 and self._working is None:
            self._at = (self._at + 1) % len(self._wheres)
            self._ready = None
            self._look()
            self._draw()

    def action_ask_anew(self) -> None:
        """Begin with a question that goes on from nothing."""
        if self._working is None:
            self._turns.clear()
            self._look()
            self._draw()
            self._box.focus()

    def action_app_back(self) -> None:
        """Stop looking; else out of here."""
        turn = self._working
        if turn is not None and turn.job is not None:
            self.podcli.verbs.cancel(turn.job.id)
        elif turn is None:
            self.podcli.leave()
