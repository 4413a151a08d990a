"""The verbs that pause and move: every jump can be undone, and none of them loses the place."""

from __future__ import annotations

import time

from podcli.player.base import clamp_position
from podcli.services.playback import chapters as chaptering
from podcli.services.playback.resume import LONG_PAUSE_S, fitting_skips, go_back
from podcli.services.playback.sound import Sound


class Transport(Sound):
    """Pause, seek, chapters."""

    def toggle(self) -> None:
        """Pause or go on; at the end, start over."""
        if self.state.ended:
            self.seek_to(0.0)
            self.set_paused(False)
        else:
            self.set_paused(not self.state.paused)

    def set_paused(self, paused: bool) -> None:
        """Pause, or go on: after a pause of more than ten seconds a little earlier."""
        loaded, state, now = self._loaded, self.state, time.monotonic()
        if loaded is None:
            return
        self._observe(loaded, state, now)
        if paused and not state.paused:
            loaded.rested_at = now
        elif not paused and state.paused:
            rested, loaded.rested_at = loaded.rested_at, None
            if rested is not None and now - rested > LONG_PAUSE_S and not state.ended:
                intro = fitting_skips(self.tuning, state.duration_s)[0]
                back = go_back(state.position_s, self._settings.resume_back_s, intro)
                loaded.journal.asked(back)
                loaded.history.jumped(back, now)
                self._deck.seek(back)
        self._deck.set_paused(paused)
        self.save()

    def seek_to(self, position_s: float) -> None:
        """Go to a second of the episode; beyond its edges means to the edge."""
        self._jump(position_s)

    def seek_by(self, seconds: float) -> None:
        """Go back (negative) or on."""
        self._jump(self.state.position_s + seconds, relative=True)

    def undo_seek(self) -> bool:
        """Back to before the last jump of more than two seconds, again to before the one before; False when there is none."""
        back = self._loaded.jumps.undo() if self._loaded else None
        if back is None:
            return False
        self._go(back)
        return True

    def next_chapter(self) -> bool:
        """To the start of the next chapter; False in the last one, and without chapters."""
        start = chaptering.next_start(self.now.chapters, self.state.position_s)
        if start is not None:
            self._jump(start)
        return start is not None

    def previous_chapter(self) -> bool:
        """To the start of this chapter, or of the one before when this has only begun; False without chapters."""
        start = chaptering.previous_start(self.now.chapters, self.state.position_s)
        if start is not None:
            self._jump(start)
        return start is not None

    def _jump(self, position_s: float, *, relative: bool = False) -> None:
        if self._loaded is None:
            return
        state = self.state
        position = clamp_position(position_s, state.duration_s)
        self._loaded.jumps.jumped(state.position_s, position, time.monotonic(), relative=relative)
        self._go(position)

    def _go(self, position_s: float) -> None:
        loaded, state, now = self._loaded, self.state, time.monotonic()
        assert loaded is not None
        self._observe(loaded, state, now)
        loaded.journal.asked(position_s)
        loaded.history.jumped(position_s, now)
        _, outro = fitting_skips(self.tuning, state.duration_s)
        loaded.went(position_s, None if state.duration_s is None else state.duration_s - outro)
        self._deck.seek(position_s)
        self._sleep.moved(loaded.chapters, position_s)
        self.save()
