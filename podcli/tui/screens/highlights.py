"""The best moments of every show: heard one after the other, and from each of them into its whole episode."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from podcli.domain import EpisodeId, Moment
from podcli.services.playback.moments import of_feed
from podcli.store.highlights import Highlight
from podcli.tui import phrases
from podcli.tui.messages import HighlightsRead, JobsRead, PlayerMoved, SettingsRead
from podcli.tui.rows import Row
from podcli.tui.screens.rows import RowsScreen


class HighlightsScreen(RowsScreen):
    """Opened over a view. Enter plays the moment under the cursor; it ends, and the player is quiet."""

    VIEW = "highlights"
    HEADING = "Highlights"
    WHERES = ("highlights",)
    HINTS = (
        "list.open", "highlights.play_all", "highlights.whole", "player.whole_episode", "highlights.unheard", "player.next",
        "list.filter", "player.toggle", "app.back", "app.help",
    )  # fmt: skip

    def __init__(self, since: str = "") -> None:
        super().__init__()
        self._since, self._unheard = since, False
        self._found: Sequence[Highlight] | None = None
        self._read = 0
        """The newest reading of an episode that is among them."""

    def mounted(self) -> None:
        """Have them looked up."""
        super().mounted()
        self.ask(self._since)

    def ask(self, since: str) -> None:
        """Of episodes since then; '' for all."""
        self._since = since
        self.podcli.verbs.read_highlights(since, unheard=self._unheard)

    def rows(self) -> Sequence[Row]:
        """The best first."""
        if not self.podcli.settings.insights.show:
            return []
        return phrases.highlight_rows(self._found or ())

    def nothing(self) -> Sequence[str]:
        """Why there are none, and how they come to be."""
        if not self.podcli.settings.insights.show:
            return ("What models made is hidden.", f"{self.podcli.keys.shown('app.insights')} shows it again.")
        if self._found is None:
            return ("Looking for the best moments…",)
        if self._unheard or self._since:
            return ("There are no such moments.", f"{self.podcli.keys.shown('highlights.unheard')} shows those of all episodes.")
        key = self.podcli.keys.shown("episode.takeaways")
        return ("No highlights yet.", f"They are found with the takeaways: {key} on an episode, once more to make them.")

    def fill(self) -> None:
        """Show them, and who found them."""
        super().fill()
        found = (self._found or ()) if self.podcli.settings.insights.show else ()
        parts = [f"{self.HEADING} · {len(found):,}" if found else self.HEADING, "not heard" if self._unheard else ""]
        parts.append(f"since {self._since}" if self._since else "")
        about = phrases.found_by(each.model for each in found) if found else ""
        self.say(" · ".join(part for part in parts if part), about)
        self.query_one("#about").display = bool(about)
        self._mark()

    def take(self, message: Message) -> None:
        """Here they are; or something else plays; or another episode was read."""
        super().take(message)
        match message:
            case HighlightsRead():
                self._found = message.found
                self.fill()
            case PlayerMoved():
                self._mark()
            case SettingsRead():
                self.fill()
            case JobsRead():
                read = max((job.id for job in message.recent if job.kind == "insights" and job.state == "done"), default=0)
                if read > self._read:
                    self._read = read
                    self.ask(self._since)

    def _mark(self) -> None:
        moment = self.podcli.now.moment
        self.items.mark((moment.episode_id, moment.start_s) if moment else None)

    def _moments(self, *, following: bool) -> list[Moment]:
        """The one under the cursor; with those after it in the list, as it is filtered, when they are `following`."""
        by_key = {(each.episode_id, each.start_s): each for each in self._found or ()}
        rows = self.items.shown[self.items.cursor :] if self.items.cursor >= 0 else []
        chosen = [by_key[row.key] for row in rows if row.key in by_key]
        return of_feed(chosen if following else chosen[:1])

    def chosen(self, row: Row) -> None:
        """Hear this one."""
        if moments := self._moments(following=False):
            self.podcli.verbs.play_moments(moments)

    def action_highlights_play_all(self) -> None:
        """This and those after it."""
        if moments := self._moments(following=True):
            self.podcli.verbs.play_moments(moments)

    def action_highlights_whole(self) -> None:
        """Its whole episode, from there, with its words."""
        for moment in self._moments(following=False):
            self.podcli.verbs.play(EpisodeId(moment.episode_id), moment.start_s)
            self.podcli.open_episode(moment.episode_id)

    def action_highlights_unheard(self) -> None:
        """Only of what was not heard, or of everything."""
        self._unheard = not self._unheard
        self.ask(self._since)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a moment there is nothing to hear."""
        if action in ("highlights_play_all", "highlights_whole") and not self._moments(following=False):
            return False
        return super().check_action(action, parameters)
