"""Shows and episodes: subscribe, refresh, find what a person means by a few words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from podcli.domain import Episode, EpisodeId, Job, Person, Show, ShowId, Triage
from podcli.errors import UsageError
from podcli.services.deciding import Deciding
from podcli.services.jobs import JobService
from podcli.store import Store, require_episode
from podcli.store.cards import Gist
from podcli.store.library import Sort

AUDIO_ENDINGS = frozenset(
    {
        ".mp3",
        ".m4a",
        ".m4b",
        ".mp4",
        ".aac",
        ".ogg",
        ".oga",
        ".opus",
        ".flac",
        ".wav",
        ".wma",
        ".webm",
        ".mka",
        ".mkv",
        ".aiff",
        ".mov",
    }
)
_LINK = re.compile(r"^(https?|feed|itpc|pcast|podcast)://", re.I)
_WEB = re.compile(r"https?://[^\s<>()\[\]]{3,500}(?:\([^\s<>()\[\]]*\)[^\s<>()\[\]]*)?", re.I)
_MOST_CANDIDATES = 10


class LibraryService(Deciding):
    """Verbs over shows and episodes."""

    def __init__(self, store: Store, jobs: JobService) -> None:
        super().__init__(store)
        self._jobs = jobs

    def shows(self, *, subscribed: bool = True) -> list[Show]:
        """Subscriptions by title; with `subscribed` false also single files and links."""
        return self._store.library.shows(subscribed=subscribed)

    def episodes(
        self, show_id: ShowId | None = None, *, limit: int | None = 500, unheard: bool = False, triage: Triage | None = None,
        sort: Sort = "date", reverse: bool = False,
    ) -> list[Episode]:  # fmt: skip
        """Newest first, or by title, show or length; of one show or of all, of one triage or of any. No `limit`: all of them."""
        return self._store.library.episodes(
            show_id=show_id, limit=limit, unheard=unheard, triage=triage, sort=sort, reverse=reverse
        )

    def episode(self, episode_id: EpisodeId) -> Episode:
        """One episode. Raises UsageError when there is none."""
        return require_episode(self._store.library, episode_id)

    def add(self, url: str, *, peek: bool = False, priority: int = 0) -> Job:
        """Start subscribing to a feed URL, a web page with a feed, or a feed file; `peek` only looks at it."""
        address = _feed_address(url)
        options: dict[str, object] = {"peek": True} if peek else {}
        return self._store.jobs.enqueue("add", target=address, title=address, options=options, priority=priority)

    def remove(self, show: Show) -> int:
        """Unsubscribe; returns how many downloads go with it. Undo brings all back until it is purged, a week later."""
        for job in self._jobs.active():
            episode = self._store.library.episode(job.episode_id) if job.episode_id else None
            if episode and episode.show_id == show.id:
                self._jobs.cancel(job.id)
        self.hide(show)
        return self._store.library.downloads(show.id)

    def refresh(self, show_id: ShowId | None = None, *, priority: int = 0) -> Job:
        """Start looking for new episodes in one show or all."""
        show = self._store.library.show(show_id) if show_id is not None else None
        options: dict[str, object] = {"show_id": show.id} if show else {}
        return self._store.jobs.enqueue("refresh", title=show.title if show else "All shows", options=options, priority=priority)

    def download(self, episode_id: EpisodeId, *, priority: int = 0) -> Job:
        """Start downloading an episode."""
        episode = self.episode(episode_id)
        return self._store.jobs.enqueue("download", episode_id=episode_id, title=episode.title, priority=priority)

    def gists(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, Gist]:
        """What episodes say, in a line or two, where a model has read them."""
        return self._store.cards.gists(ids)

    def persons(self, episode: Episode) -> list[Person]:
        """Hosts, guests and others, in the feed's order; those of the show where the episode names none."""
        return self._store.library.persons(episode)

    def links(self, episode: Episode) -> list[str]:
        """The episode's page and every link in its notes, each once, in order."""
        page = [episode.link] if _LINK.match(episode.link) else []
        return list(dict.fromkeys([*page, *(found.rstrip(".,;:!?’”\"'") for found in _WEB.findall(episode.description))]))

    def show(self, text: str) -> Show:
        """The show a person means: its number, its URL or part of its title.

        Raises UsageError when there is none, or several (they are listed).
        """
        shows = self._store.library.shows(subscribed=False)
        if text.isdigit():
            found = [show for show in shows if show.id == int(text)]
        else:
            found = [show for show in shows if text in (show.url, show.link)] or self._store.library.shows_titled(text)
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"No show matches {text!r}.", "See `podcli shows`, or subscribe with `podcli add URL`.")
        raise UsageError(
            f"{text!r} matches {len(found)} shows:" + _lines(f"{s.id:>4}  {s.title}" for s in found), "Give its number."
        )

    def move(self, show: Show, url: str) -> None:
        """The feed lives at `url` from now on."""
        self._store.library.move_show(show.id, url)

    def longest(self, show_id: ShowId) -> Episode:
        """The longest episode of a show: not its trailer."""
        return max(self.episodes(show_id), key=lambda episode: episode.duration_s or 0.0)

    def resolve(self, text: str) -> Episode | Job:
        """The episode a person means; for an address never seen before, the job that looks at it (see `after_look`).

        `text` is a number, a stable id, ``SHOW/latest``, ``SHOW/part of a title``, part of a title, the URL of a feed (its
        latest episode) or of audio, or the path of a file. Raises UsageError when it is none of these or not clear.
        """
        text = text.strip()
        library = self._store.library
        if text.isdigit() and not Path(text).exists():
            return require_episode(library, EpisodeId(int(text)))
        if re.fullmatch(r"e[0-9a-f]{10}", text) and (by_key := library.episode_by_key(text)):
            return by_key
        if _LINK.match(text):
            return self._linked(text)
        path = Path(text).expanduser()
        if path.exists() or text.startswith(("/", "./", "../", "~/", "file:")) or path.suffix.lower() in AUDIO_ENDINGS:
            return self._local(path)
        return self.titled(text)

    def after_look(self, job: Job) -> Episode:
        """The latest episode of the feed that a finished ``add`` job looked at; the link itself when it was audio."""
        if "episode_id" in job.result:
            return self.episode(EpisodeId(int(str(job.result["episode_id"]))))
        return self._latest(ShowId(int(str(job.result["show_id"]))), job.target)

    def _linked(self, url: str) -> Episode | Job:
        if Path(unquote(urlsplit(url).path)).suffix.lower() in AUDIO_ENDINGS:
            return self.episode(self._store.library.put_on_shelf("link", url))
        known = self._store.library.show_by_url(url)
        return self._latest(known.id, url) if known and known.kind == "feed" else self.add(url, peek=True, priority=1)

    def _local(self, path: Path) -> Episode:
        path = path.absolute()
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not an episode.", "Give one audio file.")
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Check the path, or give part of an episode's title.")
        return self.episode(self._store.library.put_on_shelf("file", path.as_uri()))

    def titled(self, text: str) -> Episode:
        """The episode called so, in part or whole, or SHOW/latest. Raises UsageError when there is none, or several."""
        library = self._store.library
        found = library.episodes_titled(text, limit=_MOST_CANDIDATES + 1)
        exact = [episode for episode in found if episode.title.casefold() == text.casefold()]
        if "/" in text and not exact:
            show_part, _, part = text.rpartition("/")
            shows = library.shows_titled(show_part.strip())
            if part.strip().casefold() == "latest":
                return self._latest(self.show(show_part.strip()).id, show_part)
            if shows:
                found = library.episodes_titled(part.strip(), show_part=show_part.strip(), limit=_MOST_CANDIDATES + 1)
        found = exact or found
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"No episode matches {text!r}.", "See `podcli episodes`, or give a file, a feed URL or SHOW/latest.")
        more = "" if len(found) <= _MOST_CANDIDATES else "\n  …"
        lines = _lines(f"{e.id:>5}  {e.title}  ({e.show_title})" for e in found[:_MOST_CANDIDATES])
        raise UsageError(f"{text!r} matches several episodes:{lines}{more}", "Give its number.")

    def _latest(self, show_id: ShowId, said: str) -> Episode:
        episodes = self._store.library.episodes(show_id=show_id, limit=1)
        if not episodes:
            raise UsageError(f"{said} has no episodes yet.", "Try `podcli refresh`.")
        return episodes[0]


def _feed_address(text: str) -> str:
    """A URL, or the ``file:`` URL of an existing local file."""
    from podcli.feeds.urls import normalise_url

    path = Path(text).expanduser()
    if text.startswith("file:"):
        path = Path(unquote(urlsplit(text).path))
    if not _LINK.match(text) and (path.exists() or text.startswith(("/", "./", "../", "~/", "file:"))):
        if path.is_dir():
            raise UsageError(f"{path} is a folder, not a feed.", "Give the address of a feed or a feed file.")
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Give the address of a feed or an existing feed file.")
        return path.absolute().as_uri()
    return normalise_url(text)


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"\n  {row}" for row in rows)
