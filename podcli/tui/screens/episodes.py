"""A list of episodes with what the selected one says beside it: the inbox, a show, the queue."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from podcli.domain import EpisodeId, Job
from podcli.tui import phrases
from podcli.tui.library import SORTS, LookedAt, View
from podcli.tui.messages import CardsRead, GistsRead, JobsRead, PassagesRead, PlayerMoved, SettingsRead, SheetRead, ShowsRead, Tab
from podcli.tui.rows import Row
from podcli.tui.screens.actions import EpisodeActions
from podcli.tui.screens.base import MEDIUM, WIDE, BaseScreen
from podcli.tui.widgets.episode_view import EpisodeView
from podcli.tui.widgets.list_pane import ListPane
from podcli.tui.widgets.scroll_list import ScrollList

if TYPE_CHECKING:
    from podcli.store.cards import Gist

_KEY = re.compile(r"\{([a-z_.]+)\}")
_REST_S = 0.06
"""An episode is read once the cursor rests on it this long, not while it flies by."""


class EpisodesScreen(EpisodeActions, BaseScreen):
    """Episodes on the left, the selected one on the right where there is room for it."""

    HEADING: ClassVar[str] = "Episodes"
    EMPTY: ClassVar[Sequence[str]] = ("No episodes here.",)
    """What stands in place of an empty list; ``{library.refresh}`` is the key of that command."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self._resting: Timer | None = None
        self._keep_filter = False

    def body(self) -> ComposeResult:
        """List and episode."""
        with Horizontal(classes="panes"):
            yield ListPane(self._make, self.HEADING, id="list")
            yield EpisodeView(self.podcli.tab_keys(), id="episode")

    def mounted(self) -> None:
        """As it was left."""
        kept = self.podcli.remembered.get(f"view.{self.view.name}")
        self.view = self.view.restored(kept)
        tab = self.podcli.remembered.get("tab")
        if tab in ("takeaways", "summary", "moments", "transcript", "chapters", "notes"):
            self.episode_view.show_tab(tab)
        self.episode_view.show_made(self.podcli.settings.insights.show)
        if self.view.words:
            self.pane.show_filter(self.view.words)
        self._fill(anew=True)
        if isinstance(kept, dict) and isinstance(kept.get("at"), int):
            self.pane.items.go_to(EpisodeId(kept["at"]), centre=True)
        self.pane.items.focus()

    def resumed(self) -> None:
        """Whatever changed meanwhile."""
        self._fill()
        self.podcli.verbs.select(None)  # another screen may have been told about the same one meanwhile
        self._tell_selection()
        self.episode_view.follow(self.podcli.now)
        self.pane.items.mark(self.podcli.now.state.episode_id)

    @property
    def pane(self) -> ListPane:
        """The list in its frame."""
        return self.query_one(ListPane)

    @property
    def episode_view(self) -> EpisodeView:
        """What the selected episode says."""
        return self.query_one(EpisodeView)

    def take(self, message: Message) -> None:
        """Something changed."""
        super().take(message)
        match message:
            case CardsRead() | ShowsRead():
                self._fill()
            case GistsRead():
                self._fill()
            case SettingsRead():
                self.episode_view.show_made(message.settings.insights.show)
                self._fill()
            case JobsRead():
                self.pane.items.forget()
            case SheetRead():
                self.episode_view.take_sheet(message)
            case PassagesRead():
                self.episode_view.take_passages(message)
                self.episode_view.follow(self.podcli.now)
            case PlayerMoved():
                self.pane.items.mark(message.now.state.episode_id)
                self.episode_view.follow(message.now)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without an episode there is nothing to do with it."""
        if action.startswith(("episode_", "queue_")) and action != "episode_unheard_only" and self.selected() is None:
            return False
        return super().check_action(action, parameters)

    # The list

    def _fill(self, *, anew: bool = False) -> None:
        library = self.podcli.library
        ids = library.look(self.view)
        gists = self._gists()
        tall = frozenset(each for each in ids if each in gists) if gists else frozenset()
        self.pane.items.set_keys(ids, tall=tall, anew=anew)
        self.pane.credit(gists[each].model for each in tall)
        self.pane.say(self._heading(len(ids)), [] if ids else self._nothing())
        self._tell_selection()

    def _gists(self) -> Mapping[EpisodeId, Gist]:
        """What stands beneath the titles: only where there is something to decide, and only when the listener wants it."""
        wanted = self.view.shelf in ("inbox", "later") and self.podcli.settings.insights.show
        return self.podcli.library.gists if wanted else {}

    def _heading(self, count: int) -> str:
        view = self.view
        parts = [f"{self.HEADING} · {count:,}"]
        if view.sort != "date" or view.reverse:
            parts.append(f"by {view.sort}{', reversed' if view.reverse else ''}")
        parts += ["not heard" if view.unheard else ""]
        return " · ".join(part for part in parts if part)

    def _nothing(self) -> Sequence[str]:
        """Why the list is empty, and what to do about it."""
        if not self.podcli.library.whole:
            return ["Opening the library…"]
        if self.view.words:
            return [f"Nothing here has “{self.view.words}” in its title.", "Esc shows everything again."]
        if self.view.unheard and self.podcli.library.look(replace(self.view, unheard=False)):
            return ["Everything here was heard.", f"{self.podcli.keys.shown('episode.unheard_only')} shows it again."]
        if not self.podcli.library.shows:
            add = self.podcli.keys.shown("library.add")
            return ["Your library is empty.", f"Press {add} and give the address of a podcast.",
                    "Or quit and run “podcli demo”: it adds a sample show and makes its takeaways."]  # fmt: skip
        return [_KEY.sub(self._key, line) for line in self._when_empty()]

    def _when_empty(self) -> Sequence[str]:
        return self.EMPTY

    def _key(self, command: re.Match[str]) -> str:
        keys = self.podcli.keys
        return keys.shown(command[1]) or f":{keys.command(command[1]).words}"

    def _make(self, key: Hashable) -> Row:
        library = self.podcli.library
        card = library.cards.get(EpisodeId(key)) if isinstance(key, int) else None
        if card is None:
            return Row(key, "…", wrap=False)
        speed = library.speed(card.show_id, self.podcli.settings.player.speed)
        gist = found.text if (found := self._gists().get(card.id)) is not None else ""
        show = library.title(card.show_id) if self.view.shelf != "show" else ""
        return phrases.card_row(card, show=show, speed=speed, job=self._job(card.id), gist=gist, place=self._place(card.id))

    def _place(self, episode_id: EpisodeId) -> int | None:
        return None

    def _job(self, episode_id: EpisodeId) -> Job | None:
        return next((job for job in self.podcli.active if job.episode_id == episode_id and job.lane != "hook"), None)

    def selected(self) -> EpisodeId | None:
        """The episode under the cursor."""
        row = self.pane.items.current
        return EpisodeId(row.key) if row is not None and isinstance(row.key, int) else None

    def looked_at(self) -> LookedAt:
        """The episode, when the keys go to what it says; the show, when the list is of one."""
        first: Literal["episode", "show", "all"] = "show" if self.view.show_id is not None else "all"
        return LookedAt(self.selected(), self.view.show_id, "episode" if self.episode_view.has_focus_within else first)

    def several(self) -> list[EpisodeId]:
        """The episode under the cursor, and those after it when a count was typed."""
        keys = self.pane.items.range_from_cursor(self.podcli.take_count())
        return [EpisodeId(key) for key in keys if isinstance(key, int)]

    @on(ScrollList.Moved)
    def _moved(self, event: ScrollList.Moved) -> None:
        if event.rows is self.pane.items:
            self._tell_selection()

    def _tell_selection(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_REST_S, self._select)

    def _select(self) -> None:
        if self.app.screen is self:
            self.episode_view.about(self.selected())
            self.podcli.verbs.select(self.selected())

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        if event.rows is self.pane.items and isinstance(event.row.key, int):
            self.podcli.verbs.play(EpisodeId(event.row.key))

    @on(EpisodeView.Wanted)
    def _wanted(self, event: EpisodeView.Wanted) -> None:
        self.podcli.verbs.play(event.episode_id, event.start_s)

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        if event.input in self.pane.query(Input):
            self._look(replace(self.view, words=event.value.strip()))

    def _look(self, view: View) -> None:
        if view != self.view:
            anew = (view.sort, view.reverse) != (self.view.sort, self.view.reverse)
            self.view = view
            self._fill(anew=anew)
            self.keep()

    def keep(self) -> None:
        """Remember how this list looks."""
        self.podcli.verbs.remember(f"view.{self.view.name}", {**self.view.kept(), "at": self.selected()})

    def on_screen_suspend(self) -> None:
        """Another screen comes to the front."""
        self.keep()

    # Panes

    def fit_width(self, width: int) -> None:
        """Side by side from 60 columns on; below, one at a time."""
        inside = self.episode_view.has_focus_within
        self.episode_view.display = width >= MEDIUM or inside
        self.pane.display = width >= MEDIUM or not inside
        self.episode_view.styles.width = "3fr" if width >= WIDE else "2fr"  # a class would have every style looked at again

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click may have moved the focus."""
        self.fit_width(self.size.width)

    def go(self, *, episode: bool) -> None:
        """To the list or to the episode."""
        (self.episode_view if episode else self.pane).display = True
        (self.episode_view.front if episode else self.pane.items).focus()

    def action_pane_next(self) -> None:
        """The other pane."""
        self.go(episode=not self.episode_view.has_focus_within)

    def action_pane_previous(self) -> None:
        """The other pane."""
        self.action_pane_next()

    def action_app_back(self) -> None:
        """Drop the filter; else back to the list; else out of here."""
        if self.episode_view.has_focus_within:
            self.go(episode=False)
        elif self.view.words:
            self.pane.hide_filter()
        else:
            self.podcli.leave()

    # Looking at the list

    def action_list_filter(self, words: str = "") -> None:
        """Type what to look for."""
        if self.episode_view.has_focus_within:
            self.episode_view.start_filter()
        else:
            self.pane.show_filter(words or None, focus=not words)

    def action_list_sort(self, by: str = "") -> None:
        """By the next criterion, or by the one named."""
        if by and by not in SORTS:
            self.podcli.say(f"There is no order “{by}”: {', '.join(SORTS)}.", severity="warning")
            return
        wanted = next((each for each in SORTS if each == by), SORTS[(SORTS.index(self.view.sort) + 1) % len(SORTS)])
        self._look(replace(self.view, sort=wanted))

    def action_list_reverse(self) -> None:
        """The other way round."""
        self._look(replace(self.view, reverse=not self.view.reverse))

    def action_episode_unheard_only(self) -> None:
        """Only what was not heard, or everything."""
        self._look(replace(self.view, unheard=not self.view.unheard))

    def show_tab(self, tab: Tab) -> bool:
        """Bring a tab to the front; whether it was there already."""
        seen = self.episode_view.display and self.episode_view.tab == tab
        self.episode_view.show_tab(tab)
        self.podcli.verbs.remember("tab", tab)
        if self.size.width < MEDIUM:
            self.go(episode=True)
        return seen
