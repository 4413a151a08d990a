"""What the listener can do about snips: a part of the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.domain import JobId, Snip, SnipId
from podcli.errors import PodcliError
from podcli.text import clean_line, timecode
from podcli.tui import phrases
from podcli.tui.listening import Listening
from podcli.tui.messages import SnipsRead, Told

if TYPE_CHECKING:
    from podcli.services import Services


class Keeping(Listening):
    """Give it the bridge."""

    def keep(self) -> None:
        """Keep what was just said; playback goes on. Its title is told when it is there."""

        def verb(services: Services) -> None:
            playback = services.playback
            if playback.episode is None:
                self._post(Told("Nothing plays, so there is nothing to keep.", "Play an episode first."))
                return
            try:
                kept = services.snips.keep(playback.episode.id, playback.state.position_s, priority=1)
            except PodcliError as error:
                self._post(Told(error.message, error.hint))
                return
            span = f"{timecode(kept.snip.start_s)} to {timecode(kept.snip.end_s)}"
            more = kept.lacks or ("Its title comes in a moment." if kept.jobs else "")
            self._post(Told(f"Kept {span} of “{phrases.title(playback.episode.title)}”.", more))
            self._tell_title(kept.snip.id, {job.id for job in kept.jobs})

        self._bridge.do(verb)

    def _tell_title(self, snip_id: SnipId, jobs: set[JobId]) -> None:
        def verb(services: Services) -> None:
            snip = services.store.snips.get(snip_id)
            if snip is not None and snip.title:
                self._post(Told(f"Kept: {clean_line(snip.title)}"))

        if jobs:
            self._bridge.awaited.append((jobs, verb))

    def read_snips(self, words: str = "") -> None:
        """`SnipsRead` comes back."""
        self._bridge.do(lambda services: self._post(SnipsRead(services.snips.cards(words=words))), writes=False)

    def move_snip(self, snip_id: SnipId, *, begin: int = 0, end: int = 0) -> None:
        """Let it begin or end so many sentences later."""
        self._changing(lambda services: services.snips.move(snip_id, begin=begin, end=end, priority=1).snip)

    def star_snip(self, snip_id: SnipId, starred: bool) -> None:
        """One of the best, or not."""
        self._changing(lambda services: services.snips.star(snip_id, starred))

    def note_snip(self, snip_id: SnipId, text: str) -> None:
        """The listener's own words."""
        self._changing(lambda services: services.snips.note(snip_id, text))

    def title_snip(self, snip_id: SnipId, text: str) -> None:
        """A title no model replaces."""
        self._changing(lambda services: services.snips.title(snip_id, text))

    def tag_snip(self, snip_id: SnipId, text: str) -> None:
        """Add tags; with a minus in front take one away."""
        words = text.split()
        gone = [word[1:] for word in words if word.startswith("-")]
        self._changing(lambda services: services.snips.tag(snip_id, [word for word in words if not word.startswith("-")], gone))

    def remove_snip(self, snip_id: SnipId) -> None:
        """Out of the library; undo brings it back."""

        def verb(services: Services) -> Snip:
            (gone,) = services.snips.remove([snip_id])
            self._post(Told("The snip is removed.", "Undo brings it back."))
            return gone

        self._changing(verb)

    def _changing(self, change: Callable[[Services], Snip]) -> None:
        def verb(services: Services) -> None:
            change(services)
            self._post(SnipsRead(services.snips.cards()))

        self._bridge.do(verb)
