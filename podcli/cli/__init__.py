"""The command line. Commands are loaded when they are used; importing this loads click and nothing else of weight."""

from __future__ import annotations

from importlib import import_module

import click

from podcli import __version__

_COMMANDS = {
    "Listen": {"play": "listen:play", "stats": "listen:stats"},
    "Decide": {
        "inbox": "inbox:inbox",
        "archive": "inbox:archive",
        "later": "inbox:later",
        "mark": "inbox:mark",
        "queue": "queue:queue",
        "undo": "inbox:undo",
    },
    "Library": {
        "add": "library:add",
        "remove": "library:remove",
        "refresh": "library:refresh",
        "shows": "library:shows",
        "show": "show:show",
        "episodes": "library:episodes",
        "episode": "episode:episode",
        "search": "search:search",
        "download": "library:download",
        "delete": "library:delete",
    },
    "Insight": {
        "ask": "ask:ask",
        "digest": "digest:digest",
        "takeaways": "insights:takeaways",
        "summary": "insights:summary",
        "gist": "insights:gist",
        "chapters": "insights:chapters",
        "highlights": "highlights:highlights",
        "quotes": "insights:quotes",
        "questions": "insights:questions",
        "mentions": "insights:mentions",
        "transcript": "transcript:transcript",
    },
    "Keep": {
        "snip": "snips:snip",
        "snips": "snips:snips",
        "share": "share:share",
        "export": "export:export",
        "connect": "connect:connect",
    },
    "Machine": {
        "jobs": "jobs:jobs",
        "models": "models:models",
        "config": "config:config",
        "hooks": "hooks:hooks",
        "doctor": "doctor:doctor",
        "demo": "demo:demo",
        "schema": "schema:schema",
        "completion": "completion:completion",
        "man": "man:man",
    },
}
_WHERE = {name: place for group in _COMMANDS.values() for name, place in group.items()}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _WHERE:
            return None
        module, _, name = _WHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"podcli.cli.{module}"), name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _WHERE and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], _WHERE, 1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean `podcli {near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, group in _COMMANDS.items():
            rows = []
            for name in group:
                command = self.get_command(ctx, name)
                assert command is not None
                rows.append((name, command.get_short_help_str(100)))
            with formatter.section(title):
                formatter.write_dl(rows)


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
