"""One episode, full width: what it says, follows what plays."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.message import Message

from podcli.domain import EpisodeId
from podcli.tui.library import LookedAt
from podcli.tui.messages import PassagesRead, PlayerMoved, SettingsRead, SheetRead, Tab
from podcli.tui.screens.actions import EpisodeActions
from podcli.tui.screens.base import BaseScreen
from podcli.tui.widgets.episode_view import EpisodeView


class EpisodeScreen(EpisodeActions, BaseScreen):
    """Opened from any list, and for what plays."""

    VIEW = "playing"
    WHERES = ("episodes", "show", "episode")
    HINTS = (
        "list.open", "transcript.follow", "view.ask", "episode.takeaways", "episode.summary", "episode.moments",
        "episode.transcript", "episode.chapters", "episode.notes", "list.filter", "transcript.copy", "player.toggle", "app.back",
        "app.help",
    )  # fmt: skip

    def __init__(self, episode_id: EpisodeId | None, tab: Tab = "transcript") -> None:
        super().__init__()
        self._episode_id, self._tab = episode_id, tab

    def body(self) -> ComposeResult:
        """The episode."""
        yield EpisodeView(self.podcli.tab_keys(), id="episode", tab=self._tab)

    def mounted(self) -> None:
        """Ask for what it says."""
        self.episode_view.show_made(self.podcli.settings.insights.show)
        self.about(self._episode_id)
        self.episode_view.front.focus()

    def resumed(self) -> None:
        """It may have been another one that was read meanwhile."""
        self.podcli.verbs.select(None)  # the screen behind may be about the same one: what it was told must be told here too
        self.podcli.verbs.select(self._episode_id)
        self.episode_view.follow(self.podcli.now)

    def about(self, episode_id: EpisodeId | None) -> None:
        """From now on this episode."""
        self._episode_id = episode_id
        self.episode_view.about(episode_id)
        self.podcli.verbs.select(episode_id)

    @property
    def episode_view(self) -> EpisodeView:
        """What it says."""
        return self.query_one(EpisodeView)

    def selected(self) -> EpisodeId | None:
        """This one."""
        return self._episode_id

    def looked_at(self) -> LookedAt:
        """This one."""
        return LookedAt(self._episode_id, self.show_id(), "episode")

    def take(self, message: Message) -> None:
        """Something changed."""
        super().take(message)
        match message:
            case SheetRead():
                self.episode_view.take_sheet(message)
            case PassagesRead():
                self.episode_view.take_passages(message)
                self.episode_view.follow(self.podcli.now)
            case SettingsRead():
                self.episode_view.show_made(message.settings.insights.show)
            case PlayerMoved():
                if self._episode_id is None and message.now.state.episode_id is not None:
                    self.about(message.now.state.episode_id)
                self.episode_view.follow(message.now)

    @on(EpisodeView.Wanted)
    def _wanted(self, event: EpisodeView.Wanted) -> None:
        self.podcli.verbs.play(event.episode_id, event.start_s)

    def show_tab(self, tab: Tab) -> bool:
        """Bring a tab to the front; whether it was there already."""
        seen = self.episode_view.tab == tab
        self.episode_view.show_tab(tab)
        self.podcli.verbs.remember("tab", tab)
        return seen

    def action_list_filter(self, words: str = "") -> None:
        """Type what to look for."""
        self.episode_view.start_filter()

    def action_app_back(self) -> None:
        """Out of here."""
        self.podcli.leave()
