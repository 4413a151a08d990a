"""A snip handed on: as a picture, as a clip of its sound with captions, or as a link that opens a message."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from podcli.domain import Segment, SnipCard
from podcli.errors import PodcliError
from podcli.exports.excerpt import excerpt
from podcli.exports.subtitles import to_srt, to_vtt
from podcli.exports.wording import snip_title
from podcli.services.exporting.files import Files, Written
from podcli.store import Store
from podcli.text import clean_line

_WAIT_S = 10.0
_BY_HAND = "Leave --open out, and take the link from what is printed."


class ShareService:
    """Verbs over one snip that leave a file, or open a program."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def cover(self, card: SnipCard) -> tuple[bytes | None, str]:
        """The picture of its episode, else of its show, from the cache or the publisher; where none can be had, why, in words."""
        from podcli.pipeline.gather import hosts_of
        from podcli.services.covers import cover

        urls = [self._store.library.image_url(card.episode.id), card.show.image_url]
        try:
            return cover(urls, hosts_of(card.show.url)), ""
        except PodcliError as error:
            return None, f"The card is without the picture of the show. {error.message}"

    def picture(
        self, card: SnipCard, path: Path, *, size: str, theme: str, cover: bytes | None = None, force: bool = False
    ) -> Written:
        """The quote as a PNG file. Raises UsageError for an unknown theme, PodcliError when it cannot be drawn or written."""
        from podcli.exports.card import quote_card

        drawn = quote_card(card, size, theme, cover)
        return Written(path, Files(self._store, force=force).document(path, drawn), card.episode.id)

    def clip(self, card: SnipCard, path: Path, *, captions: bool, force: bool = False) -> list[Written]:
        """Its sound as a file, not coded anew; with `captions` also what is said, as ``.vtt`` and ``.srt`` beside it.

        Raises PodcliError when the audio is not here or the file cannot be written, UsageError when it cannot hold the sound.
        """
        from podcli.engines.clip import cut

        snip, episode = card.snip, card.episode
        if not (episode.audio_path and Path(episode.audio_path).is_file()):
            raise PodcliError(f"The audio of “{episode.title}” is not here.", f"`podcli download {episode.id}` fetches it.")
        tags = {"title": snip_title(snip), "artist": clean_line(card.show.title), "album": clean_line(episode.title)}
        made = cut(Path(episode.audio_path), snip.start_s, snip.end_s, path.suffix, tags)
        wanted = {path: made.content}
        if captions:
            said = self._said(card, made.start_s, made.end_s)
            wanted |= {path.with_suffix(".vtt"): to_vtt(said).encode(), path.with_suffix(".srt"): to_srt(said).encode()}
        files = Files(self._store, force=force)
        return [Written(where, files.document(where, content), episode.id) for where, content in wanted.items()]

    def _said(self, card: SnipCard, start_s: float, end_s: float) -> list[Segment]:
        """With the times of the transcript; before there is one, the words of the snip as a whole."""
        transcript = self._store.insights.find(card.episode.id, translated=False)
        spoken = self._store.insights.segments(transcript.id) if transcript else []
        # A clip begins and ends a little beyond its snip, where its sound can be cut.
        ours = (each for each in spoken if each.end_s > card.snip.start_s and each.start_s < card.snip.end_s)
        said = excerpt(ours, start_s, end_s)
        whole = Segment(0.0, end_s - start_s, card.snip.text, card.snip.speaker)
        said = said or ([whole] if card.snip.text.strip() else [])
        if not said:
            raise PodcliError("Its words are not known yet, so there are no captions.", f"`podcli snips again {card.snip.id}`.")
        return said


def open_link(link: str) -> None:
    """Hand a link of ours to the desktop, as one argument and through no shell. Raises PodcliError when it has no opener."""
    name = "open" if sys.platform == "darwin" else "xdg-open"
    opener = shutil.which(name)
    if opener is None:
        raise PodcliError(f"This machine has no {name} to open links with.", _BY_HAND)
    try:
        done = subprocess.run(
            [opener, link],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return  # some openers stay as long as the program they opened
    except OSError as error:
        raise PodcliError(f"{name} cannot be run: {error.strerror}.", _BY_HAND) from None
    if done.returncode:
        raise PodcliError(f"{name} found nothing that opens this link.", _BY_HAND)
