"""The main screen: shows, episodes, what the selected episode says, and the player."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer

from podcli.domain import Episode, EpisodeId, JobId, PlayerState, ShowId
from podcli.services.insights import Wish
from podcli.tui import commands, phrases
from podcli.tui.messages import EpisodesRead, JobsRead, PlayerMoved, SheetRead, ShowsRead, Tab
from podcli.tui.rows import Row
from podcli.tui.screens.dialogues import AddScreen, HelpScreen, Question
from podcli.tui.screens.jobs import JobsScreen
from podcli.tui.widgets.job_line import JobLine
from podcli.tui.widgets.key_line import KeyLine
from podcli.tui.widgets.panes import DetailPane, EpisodesPane, Pane, ShowsPane
from podcli.tui.widgets.player_bar import PlayerBar
from podcli.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

At = Literal["shows", "episodes", "detail"]
_ORDER: tuple[At, ...] = ("shows", "episodes", "detail")
_WIDE, _MEDIUM = 110, 60
_REST_S = 0.06
"""An episode is read once the cursor rests on it this long, not while it flies by."""
_WISH: dict[Tab, Wish] = {"takeaways": "takeaways", "summary": "summary", "transcript": "transcribe"}
_WITHOUT_EPISODES = {"add", "jobs", "help", "stop_work", "app.quit"}
_EMPTY = (
    Row("empty", "Your library is empty.", tone="head", live=False, gap=True),
    Row("add", "Press a and give the address of a podcast.", live=False, gap=True),
    Row("demo", "Or quit with q and run “podcli demo”: it adds a sample show that comes with podcli and makes its takeaways.",
        tone="dim", live=False),
)  # fmt: skip


class LibraryScreen(Screen[None]):
    """Three panes side by side; two on 80 columns, one at a time on 40."""

    BINDING_GROUP_TITLE = "Everywhere"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.everywhere()]
    AUTO_FOCUS = ""
    COMMANDS = {commands.Palette}  # noqa: RUF012 (Textual's own type)
    DEFAULT_CSS = """
    LibraryScreen #panes { height: 1fr; }
    LibraryScreen #episodes { width: 2fr; }
    LibraryScreen #detail { width: 3fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._at: At = "episodes"
        self._show: ShowId | None = None
        self._episode: Episode | None = None
        self._resting: Timer | None = None
        self._starts: list[float] = []
        self._following = True
        self._empty = False
        self._state = PlayerState()
        self._wanted: EpisodeId | None = None
        self._wanted_show: ShowId | str | None = None

    @property
    def podcli(self) -> PodcliApp:
        """The app, typed."""
        return cast("PodcliApp", self.app)

    def compose(self) -> ComposeResult:
        """Panes, player, work, keys."""
        with Horizontal(id="panes"):
            yield ShowsPane("Shows", id="shows")
            yield EpisodesPane("All episodes", id="episodes")
            yield DetailPane(id="detail")
        yield PlayerBar()
        yield JobLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Say that we are on it."""
        self._pane("episodes").rows.set_rows([Row("wait", "Opening the library…", tone="dim", live=False)])
        self._go("episodes")

    def on_resize(self, event: events.Resize) -> None:
        """As many panes as there is room for."""
        self._arrange()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An empty library has nothing to play, download or read."""
        return not self._empty or action in _WITHOUT_EPISODES

    # What the library says

    @on(ShowsRead)
    def _shows_read(self, message: ShowsRead) -> None:
        self._pane("shows").rows.set_rows(message.rows)
        self._reach_show()
        was_empty, self._empty = self._empty, not message.rows
        if self._empty:
            self._pane("episodes").rows.set_rows(_EMPTY, anew=True)
            self._detail.clear()
        if self._empty != was_empty:
            self.query_one(EpisodesPane).say("Welcome to podcli" if self._empty else "All episodes")
            self._go("episodes")
            self.refresh_bindings()

    @on(EpisodesRead)
    def _episodes_read(self, message: EpisodesRead) -> None:
        if message.show_id != self._show:
            return
        pane = self._pane("episodes")
        if not self._empty:
            none = [Row("none", "No episodes here yet. Press r to look for new ones.", tone="dim", live=False)]
            pane.rows.set_rows(message.rows or none)
        if self._wanted is not None and any(row.key == self._wanted for row in message.rows):
            pane.rows.go_to(self._wanted)
            self._wanted = None
        if not message.rows:
            self._episode = None
            self._detail.clear()

    @on(SheetRead)
    def _sheet_read(self, message: SheetRead) -> None:
        if message.episode.id != self._selected():
            return
        if self._episode is None or self._episode.id != message.episode.id:
            self._following = True
        self._episode = message.episode
        self._detail.border_title = phrases.content(phrases.title(message.episode.title))
        self._detail.set_sheet(message.tab, message.sheet, message.episode.id)
        if message.tab == "transcript":
            self._starts[message.sheet.start :] = [row.start_s for row in message.sheet.rows if row.start_s is not None]
            self._mark()

    @on(JobsRead)
    def _jobs_read(self, message: JobsRead) -> None:
        self.query_one(JobLine).active = message.active

    @on(PlayerMoved)
    def _player_moved(self, message: PlayerMoved) -> None:
        self._state = message.state
        bar = self.query_one(PlayerBar)
        bar.show_title, bar.state = message.show_title, message.state
        self._pane("episodes").rows.mark(message.state.episode_id)
        self._mark()

    def _mark(self) -> None:
        """Show which sentence is being said."""
        rows, state = self._detail.list_of("transcript"), self._state
        if self._episode is None or state.episode_id != self._episode.id or not self._starts:
            rows.mark(None)
            return
        index = bisect_right(self._starts, state.position_s + 0.05) - 1
        rows.mark(index if index >= 0 else None)
        if self._following and index >= 0 and rows.shown is rows.rows:
            rows.go_to_index(index)

    # What the listener does

    @on(RowList.Moved)
    def _cursor_moved(self, event: RowList.Moved) -> None:
        if event.rows is self._pane("shows").rows:
            self._open_show(event.row)
        elif event.rows is self._pane("episodes").rows:
            if self._resting is not None:
                self._resting.stop()
            self._resting = self.set_timer(_REST_S, self._select)
        elif event.by_person and event.rows is self._detail.list_of("transcript"):
            self._following = False

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        if event.rows is self._pane("shows").rows:
            self._go("episodes")
        elif event.rows is self._pane("episodes").rows:
            if (episode_id := self._selected()) is not None:
                self.podcli.bridge.play(episode_id)
        elif self._episode is not None:
            self._following = True
            self.podcli.bridge.play(self._episode.id, event.row.start_s)

    def _open_show(self, row: Row | None) -> None:
        self._show = ShowId(row.key) if row is not None and isinstance(row.key, int) else None
        self.query_one(EpisodesPane).say(row.text if row is not None else "Episodes")
        self.podcli.bridge.look_at(self._show)

    def _selected(self) -> EpisodeId | None:
        row = self._pane("episodes").rows.current
        return EpisodeId(row.key) if row is not None and isinstance(row.key, int) else None

    def _select(self) -> None:
        self.podcli.bridge.select(self._selected())

    def jump(self, show_id: ShowId | None, episode_id: EpisodeId | None) -> None:
        """Go to a show that was just added, or to one of its episodes."""
        self._wanted, self._wanted_show = episode_id, show_id if show_id is not None else phrases.ALL
        self._reach_show()
        self._go("episodes")

    def _reach_show(self) -> None:
        """Go to the show that is wanted, once it is listed."""
        rows = self._pane("shows").rows
        if self._wanted_show is not None and any(row.key == self._wanted_show for row in rows.rows):
            rows.go_to(self._wanted_show)
            self._wanted_show = None

    # Panes

    def _pane(self, name: At) -> Pane:
        return self.query_one(f"#{name}", Pane)

    @property
    def _detail(self) -> DetailPane:
        return self.query_one(DetailPane)

    def _arrange(self) -> None:
        width = self.size.width
        left: At = self._at if self._at != "detail" else "episodes"
        self._pane("shows").styles.width = 26 if width >= _MEDIUM else "1fr"
        for name in _ORDER:
            roomy = width >= _WIDE or (width >= _MEDIUM and name in (left, "detail"))
            self._pane(name).display = name == self._at or (roomy and not self._empty)

    def _go(self, name: At) -> None:
        self._at = name
        self._arrange()
        self._pane(name).rows.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click may have moved the focus."""
        for name in _ORDER:
            if self._pane(name) in event.widget.ancestors and name != self._at:
                self._at = name
                self._arrange()

    def action_pane(self, step: int) -> None:
        """The pane to the right or to the left."""
        if self._empty:
            return
        at = _ORDER.index(self._at) + step
        self._go(_ORDER[at % 3])

    def action_back(self) -> None:
        """Drop the filter, else one pane to the left."""
        pane = self._pane(self._at)
        if pane.filter.value:
            pane.filter.value = ""
            pane.filter.display = False
        elif self._at != "shows":
            self.action_pane(-1)

    def action_filter(self) -> None:
        """Type what to look for."""
        self._pane(self._at).start_filter()

    # Player

    def action_play_pause(self) -> None:
        """Pause or go on; with nothing loaded play what is selected."""
        if self._state.episode_id is not None:
            self.podcli.bridge.toggle()
        elif (episode_id := self._selected()) is not None:
            self.podcli.bridge.play(episode_id)

    def action_seek(self, seconds: int) -> None:
        """Back or on."""
        self._following = True
        self.podcli.bridge.seek_by(seconds)

    def action_speed(self, step: float) -> None:
        """Slower, faster, or 0 for normal."""
        self.podcli.bridge.change_speed(step)

    def action_follow(self) -> None:
        """Back to the sentence that is being said."""
        self._following = True
        self._detail.show_tab("transcript")
        self._mark()

    # Work

    def action_tab(self, tab: Tab) -> None:
        """Show a tab; when it is in front already and there is nothing in it yet, have it made."""
        was = self._detail.tab if self._at == "detail" or self.size.width >= _MEDIUM else None
        self._detail.show_tab(tab)
        if self.size.width < _MEDIUM:
            self._go("detail")
        if was != tab or tab not in _WISH or self._episode is None:
            return
        if self._detail.is_unmade(tab):
            self.podcli.bridge.request(self._episode.id, _WISH[tab])

    def action_add(self) -> None:
        """Ask for an address."""

        def added(found: tuple[ShowId | None, EpisodeId | None] | None) -> None:
            if found is not None:
                self.jump(*found)

        self.app.push_screen(AddScreen(), added)

    def action_download(self) -> None:
        """Fetch the selected episode's audio."""
        if (episode_id := self._selected()) is not None:
            self.podcli.bridge.download(episode_id)

    def action_refresh(self, everything: bool) -> None:
        """Look for new episodes."""
        self.podcli.bridge.refresh(None if everything else self._show)

    def action_remove(self) -> None:
        """Ask, then forget the show under the cursor."""
        row = self._pane("shows").rows.current
        if row is None or not isinstance(row.key, int):
            self.notify("Choose a show on the left first.", markup=False)
            return
        show_id = ShowId(row.key)

        def decided(answer: str | None) -> None:
            if answer == "y":
                self.podcli.bridge.remove(show_id)

        text = "Its episodes, transcripts, takeaways and downloaded files on this machine go too."
        self.app.push_screen(Question(f"Remove “{row.text}”?", text, {"y": "Remove it"}), decided)

    def action_stop_work(self) -> None:
        """Stop what runs now, and what waits for it."""
        if active := self.query_one(JobLine).active:
            self.podcli.bridge.cancel(JobId(active[0].id))
        else:
            self.notify("No work is running.", markup=False)

    def action_jobs(self) -> None:
        """All work."""
        self.app.push_screen(JobsScreen(self.podcli.recent))

    def action_help(self) -> None:
        """The keys that work here."""
        found = [(active.node.BINDING_GROUP_TITLE or "Everywhere", active.binding) for active in self.active_bindings.values()
                 if not active.binding.system and active.binding.action != "screen.copy_text"]  # fmt: skip
        self.app.push_screen(HelpScreen(commands.sections(found)))
