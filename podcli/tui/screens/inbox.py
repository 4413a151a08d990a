"""New episodes of all shows, waiting for a decision: play, queue, download, keep to snip, archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from podcli.domain import EpisodeId
from podcli.tui.library import View
from podcli.tui.screens.episodes import EpisodesScreen

_NOTHING_KEPT = (
    "Nothing is kept to snip later.",
    "{episode.later} on an episode keeps it here. {inbox.later} shows the inbox again.",
)


class InboxScreen(EpisodesScreen):
    """The first screen. Its second shelf holds what is kept to snip later."""

    VIEW = "inbox"
    HEADING = "Inbox"
    WHERES = ("episodes", "show", "inbox")
    HINTS = (
        "list.open", "episode.enqueue", "episode.archive", "episode.later", "episode.download", "episode.takeaways",
        "episode.transcript", "player.toggle", "list.filter", "library.add", "app.help", "app.quit",
    )  # fmt: skip
    EMPTY = (
        "Nothing new: everything has been dealt with.",
        "New episodes of your shows appear here. “Shows” has all of them, also the old ones.",
    )

    def __init__(self) -> None:
        super().__init__(View("inbox"))

    def _heading(self, count: int) -> str:
        heading = super()._heading(count)
        return heading if self.view.shelf == "inbox" else heading.replace("Inbox", "Kept to snip later", 1)

    def _when_empty(self) -> Sequence[str]:
        return self.EMPTY if self.view.shelf == "inbox" else _NOTHING_KEPT

    def action_inbox_later(self) -> None:
        """What is kept to snip later, or the inbox again."""
        self.look_at("inbox" if self.view.shelf == "later" else "later")

    def look_at(self, shelf: str) -> None:
        """One of the two shelves."""
        self._look(replace(self.view, shelf="later" if shelf == "later" else "inbox"))

    def all_shown(self) -> list[EpisodeId]:
        """Everything in it."""
        return self.podcli.library.look(self.view)
