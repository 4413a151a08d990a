"""What works on every screen: the player's keys, views, undo, and what is typed on the ``:`` line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.domain import Loudness
from podcli.text import parse_timecode
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

_STEP, _MINUTE_S, _LOUDER = 0.1, 60.0, 5.0
_SLEEPS = ("off", "5", "10", "15", "20", "30", "45", "60", "90", "chapter", "episode")
_LOUDNESS: tuple[Loudness, ...] = ("off", "dynaudnorm", "loudnorm")


class Everywhere:
    """A part of the app: the methods are named after the commands (see `podcli.keymap`)."""

    if TYPE_CHECKING:

        @property
        def _app(self) -> PodcliApp: ...

    # Listening

    def action_player_toggle(self) -> None:
        """Pause or go on; with nothing loaded play what is selected."""
        if self._app.now.state.episode_id is not None:
            self._app.verbs.toggle()
        elif (found := self._app.selected_episode()) is not None:
            self._app.verbs.play(found)
        else:
            self._app.say("Nothing plays. Choose an episode first.")

    def action_player_back(self) -> None:
        """A little back, or as often as counted."""
        self._app.verbs.seek_by(-self._app.settings.player.back_s * self._app.take_count())

    def action_player_forward(self) -> None:
        """A little on."""
        self._app.verbs.seek_by(self._app.settings.player.forward_s * self._app.take_count())

    def action_player_back_minute(self) -> None:
        """A minute back."""
        self._app.verbs.seek_by(-_MINUTE_S * self._app.take_count())

    def action_player_forward_minute(self) -> None:
        """A minute on."""
        self._app.verbs.seek_by(_MINUTE_S * self._app.take_count())

    def action_player_seek(self, time: str = "") -> None:
        """To a time such as 12:34, +30 or -1:00."""
        sign, rest = (time[:1], time[1:]) if time[:1] in "+-" and time else ("", time)
        seconds = parse_timecode(rest)
        if seconds is None:
            self._app.say(f"“{time}” is not a time: write 754, 12:34 or +30.", severity="warning")
        elif sign:
            self._app.verbs.seek_by(-seconds if sign == "-" else seconds)
        else:
            self._app.verbs.seek_to(seconds)

    def action_player_undo_seek(self) -> None:
        """Back to before the last jump."""
        self._app.verbs.undo_seek()

    def action_player_slower(self) -> None:
        """A little slower."""
        self._app.verbs.change_speed(-_STEP * self._app.take_count())

    def action_player_faster(self) -> None:
        """A little faster."""
        self._app.verbs.change_speed(_STEP * self._app.take_count())

    def action_player_normal_speed(self) -> None:
        """As it was spoken."""
        self._app.verbs.set_speed(1.0)

    def action_player_speed(self, speed: str = "") -> None:
        """Exactly so fast."""
        if (value := self._number(speed.rstrip("x×"), 0.5, 4.0)) is not None:
            self._app.verbs.set_speed(value)

    def action_player_volume_down(self) -> None:
        """Softer."""
        self._app.verbs.change_volume(-_LOUDER * self._app.take_count())

    def action_player_volume_up(self) -> None:
        """Louder."""
        self._app.verbs.change_volume(_LOUDER * self._app.take_count())

    def action_player_volume(self, percent: str = "") -> None:
        """Exactly so loud."""
        if (value := self._number(percent.rstrip("%"), 0.0, 100.0)) is not None:
            self._app.verbs.set_volume(value)

    def action_player_mute(self) -> None:
        """No sound, or sound again."""
        self._app.verbs.toggle_mute()

    def action_player_chapter_previous(self) -> None:
        """To the beginning of this chapter, or of the one before."""
        self._app.verbs.chapter(-1)

    def action_player_chapter_next(self) -> None:
        """To the next chapter."""
        self._app.verbs.chapter(1)

    def action_player_previous(self) -> None:
        """What played before."""
        self._app.verbs.episode(-1)

    def action_player_next(self) -> None:
        """What comes next in the queue."""
        self._app.verbs.episode(1)

    def action_player_whole_episode(self) -> None:
        """From the moment that plays into its whole episode."""
        self._app.verbs.whole_episode()

    def action_player_sleep(self, after: str = "") -> None:
        """The sleep timer: so many minutes, to the end of the chapter or the episode, or off."""
        if not after:
            rows = [Row(each, _sleep_words(each)) for each in _SLEEPS]
            self._app.choose("Sleep", rows, lambda key: self.action_player_sleep(key))
        elif after in ("off", "0"):
            self._app.verbs.sleep(None)
        elif after in ("chapter", "episode"):
            self._app.verbs.sleep("chapter" if after == "chapter" else "episode")
        elif (minutes := self._number(after, 0.1, 1440)) is not None:
            self._app.verbs.sleep("minutes", minutes)

    def action_player_smart_speed(self, on: str = "") -> None:
        """Jump over gaps, or not."""
        self._app.verbs.set_smart_speed(_wished(on, self._app.now.smart_speed))

    def action_player_voice_boost(self, on: str = "") -> None:
        """Clearer speech, or not."""
        self._app.verbs.set_voice_boost(_wished(on, self._app.now.voice_boost))

    def action_player_loudness(self, how: str = "") -> None:
        """Even loudness: off, dynaudnorm or loudnorm; without a word the next of these."""
        at = _LOUDNESS.index(self._app.now.loudness)
        wanted = next((each for each in _LOUDNESS if each == how), None if how else _LOUDNESS[(at + 1) % len(_LOUDNESS)])
        if wanted is None:
            self._app.say(f"Loudness is one of {', '.join(_LOUDNESS)}.", severity="warning")
        else:
            self._app.verbs.set_loudness(wanted)

    def action_player_device(self, name: str = "") -> None:
        """Where the sound goes; without a name, a list."""
        if name:
            self._app.verbs.set_device(name)
        else:
            self._app.verbs.read_devices()

    # Views

    def action_view_inbox(self) -> None:
        """New episodes."""
        self._app.open_view("inbox")

    def action_view_shows(self) -> None:
        """All shows."""
        self._app.open_view("shows")

    def action_view_queue(self) -> None:
        """What comes next."""
        self._app.open_view("queue")

    def action_view_search(self, words: str = "") -> None:
        """Find what was said."""
        self._app.open_search(words)

    def action_view_jobs(self) -> None:
        """Downloads and all other work."""
        self._app.open_view("jobs")

    def action_view_models(self) -> None:
        """Models."""
        self._app.open_view("models")

    def action_view_settings(self) -> None:
        """Settings."""
        self._app.open_view("settings")

    def action_view_digest(self, since: str = "") -> None:
        """What is new, and what to hear first."""
        self._app.open_digest(since)

    def action_view_highlights(self, since: str = "") -> None:
        """The best moments of every show."""
        self._app.open_highlights(since)

    def action_view_snips(self) -> None:
        """What was kept."""
        self._app.open_snips()

    def action_snip_keep(self) -> None:
        """Keep what was just said."""
        self._app.verbs.keep()

    def action_view_ask(self, question: str = "") -> None:
        """Ask what was said."""
        self._app.open_ask(question)

    def action_view_playing(self) -> None:
        """What plays, with its words."""
        self._app.open_episode(None)

    # Library

    def action_library_add(self, address: str = "") -> None:
        """Add a show, a recording or a file."""
        self._app.ask_address(address)

    def action_library_refresh_all(self) -> None:
        """Look for new episodes of all shows."""
        self._app.verbs.refresh(None)

    def action_app_insights(self, on: str = "") -> None:
        """Hide what models made, or show it again; kept."""
        wanted = _wished(on, self._app.settings.insights.show)
        self._app.verbs.set_setting("insights.show", "true" if wanted else "false")
        key = self._app.keys.shown("app.insights") or ":insights"
        self._app.say("What models made is shown." if wanted else f"What models made is hidden: {key} shows it again.")

    def action_app_stats(self) -> None:
        """Time heard and time saved."""
        self._app.verbs.read_stats()

    def action_app_undo(self) -> None:
        """Take back what was done last."""
        self._app.verbs.undo()

    def _number(self, text: str, low: float, high: float) -> float | None:
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = float("nan")
        if low <= value <= high:
            return value
        self._app.say(f"“{text}” does not do: give a number from {low:g} to {high:g}.", severity="warning")
        return None


def _sleep_words(key: str) -> str:
    if key == "off":
        return "No sleep timer"
    return f"At the end of the {key}" if key in ("chapter", "episode") else f"In {key} minutes"


def _wished(word: str, now: bool) -> bool:
    if word in ("on", "yes", "true"):
        return True
    return False if word in ("off", "no", "false") else not now
