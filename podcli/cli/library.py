"""Commands over shows and episodes."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, complete_show, episode_argument, episodes_argument, find_episode, find_episodes
from podcli.cli.output import emit, emit_json, follow, narrate, table
from podcli.cli.rows import episode_table
from podcli.domain import Episode
from podcli.domain.documents import EpisodeJson, ShowJson, episode_json, show_json
from podcli.text import clean_line, human_bytes, human_duration

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.store.library import Sort


class AddedShowJson(TypedDict):
    """The show that was subscribed to."""

    id: Annotated[int, "Its number, which commands take as SHOW."]
    title: Annotated[str, "Its title."]
    url: Annotated[str, "The address of its feed."]


class AddedJson(TypedDict):
    """What a subscription brought."""

    show: AddedShowJson
    episodes: Annotated[int, "How many the feed has."]
    new: Annotated[int, "How many of them were not stored before."]
    notes: Annotated[list[str], "Sentences on what is odd about the feed."]


class RemovedJson(TypedDict):
    """What was unsubscribed from."""

    show: ShowJson
    files: Annotated[int, "How many downloads of it there were."]


class RefreshedShowJson(TypedDict):
    """What became of one show."""

    show_id: Annotated[int, "Its number, which commands take as SHOW."]
    title: Annotated[str, "Its title."]
    new: Annotated[int, "How many episodes were not stored before."]
    problem: Annotated[str, "Why it could not be refreshed; '': it could."]
    hint: Annotated[str, "What to do about that; '': nothing."]
    exit_code: Annotated[int, "As of podcli itself: 0 is well, 3 the network."]


class RefreshedJson(TypedDict):
    """What became of the shows that were looked at."""

    shows: Annotated[list[RefreshedShowJson], "Each with what became of it."]


class DownloadedJson(TypedDict):
    """Audio that is here now."""

    episode: EpisodeJson
    path: Annotated[str, "Where it is on this machine."]
    sha256: Annotated[str, "Of the file, in hex digits."]


class DeletedJson(TypedDict):
    """Audio that was deleted."""

    episodes: Annotated[list[EpisodeJson], "Those that were named, as they are now."]
    files: Annotated[int, "How many files were deleted; your own never are."]


@click.command()
@click.argument("url")
@as_json(AddedJson)
def add(url: str, as_json: bool) -> None:
    """Subscribe to the feed at URL: a feed, a web page that has one, or a feed file.

    A feed behind a password: https://name:password@host/feed.

    \b
      podcli add https://feeds.example.org/show.xml
    """
    from podcli.services import open_services

    with open_services() as services:
        job = follow(services, [services.library.add(url, priority=1)])[0]
        result = job.result
        notes = result.get("notes", [])
        for note in notes if isinstance(notes, list) else []:
            narrate(str(note))
        if as_json:
            show = {"id": result["show_id"], "title": result["title"], "url": result["url"]}
            emit_json({"show": show, "episodes": result["episodes"], "new": result["new"], "notes": notes})
            return
        count = int(str(result["episodes"]))
        was = "Already subscribed to" if result["already"] else "Subscribed to"
        emit(f"{was} {result['title']}: {count} episode{'' if count == 1 else 's'}, {result['new']} new.")
        if count:
            latest = shlex.quote(f"{clean_line(str(result['title']))}/latest")
            narrate(f"Next: podcli episodes {result['show_id']}, or podcli takeaways {latest}")


@click.command()
@click.argument("show", shell_complete=complete_show)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json(RemovedJson)
def remove(show: str, yes: bool, as_json: bool) -> None:
    """Unsubscribe from SHOW (number, URL or part of its title); its episodes, transcripts and downloads go too.

    For a week `podcli undo`, or subscribing again, brings all of it back; then it is deleted for good.

    \b
      podcli remove "Example Show"
    """
    from podcli.services import open_services

    with open_services() as services:
        found = services.library.show(show)
        if not yes:
            click.confirm(
                f"Remove {found.title} with {found.episodes} episodes, their transcripts and downloads?", abort=True, err=True
            )
        files = services.library.remove(found)
        if as_json:
            emit_json(RemovedJson(show=show_json(found), files=files))
        else:
            emit(f"Removed {found.title} and {files} downloaded file{'' if files == 1 else 's'}.")
            narrate("`podcli undo` brings it back, for a week.")


@click.command()
@click.argument("show", required=False, shell_complete=complete_show)
@as_json(RefreshedJson)
def refresh(show: str | None, as_json: bool) -> None:
    """Look for new episodes of SHOW, or of every show.

    \b
      podcli refresh
    """
    from podcli.errors import UsageError
    from podcli.services import open_services

    with open_services() as services:
        chosen = services.library.show(show) if show else None
        if chosen is not None and chosen.kind != "feed":
            raise UsageError(f"{chosen.title} is not a subscription.", "Subscribe with `podcli add URL`.")
        job = follow(services, [services.library.refresh(chosen.id if chosen else None, priority=1)])[0]
        rows = job.result.get("shows", [])
        assert isinstance(rows, list)
        if as_json:
            emit_json({"shows": rows})
            return
        for row in rows:
            if row["problem"]:
                narrate(f"{row['title']}: {row['problem']} {row['hint']}".rstrip())
            elif row["new"] or chosen:
                emit(f"{row['title']}: {row['new']} new")
        if not chosen:
            new = sum(int(row["new"]) for row in rows)
            emit(f"{len(rows)} show{'' if len(rows) == 1 else 's'} refreshed, {new} new episode{'' if new == 1 else 's'}.")
            if not rows:
                narrate("You follow no show yet. Subscribe with `podcli add URL`, or try `podcli demo`.")


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also single files and links.")
@as_json(list[ShowJson])
def shows(everything: bool, as_json: bool) -> None:
    """List the shows you follow.

    \b
      podcli shows --json
    """
    from podcli.services import open_services

    with open_services() as services:
        found = services.library.shows(subscribed=not everything)
        if as_json:
            emit_json([show_json(show) for show in found])
        elif not found:
            narrate("You follow no show yet. Subscribe with `podcli add URL`, or try `podcli demo`.")
        else:
            rows = [[str(s.id), s.title, str(s.episodes), str(s.unheard), s.problem and "! " + s.problem] for s in found]
            emit(table(rows, heads=["No.", "Show", "Episodes", "Unheard", ""], right=(0, 2, 3), stretch=1))


@click.command()
@click.argument("show", required=False, shell_complete=complete_show)
@click.option("--limit", "-n", default=30, show_default=True, help="How many.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--unheard", is_flag=True, help="Only what you have not finished.")
@click.option("--sort", type=click.Choice(["date", "title", "length", "show"]), default="date", help="What to sort by.")
@click.option("--reverse", is_flag=True, help="Oldest, last in the alphabet, shortest first.")
@as_json(list[EpisodeJson])
def episodes(show: str | None, limit: int, everything: bool, unheard: bool, sort: Sort, reverse: bool, as_json: bool) -> None:
    """List the newest episodes of SHOW, or of all shows. The numbers are what other commands take.

    In the marks column: D downloaded, T transcript, K takeaways, ✓ heard.

    \b
      podcli episodes "Example Show" --limit 10
      podcli episodes --unheard --all --sort length --reverse
    """
    from podcli.services import open_services

    with open_services() as services:
        chosen = services.library.show(show) if show else None
        found = services.library.episodes(
            chosen.id if chosen else None,
            limit=None if everything else max(1, limit),
            unheard=unheard,
            sort=sort,
            reverse=reverse,
        )
        if as_json:
            emit_json([episode_json(episode) for episode in found])
        elif not found:
            narrate("There are no episodes here. Subscribe with `podcli add URL`, or try `podcli demo`.")
        else:
            emit(episode_table(found, show=chosen is None))


@click.command()
@episode_argument
@as_json(DownloadedJson)
def download(episode: str, as_json: bool) -> None:
    """Download the audio of EPISODE; an interrupted download goes on where it stopped.

    \b
      podcli download "Example Show/latest"
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episode(services, episode)
        follow(services, [services.library.download(found.id, priority=1)])
        fresh = services.library.episode(found.id)
        if as_json:
            emit_json(DownloadedJson(episode=episode_json(fresh), path=fresh.audio_path, sha256=fresh.audio_sha256))
        else:
            emit(fresh.audio_path)
            narrate(f"{fresh.title}: {_size(services, fresh)}")


def _size(services: Services, episode: Episode) -> str:
    from pathlib import Path

    length = f", {human_duration(episode.duration_s)}" if episode.duration_s else ""
    return human_bytes(Path(episode.audio_path).stat().st_size) + length


@click.command()
@episodes_argument
@click.option("--for-good", is_flag=True, help="At once, without a day in which it can be brought back.")
@as_json(DeletedJson)
def delete(episodes: tuple[str, ...], for_good: bool, as_json: bool) -> None:
    """Delete the downloaded audio of each EPISODE. Positions, transcripts and takeaways stay; your own files are never deleted.

    For a day `podcli undo` brings the audio back.

    \b
      podcli delete "Example Show/latest"
      podcli delete 12 13 14 --for-good
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episodes(services, episodes)
        count = services.library.delete_audio([episode.id for episode in found], for_good=for_good)
        if as_json:
            fresh = [episode_json(services.library.episode(episode.id)) for episode in found]
            emit_json(DeletedJson(episodes=fresh, files=count))
        else:
            emit(f"Deleted {count} file{'' if count == 1 else 's'}.")
            if not for_good:
                narrate(f"`podcli undo` brings {'it' if count == 1 else 'them'} back, for a day.")
