"""What every screen has: the views above; player, work and keys beneath."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from podcli.tui.keys import bind
from podcli.tui.messages import CardsRead, JobsRead, Opened, PlayerMoved
from podcli.tui.widgets.job_line import JobLine
from podcli.tui.widgets.key_line import KeyLine
from podcli.tui.widgets.player_bar import PlayerBar
from podcli.tui.widgets.scroll_list import ScrollList
from podcli.tui.widgets.top_line import TopLine
from podcli.tui.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

WIDE, MEDIUM = 110, 60
LOW, LOWEST = 14, 8
"""Lines from which all the lines around the body, or only the player and the body, are shown."""


class BaseScreen(Screen[None]):
    """A view. Subclasses compose `body`, name their `WHERES` (contexts of the keymap) and the `HINTS` shown at the bottom."""

    BINDING_GROUP_TITLE = "Everywhere"
    AUTO_FOCUS = ""
    VIEW: ClassVar[str] = ""
    WHERES: ClassVar[Sequence[str]] = ()
    HINTS: ClassVar[Sequence[str]] = ()
    ready = False
    """Whether its widgets are there."""

    def __init__(self) -> None:
        super().__init__()
        # All styles were read at the start (see `PodcliApp.CSS_PATH`). Textual would read every one of them again, twice.
        self._css_update_count = self.app._css_update_count

    @property
    def podcli(self) -> PodcliApp:
        """The app, typed."""
        return cast("PodcliApp", self.app)

    def compose(self) -> ComposeResult:
        """Views, body, player, work, keys."""
        yield TopLine(self.podcli.views, self.VIEW)
        with Container(id="body"):
            yield from self.body()
        yield PlayerBar()
        yield JobLine()
        yield KeyLine()

    def body(self) -> ComposeResult:
        """What makes this screen this screen."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Bind the keys."""
        keymap = self.podcli.keys
        bind(self, keymap, ["everywhere", "list", *self.WHERES], self.HINTS)
        for words in self.query(TranscriptView):
            bind(words, keymap, ["transcript", "list"], [*words.HINTS, *self.HINTS])
            words.count = self.podcli.take_count
            words.keys_back = keymap.all_shown("transcript.follow") or f":{keymap.command('transcript.follow').words}"
        self.ready = True
        self.refresh_bindings()
        self.mounted()

    def bind_list(self, rows: ScrollList) -> None:
        """A list joined the screen: give it its keys."""
        bind(rows, self.podcli.keys, ["list"], self.HINTS)
        rows.count = self.podcli.take_count

    def mounted(self) -> None:
        """The widgets are there: fill them."""

    async def on_screen_resume(self) -> None:
        """In front again: show how things are now."""
        await asyncio.sleep(0)  # whatever waits goes first: making, filling and drawing a screen is too long for one step
        if self.podcli.front() is not self:
            return
        self.query_one(PlayerBar).now = self.podcli.now
        self.query_one(JobLine).active = self.podcli.active
        self.tell_counts()
        self.resumed()
        await asyncio.sleep(0)  # now Textual lays out and draws

    def resumed(self) -> None:
        """In front again: fill the body anew where that is needed."""

    async def on_resize(self, event: events.Resize) -> None:
        """What does not fit goes, the player last."""
        await asyncio.sleep(0)  # a step of its own, see `on_screen_resume`
        if not self.ready or self.podcli._exit:
            return
        height = event.size.height
        self.query_one(TopLine).display = height >= LOWEST
        self.query_one(KeyLine).display = height >= LOWEST
        self.query_one(PlayerBar).styles.height = None if height >= LOW else 1
        self.query_one(JobLine).set_class(height < LOW, "-no-room")
        self.fit_width(event.size.width)

    def fit_width(self, width: int) -> None:
        """As many panes as there is room for."""

    def take(self, message: Message) -> None:
        """Something changed; called by the app on the screen in front. Subclasses call this too."""
        if isinstance(message, PlayerMoved):
            self.query_one(PlayerBar).now = message.now
        elif isinstance(message, JobsRead):
            self.query_one(JobLine).active = message.active
            self.tell_counts()
        elif isinstance(message, CardsRead | Opened):
            self.tell_counts()

    def on_top_line_opened(self, event: TopLine.Opened) -> None:
        """A view was clicked."""
        self.podcli.open_view(event.view)

    def on_player_bar_seek(self, event: PlayerBar.Seek) -> None:
        """The seek bar was clicked."""
        self.podcli.verbs.seek_to(event.second)

    def places(self) -> list[Widget]:
        """Where the keys can go, for jumping."""
        return [each for each in self.query("ScrollList, TranscriptView, LineInput") if each.display and each.region.height > 0]

    def view_columns(self) -> list[tuple[str, str, int]]:
        """Name, label and column of each view in the first line."""
        return self.query_one(TopLine).columns()

    def tell_counts(self) -> None:
        """How much waits in each view, and who else holds the library."""
        top = self.query_one(TopLine)
        top.counts = self.podcli.counts()
        top.held = self.podcli.aside()
