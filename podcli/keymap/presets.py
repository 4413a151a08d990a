"""Other programs' habits, as differences to the table (`podcli.keymap.table`): command → keys."""

from __future__ import annotations

_MPV = {
    # mpv's own (input.conf), as far as a list leaves room for it.
    "player.toggle": "space p", "player.back": "left", "player.forward": "right", "player.back_minute": "shift+left H",
    "player.forward_minute": "shift+right L", "player.slower": "[", "player.faster": "]", "player.normal_speed": "backspace",
    "player.undo_seek": "shift+backspace U", "player.volume_down": "9 -", "player.volume_up": "0 +", "player.mute": "m",
    "player.chapter_previous": "alt+pageup ,", "player.chapter_next": "alt+pagedown .", "player.previous": "<",
    "player.next": ">", "episode.heard": "x", "episode.delete_audio": "delete", "episode.links": "alt+o", "app.command": ": `",
    "jobs.cancel": "x delete", "view.digest": "alt+9", "view.highlights": "alt+0",
}  # fmt: skip
_CASTERO = {
    "player.toggle": "space p k", "player.back": "b j left", "player.forward": "f l right", "player.next": "n >",
    "player.volume_down": "-", "player.volume_up": "= +", "player.normal_speed": "0",
    "list.down": "down", "list.up": "up", "pane.next": "tab", "pane.previous": "shift+tab", "list.find_next": "ctrl+n",
    "list.find_previous": "ctrl+b", "list.page_up": "pageup", "library.refresh": "R", "library.refresh_all": "r",
    "app.help": "h ?", "episode.download": "s", "list.sort": "ctrl+s", "list.reverse": "i", "episode.notes": "d",
    "library.add": "a", "player.settings": "P", "transcript.follow": "ctrl+f end", "list.page_down": "pagedown",
    "models.pull": "s", "jobs.retry": "t", "episode.summary": "v", "view.highlights": "alt+0",
    "snip.keep": "alt+k", "snips.star": "alt+s",
}  # fmt: skip
_NEWSBOAT = {
    "list.down": "j down", "list.up": "k up", "list.find_next": "ctrl+n", "list.find_previous": "ctrl+b",
    "list.page_up": "pageup", "library.refresh": "r", "library.refresh_all": "R", "episode.enqueue": "e",
    "episode.delete_audio": "D", "episode.heard": "N", "episode.all_heard": "A C", "episode.chapters": "alt+c",
    "list.sort": "g", "list.reverse": "G", "list.top": "home", "list.bottom": "end", "episode.unheard_only": "l",
    "pane.next": "tab", "pane.previous": "shift+tab", "episode.links": "u", "episode.link": "o", "queue.remove": "x",
    "player.sleep": "z", "app.redraw": "ctrl+l", "transcript.follow": "f", "models.use": "u", "view.ask": "Q",
}  # fmt: skip
_EMACS = {
    "list.down": "ctrl+n down", "list.up": "ctrl+p up", "list.page_down": "ctrl+v pagedown", "list.page_up": "alt+v pageup",
    "list.top": "alt+< home", "list.bottom": "alt+> end", "list.half_down": "alt+n", "list.half_up": "alt+p",
    "list.filter": "ctrl+s", "list.find_next": "n", "list.find_previous": "p", "pane.next": "tab ctrl+x",
    "pane.previous": "shift+tab", "player.toggle": "space", "player.back": "ctrl+b left", "player.forward": "ctrl+f right",
    "player.back_minute": "alt+b", "player.forward_minute": "alt+f", "app.palette": "alt+x", "app.command": ":",
    "app.undo": "ctrl+_ ctrl+z", "app.back": "escape ctrl+g", "app.jump": "ctrl+j", "library.refresh": "g",
    "library.refresh_all": "G",
}  # fmt: skip


def _keys(preset: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {command: tuple(keys.split()) for command, keys in preset.items()}


PRESETS: dict[str, dict[str, tuple[str, ...]]] = {
    "vim": {}, "mpv": _keys(_MPV), "castero": _keys(_CASTERO), "newsboat": _keys(_NEWSBOAT), "emacs": _keys(_EMACS),
}  # fmt: skip
