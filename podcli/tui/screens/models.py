"""The models: which there are, which are here, which one plays each role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from podcli.domain import Job
from podcli.text import human_bytes
from podcli.tui import working
from podcli.tui.messages import JobsRead, ModelsRead
from podcli.tui.rows import Row
from podcli.tui.screens.dialogues import Question
from podcli.tui.screens.rows import RowsScreen

if TYPE_CHECKING:
    from podcli.services.models import ModelRow

_ROLES = {"transcribe": "Speech to text", "write": "Takeaways and summaries", "embed": "Search by meaning"}


class ModelsScreen(RowsScreen):
    """Enter fetches a model, or lets it play its role."""

    VIEW = "models"
    HEADING = "Models"
    WHERES = ("models",)
    HINTS = ("list.open", "models.pull", "models.use", "models.verify", "models.remove", "list.filter", "app.help", "app.quit")

    def __init__(self) -> None:
        super().__init__()
        self._models: Sequence[ModelRow] | None = None

    def resumed(self) -> None:
        """Look again."""
        super().resumed()
        self.podcli.verbs.read_models()

    def rows(self) -> Sequence[Row]:
        """By role."""
        rows = list[Row]()
        for role, heading in _ROLES.items():
            models = [each for each in self._models or () if each.card.role == role]
            if models:
                rows.append(Row(("role", role), heading, tone="head", live=False))
                rows += [_row(each, self._pulls(each.card.id)) for each in models]
                rows.append(Row(("after", role), "", live=False))
        return rows

    def nothing(self) -> Sequence[str]:
        """Before the first answer."""
        return ("Looking at what is installed…",)

    def _pulls(self, model_id: str) -> Job | None:
        return next((job for job in self.podcli.active if job.kind == "pull" and job.target == model_id), None)

    def take(self, message: Message) -> None:
        """Another look, or progress."""
        super().take(message)
        if isinstance(message, ModelsRead):
            self._models = message.models
            self.fill()
            self.say("Models", f"This machine has {message.memory_gb:.0f} GB of memory. Nothing leaves it.")
        elif isinstance(message, JobsRead) and self._models is not None:
            if any(job.kind == "pull" for job in message.recent[:3]):
                self.podcli.verbs.read_models()
            self.fill()

    def _model(self) -> ModelRow | None:
        row = self.items.current
        return next((each for each in self._models or () if row is not None and each.card.id == row.key), None)

    def chosen(self, row: Row) -> None:
        """Fetch it, or let it play its role."""
        model = self._model()
        if model is not None and not model.installed:
            self.action_models_pull()
        elif model is not None:
            self.action_models_use()

    def action_models_pull(self) -> None:
        """Fetch it."""
        model = self._model()
        if model is None:
            return
        if model.installed:
            self.podcli.say(f"{model.card.id} is here already.")
        elif not model.fits:
            text = f"It wants {model.card.memory_mb / 1000:.1f} GB of memory, more than this machine can spare."
            self._ask(f"Fetch {model.card.id} all the same?", text, model.card.id)
        else:
            self.podcli.verbs.pull(model.card.id)

    def _ask(self, heading: str, text: str, model_id: str) -> None:
        def decided(answer: str | None) -> None:
            if answer == "y":
                self.podcli.verbs.pull(model_id)

        self.app.push_screen(Question(heading, text, {"y": "Fetch it"}), decided)

    def action_models_use(self) -> None:
        """Let it play its role."""
        if (model := self._model()) is not None:
            self.podcli.verbs.use_model(model.card.id)

    def action_models_verify(self) -> None:
        """Read every byte again."""
        if (model := self._model()) is not None and model.installed:
            self.podcli.verbs.verify_model(model.card.id)

    def action_models_remove(self) -> None:
        """Ask, then delete it."""
        model = self._model()
        if model is None or not model.installed:
            return

        def decided(answer: str | None) -> None:
            if answer == "y":
                self.podcli.verbs.remove_model(model.card.id)

        text = f"That frees {human_bytes(model.bytes)}. It can be fetched again."
        self.app.push_screen(Question(f"Delete {model.card.id}?", text, {"y": "Delete it"}), decided)


def _row(model: ModelRow, pull: Job | None) -> Row:
    card = model.card
    if pull is not None:
        state = working.doing(pull)
    elif model.installed:
        state = "in use" if model.chosen else "installed"
    else:
        state = f"{human_bytes(model.half_pulled)} fetched so far" if model.half_pulled else "not here"
    facts = [state, human_bytes(model.bytes), f"needs {card.memory_mb / 1000:.1f} GB of memory", card.licence]
    facts += ["" if model.fits else f"for machines of {card.minimum_memory_gb:g} GB and more"]
    facts += ["recommended for this machine" if model.recommended else ""]
    return Row(card.id, f"{'●' if model.chosen and model.installed else '○'} {card.id}", note=" · ".join(f for f in facts if f))
