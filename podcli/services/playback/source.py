"""Where the sound of an episode comes from: the downloaded file, a file of the listener's, else the publisher's server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from podcli.domain import Episode
from podcli.errors import NetworkError, PodcliError
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.domain import Show


def source_of(store: Store, episode: Episode) -> str:
    """The path or http(s) URL to play.

    Raises PodcliError when there is no audio, NetworkError when a feed leads into the listener's own network.
    """
    if episode.audio_path and Path(episode.audio_path).is_file():
        return episode.audio_path
    url = episode.enclosure.url
    if url.startswith("file:"):
        path = Path(unquote(urlsplit(url).path))
        if not path.is_file():
            raise PodcliError(f"The file {path} is gone.", "Put it back, or give another file.")
        return str(path)
    if not url:
        raise PodcliError(f"“{episode.title}” has no audio.", "Try `podcli refresh`, or choose another episode.")
    _refuse_inside(url, store.library.show(episode.show_id))
    return url


def _refuse_inside(url: str, show: Show | None) -> None:
    """Raise NetworkError when a feed names an address inside the listener's network (as downloads do, `feeds.guard`).

    libmpv resolves names and follows redirects itself, so only addresses spelled as numbers or as this machine are seen.
    """
    import socket

    from podcli.feeds.urls import host_of

    host = host_of(url)
    if not host or show is None or show.kind == "link" or host == host_of(show.url):
        return
    try:
        numeric = socket.inet_ntoa(socket.inet_aton(host))  # also 127.1 and 2130706433, which resolvers accept
    except OSError:
        numeric = host if ":" in host else ""
    inside = host == "localhost" or host.endswith((".localhost", ".local"))
    if numeric:
        from podcli.feeds.guard import is_public

        inside = not is_public(numeric)
    if inside:
        raise NetworkError(
            f"{host} is an address inside your own network, and a feed led there.",
            "podcli only goes there when you type that address yourself.",
        )
