"""The command line. Commands are loaded when they are used; importing this loads click and nothing else of weight."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from podcli import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = {
    "Listen": {
        "play": ("listen:play", "Play without the full-screen player, or see what plays."),
        "stats": ("listen:stats", "Time listened, and time saved."),
    },
    "Decide": {
        "inbox": ("inbox:inbox", "List what is new and undecided."),
        "archive": ("inbox:archive", "Take episodes out of the inbox."),
        "later": ("inbox:later", "Keep episodes for later."),
        "mark": ("inbox:mark", "Mark episodes heard, not heard or new."),
        "queue": ("queue:queue", "See and order what plays next."),
        "undo": ("inbox:undo", "Take back what was done last."),
    },
    "Library": {
        "add": ("library:add", "Subscribe to a show."),
        "remove": ("library:remove", "Unsubscribe and delete its downloads."),
        "refresh": ("library:refresh", "Look for new episodes."),
        "shows": ("library:shows", "List the shows you follow."),
        "show": ("show:show", "A show, and how it is played."),
        "episodes": ("library:episodes", "List episodes, newest first."),
        "episode": ("episode:episode", "Facts, notes, links and chapters of an episode."),
        "search": ("search:search", "Search titles, notes and what was said."),
        "download": ("library:download", "Download an episode's audio."),
        "delete": ("library:delete", "Delete downloaded audio."),
    },
    "Insight": {
        "ask": ("ask:ask", "Ask what was said, and hear where."),
        "digest": ("digest:digest", "What is new, and what to hear first."),
        "takeaways": ("insights:takeaways", "The points of an episode, each with its proof."),
        "summary": ("insights:summary", "A short summary with its sources."),
        "gist": ("insights:gist", "One sentence on an episode."),
        "chapters": ("insights:chapters", "Where an episode's subjects begin."),
        "highlights": ("highlights:highlights", "The best moments, of an episode or of every show."),
        "quotes": ("insights:quotes", "Sentences worth repeating, word for word."),
        "questions": ("insights:questions", "The questions an episode raises."),
        "mentions": ("insights:mentions", "People, tools, books, papers and links in an episode."),
        "transcript": ("transcript:transcript", "The words, with times."),
    },
    "Keep": {
        "snip": ("snips:snip", "Keep what was just said."),
        "snips": ("snips:snips", "What you kept: list, play, edit."),
        "share": ("share:share", "A snip as quote, link, picture or clip."),
        "export": ("export:export", "What you kept, for other programs."),
        "connect": ("connect:connect", "Your accounts at Readwise and Notion."),
    },
    "Machine": {
        "jobs": ("jobs:jobs", "See, follow, pause, cancel and retry work."),
        "models": ("models:models", "List, pull, check and choose models."),
        "config": ("config:config", "Show and change settings."),
        "hooks": ("hooks:hooks", "Your own commands on events: list, test."),
        "doctor": ("doctor:doctor", "Check that everything works."),
        "demo": ("demo:demo", "See it work on the sample show."),
        "schema": ("schema:schema", "What the JSON of each command means."),
        "completion": ("completion:completion", "Print a shell completion script."),
        "man": ("man:man", "The manual page."),
    },
}
"""Where each command is (module and name), and what it does in a line: the list of them is printed, and completed in a shell,
without loading any."""
_WHERE = {name: place for group in _COMMANDS.values() for name, place in group.items()}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _WHERE:
            return None
        place, in_a_line = _WHERE[cmd_name]
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f"podcli.cli.{module}"), name)
        command.short_help = in_a_line
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _WHERE and not args[0].startswith("-"):
            import difflib

            begun = [name for name in _WHERE if name.startswith(args[0])]
            near = begun if len(begun) == 1 else difflib.get_close_matches(args[0], _WHERE, 1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean `podcli {near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in _COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, in_a_line) for name, (_, in_a_line) in group.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=in_a_line) for name, (_, in_a_line) in _WHERE.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="podcli")
def cli() -> None:
    """The AI podcast player that needs no cloud.

    Without a command the terminal player opens. With one, podcli answers and leaves:

    \b
      podcli add https://feeds.example.org/show.xml
      podcli takeaways "Example Show/latest"
      podcli takeaways talk.mp3 --json

    EPISODE is a number from `podcli episodes`, a stable id, SHOW/latest, part of a title, the URL of a feed (its
    latest episode) or of audio, or a file.

    Exit codes: 0 ok, 1 failed, 2 usage, 3 network, 4 model missing or too big, 130 interrupted.
    """


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code. No traceback reaches a person."""
    from podcli.cli.boundary import guarded

    def call() -> int:
        return cli.main(arguments, prog_name="podcli", standalone_mode=False) or 0

    return guarded(call)
