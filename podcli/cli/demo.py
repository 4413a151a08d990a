"""``podcli demo``: from a feed to cited takeaways on the sample show that comes with podcli."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from podcli.cli.arguments import as_json
from podcli.cli.output import emit, emit_json, follow, narrate
from podcli.cli.points import TakeawaysJson
from podcli.text import human_bytes

if TYPE_CHECKING:
    from podcli.domain import Show
    from podcli.services import Services


@click.command()
@as_json(TakeawaysJson)
def demo(as_json: bool) -> None:
    """Serve the sample show from this machine, subscribe to it, and print its takeaways.

    Everything happens here: the show comes with podcli, its server listens on 127.0.0.1 only. Models that are missing
    are fetched first. A second run answers from the library.

    \b
      podcli demo
    """
    from podcli.cli.points import insight_json, plain
    from podcli.demo.server import serve
    from podcli.services import open_services

    with open_services() as services, serve() as base:
        _fetch_models(services)
        show = _subscribe(services, f"{base}/feed.xml")
        episode = services.library.longest(show.id)
        # Its server goes when this ends: what can be played afterwards is what is here then.
        others = [each for each in services.library.episodes(show.id) if each.id != episode.id and not each.audio_path]
        downloads = [services.library.download(each.id) for each in others]
        follow(services, [*services.insights.request(episode.id, "takeaways", priority=1), *downloads])
        made = services.insights.insight(episode.id, "takeaways")
        assert made is not None
        episode = services.library.episode(episode.id)
        emit_json(insight_json(episode, made)) if as_json else emit(plain(episode, made))
    narrate(
        f"""
That was a feed, a download, a transcript and a reading, all on this machine. Try next:

  podcli                                 the player: arrows and Enter, ? for help
  podcli summary {episode.id}                       the same episode in a paragraph
  podcli transcript {episode.id}                    every word with its time
  podcli play {episode.id}                          listen (space, arrows, q)
  podcli takeaways talk.mp3              any audio file of yours
  podcli add https://…/feed.xml          a show of yours
  podcli models                          larger models read better
  podcli remove {show.id} --yes                  forget the sample show"""
    )


def _fetch_models(services: Services) -> None:
    missing = services.models.missing()
    if not missing:
        return
    sizes = ", ".join(f"{card.id} ({human_bytes(card.offers[0].bytes)})" for card in missing)
    narrate(f"podcli fetches its starter models once: {sizes}.")
    follow(services, [services.jobs.pull(card.id, priority=1) for card in missing])


def _subscribe(services: Services, url: str) -> Show:
    """The sample show's server may get another port each time; the subscription moves with it."""
    from urllib.parse import urlsplit

    for show in services.library.shows():
        if urlsplit(show.url).hostname == "127.0.0.1" and urlsplit(show.url).path == urlsplit(url).path and show.url != url:
            services.library.move(show, url)
    known = next((show for show in services.library.shows() if show.url == url), None)
    if known is None:
        follow(services, [services.library.add(url, priority=1)])
        known = services.library.show(url)
        narrate(f"Subscribed to {known.title}: {known.episodes} episodes.")
    return known
