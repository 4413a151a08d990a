"""What plays next, in order."""

from __future__ import annotations

from podcli.domain import EpisodeId
from podcli.tui.library import View
from podcli.tui.screens.episodes import EpisodesScreen


class QueueScreen(EpisodesScreen):
    """Move, take out, clear; all of it can be undone."""

    VIEW = "queue"
    HEADING = "Queue"
    WHERES = ("episodes", "show", "queue")
    HINTS = (
        "list.open", "queue.up", "queue.down", "queue.remove", "queue.clear", "app.undo", "player.next", "player.toggle",
        "list.filter", "app.help", "app.quit",
    )  # fmt: skip
    EMPTY = (
        "The queue is empty.",
        "{episode.enqueue} on any episode puts it at the end, {episode.play_next} right after what plays.",
    )

    def __init__(self) -> None:
        super().__init__(View("queue"))

    def _heading(self, count: int) -> str:
        library, default = self.podcli.library, self.podcli.settings.player.speed
        left = 0.0
        for each in library.look(self.view):
            card = library.cards[each]
            left += max(0.0, (card.duration_s or 0.0) - card.position_s) / library.speed(card.show_id, default)
        from podcli.text import human_duration

        return super()._heading(count) + (f" · {human_duration(left)}" if left else "")

    def _place(self, episode_id: EpisodeId) -> int | None:
        return self.pane.items.place(episode_id)

    def action_queue_up(self) -> None:
        """A place up, or as many as counted."""
        self._shift(-self.podcli.take_count())

    def action_queue_down(self) -> None:
        """A place down."""
        self._shift(self.podcli.take_count())

    def _shift(self, by: int) -> None:
        if (found := self.selected()) is not None:
            self.podcli.verbs.move_in_queue(found, by)

    def action_queue_remove(self) -> None:
        """Out of the queue."""
        if ids := self.several():
            self.podcli.verbs.dequeue(ids)

    def action_queue_clear(self) -> None:
        """Empty it."""
        if self.podcli.library.queued():
            self.podcli.verbs.clear_queue()
            self.podcli.say(f"The queue is empty now. {self.podcli.keys.shown('app.undo')} brings it back.")
