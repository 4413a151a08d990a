"""Every command, where it works, and its keys in the preset ``vim``: one table for keys, help, palette and ``:`` line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something a listener can have done by a key, by the palette or by its `words` on the ``:`` line."""

    id: str
    where: str
    label: str
    """At most 14 characters, for the line at the bottom."""
    help: str
    """A sentence, for the help screen and the palette."""
    words: str
    """What is typed on the ``:`` line."""
    keys: tuple[str, ...] = ()
    argument: str = ""
    """What may follow `words`, such as SPEED; '' when nothing may."""


def _command(where: str, id: str, keys: str, label: str, help: str, words: str = "", argument: str = "") -> Command:
    return Command(id, where, label, help, words or id.replace(".", " ").replace("_", " "), tuple(keys.split()), argument)


def _all(where: str, *rows: tuple[str, ...]) -> tuple[Command, ...]:
    return tuple(_command(where, *row) for row in rows)


CONTEXTS: dict[str, tuple[str, ...]] = {
    "inbox": ("everywhere", "list", "episodes", "show", "inbox"),
    "shows": ("everywhere", "list", "shows", "show"),
    "episodes of a show": ("everywhere", "list", "episodes", "show"),
    "queue": ("everywhere", "list", "episodes", "show", "queue"),
    "search": ("everywhere", "list", "search"),
    "highlights": ("everywhere", "list", "highlights"),
    "snips": ("everywhere", "list", "snips"),
    "ask": ("everywhere", "list", "ask"),
    "work": ("everywhere", "list", "jobs"),
    "models": ("everywhere", "list", "models"),
    "settings": ("everywhere", "list", "settings"),
    "transcript": ("everywhere", "list", "episodes", "show", "episode", "transcript"),
}
"""Which `Command.where`s are live at once, by what has the focus."""

HEADINGS = {
    "transcript": "Transcript", "episode": "Episode", "list": "Lists", "episodes": "Episodes", "show": "This show",
    "inbox": "Inbox", "shows": "Shows", "queue": "Queue", "search": "Search", "highlights": "Highlights", "snips": "Snips",
    "ask": "Ask",
    "jobs": "Work", "models": "Models", "settings": "Settings", "everywhere": "Everywhere",
}  # fmt: skip
"""What the help calls each `Command.where`, nearest first."""

SHADOWS = {("transcript.follow", "list.bottom")}
"""Pairs that may share a key: where both are live the first wins."""

NEEDED = ("app.quit", "app.help", "app.back", "list.down", "list.up", "list.open", "player.toggle")
"""Nobody may be left without a key for these."""

