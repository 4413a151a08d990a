"""What an episode says, a tab at a time: takeaways, summary, words, chapters, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from podcli.domain import Episode, EpisodeId, NowPlaying
from podcli.text import clean_line
from podcli.tui import phrases
from podcli.tui.messages import MADE_TABS, TABS, PassagesRead, Sheet, SheetRead, Tab
from podcli.tui.rows import Row
from podcli.tui.widgets.filter_input import FilterInput
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList
from podcli.tui.widgets.transcript_text import quotation
from podcli.tui.widgets.transcript_view import TranscriptView

_SHORT: dict[Tab, str] = {
    "takeaways": "Take",
    "summary": "Sum",
    "moments": "Mom",
    "transcript": "Text",
    "chapters": "Chap",
    "notes": "Note",
}
_EMPTY = (Row("none", "Choose an episode on the left.", tone="dim", live=False),)


class EpisodeView(Vertical):
    """Tabs, a line about the one in front, and what it shows."""

    BINDING_GROUP_TITLE = "Episode"
    DEFAULT_CSS = """
    EpisodeView { border: round $foreground 40%; border-title-color: $text; background: $surface; }
    EpisodeView:focus-within { border: heavy $primary; }
    EpisodeView > #tabs { height: 1; padding: 0 1; color: $text; }
    EpisodeView > #status { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    """

    class Wanted(Message):
        """The listener wants to hear this second."""

        def __init__(self, episode_id: EpisodeId, start_s: float | None) -> None:
            super().__init__()
            self.episode_id, self.start_s = episode_id, start_s

    class Copied(Message):
        """Text for the clipboard."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, keys: Mapping[Tab, str], *, id: str, tab: Tab = "takeaways") -> None:
        """`keys`: what to press for each tab, as people read it."""
        super().__init__(id=id)
        self.tab = tab
        self.episode_id: EpisodeId | None = None
        self._keys = keys
        self._tabs = TABS
        self._drawn: str | None = None
        self._columns: list[tuple[Tab, int, int]] = []
        """Where each tab's name stands: first column, and the one after its last."""
        self._episode: Episode | None = None
        self._found_words = ""
        self._status: dict[Tab, str] = dict.fromkeys(TABS, "")
        self._unmade: dict[Tab, bool] = dict.fromkeys(TABS, False)
        self._about: dict[Tab, EpisodeId | None] = dict.fromkeys(TABS)
        self.border_title = Content("Episode")
        self._lists: dict[Tab, RowList] = {tab: RowList(id=f"rows-{tab}") for tab in TABS if tab != "transcript"}
        """A list joins the screen when its tab first comes to the front: each costs 3 ms."""
        for rows in self._lists.values():
            rows.display = False
            rows.set_rows(_EMPTY)

    def compose(self) -> ComposeResult:
        """Tabs, a line about the one in front, and what it shows."""
        yield Static(id="tabs")
        yield FilterInput(placeholder="Find")
        yield Static(id="status")
        yield TranscriptView(id="rows-transcript")

    def on_mount(self) -> None:
        """Nothing is chosen yet."""
        self.show_tab(self.tab)

    def on_resize(self, event: events.Resize) -> None:
        """The tabs fit the width."""
        self._draw_tabs()

    def on_click(self, event: events.Click) -> None:
        """A tab may have been clicked."""
        if event.widget is not None and event.widget.id == "tabs":
            at = event.get_content_offset_capture(event.widget).x
            if (tab := next((each for each, first, end in self._columns if first <= at < end), None)) is not None:
                self.show_tab(tab)

    @property
    def front(self) -> Widget:
        """What the tab in front shows."""
        return self.words if self.tab == "transcript" else self.list_of(self.tab)

    @property
    def words(self) -> TranscriptView:
        """The transcript."""
        return self.query_one(TranscriptView)

    def list_of(self, tab: Tab) -> RowList:
        """The list of any other tab."""
        return self._lists[tab]

    def is_unmade(self) -> bool:
        """Whether asking for what the tab in front shows would begin or resume work."""
        return self._unmade[self.tab]

    def show_tab(self, tab: Tab) -> None:
        """Bring a tab to the front."""
        had_focus = self.has_focus_within
        self.tab = tab
        self.words.display = tab == "transcript"
        for each, rows in self._lists.items():
            if each == tab and not rows.is_attached:
                self.mount(rows)
            rows.display = each == tab
        self._draw_tabs()
        self._draw_status()
        if had_focus:
            self.front.focus()

    def show_made(self, shown: bool) -> None:
        """Show what models made, or hide it: then what the publisher wrote and what was said are all there is."""
        if shown != (self._tabs == TABS):
            self._tabs = TABS if shown else tuple(tab for tab in TABS if tab not in MADE_TABS)
            self.show_tab(self.tab if self.tab in self._tabs else "notes")

    def about(self, episode_id: EpisodeId | None) -> None:
        """From now on this episode; what it says will follow."""
        if episode_id == self.episode_id:
            return
        self.episode_id = episode_id
        if episode_id is None:
            self.border_title = Content("Episode")
            for tab in TABS:
                if tab != "transcript":
                    self._set(tab, Sheet("", _EMPTY), None)
            self.words.show(None, [])

    def take_sheet(self, message: SheetRead) -> None:
        """What a tab shows about the episode from now on."""
        if message.episode.id == self.episode_id:
            self.border_title = phrases.content(phrases.title(message.episode.title))
            self._set(message.tab, message.sheet, message.episode.id)

    def take_passages(self, message: PassagesRead) -> None:
        """The words from some passage on."""
        if message.episode.id != self.episode_id:
            return
        words, self._episode = self.words, message.episode
        if message.passages or not message.start:
            words.show(message.episode.id, message.passages, start=message.start)
        words.chapters(list(message.chapters))
        if message.words:
            words.say([self._with_key("transcript", line) for line in message.words])
        self._status["transcript"], self._unmade["transcript"] = message.status, message.unmade
        if self.tab == "transcript":
            self._draw_status()

    def follow(self, now: NowPlaying) -> None:
        """Light the words that are being said, when this is what plays."""
        state = now.state
        mine = self.episode_id is not None and state.episode_id == self.episode_id
        if mine:
            self.words.follow(state.position_s, state.speed, state.paused or state.ended)
            at = [n for n, each in enumerate(now.chapters) if each.start_s <= state.position_s + 0.05]
            self.list_of("chapters").mark(at[-1] if at else None)
        else:
            self.list_of("chapters").mark(None)

    def start_filter(self) -> None:
        """Let the listener type."""
        box = self.query_one(FilterInput)
        box.display = True
        box.focus()

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        if self.tab == "transcript":
            self.words.find(event.value)
            if not event.value.strip():
                self._found_words = ""
                self._draw_status()
        else:
            self.list_of(self.tab).filter(event.value)

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.front.focus()

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        event.stop()
        if self.episode_id is not None:
            self.post_message(self.Wanted(self.episode_id, event.row.start_s))

    @on(TranscriptView.Seek)
    def _seek(self, event: TranscriptView.Seek) -> None:
        event.stop()
        if self.episode_id is not None:
            self.post_message(self.Wanted(self.episode_id, event.start_s))

    @on(TranscriptView.Copy)
    def _copy(self, event: TranscriptView.Copy) -> None:
        event.stop()
        if self._episode is not None:
            episode = self._episode
            link = episode.link or episode.enclosure.url
            words = quotation(event.passage, show=episode.show_title, episode=episode.title, link=link)
            self.post_message(self.Copied(words))

    @on(TranscriptView.Found)
    def _found(self, event: TranscriptView.Found) -> None:
        event.stop()
        self._found_words = f"{event.index} of {event.count}" if event.count else "Not found"
        self._draw_status()

    def _set(self, tab: Tab, sheet: Sheet, about: EpisodeId | None) -> None:
        self._status[tab] = sheet.status
        rows = [replace(row, text=self._with_key(tab, row.text)) if "{key}" in row.text else row for row in sheet.rows]
        if sheet.rows or not sheet.start:
            self.list_of(tab).set_rows(rows, start=sheet.start, anew=about != self._about[tab])
        self._about[tab] = about
        self._unmade[tab] = sheet.unmade
        if tab == self.tab:
            self._draw_status()

    def _with_key(self, tab: Tab, text: str) -> str:
        return clean_line(text.replace("{key}", self._keys.get(tab, "")))

    def _draw_status(self) -> None:
        text = self._with_key(self.tab, self._status[self.tab])
        if self.tab == "transcript" and self._found_words:
            text = f"{self._found_words} · {text}"
        if text != self._drawn:  # laying out the whole screen anew costs more than reading it
            self._drawn = text
            status = self.query_one("#status", Static)
            status.update(Content(text))
            status.display = bool(text)

    def _draw_tabs(self) -> None:
        """The tab in front is bracketed, so that it shows without colours too. With little room only it has its name."""
        room = self.content_size.width - 2
        whole = {tab: tab.capitalize() for tab in self._tabs}
        labels: dict[Tab, str] = {}
        for names in (whole, _SHORT, {self.tab: whole[self.tab]}, {self.tab: _SHORT[self.tab]}):
            labels = self._labels(names)
            if sum(len(label) + 1 for label in labels.values()) - 1 <= room:
                break
        parts: list[str | tuple[str, str]] = []
        self._columns, at = [], 0
        for tab, label in labels.items():
            self._columns.append((tab, at, at + len(label)))
            at += len(label) + 1
            parts += [" " if parts else "", (label, "bold reverse") if tab == self.tab else label]
        self.query_one("#tabs", Static).update(Content.assemble(*parts))

    def _labels(self, names: Mapping[Tab, str]) -> dict[Tab, str]:
        """The key of each tab, and its name where `names` has one."""
        labels = {tab: f"{self._keys.get(tab, '')} {names.get(tab, '')}".strip() for tab in self._tabs}
        return {tab: f"[{label}]" if tab == self.tab else label for tab, label in labels.items()}


def rows_of(lines: Sequence[str]) -> list[Row]:
    """Plain words in place of rows."""
    return [Row(("words", n), line, tone="text" if not n else "dim", live=False) for n, line in enumerate(lines)]
