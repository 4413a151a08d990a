"""What the listener can do about snips: a part of the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, Snip, SnipId
from podcli.errors import PodcliError
from podcli.text import clean_line
from podcli.tui.listening import Listening
from podcli.tui.messages import SnipsRead, Told

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.tui.bridge import Bridge


def keep_now(bridge: Bridge, services: Services) -> None:
    """Keep what was just said, and tell it; once more when it has a title. While another program holds the library it is put
    off, so that playback obeys meanwhile."""
    try:
        episode_id, at_s = services.snips.what_plays(services.playback)
    except PodcliError as error:
        bridge.post(Told(error.message, error.hint))
        return
    if services.store.is_held():
        bridge.put_off(lambda later: _keep(bridge, later, episode_id, at_s))
        bridge.post(Told("Another program is writing to the library: it is kept as soon as that is done."))
    else:
        _keep(bridge, services, episode_id, at_s)


def _keep(bridge: Bridge, services: Services, episode_id: EpisodeId, at_s: float) -> None:
    try:
        kept = services.snips.keep(episode_id, at_s, priority=1)
    except PodcliError as error:
        if services.store.is_held():  # taken again since we looked: nothing is given up for that
            bridge.put_off(lambda later: _keep(bridge, later, episode_id, at_s))
        else:
            bridge.post(Told(error.message, error.hint))
        return

    def titled(later: Services) -> None:
        snip = later.store.snips.get(kept.snip.id)
        if snip is not None and snip.title:
            bridge.post(Told(f"Kept: {clean_line(snip.title)}"))

    bridge.post(Told(kept.words, kept.lacks or ("Its title comes in a moment." if kept.jobs else "")))
    if kept.jobs:
        bridge.awaited.append(({job.id for job in kept.jobs}, titled))


class Keeping(Listening):
    """Give it the bridge."""

    def keep(self) -> None:
        """Keep what was just said; playback goes on. Its title is told when it is there."""

        self._bridge.do(lambda services: keep_now(self._bridge, services))

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
