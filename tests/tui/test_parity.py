"""Everything the player does can be done by plain commands, which screen readers read and scripts run."""

from __future__ import annotations

import click
import pytest

from podcli import keymap
from podcli.cli import cli

_PLAIN = {
    "player.toggle": "play", "player.back": "play", "player.forward": "play", "player.back_minute": "play",
    "player.forward_minute": "play", "player.seek": "play --from", "player.undo_seek": "play", "player.slower": "play",
    "player.faster": "play", "player.normal_speed": "play --speed", "player.speed": "play --speed", "player.volume_down": "play",
    "player.volume_up": "play", "player.volume": "config set", "player.mute": "play", "player.chapter_previous": "play",
    "player.chapter_next": "play", "player.previous": "play", "player.next": "play --queue", "player.sleep": "play --sleep",
    "player.whole_episode": "highlights --play",
    "player.smart_speed": "show --smart-speed", "player.voice_boost": "show --voice-boost", "player.loudness": "show --loudness",
    "player.device": "play --device", "player.settings": "show --skip-intro",
    "view.inbox": "inbox", "view.shows": "shows", "view.queue": "queue list", "view.search": "search", "view.jobs": "jobs list",
    "view.models": "models list", "view.settings": "config show", "view.playing": "play --status",
    "view.digest": "digest", "view.highlights": "highlights --play", "highlights.play_all": "highlights --play",
    "view.snips": "snips", "snip.keep": "snip", "snips.play_all": "snips play", "snips.whole": "play --from",
    "snips.star": "snips edit --star", "snips.note": "snips edit --note", "snips.title": "snips edit --title",
    "snips.tag": "snips edit --tag", "snips.begin_earlier": "snips edit --begin", "snips.begin_later": "snips edit --begin",
    "snips.end_earlier": "snips edit --end", "snips.end_later": "snips edit --end", "snips.copy": "snips show",
    "snips.remove": "snips remove", "view.ask": "ask", "ask.where": "ask --show", "ask.anew": "ask",
    "highlights.whole": "play --from", "highlights.unheard": "highlights --unheard",
    "library.add": "add", "library.refresh": "refresh", "library.refresh_all": "refresh", "app.stats": "stats",
    "app.undo": "undo", "app.insights": "config set", "app.theme": "config themes", "app.help": "config keys",
    "list.filter": "episodes", "list.sort": "episodes --sort", "list.reverse": "episodes --reverse", "list.open": "play",
    "episode.enqueue": "queue add", "episode.play_next": "queue next", "episode.download": "download",
    "episode.delete_audio": "delete", "episode.archive": "archive", "episode.later": "later", "episode.heard": "mark --heard",
    "episode.all_heard": "mark --all", "episode.unheard_only": "episodes --unheard", "episode.takeaways": "takeaways",
    "episode.summary": "summary", "episode.length": "summary --length", "episode.moments": "highlights",
    "episode.play_moments": "highlights --play",
    "episode.transcript": "transcript", "episode.chapters": "episode", "episode.notes": "episode",
    "episode.link": "episode", "episode.links": "episode", "episode.copy_link": "episode", "inbox.later": "inbox --later",
    "shows.remove": "remove", "queue.down": "queue move", "queue.up": "queue move", "queue.remove": "queue remove",
    "queue.clear": "queue clear", "jobs.cancel": "jobs cancel", "jobs.retry": "jobs retry", "jobs.clear": "jobs clear",
    "jobs.pause": "jobs pause",
    "models.pull": "models pull", "models.use": "models use", "models.verify": "models verify", "models.remove": "models remove",
    "settings.reset": "config unset", "settings.edit": "config edit", "transcript.copy": "transcript",
    "list.find_next": "search", "list.find_previous": "search",
}  # fmt: skip
_ONLY_ON_A_SCREEN = {
    "app.jump", "app.command", "app.palette", "app.open", "app.redraw", "app.suspend", "app.back", "app.quit", "list.down",
    "list.up", "list.top", "list.bottom", "list.half_down", "list.half_up", "list.page_down", "list.page_up", "pane.next",
    "pane.previous", "transcript.follow",
}  # fmt: skip


def test_every_command_of_the_player_has_a_plain_one() -> None:
    assert {command.id for command in keymap.COMMANDS} == set(_PLAIN) | _ONLY_ON_A_SCREEN


@pytest.mark.parametrize("words", sorted(set(_PLAIN.values())))
def test_the_plain_command_is_there(words: str) -> None:
    context = click.Context(cli, info_name="podcli")
    command: click.Command = cli
    for word in words.split():
        if word.startswith("--"):
            options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
            assert word in options, f"{words}: {sorted(options)}"
        else:
            assert isinstance(command, click.Group)
            found = command.get_command(context, word)
            assert found is not None, words
            command = found
