"""Questions that are being answered, told to the app as their answers grow, and questions that suggest themselves. No widgets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from podcli.domain import EpisodeId, JobId
from podcli.text import clean_line
from podcli.tui.messages import AnswerRead

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.store.passages import Scope

_EXAMPLES = 3
_NO_SUBJECT = re.compile(r"\b(intro(duction)?|outro|welcome|sponsor\w*|ads?|adverts?|advertisement|credits)\b", re.IGNORECASE)
_LOOKED_AT = 20
"""So many of the newest episodes are looked at for chapters to ask about."""


class Questions:
    """Reads on behalf of the screen that asked. Lives in the thread that owns `services`."""

    def __init__(self, services: Services, post: Callable[[Message], object]) -> None:
        self._services = services
        self._post = post
        self._asked: dict[int, JobId] = {}
        self._told: dict[int, object] = {}

    def follow(self, turn: int, job_id: JobId) -> None:
        """Tell how the answer to question number `turn` comes along."""
        self._asked[turn] = job_id

    def read(self) -> None:
        """Tell what is new."""
        for turn, job_id in list(self._asked.items()):
            job = self._services.store.jobs.get(job_id)
            if job is None:  # its row was cleared away
                del self._asked[turn]
                continue
            answer = self._services.ask.answer_of(job)
            if self._told.get(turn) != (answer, job):
                self._told[turn] = (answer, job)
                self._post(AnswerRead(turn, answer, job))
            if not job.active:
                del self._asked[turn]
                self._told.pop(turn, None)


def examples(services: Services, scope: Scope) -> list[str]:
    """A few questions about what the chapters of an episode are called; of the newest that has some, when several are asked."""
    for episode_id in _candidates(services, scope):
        titles = [clean_line(chapter.title, limit=60) for chapter in services.insights.chapters(episode_id)]
        titles = [title for title in titles if len(title) > 3 and not _NO_SUBJECT.search(title)]
        if titles:
            step = max(1, len(titles) // _EXAMPLES)
            return [f"What is said about “{title}”?" for title in titles[::step][:_EXAMPLES]]
    return []


def _candidates(services: Services, scope: Scope) -> list[EpisodeId]:
    if scope.episode_id is not None:
        return [scope.episode_id]
    found = services.store.passages.transcripts(scope)
    return [found[each] for each in sorted(found, reverse=True)[:_LOOKED_AT]]
