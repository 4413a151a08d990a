"""What can be done with the selected episode, on whatever screen it is shown."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

from podcli.domain import EpisodeCard, EpisodeId, ShowId
from podcli.tui.messages import MADE_TABS, Tab
from podcli.tui.sheets import LENGTHS, WISH
from podcli.tui.widgets.episode_view import EpisodeView

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp


class EpisodeActions:
    """A part of a screen that has a selected episode and an `EpisodeView`."""

    if TYPE_CHECKING:

        @property
        def podcli(self) -> PodcliApp:
            """The app."""

        @property
        def episode_view(self) -> EpisodeView:
            """What the selected episode says."""

    def selected(self) -> EpisodeId | None:
        """The episode that is meant."""
        raise NotImplementedError

    def several(self) -> list[EpisodeId]:
        """The episodes that are meant: more than one after a count."""
        found = self.selected()
        self.podcli.take_count()
        return [found] if found is not None else []

    def show_tab(self, tab: Tab) -> bool:
        """Bring a tab to the front; whether it was there already."""
        raise NotImplementedError

    def _card(self) -> EpisodeCard | None:
        found = self.selected()
        return self.podcli.library.cards.get(found) if found is not None else None

    # Queue and inbox

    def action_episode_enqueue(self) -> None:
        """At the end of the queue."""
        if ids := self.several():
            self.podcli.verbs.enqueue(ids)

    def action_episode_play_next(self) -> None:
        """Right after what plays."""
        if ids := self.several():
            self.podcli.verbs.enqueue(ids, next_up=True)

    def action_episode_archive(self) -> None:
        """Out of the inbox."""
        if ids := self.several():
            self.podcli.verbs.archive(ids)

    def action_episode_later(self) -> None:
        """Keep it to snip later, or put it back into the inbox."""
        card = self._card()
        if ids := self.several():
            self.podcli.verbs.later(ids, back=card is not None and card.triage == "later")

    def action_episode_heard(self) -> None:
        """Heard, or not heard after all."""
        card = self._card()
        if (ids := self.several()) and card is not None:
            self.podcli.verbs.mark_heard(ids, not card.finished)

    def action_episode_all_heard(self) -> None:
        """All that this list shows."""
        if ids := self.all_shown():
            self.podcli.verbs.mark_heard(ids, True)

    def all_shown(self) -> list[EpisodeId]:
        """Every episode of the list."""
        return self.several()

    # Files and links

    def action_episode_download(self) -> None:
        """Fetch the audio."""
        if ids := self.several():
            self.podcli.verbs.download(ids)

    def action_episode_delete_audio(self) -> None:
        """Take the audio off the disk."""
        if ids := self.several():
            self.podcli.verbs.delete_audio(ids)

    def action_library_refresh(self) -> None:
        """Look for new episodes of this show."""
        card = self._card()
        self.podcli.verbs.refresh(card.show_id if card else None)

    def action_player_settings(self) -> None:
        """How this show is played."""
        show = self.show_id()
        if show is not None:
            self.podcli.verbs.read_show_settings(show)

    def show_id(self) -> ShowId | None:
        """The show of the selected episode."""
        card = self._card()
        return card.show_id if card else None

    def action_episode_link(self) -> None:
        """Open the episode's page."""
        episode = self.podcli.episode_read
        if episode is None or episode.id != self.selected() or not episode.link.startswith(("https://", "http://")):
            self.podcli.say("This episode names no page.")
            return
        self.podcli.open_link(episode.link)

    def action_episode_links(self) -> None:
        """The links in the notes."""
        self.podcli.choose_link(self.selected())

    def action_episode_copy_link(self) -> None:
        """Copy the episode's address."""
        episode = self.podcli.episode_read
        if episode is not None and episode.id == self.selected():
            self.podcli.copy(episode.link or episode.enclosure.url)

    def on_episode_view_copied(self, event: EpisodeView.Copied) -> None:
        """To the clipboard. By its name: Textual looks for @on only in classes of its own."""
        self.podcli.copy(event.text)

    # What it says

    def action_episode_takeaways(self) -> None:
        """Show the takeaways; in front already, have them made."""
        self._say("takeaways")

    def action_episode_summary(self, length: str = "") -> None:
        """Show the summary; in front already, have it made. Short, medium or long, when that is said."""
        if length and length not in LENGTHS:
            self.podcli.say(f"There is no length “{length}”: {', '.join(LENGTHS)}.", severity="warning")
            return
        if length:
            self.podcli.verbs.set_length(length)
            if self.episode_view.tab == "summary":
                return
        self._say("summary")

    def action_episode_length(self) -> None:
        """The summary in the next length."""
        if self.episode_view.tab != "summary":
            self._say("summary")
        else:
            self.podcli.verbs.set_length()

    def action_episode_moments(self) -> None:
        """Show highlights, quotes, questions and names; in front already, have them found."""
        self._say("moments")

    def action_episode_play_moments(self) -> None:
        """Hear the best of it."""
        if (chosen := self.selected()) is not None:
            self.podcli.verbs.play_moments_of(chosen)

    def action_episode_transcript(self) -> None:
        """Show the transcript; in front already, have it made."""
        self._say("transcript")

    def action_episode_chapters(self) -> None:
        """Show the chapters."""
        self._say("chapters")

    def action_episode_notes(self) -> None:
        """Show the notes."""
        self._say("notes")

    def _say(self, tab: Tab) -> None:
        if tab in MADE_TABS and not self.podcli.settings.insights.show:
            key = self.podcli.keys.shown("app.insights") or ":insights"
            self.podcli.say(f"What models made is hidden: {key} shows it again.")
            return
        seen = self.show_tab(tab)
        chosen = self.selected()
        if seen and tab in WISH and chosen is not None and self.episode_view.is_unmade():
            self.podcli.verbs.request(chosen, WISH[tab])


def open_in_browser(url: str) -> bool:
    """Hand an http(s) address to the desktop's browser; whether there is one."""
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
