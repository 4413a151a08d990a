"""Commands over what plays next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from podcli.cli.arguments import as_json, complete_episode, episodes_argument, find_episode, find_episodes
from podcli.cli.output import emit, emit_json, narrate
from podcli.cli.rows import episode_table
from podcli.domain.documents import EpisodeJson, episode_json
from podcli.text import human_duration

if TYPE_CHECKING:
    from podcli.services import Services


@click.group(invoke_without_command=True)
@as_json(list[EpisodeJson])
@click.pass_context
def queue(context: click.Context, as_json: bool) -> None:
    """What plays next, in order. Without a subcommand: list. `podcli undo` takes every change back.

    \b
      podcli queue
      podcli queue add "Example Show/latest"
    """
    if context.invoked_subcommand is None:
        context.invoke(list_queue, as_json=as_json)


@queue.command("list", short_help="What plays next, in order.")
@as_json(list[EpisodeJson])
def list_queue(as_json: bool = False) -> None:
    """What plays next, in order.

    \b
      podcli queue list --json
    """
    from podcli.services import open_services

    with open_services() as services:
        _show(services, as_json)


@queue.command(short_help="Put episodes at the end.")
@episodes_argument
@as_json(list[EpisodeJson])
def add(episodes: tuple[str, ...], as_json: bool) -> None:
    """Put each EPISODE at the end; what is queued already keeps its place.

    \b
      podcli queue add 12 13
    """
    from podcli.services import open_services

    with open_services() as services:
        services.queue.add([episode.id for episode in find_episodes(services, episodes)])
        _show(services, as_json)


@queue.command("next", short_help="Put episodes right behind what plays.")
@episodes_argument
@as_json(list[EpisodeJson])
def play_next(episodes: tuple[str, ...], as_json: bool) -> None:
    """Put each EPISODE right behind the one that plays, in this order.

    \b
      podcli queue next "Example Show/latest"
    """
    from podcli.services import open_services

    with open_services() as services:
        services.queue.play_next([episode.id for episode in find_episodes(services, episodes)])
        _show(services, as_json)


@queue.command(short_help="Move an episode to another place.")
@click.argument("episode", metavar="EPISODE", shell_complete=complete_episode)
@click.argument("place", type=click.IntRange(min=1))
@as_json(list[EpisodeJson])
def move(episode: str, place: int, as_json: bool) -> None:
    """Move EPISODE to PLACE in the queue; 1 is the first.

    \b
      podcli queue move 12 1
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episode(services, episode)
        now = next((number for number, each in enumerate(services.queue.episodes(), 1) if each.id == found.id), place)
        services.queue.move(found.id, place - now)
        _show(services, as_json)


@queue.command(short_help="Take episodes out.")
@episodes_argument
@as_json(list[EpisodeJson])
def remove(episodes: tuple[str, ...], as_json: bool) -> None:
    """Take each EPISODE out of the queue.

    \b
      podcli queue remove 12
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episodes(services, episodes)
        if not services.queue.remove([episode.id for episode in found]):
            narrate("It was not in the queue." if len(found) == 1 else "None of them was in the queue.")
        _show(services, as_json)


@queue.command(short_help="Empty it.")
@as_json(list[EpisodeJson])
def clear(as_json: bool) -> None:
    """Take everything out; `podcli undo` fills it again in the same order.

    \b
      podcli queue clear
    """
    from podcli.services import open_services

    with open_services() as services:
        services.queue.clear()
        _show(services, as_json)


def _show(services: Services, as_json: bool) -> None:
    """The queue as it is now."""
    episodes = services.queue.episodes()
    if as_json:
        emit_json([episode_json(episode) for episode in episodes])
    elif not episodes:
        narrate("The queue is empty. `podcli queue add EPISODE` fills it.")
    else:
        emit(episode_table(episodes))
        left = sum(max(0.0, (episode.duration_s or 0.0) - episode.position_s) for episode in episodes)
        narrate(f"{len(episodes)} episode{'' if len(episodes) == 1 else 's'}, {human_duration(left)} left at normal speed.")
