"""Stages that fetch: subscribe, refresh, download, pull a model."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from podcli import paths
from podcli.domain import Episode, EpisodeId, Job, Show, ShowId
from podcli.errors import PodcliError, UsageError
from podcli.pipeline.events import MOST_EPISODES, happened
from podcli.store import require_episode

if TYPE_CHECKING:
    from podcli.feeds.subscribe import Loaded
    from podcli.pipeline.stages import Context, Result


def add(job: Job, context: Context) -> Result:
    """Subscribe to ``job.target`` (URL or file), or, with the option ``peek``, only look at it."""
    from podcli.feeds.parse import NotAFeed

    context.report.stage("Fetching the feed")
    url, peek = job.target, bool(job.options.get("peek"))
    try:
        loaded = _load(url)
    except NotAFeed as problem:
        if not peek or problem.kind != "audio" or url.startswith("file:"):
            raise
        # An address that does not end like audio but is: as good an episode as any.
        return {"episode_id": context.store.library.put_on_shelf("link", url)}
    feed = loaded.feed
    if feed is None:
        raise PodcliError(f"{url} answered that nothing changed, but it was never fetched.", "Try again.")
    if not feed.items and feed.skipped:
        raise PodcliError(
            f"{feed.title or url} has no playable episode: none of its {feed.skipped} entries carries audio.",
            "Check that this is the address of a podcast.",
        )
    # What the person typed stays the identity, unless the page pointed elsewhere or the server moved it for good.
    home = loaded.fetched.permanent_url or feed.url
    kind = "link" if peek else "feed"
    known = context.store.library.show_by_url(home)
    etag, modified = loaded.fetched.etag, loaded.fetched.last_modified
    show_id, new = context.store.library.save_feed(feed, url=home, etag=etag, last_modified=modified, kind=kind)
    return {
        "show_id": show_id, "title": feed.title or home, "url": home, "episodes": len(feed.items), "new": new,
        "already": known is not None and known.kind == "feed", "notes": list(loaded.notes),
    }  # fmt: skip


def refresh(job: Job, context: Context) -> Result:
    """Look for new episodes in ``options.show_id``, or in every subscription."""
    wanted = job.options.get("show_id")
    shows = context.store.library.shows()
    if isinstance(wanted, int):
        show = context.store.library.show(ShowId(wanted))
        shows = [show] if show else []
    context.report.stage("Refreshing", total=len(shows))
    outcomes: list[object] = []
    with ThreadPoolExecutor(max_workers=context.settings.network.parallel) as pool:
        for done, (show, outcome) in enumerate(zip(shows, pool.map(_look, shows), strict=True), 1):
            outcomes.append(_keep(show, outcome, context))
            context.report.advance(done)
    problems = [item for item in outcomes if isinstance(item, dict) and item["problem"]]
    if problems and len(problems) == len(outcomes):
        first = problems[0]
        raise PodcliError(str(first["problem"]), str(first["hint"]), int(first["exit_code"]))
    return {"shows": outcomes}


def _look(show: Show) -> Loaded | PodcliError:
    try:
        return _load(show.url, etag=show.etag, last_modified=show.last_modified)
    except PodcliError as error:
        return error


def _load(url: str, *, etag: str = "", last_modified: str = "") -> Loaded:
    from podcli.feeds.subscribe import load_feed, load_feed_file

    if url.startswith("file:"):
        return load_feed_file(Path(unquote(urlsplit(url).path)))
    return load_feed(url, etag=etag, last_modified=last_modified, trusted_hosts=hosts_of(url))


def _keep(show: Show, outcome: Loaded | PodcliError, context: Context) -> dict[str, object]:
    with context.store.writing():
        return _kept(show, outcome, context)


def _kept(show: Show, outcome: Loaded | PodcliError, context: Context) -> dict[str, object]:
    library = context.store.library
    row: dict[str, object] = {"show_id": show.id, "title": show.title, "new": 0, "problem": "", "hint": "", "exit_code": 0}
    if library.show(show.id) is None:
        return row  # removed while it was fetched: storing it would bring it back
    if isinstance(outcome, PodcliError):
        library.mark_problem(show.id, outcome.message)
        return {**row, "problem": outcome.message, "hint": outcome.hint, "exit_code": int(outcome.exit_code)}
    fetched = outcome.fetched
    if outcome.feed is None:
        library.mark_fetched(show.id, etag=fetched.etag or show.etag, last_modified=fetched.last_modified or show.last_modified)
        return row
    if not outcome.feed.items and show.episodes:
        # An empty answer from a server in trouble must not read as "this show has no episodes".
        problem = f"The feed of {show.title} is empty today; its {show.episodes} known episodes are kept."
        library.mark_problem(show.id, problem)
        return {**row, "problem": problem, "hint": "Try again later."}
    newest = library.newest_id()
    _, new = library.save_feed(outcome.feed, url=show.url, etag=fetched.etag, last_modified=fetched.last_modified)
    if moved := fetched.permanent_url or outcome.feed.new_url:
        library.move_show(show.id, moved)
    if show.episodes and (arrived := library.arrived(show.id, after=newest)):  # all of a first look is no news
        found = require_episode(library, arrived[0])
        happened(context.store, "new_episode", found, episodes=arrived[:MOST_EPISODES], count=len(arrived))
    return {**row, "new": new}


def download(job: Job, context: Context) -> Result:
    """Fetch the audio of an episode, or read the facts of a local file, and remember its sha256."""
    assert job.episode_id is not None
    episode = require_episode(context.store.library, job.episode_id)
    path = fetch_audio(episode, context)
    return {"path": str(path)}


def fetch_audio(episode: Episode, context: Context) -> Path:
    """The audio file of `episode`, downloaded when it is not there yet."""
    known = Path(episode.audio_path) if episode.audio_path else None
    if known and known.is_file() and not episode.enclosure.url.startswith("file:"):
        return known
    local = episode.enclosure.url.startswith("file:")
    path = _read_local(episode, context) if local else _fetch_remote(episode, context)
    _probe(episode.id, path, context)
    if not local:
        happened(context.store, "downloaded", episode)
    return path


def _fetch_remote(episode: Episode, context: Context) -> Path:
    from podcli.feeds.download import download as fetch

    show = context.store.library.show(episode.show_id)
    folder = paths.make_private(paths.audio() / f"show-{episode.show_id}")
    trusted = hosts_of(show.url if show and show.kind != "link" else episode.enclosure.url) | hosts_of(show.url if show else "")
    context.report.stage("Downloading", unit="bytes")
    got = fetch(
        episode.enclosure.url,
        folder,
        f"{episode.id}-{episode.key}",
        report=lambda done, total: context.report.advance(done, total),
        trusted_hosts=trusted,
        type_hint=episode.enclosure.type,
    )
    context.store.library.save_file(episode.id, path=str(got.path), sha256=got.sha256, bytes=got.bytes, type=got.type)
    return got.path


def _read_local(episode: Episode, context: Context) -> Path:
    path = Path(unquote(urlsplit(episode.enclosure.url).path))
    try:
        size = path.stat().st_size
        context.report.stage("Reading the file", unit="bytes", total=size)
        digest, done = hashlib.sha256(), 0
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                done += len(block)
                context.report.advance(done)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {os.strerror(error.errno or 0)}.", "Check the path.") from None
    if not size:
        raise PodcliError(f"{path} is empty.", "Give a file with audio in it.")
    context.store.library.save_file(episode.id, path=str(path), sha256=digest.hexdigest(), bytes=size, ours=False)
    return path


def _probe(episode_id: EpisodeId, path: Path, context: Context) -> None:
    """Length and embedded chapters; a file that holds no audio is not kept."""
    from podcli.engines.audio import probe

    try:
        facts = probe(path)
    except PodcliError:
        context.store.library.forget_file(episode_id)
        if path.is_relative_to(paths.audio()):
            path.unlink(missing_ok=True)
        raise
    if facts.duration_s:
        context.store.library.set_duration(episode_id, facts.duration_s)
    if facts.chapters:
        context.store.library.save_chapters(episode_id, "embedded", facts.chapters)
    fetch_chapters(episode_id, context)


def fetch_chapters(episode_id: EpisodeId, context: Context) -> None:
    """The publisher's chapter file, when there is one; without it the episode is as good."""
    from podcli.feeds.fetch import fetch
    from podcli.feeds.published import parse_chapters

    url = context.store.library.chapters_url(episode_id)
    if not url:
        return
    episode = require_episode(context.store.library, episode_id)
    show = context.store.library.show(episode.show_id)
    try:
        answer = fetch(url, kind="chapters", trusted_hosts=hosts_of(show.url if show else ""))
        context.store.library.save_chapters(episode_id, "json", parse_chapters(answer.content))
    except PodcliError:
        return


def chapters(job: Job, context: Context) -> Result:
    """The publisher's chapter file of ``job.episode_id``, for somebody who listens without having downloaded it."""
    assert job.episode_id is not None
    context.report.stage("Asking for the publisher's chapters")
    fetch_chapters(job.episode_id, context)
    return {"chapters": len(context.store.library.chapters(job.episode_id))}


def pull(job: Job, context: Context) -> Result:
    """Install the model ``job.target``."""
    from podcli.engines import install
    from podcli.engines.catalogue import load_catalogue

    card = load_catalogue().card(job.target)

    offers: dict[object, Literal["wheel", "https"]] = {"wheel": "wheel", "https": "https"}
    path = install.pull(
        card, report=context.report.put, offer=offers.get(job.options.get("source")), force=bool(job.options.get("force"))
    )
    return {"model": card.id, "path": str(path)}


def hosts_of(url: str) -> frozenset[str]:
    """The host a person chose by naming `url`: it may be a private one."""
    host = urlsplit(url).hostname
    return frozenset({host}) if host else frozenset()
