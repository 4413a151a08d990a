"""The episodes of one show, or of all shows."""

from __future__ import annotations

from podcli.domain import EpisodeId, ShowId
from podcli.tui.library import View
from podcli.tui.screens.episodes import EpisodesScreen


class ShowScreen(EpisodesScreen):
    """Opened from the shows."""

    VIEW = "shows"
    WHERES = ("episodes", "show")
    HINTS = (
        "list.open", "episode.enqueue", "episode.download", "episode.heard", "episode.unheard_only", "list.sort", "list.filter",
        "episode.takeaways", "episode.transcript", "player.toggle", "app.back", "app.help",
    )  # fmt: skip
    EMPTY = ("No episodes here yet.", "{library.refresh} looks for new ones.")

    def __init__(self, show_id: ShowId | None) -> None:
        super().__init__(View("all") if show_id is None else View("show", show_id))

    def _heading(self, count: int) -> str:
        show_id = self.view.show_id
        name = self.podcli.library.title(show_id) if show_id is not None else "All episodes"
        return super()._heading(count).replace(self.HEADING, name, 1)

    def show_id(self) -> ShowId | None:
        """This show."""
        return self.view.show_id if self.view.show_id is not None else super().show_id()

    def action_library_refresh(self) -> None:
        """Look for new episodes of this show."""
        self.podcli.verbs.refresh(self.show_id())

    def all_shown(self) -> list[EpisodeId]:
        """Everything in it."""
        return self.podcli.library.look(self.view)
