"""Where to begin and where an episode counts as heard."""

from __future__ import annotations

from podcli.domain import Episode, PlayerState
from podcli.services.playback.tuning import Tuning

LONG_PAUSE_S = 10.0
"""After a longer pause playback goes on a little earlier: the last words are forgotten."""
_END_S, _END_SHARE, _END_SHORT = 30.0, 0.02, 0.1


def is_finished(state: PlayerState) -> bool:
    """Whether the listener has heard it: ended, or within the last 30 s or 2 % (of a short one, the last tenth)."""
    if state.ended:
        return True
    if not state.duration_s:
        return False
    last = max(_END_SHARE * state.duration_s, min(_END_S, _END_SHORT * state.duration_s))
    return state.position_s >= state.duration_s - last


def fitting_skips(tuning: Tuning, duration_s: float | None) -> tuple[float, float]:
    """Seconds of intro and outro to skip; neither when they would leave less than half of the episode."""
    intro, outro = tuning.skip_intro_s, tuning.skip_outro_s
    if duration_s is not None and intro + outro > duration_s / 2:
        return 0.0, 0.0
    return intro, outro


def begin_at(episode: Episode, tuning: Tuning, back_s: float) -> float:
    """Where playback of `episode` begins: after the intro, or `back_s` before where the listener left off."""
    intro, _ = fitting_skips(tuning, episode.duration_s)
    if episode.finished or episode.position_s <= 0:
        return intro
    return go_back(episode.position_s, back_s, intro)


def go_back(position_s: float, back_s: float, intro_s: float) -> float:
    """`back_s` earlier, but not into an intro that is over already."""
    return max(intro_s if position_s >= intro_s else 0.0, position_s - back_s)