COMMANDS: tuple[Command, ...] = (
    *_all(
        "everywhere",
        ("player.toggle", "space p", "Pause", "Pause or go on", "pause"),
        ("player.back", "left", "Back", "A little back", "back"),
        ("player.forward", "right", "On", "A little on", "forward"),
        ("player.back_minute", "H", "−1 min", "A minute back", "back minute"),
        ("player.forward_minute", "L", "+1 min", "A minute on", "forward minute"),
        ("player.seek", "", "Go to", "Go to a time", "seek", "TIME"),
        ("player.undo_seek", "backspace", "Undo jump", "Back to before the last jump", "undo seek"),
        ("player.slower", "[", "Slower", "A little slower", "slower"),
        ("player.faster", "]", "Faster", "A little faster", "faster"),
        ("player.normal_speed", "=", "Speed 1", "Normal speed", "normal speed"),
        ("player.speed", "", "Speed", "Play at a speed from 0.5 to 4", "speed", "SPEED"),
        ("player.volume_down", "-", "Softer", "A little softer", "softer"),
        ("player.volume_up", "+", "Louder", "A little louder", "louder"),
        ("player.volume", "", "Volume", "Play at a volume from 0 to 100", "volume", "PERCENT"),
        ("player.mute", "*", "Mute", "No sound, or sound again", "mute"),
        ("player.chapter_previous", ",", "Chapter ←", "To the beginning of this chapter, or the one before", "chapter previous"),
        ("player.chapter_next", ".", "Chapter →", "To the next chapter", "chapter next"),
        ("player.previous", "<", "Before", "What played before", "previous"),
        ("player.next", ">", "Next", "What comes next in the queue", "next"),
        ("player.whole_episode", "W", "Whole episode", "From the moment that plays into its whole episode", "whole episode"),
        ("player.sleep", "z", "Sleep", "Set the sleep timer", "sleep", "MINUTES"),
        ("player.smart_speed", "", "Smart speed", "Jump over gaps between sentences, or not", "smart speed", "on|off"),
        ("player.voice_boost", "", "Voice boost", "Make speech clearer, or not", "voice boost", "on|off"),
        ("player.loudness", "", "Loudness", "Even loudness: off, dynaudnorm, loudnorm", "loudness", "HOW"),
        ("player.device", "", "Device", "Choose where the sound goes", "device", "NAME"),
        ("snip.keep", "b", "Keep", "Keep what was just said, as a snip", "snip"),
        ("view.inbox", "1 alt+1", "Inbox", "To the inbox", "inbox"),
        ("view.shows", "2 alt+2", "Shows", "To the shows", "shows"),
        ("view.queue", "3 alt+3", "Queue", "To the queue", "queue"),
        ("view.search", "4 alt+4", "Search", "Find what was said", "search", "WORDS"),
        ("view.jobs", "5 alt+5", "Work", "To downloads and other work", "work"),
        ("view.models", "6 alt+6", "Models", "To the models", "models"),
        ("view.settings", "7 alt+7", "Settings", "To the settings", "settings"),
        ("view.playing", "8 alt+8", "Playing", "To what plays, with its words", "playing"),
        ("view.digest", "9 alt+9", "Digest", "What is new, and what to hear first", "digest", "SINCE"),
        ("view.highlights", "0 alt+0", "Highlights", "The best moments of every show", "highlights", "SINCE"),
        ("view.snips", "T", "Snips", "What you kept", "snips"),
        ("view.ask", "A", "Ask", "Ask what was said: in this episode, this show, or anywhere", "ask", "QUESTION"),
        ("library.add", "a", "Add", "Add a show, a recording or a file", "add", "ADDRESS"),
        ("library.refresh_all", "R", "Refresh all", "Look for new episodes of all shows", "refresh all"),
        ("app.insights", "I", "Insights", "Hide what models made, or show it again", "insights", "on|off"),
        ("app.stats", "", "Time saved", "How much was heard, and how much time was saved", "stats"),
        ("app.undo", "ctrl+z", "Undo", "Take back what was done last", "undo"),
        ("app.jump", "'", "Jump", "Jump to any pane or view with two keys", "jump"),
        ("app.command", ":", "Command", "Type a command", "command"),
        ("app.palette", "ctrl+p", "Palette", "Find a command by typing", "palette"),
        ("app.open", "", "Open", "Open a view by its name", "open", "VIEW"),
        ("app.theme", "", "Theme", "Choose the colours", "theme", "NAME"),
        ("app.redraw", "ctrl+l", "Redraw", "Draw everything anew", "redraw"),
        ("app.suspend", "", "To the shell", "To the shell; fg comes back", "suspend"),
        ("app.back", "escape", "Back", "One step back", "back out"),
        ("app.help", "?", "Keys", "The keys that work here", "help"),
        ("app.quit", "q", "Quit", "Quit; the position is kept", "quit"),
    ),
    *_all(
        "list",
        ("list.down", "j down", "Down", "Down", "down"),
        ("list.up", "k up", "Up", "Up", "up"),
        ("list.top", "g home", "Top", "To the top", "top"),
        ("list.bottom", "G end", "Bottom", "To the bottom; with a count, to that row", "bottom"),
        ("list.half_down", "ctrl+d", "½ page ↓", "Half a page down", "half page down"),
        ("list.half_up", "ctrl+u", "½ page ↑", "Half a page up", "half page up"),
        ("list.page_down", "pagedown ctrl+f", "Page ↓", "A page down", "page down"),
        ("list.page_up", "pageup ctrl+b", "Page ↑", "A page up", "page up"),
        ("list.open", "enter", "Open", "Open it, or play it from there", "open this"),
        ("list.filter", "/", "Filter", "Show only what has these words, or find them", "filter", "WORDS"),
        ("list.find_next", "n", "Next hit", "To the next hit", "find next"),
        ("list.find_previous", "N", "Hit before", "To the hit before", "find previous"),
        ("list.sort", "s", "Sort", "Sort by something else", "sort", "BY"),
        ("list.reverse", "S", "Reverse", "Reverse the order", "reverse"),
        ("pane.next", "tab l", "Next pane", "To the next pane", "pane next"),
        ("pane.previous", "shift+tab h", "Pane before", "To the pane before", "pane previous"),
    ),
    *_all(
        "episodes",
        ("episode.enqueue", "e", "Queue", "Put it at the end of the queue", "enqueue"),
        ("episode.play_next", "E", "Play next", "Put it right after what plays", "play next"),
        ("episode.download", "d", "Download", "Download the audio", "download"),
        ("episode.delete_audio", "x", "Delete file", "Delete the downloaded audio", "delete audio"),
        ("episode.archive", "c", "Archive", "Clear it out of the inbox", "archive"),
        ("episode.later", "B", "Snip later", "Keep it to snip later", "later"),
        ("episode.heard", "m", "Heard", "Mark it heard, or not heard", "heard"),
        ("episode.all_heard", "M", "All heard", "Mark all of this list heard", "all heard"),
        ("episode.unheard_only", "u", "Unheard", "Only what was not heard, or everything", "unheard only"),
        ("episode.takeaways", "w", "Takeaways", "Show the takeaways; once more: make them", "takeaways"),
        ("episode.summary", "v", "Summary", "Show the summary; once more: make it", "summary", "short|medium|long"),
        ("episode.length", "Z", "Length", "A summary of another length: short, medium, long", "summary length"),
        ("episode.moments", "V", "Moments", "Show highlights, quotes, questions and names; once more: find them", "moments"),
        ("episode.play_moments", "O", "Hear the best", "Hear the best moments of this episode, back to back", "hear the best"),
        ("episode.transcript", "t", "Transcript", "Show the transcript; once more: make it", "transcript"),
        ("episode.chapters", "C", "Chapters", "Show the chapters", "chapters"),
        ("episode.notes", "i", "Notes", "Show the notes", "notes"),
        ("episode.link", "o", "Page", "Open the episode's page", "page"),
        ("episode.links", "U", "Links", "Open one of the links in the notes", "links"),
        ("episode.copy_link", "Y", "Copy link", "Copy the episode's address", "copy link"),
    ),
    *_all(
        "show",
        ("library.refresh", "r", "Refresh", "Look for new episodes of this show", "refresh"),
        ("player.settings", "P", "Play how", "How this show is played: speed, intro, outro, sound", "play settings"),
    ),
    *_all("inbox", ("inbox.later", "K", "Kept", "What is kept to snip later, or the inbox again", "kept")),
    *_all(
        "shows",
        ("shows.remove", "D", "Remove", "Remove this show and its files", "remove show"),
    ),
    *_all(
        "queue",
        ("queue.down", "J", "Move ↓", "Move it down", "move down"),
        ("queue.up", "K", "Move ↑", "Move it up", "move up"),
        ("queue.remove", "D", "Take out", "Take it out of the queue", "dequeue"),
        ("queue.clear", "X", "Clear", "Empty the queue", "clear queue"),
    ),
    *_all(
        "highlights",
        ("highlights.play_all", "P", "Play from here", "Play this moment and those after it, back to back", "play moments"),
        ("highlights.whole", "o", "Whole episode", "Open and play its whole episode from there", "open whole"),
        ("highlights.unheard", "u", "Unheard", "Only of episodes that were not heard, or of all", "unheard moments"),
    ),
    *_all(
        "snips",
        ("snips.play_all", "P", "Play from here", "Play this snip and those after it, back to back", "play snips"),
        ("snips.whole", "o", "Whole episode", "Open and play its whole episode from there", "snip whole"),
        ("snips.star", "f", "Star", "Mark it as one of the best, or not", "snip star"),
        ("snips.note", "e", "Note", "Write what you think of it; - for nothing", "snip note", "TEXT"),
        ("snips.title", "t", "Title", "Give it a title of your own; - for none", "snip title", "TEXT"),
        ("snips.tag", "#", "Tag", "Add a tag; with a minus in front take it away", "snip tag", "TAG"),
        ("snips.begin_earlier", "(", "Begin ←", "Let it begin a sentence earlier", "snip begin earlier"),
        ("snips.begin_later", ")", "Begin →", "Let it begin a sentence later", "snip begin later"),
        ("snips.end_earlier", "{", "End ←", "Let it end a sentence earlier", "snip end earlier"),
        ("snips.end_later", "}", "End →", "Let it end a sentence later", "snip end later"),
        ("snips.copy", "y", "Copy", "Copy its words with a time link", "snip copy"),
        ("snips.remove", "x", "Remove", "Take it out of the library", "snip remove"),
    ),
    *_all(
        "ask",
        ("ask.where", "ctrl+o", "Where", "Ask this episode, its show, or all episodes", "ask where"),
        ("ask.anew", "x", "Start anew", "Begin with a question that goes on from nothing", "ask anew"),
    ),
    *_all(
        "jobs",
        ("jobs.cancel", "x", "Stop it", "Stop this work", "cancel"),
        ("jobs.pause", "w", "Pause or go on", "Pause this work, or go on with it", "pause work"),
        ("jobs.retry", "r", "Try again", "Try it again, from where it was", "retry"),
        ("jobs.clear", "D", "Clear ended", "Forget what has ended", "clear work"),
    ),
    *_all(
        "models",
        ("models.pull", "d", "Fetch", "Fetch this model", "fetch model"),
        ("models.use", "u", "Use", "Let this model play its role", "use model"),
        ("models.verify", "V", "Verify", "Read every byte of it again", "verify model"),
        ("models.remove", "D", "Delete", "Delete this model", "delete model"),
    ),
    *_all(
        "settings",
        ("settings.reset", "D", "Default", "As it comes out of the box", "reset setting"),
        ("settings.edit", "E", "Edit file", "Open settings.toml in your editor", "edit settings"),
    ),
    *_all(
        "transcript",
        ("transcript.follow", "f end", "Follow", "Back to what is being said", "follow"),
        ("transcript.copy", "y", "Copy", "Copy this sentence with its time link", "copy"),
    ),
)
