"""What the listener can do about playback: a part of the verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, Loudness, Moment, SleepKind
from podcli.errors import NoSoundError
from podcli.tui import phrases
from podcli.tui.messages import DevicesRead, NoSound, Told
from podcli.tui.upkeep import Upkeep

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.playback import PlaybackService
    from podcli.tui.bridge import Verb

_DAYS = 30


class Listening(Upkeep):
    """Give it the bridge."""

    def play(self, episode_id: EpisodeId, start_s: float | None = None) -> None:
        """Play from `start_s`, else from where the listener was; when it is already loaded just go there."""

        def verb(services: Services) -> None:
            playback = services.playback
            state = playback.state
            if playback.episode and playback.episode.id == episode_id and playback.moment is None and not state.problem:
                if start_s is not None:
                    playback.seek_to(start_s)
                elif state.ended:
                    playback.seek_to(0.0)
                playback.set_paused(False)
            else:
                episode, silent = services.library.episode(episode_id), self._bridge.silent
                try:
                    playback.start(episode, start_s=start_s, silent=silent, on_change=self._bridge.state_changed)
                except NoSoundError as error:
                    self._post(NoSound(error.message, error.hint, episode_id, start_s))
            self._bridge.moved(services)

        self._bridge.do(verb)

    def play_moments(self, moments: Sequence[Moment]) -> None:
        """Play these back to back. None of them moves the listener's place in its episode."""

        self._listening(lambda services: self._start_moments(services, moments))

    def play_moments_of(self, episode_id: EpisodeId) -> None:
        """Play the best moments of one episode."""

        def verb(services: Services) -> None:
            from podcli.services.playback.moments import of_episode

            made = services.insights.insight(episode_id, "highlights")
            if made is None or not made.items:
                self._post(Told("No moments of this episode were found yet.", "They are found with its takeaways."))
            else:
                self._start_moments(services, of_episode(services.library.episode(episode_id), made))

        self._listening(verb)

    def _start_moments(self, services: Services, moments: Sequence[Moment]) -> None:
        try:
            services.playback.start_moments(moments, self._bridge.silent, self._bridge.state_changed)
        except NoSoundError as error:
            self._post(NoSound(error.message, error.hint, moments[0].episode_id, None, moments))

    def whole_episode(self) -> None:
        """From the moment that plays into its whole episode."""

        def verb(services: Services) -> None:
            if services.playback.whole_episode():
                self._post(Told("The whole episode plays, on from here."))
            else:
                self._post(Told("No moment plays: this key leads from one into its whole episode."))

        self._listening(verb)

    def toggle(self) -> None:
        """Pause or go on; where nothing is loaded, go on with what was played last."""

        def verb(services: Services) -> None:
            if services.playback.episode is not None:
                services.playback.toggle()
            elif (episode := services.playback.to_go_on_with()) is not None:
                self.play(episode.id)
            else:
                self._post(Told("Nothing was played yet: Enter plays what the cursor is on."))

        self._listening(verb)

    def pause(self) -> None:
        """Be quiet, whatever it was before."""
        if self._bridge.held_by is None:
            self._playback(lambda playback: playback.set_paused(True))

    def seek_by(self, seconds: float) -> None:
        """Go back (negative) or on."""
        self._playback(lambda playback: playback.seek_by(seconds))

    def seek_to(self, seconds: float) -> None:
        """Go to a second."""
        self._playback(lambda playback: playback.seek_to(seconds))

    def undo_seek(self) -> None:
        """Back to before the last jump."""

        def verb(services: Services) -> None:
            if not services.playback.undo_seek():
                self._post(Told("There is no jump to take back."))

        self._listening(verb)

    def change_speed(self, step: float) -> None:
        """A little faster or slower."""
        self._playback(lambda playback: playback.change_speed(step))

    def set_speed(self, speed: float) -> None:
        """Exactly so fast."""
        self._playback(lambda playback: playback.set_speed(speed))

    def change_volume(self, step: float) -> None:
        """A little louder or softer."""
        self._playback(lambda playback: playback.change_volume(step))

    def set_volume(self, volume: float) -> None:
        """Exactly so loud."""
        self._playback(lambda playback: playback.set_volume(volume))

    def toggle_mute(self) -> None:
        """No sound, or sound again."""
        self._playback(lambda playback: playback.toggle_mute())

    def chapter(self, step: int) -> None:
        """To the chapter before or after."""
        self._playback(lambda playback: playback.next_chapter() if step > 0 else playback.previous_chapter())

    def episode(self, step: int) -> None:
        """To what comes next in the queue, or what came before."""

        def verb(services: Services) -> None:
            if step < 0:
                services.playback.previous_episode()
            elif not services.playback.next_episode():
                among = services.playback.moment is not None
                self._post(Told("That was the last moment." if among else "Nothing comes next: the queue is empty."))

        self._listening(verb)

    def sleep(self, kind: SleepKind | None, minutes: float = 0.0) -> None:
        """Set the sleep timer; None stops it."""
        self._playback(lambda playback: playback.set_sleep(kind, minutes) if kind else playback.set_sleep(None))

    def set_smart_speed(self, on: bool) -> None:
        """Jump over gaps."""
        self._playback(lambda playback: playback.set_smart_speed(on))

    def set_voice_boost(self, on: bool) -> None:
        """Clearer speech."""
        self._playback(lambda playback: playback.set_voice_boost(on))

    def set_loudness(self, how: Loudness) -> None:
        """Even loudness."""
        self._playback(lambda playback: playback.set_loudness(how))

    def set_device(self, name: str) -> None:
        """Where the sound goes."""
        self._playback(lambda playback: playback.set_device(name))

    def read_devices(self) -> None:
        """`DevicesRead` comes back."""
        self._bridge.do(lambda services: self._post(DevicesRead(services.playback.devices())))

    def _playback(self, act: Callable[[PlaybackService], object]) -> None:
        self._listening(lambda services: act(services.playback))

    def _listening(self, verb: Verb) -> None:
        def then_tell(services: Services) -> None:
            verb(services)
            self._bridge.moved(services)

        self._bridge.do(then_tell)

    def read_stats(self) -> None:
        """Say what was heard and saved lately."""

        def verb(services: Services) -> None:
            self._post(Told(phrases.saved(services.playback.listened(_DAYS), _DAYS)))

        self._bridge.do(verb, writes=False)
