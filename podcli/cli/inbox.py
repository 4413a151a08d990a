"""Commands that decide: what is new, what is done, what is for later; and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show, episodes_argument, find_episodes
from podcli.cli.output import emit, emit_json, narrate
from podcli.cli.rows import episode_table, gist_text
from podcli.domain import Episode, EpisodeId
from podcli.domain.documents import EpisodeJson, episode_json
from podcli.domain.schema import When
from podcli.errors import UsageError

if TYPE_CHECKING:
    from podcli.services import Services


class InboxEpisodeJson(EpisodeJson):
    """An episode in the inbox."""

    gist: Annotated[str | None, "The episode in a sentence, by a model; null: none yet."]


class ChangedJson(TypedDict):
    """What was decided."""

    episodes: NotRequired[Annotated[list[EpisodeJson], "Those that were named, as they are now."]]
    changed: Annotated[int, "How many were otherwise before."]


class UndoJson(TypedDict):
    """Something that can be taken back."""

    label: Annotated[str, "What was done, in words."]
    at: Annotated[When, "When it was done."]


class UndoneJson(TypedDict):
    """What was taken back."""

    undone: Annotated[str, "What was done, in words."]


@click.command()
@click.option("--later", is_flag=True, help="What is kept for later instead.")
@click.option("--limit", "-n", default=50, show_default=True, help="How many.")
@as_json(list[InboxEpisodeJson])
def inbox(later: bool, limit: int, as_json: bool) -> None:
    """List new episodes of all shows. Playing, queueing, archiving or marking one takes it out of the inbox.

    \b
      podcli inbox
      podcli inbox --later --json
    """
    from podcli.services import open_services

    with open_services() as services:
        found = services.library.episodes(triage="later" if later else "inbox", limit=max(1, limit))
        if as_json:
            gists = services.library.gists(episode.id for episode in found)
            emit_json([InboxEpisodeJson(**episode_json(each), gist=gist_text(gists.get(each.id))) for each in found])
        elif found:
            emit(episode_table(found))
        else:
            narrate("Nothing is kept for later." if later else "The inbox is empty. `podcli refresh` looks for new episodes.")


@click.command()
@episodes_argument
@as_json(ChangedJson)
def archive(episodes: tuple[str, ...], as_json: bool) -> None:
    """Take each EPISODE out of the inbox: dealt with. `podcli undo` puts them back.

    \b
      podcli archive 12 13
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episodes(services, episodes)
        _tell(services, found, services.library.archive(_ids(found)), "Archived", as_json)


@click.command()
@episodes_argument
@as_json(ChangedJson)
def later(episodes: tuple[str, ...], as_json: bool) -> None:
    """Keep each EPISODE for later: out of the inbox, listed by `podcli inbox --later`.

    \b
      podcli later "Example Show/latest"
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episodes(services, episodes)
        _tell(services, found, services.library.later(_ids(found)), "Kept for later:", as_json)


@click.command()
@click.argument("episodes", metavar="[EPISODE]...", nargs=-1, shell_complete=complete_episode)
@click.option("--heard", "how", flag_value="heard", default="heard", help="Heard to the end (the default).")
@click.option("--unheard", "how", flag_value="unheard", help="Not heard; the position stays.")
@click.option("--new", "how", flag_value="new", help="Not heard, and in the inbox again.")
@click.option("--show", metavar="SHOW", help="Every episode of this show, heard.", shell_complete=complete_show)
@click.option("--all", "everything", is_flag=True, help="Every episode of every show, heard.")
@as_json(ChangedJson)
def mark(
    episodes: tuple[str, ...], how: Literal["heard", "unheard", "new"], show: str | None, everything: bool, as_json: bool
) -> None:
    """Mark each EPISODE heard, not heard or new. What is heard leaves inbox and queue. `podcli undo` takes it back.

    \b
      podcli mark 12 13 --heard
      podcli mark --heard --show "Example Show"
    """
    from podcli.services import open_services

    if bool(episodes) + bool(show) + everything != 1:
        raise UsageError("It is not clear what to mark.", "Name episodes, or one of --show SHOW and --all.")
    if how != "heard" and not episodes:
        raise UsageError(f"--{how} needs episodes.", "Only --heard goes with --show and --all.")
    with open_services() as services:
        if not episodes:
            count = services.library.mark_all_heard(services.library.show(show).id if show else None)
            told = f"Marked heard: {count:,} episode{'' if count == 1 else 's'}."
            emit_json(ChangedJson(changed=count)) if as_json else emit(told)
            return
        found = find_episodes(services, episodes)
        count = services.library.mark_heard(_ids(found), how == "heard") if how != "new" else services.library.renew(_ids(found))
        words = {"heard": "Marked heard:", "unheard": "Marked not heard:", "new": "New again:"}[how]
        _tell(services, found, count, words, as_json)


@click.command()
@click.option("--list", "only_list", is_flag=True, help="Only show what can be taken back, the last first.")
@as_json(UndoneJson | list[UndoJson])
def undo(only_list: bool, as_json: bool) -> None:
    """Take back the last decision, whoever made it: this command line or the player. Again: the one before.

    \b
      podcli undo --list
      podcli undo
    """
    from podcli.services import open_services

    with open_services() as services:
        if only_list:
            acts = services.undo.list()
            if as_json:
                emit_json([UndoJson(label=act.label, at=act.at.isoformat()) for act in acts])
            elif not acts:
                narrate("There is nothing to undo.")
            else:
                emit("\n".join(f"{act.at.astimezone():%Y-%m-%d %H:%M}  {act.label}" for act in acts))
            return
        label = services.undo.undo()
        emit_json(UndoneJson(undone=label)) if as_json else emit(f"Undone: {label}")


def _ids(episodes: list[Episode]) -> list[EpisodeId]:
    return [episode.id for episode in episodes]


def _tell(services: Services, episodes: list[Episode], count: int, words: str, as_json: bool) -> None:
    """What became of `episodes`; `count` of them changed."""
    if as_json:
        fresh = [episode_json(services.library.episode(episode.id)) for episode in episodes]
        emit_json(ChangedJson(episodes=fresh, changed=count))
        return
    for episode in episodes:
        emit(f"{words} {episode.title}")
    if not count:
        narrate("It was so already." if len(episodes) == 1 else "They were so already.")
