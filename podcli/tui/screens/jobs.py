"""Downloads and all other work: what runs, what waits, what became of the rest."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.message import Message

from podcli.domain import JobId
from podcli.tui import phrases
from podcli.tui.messages import JobsRead
from podcli.tui.rows import Row
from podcli.tui.screens.rows import RowsScreen
from podcli.tui.widgets.scroll_list import ScrollList


class JobsScreen(RowsScreen):
    """The newest work, newest first."""

    VIEW = "jobs"
    HEADING = "Downloads and work"
    WHERES = ("jobs",)
    HINTS = ("jobs.pause", "jobs.cancel", "jobs.retry", "jobs.clear", "list.filter", "player.toggle", "app.help", "app.quit")

    def rows(self) -> Sequence[Row]:
        """What runs and waits, then what ended."""
        active = {job.id for job in self.podcli.active}
        ended = [job for job in self.podcli.recent if job.id not in active]
        return phrases.job_rows([*self.podcli.active, *ended])

    def nothing(self) -> Sequence[str]:
        """Where work comes from."""
        return ("There has been no work yet.", "Downloads, transcripts, takeaways and models being fetched are listed here.")

    def take(self, message: Message) -> None:
        """Progress."""
        super().take(message)
        if isinstance(message, JobsRead):
            self.fill()
            self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what runs or waits can be paused and stopped, only what ended be tried again."""
        if action in ("jobs_pause", "jobs_cancel", "jobs_retry"):
            found = next((each for each in [*self.podcli.active, *self.podcli.recent] if each.id == self._job()), None)
            return found is not None and found.active == (action != "jobs_retry")
        return super().check_action(action, parameters)

    @on(ScrollList.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    def _job(self) -> JobId | None:
        row = self.items.current
        return JobId(row.key) if row is not None and isinstance(row.key, int) else None

    def chosen(self, row: Row) -> None:
        """To the episode it works on."""
        job = next((each for each in [*self.podcli.active, *self.podcli.recent] if each.id == row.key), None)
        if job is not None and job.episode_id is not None:
            self.podcli.open_episode(job.episode_id)

    def action_jobs_cancel(self) -> None:
        """Stop the job under the cursor, and those that wait for it."""
        if (job_id := self._job()) is not None:
            self.podcli.verbs.cancel(job_id)

    def action_jobs_pause(self) -> None:
        """Let the job under the cursor wait, or go on with it."""
        if (job_id := self._job()) is not None:
            self.podcli.verbs.pause_work(job_id)

    def action_jobs_retry(self) -> None:
        """Go on with the job under the cursor from where it was."""
        if (job_id := self._job()) is not None:
            self.podcli.verbs.retry(job_id)

    def action_jobs_clear(self) -> None:
        """Forget those that ended."""
        self.podcli.verbs.clear_jobs()
