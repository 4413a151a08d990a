"""How one show is played."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from podcli.domain import Loudness, Show, ShowSettings
from podcli.tui import phrases
from podcli.tui.rows import Row
from podcli.tui.screens.ask import Ask
from podcli.tui.screens.window import Window
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

_BOUNDS = {"speed": (0.5, 4.0), "skip_intro_s": (0.0, 600.0), "skip_outro_s": (0.0, 600.0)}
_LABELS = {
    "speed": ("Speed", "As fast as this, whatever plays otherwise."),
    "skip_intro_s": ("Skip the intro", "So many seconds at the beginning are left out."),
    "skip_outro_s": ("Skip the outro", "So many seconds at the end are left out."),
    "voice_boost": ("Voice boost", "Equaliser and compression for speech."),
    "loudness": ("Even loudness", "off, dynaudnorm (quick) or loudnorm (EBU R128)."),
    "smart_speed": ("Smart speed", "Jump over gaps between sentences."),
}
_LOUDNESS: tuple[Loudness | None, ...] = (None, "off", "dynaudnorm", "loudnorm")


class ShowSettingsScreen(Window[None]):
    """Enter changes one; each change is kept at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", show=False),
        Binding("down,j", "by(1)", show=False),
        Binding("up,k", "by(-1)", show=False),
        Binding("enter,space", "change", show=False),
        Binding("D,delete,backspace", "reset", show=False),
    ]

    def __init__(self, show: Show, settings: ShowSettings) -> None:
        super().__init__()
        self._show, self._settings = show, settings

    def compose(self) -> ComposeResult:
        """Heading, list, keys."""
        with Vertical(classes="window tall"):
            yield Static(Content.styled(f"How “{phrases.title(self._show.title)}” is played", "bold"))
            yield RowList()
            yield Static(Content("Enter changes, D goes back to what holds for all shows, Esc leaves."))

    def fill(self) -> None:
        """Fill it."""
        self._set_rows()
        self.query_one(RowList).focus()

    def _set_rows(self) -> None:
        rows = [Row(name, f"{label}: {self._shown(name)}", note=note) for name, (label, note) in _LABELS.items()]
        self.query_one(RowList).set_rows(rows)

    def _shown(self, name: str) -> str:
        value = getattr(self._settings, name)
        if value is None:
            return "as for all shows"
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, float):
            return f"{value:g}×" if name == "speed" else f"{value:g} s"
        return str(value)

    def _setting(self) -> str:
        row = self.query_one(RowList).current
        return str(row.key) if row is not None else ""

    def action_by(self, step: int) -> None:
        """Up and down."""
        rows = self.query_one(RowList)
        rows.action_list_down() if step > 0 else rows.action_list_up()

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        event.stop()
        self.action_change()

    def action_change(self) -> None:
        """Ask for a number; turn anything else over."""
        name = self._setting()
        value = getattr(self._settings, name)
        if name in _BOUNDS:
            low, high = _BOUNDS[name]
            about = f"{_LABELS[name][1]} From {low:g} to {high:g}; empty for what holds for all shows."
            self.app.push_screen(Ask(_LABELS[name][0], about, "" if value is None else f"{value:g}"), self._given)
        elif name == "loudness":
            self._keep(loudness=_LOUDNESS[(_LOUDNESS.index(value) + 1) % len(_LOUDNESS)])
        else:
            order: tuple[bool | None, ...] = (None, True, False)
            self._keep(**{name: order[(order.index(value) + 1) % 3]})

    def _given(self, text: str | None) -> None:
        name = self._setting()
        if text is None:
            return
        low, high = _BOUNDS[name]
        try:
            value = float(text.rstrip("x×s ").replace(",", ".")) if text else None
        except ValueError:
            value = float("nan")
        if value is not None and not low <= value <= high:
            cast("PodcliApp", self.app).say(f"“{text}” does not do: a number from {low:g} to {high:g}.", severity="warning")
            return
        self._keep(**{name: value})

    def action_reset(self) -> None:
        """As for all shows."""
        self._keep(**{self._setting(): None})

    def _keep(self, **changes: object) -> None:
        self._settings = replace(self._settings, **changes)  # type: ignore[arg-type]
        cast("PodcliApp", self.app).verbs.set_show_settings(self._show.id, self._settings)
        self._set_rows()
