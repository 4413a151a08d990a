"""Questions to what was said: kept answers at once, else the job that finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.domain import Answer, AnswerId, EpisodeId, Job
from podcli.engines import adapters
from podcli.errors import PodcliError, UsageError
from podcli.pipeline.asking_prompts import ASK_VERSION, TASK
from podcli.store import Store, require_episode
from podcli.store.passages import Scope
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.services.insights import InsightService
    from podcli.services.models import ModelService

LONGEST_QUESTION = 400
"""Characters."""


class AskService:
    """Verbs over questions and answers."""

    def __init__(self, store: Store, models: ModelService, insights: InsightService) -> None:
        self._store = store
        self._models = models
        self._insights = insights

    def ask(
        self,
        question: str,
        scope: Scope | None = None,
        *,
        follows: AnswerId | None = None,
        model: str = "",
        again: bool = False,
        priority: int = 0,
    ) -> Answer | Job:
        """The kept answer to `question` over the transcripts of `scope`, or the job that finds it.

        With `follows` the question goes on from an earlier one (and, without `scope`, is asked of the same). An episode that is
        asked alone and has no transcript gets one first: the job then waits for others. `again` finds the answer anew. See
        `answer_of` for the answer while the job runs.

        Raises UsageError for a question that is empty or too long, PodcliError when nothing in `scope` was transcribed, and
        ModelError naming the command that gets a missing model.
        """
        question = checked(question)
        earlier = self._earlier(follows)
        scope = scope if scope is not None else self._store.answers.scope(earlier.id) if earlier else Scope()
        writer = model or self._models.chosen("write")
        with self._store.writing():
            transcripts = self._store.passages.transcripts(scope)
            before = self._made_first(scope, priority) if not transcripts else []
            empty = Answer(AnswerId(0), question, self._words(scope), model=writer, prompt_version=ASK_VERSION,
                           follows=follows, transcripts=len(transcripts), adapters=_adapters(writer))  # fmt: skip
            identity = self._store.answers.identity(empty, scope, transcripts)
            known = self._store.answers.find(identity)
            if known is not None and known.complete and not again and not before:
                return known
            self._models.require(writer)
            made = self._store.answers.begin(empty, scope, identity, again=again)
            return self._store.jobs.enqueue(
                "ask", episode_id=scope.episode_id, target=str(made.id), title=question, options={"model": writer},
                after=before[-1].id if before else None, priority=priority,
            )  # fmt: skip

    def check(self, question: str) -> str:
        """A question as it is kept: on one line. Raises UsageError when it is empty or too long."""
        return checked(question)

    def answer(self, answer_id: AnswerId) -> Answer | None:
        """One answer, as far as it has come."""
        return self._store.answers.get(answer_id)

    def answer_of(self, job: Job) -> Answer | None:
        """The answer a job of kind ``ask`` finds, as far as it has come: its sentences appear as they are verified."""
        found = job.result.get("answer", job.target)
        return self.answer(AnswerId(int(str(found)))) if str(found).isdecimal() else None

    def history(self, scope: Scope | None = None, *, limit: int = 50) -> list[Answer]:
        """What was asked before, newest first; of `scope` alone when one is given."""
        return self._store.answers.recent(scope, limit=limit)

    def scope(self, answer_id: AnswerId) -> Scope:
        """What a question was asked of: what follows it is asked of the same."""
        return self._store.answers.scope(answer_id)

    def transcripts(self, scope: Scope | None = None) -> int:
        """How many transcripts a question to `scope` is asked of."""
        return len(self._store.passages.transcripts(scope or Scope()))

    def _earlier(self, follows: AnswerId | None) -> Answer | None:
        if follows is None:
            return None
        found = self.answer(follows)
        if found is None:
            raise UsageError(f"There is no answer {follows} to go on from.", "Ask without --follow.")
        return found

    def _made_first(self, scope: Scope, priority: int) -> list[Job]:
        """The jobs that transcribe the one episode that is asked. Raises PodcliError when no single one is."""
        if scope.episode_id is None:
            where = "None of these episodes" if scope.narrow else "No episode"
            raise PodcliError(f"{where} has a transcript yet, so nothing can be asked.", "Make one: `podcli transcript EPISODE`.")
        return self._insights.request(EpisodeId(scope.episode_id), "transcribe", priority=priority)

    def _words(self, scope: Scope) -> str:
        """A scope in words."""
        if scope.episode_id is not None:
            words = f"“{clean_line(require_episode(self._store.library, scope.episode_id).title)}”"
        else:
            show = self._store.library.show(scope.show_id) if scope.show_id is not None else None
            words = f"all episodes of {clean_line(show.title)}" if show else "all episodes"
        since = f" since {scope.since:%Y-%m-%d}" if scope.since else ""
        return words + since + (f", said by {clean_line(scope.speaker)}" if scope.speaker else "")


def _adapters(model: str) -> str:
    return adapters.identity(adapters.serving([each for each in adapters.installed() if each.model == model], (TASK,)))


def checked(question: str) -> str:
    """A question on one line. Raises UsageError when it is empty or too long."""
    question = clean_line(question)
    if not any(char.isalnum() for char in question):
        raise UsageError("There is no question.", 'Put one in quotes: podcli ask "Why did shipping get cheap?"')
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"The question has {len(question)} characters; at most {LONGEST_QUESTION} are read.", "Ask one thing in one sentence."
        )
    return question
