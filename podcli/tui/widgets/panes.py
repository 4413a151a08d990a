"""The three panes of the main screen: a framed list with a filter, and a framed list with tabs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from podcli.domain import EpisodeId
from podcli.text import clean_line
from podcli.tui.commands import shown
from podcli.tui.messages import TABS, Sheet, Tab
from podcli.tui.rows import Row
from podcli.tui.widgets.row_list import RowList

_LETTERS: dict[Tab, str] = {"takeaways": "t", "summary": "s", "transcript": "T", "notes": "n"}


_SHORT: dict[Tab, str] = {"takeaways": "Take", "summary": "Sum", "transcript": "Text", "notes": "Note"}
_ROOMY = 46
"""Columns from which all names fit."""


class FilterInput(Input):
    """Where one types what the list should contain. Enter keeps the filter, Escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Show all", key_display="esc"),
        Binding("enter,down", "leave(False)", "Keep the filter", key_display="⏎"),
    ]
    DEFAULT_CSS = "FilterInput, FilterInput:focus { border: none; height: 1; padding: 0 1; display: none; }"

    class Left(Message):
        """Done typing."""

    def action_leave(self, drop: bool) -> None:
        """Back to the list."""
        if drop:
            self.value = ""
        if not self.value:
            self.display = False
        self.post_message(self.Left())


class Pane(Vertical):
    """A frame around lists. Its heavy frame shows where the keys go."""

    DEFAULT_CSS = """
    Pane { border: round $foreground 40%; border-title-color: $text; background: $surface; padding: 0; }
    Pane:focus-within { border: heavy $primary; }
    """

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a row there is nothing to choose."""
        return action != "choose" or self.rows.current is not None

    def action_choose(self) -> None:
        """Open or play what the cursor is on."""
        self.rows.action_choose()

    @property
    def rows(self) -> RowList:
        """The list one sees."""
        return self.query_one(RowList)

    @property
    def filter(self) -> FilterInput:
        """The filter."""
        return self.query_one(FilterInput)

    def start_filter(self) -> None:
        """Let the listener type."""
        self.filter.display = True
        self.filter.focus()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        for rows in self.query(RowList):
            rows.filter(event.value)

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.rows.focus()


class ListPane(Pane):
    """A list under its heading."""

    def __init__(self, heading: str, *, id: str) -> None:
        super().__init__(id=id)
        self.say(heading)

    def compose(self) -> ComposeResult:
        """Filter above, list beneath."""
        yield FilterInput(placeholder="Filter: Enter keeps it, Esc shows all")
        yield RowList()

    def say(self, heading: str) -> None:
        """What the frame says."""
        self.border_title = Content(clean_line(heading, limit=60))


class ShowsPane(ListPane):
    """All shows."""

    BINDING_GROUP_TITLE = "Shows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Open", key_display="⏎", tooltip="See its episodes"),
        *shown("add", "refresh(False)", "remove", "filter", "play_pause"),
    ]


class EpisodesPane(ListPane):
    """The episodes of a show, or of all."""

    BINDING_GROUP_TITLE = "Episodes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Play", key_display="⏎", tooltip="Play from where you were"),
        *shown("play_pause", "add", "filter", "download", "tab('takeaways')", "tab('summary')", "tab('transcript')", "jobs"),
    ]


class DetailPane(Pane):
    """What an episode says, a tab at a time."""

    BINDING_GROUP_TITLE = "Episode"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Play from here", key_display="⏎", tooltip="Play from this second"),
        *shown("play_pause", "follow", "filter", "tab('takeaways')", "tab('summary')", "tab('transcript')", "tab('notes')"),
    ]

    DEFAULT_CSS = """
    DetailPane > #tabs { height: 1; padding: 0 1; }
    DetailPane > #status { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    """

    class Switched(Message):
        """Another tab is in front."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.tab: Tab = "takeaways"
        self._status: dict[Tab, str] = dict.fromkeys(TABS, "")
        self._unmade: dict[Tab, bool] = dict.fromkeys(TABS, False)
        self._about: dict[Tab, EpisodeId | None] = dict.fromkeys(TABS)
        self.border_title = Content("Episode")

    def compose(self) -> ComposeResult:
        """Tabs, a line about the one in front, and a list for each."""
        yield Static(id="tabs")
        yield FilterInput(placeholder="Find: Enter keeps it, Esc shows all")
        yield Static(id="status")
        for tab in TABS:
            yield RowList(id=f"rows-{tab}")

    def on_mount(self) -> None:
        """Begin with the takeaways."""
        self.show_tab("takeaways")

    def on_resize(self, event: events.Resize) -> None:
        """The tabs fit the width."""
        self._draw_tabs()

    @property
    def rows(self) -> RowList:
        """The list of the tab in front."""
        return self.list_of(self.tab)

    def list_of(self, tab: Tab) -> RowList:
        """The list of any tab."""
        return self.query_one(f"#rows-{tab}", RowList)

    def is_unmade(self, tab: Tab) -> bool:
        """Whether asking for what a tab shows would begin or resume work."""
        return self._unmade[tab]

    def show_tab(self, tab: Tab) -> None:
        """Bring a tab to the front."""
        had_focus = self.has_focus_within
        self.tab = tab
        for each in TABS:
            self.list_of(each).display = each == tab
        self._draw_tabs()
        self._draw_status()
        if had_focus:
            self.rows.focus()
        self.post_message(self.Switched())

    def set_sheet(self, tab: Tab, sheet: Sheet, about: EpisodeId | None) -> None:
        """What a tab shows about an episode from now on."""
        self._status[tab] = sheet.status
        rows = self.list_of(tab)
        if sheet.rows or not sheet.start:
            rows.set_rows(sheet.rows, start=sheet.start, anew=about != self._about[tab])
        self._about[tab] = about
        self._unmade[tab] = sheet.unmade
        if tab == self.tab:
            self._draw_status()

    def clear(self, rows: Sequence[Row] = ()) -> None:
        """No episode; `rows` say why."""
        for tab in TABS:
            self.set_sheet(tab, Sheet("", rows), None)
            self.list_of(tab).mark(None)

    def _draw_status(self) -> None:
        status = self.query_one("#status", Static)
        status.update(Content(self._status[self.tab]))
        status.display = bool(self._status[self.tab])

    def _draw_tabs(self) -> None:
        """The tab in front is bracketed, so that it shows without colours too."""
        roomy = self.content_size.width >= _ROOMY
        parts: list[str | tuple[str, str]] = []
        for tab in TABS:
            name = tab.capitalize() if roomy or tab == self.tab else _SHORT[tab]
            label = f"{_LETTERS[tab]} {name}"
            parts += [" " if parts else "", (f"[{label}]", "bold reverse") if tab == self.tab else label]
        self.query_one("#tabs", Static).update(Content.assemble(*parts))
