"""What a listener can set: sections, defaults, bounds, and a sentence about each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from podcli.errors import UsageError

Names = tuple[str, ...]
"""Several of what a setting may be."""
Commands = tuple[tuple[str, ...], ...]
"""Programs, each with its arguments: never a line for a shell."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model plays each role; ``auto`` picks the best installed one this machine's memory can hold."""

    transcribe: str = "auto"
    """Speech to text."""
    write: str = "auto"
    """Takeaways and summaries."""
    embed: str = "auto"
    """Sentence similarity."""


@dataclass(frozen=True, slots=True)
class TranscribeSettings:
    """How transcripts are made."""

    language: str = ""
    """ISO 639-1 code of the talk; empty lets the model listen for itself."""
    publisher: bool = True
    """Use the publisher's transcript when the feed has one."""
    engine: str = "auto"
    """Which engine listens while models.transcribe is auto; auto: whispercpp where it can use a graphics card."""


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """Playback."""

    speed: float = 1.0
    """How fast; a show's own setting wins."""
    volume: float = 100.0
    """How loud, in percent."""
    resume_back_s: float = 3.0
    """How many seconds before the saved position playback resumes, also after a long pause."""
    back_s: float = 10.0
    """How many seconds one key goes back."""
    forward_s: float = 30.0
    """How many seconds one key goes on."""
    smart_speed: bool = False
    """Jump over gaps between sentences; a show's own setting wins."""
    voice_boost: bool = False
    """Equaliser and compression for speech; a show's own setting wins."""
    loudness: str = "off"
    """Even loudness: dynaudnorm is quick, loudnorm keeps to EBU R128; a show's own setting wins."""
    device: str = ""
    """Where the sound goes, as `podcli play --devices` names it; empty means the system's default."""
    sleep_fade_s: float = 20.0
    """How many seconds a sleep timer takes to fade to silence."""


@dataclass(frozen=True, slots=True)
class DesktopSettings:
    """What podcli has to do with the desktop around it."""

    media_keys: bool = True
    """Answer media keys and headset buttons (MPRIS, Linux)."""
    headset_previous: str = "previous"
    """What the headset's Previous does: go to the previous chapter or episode, or keep a snip."""
    notify: bool = False
    """Show a desktop notification when a long job ends."""


@dataclass(frozen=True, slots=True)
class TuiSettings:
    """The player's looks and keys."""

    preset: str = "vim"
    """Whose keys."""
    theme: str = ""
    """Which colours; empty means podcli's own."""
    reduced_motion: bool = False
    """No animation."""
    mouse: bool = True
    """Answer the mouse."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Fetching feeds and audio."""

    timeout_s: float = 30.0
    """How many seconds a server may stay silent."""
    parallel: int = 4
    """How many feeds are refreshed at once."""


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """What `podcli digest` goes by."""

    personal: bool = True
    """Order what is new by what you heard, queued, left and archived; all of that stays on this machine."""


@dataclass(frozen=True, slots=True)
class InsightSettings:
    """What models make of episodes."""

    show: bool = True
    """Show it in the player: takeaways, summaries, moments, what chapters say, a line about each episode. Hidden, it is kept."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What `podcli export` goes by."""

    folder: str = ""
    """Where notes, and what is exported by itself, go; also a folder in Obsidian's vault; empty means Podcasts in that vault."""
    template: str = ""
    """The file of the template for Markdown and Obsidian notes; empty means podcli's own."""
    auto: Names = ()
    """What each new and each changed snip is exported to by itself: files, and the accounts notion and readwise-account."""
    notion_page: str = ""
    """The page in Notion below which episodes get theirs, its address or its id; `podcli connect notion` asks for it."""
    notion_version: str = "2026-03-11"
    """The version of Notion's API that is spoken; 2022-06-28 takes no Markdown, so pages are made of blocks."""
    notion_url: str = "https://api.notion.com/v1"
    """Where Notion's API is."""
    readwise_url: str = "https://readwise.io/api/v2"
    """Where Readwise's API is."""


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """The model process."""

    threads: int = 0
    """Threads for models; 0 means one per physical core."""
    context_tokens: int = 0
    """Tokens the language model holds at once; 0 means 4096, or fewer where memory is short."""
    battery: str = "go"
    """While a laptop runs on its battery: "go" on, or "wait" until it is plugged in, but for what you wait for at a prompt."""
    idle_exit_s: float = 55.0
    """The model process leaves, and gives its memory back, after this many seconds without work."""


@dataclass(frozen=True, slots=True)
class HookSettings:
    """Your own commands, run on events with JSON on their standard input; each is a list: the program, then its arguments."""

    new_episode: Commands = ()
    """A refresh found new episodes of a show: once for each show, however many they are."""
    downloaded: Commands = ()
    """The audio of an episode was fetched."""
    transcribed: Commands = ()
    """A transcript was made, or fetched from the publisher."""
    insights: Commands = ()
    """Takeaways, summary and the rest of an episode are ready."""
    snip: Commands = ()
    """A snip was made; where its words and title come later, after them, or once they cannot be had."""
    finished: Commands = ()
    """An episode was heard to its end."""
    timeout_s: float = 30.0
    """A command that still runs after so many seconds is ended, with all it started."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a listener can set."""

    models: ModelSettings = field(default_factory=ModelSettings)
    transcribe: TranscribeSettings = field(default_factory=TranscribeSettings)
    player: PlayerSettings = field(default_factory=PlayerSettings)
    desktop: DesktopSettings = field(default_factory=DesktopSettings)
    tui: TuiSettings = field(default_factory=TuiSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    digest: DigestSettings = field(default_factory=DigestSettings)
    insights: InsightSettings = field(default_factory=InsightSettings)
    hooks: HookSettings = field(default_factory=HookSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys by command (see `podcli.keymap`), instead of the preset's."""


_BOUNDS = {
    "player.speed": (0.5, 4.0),
    "player.volume": (0.0, 100.0),
    "player.resume_back_s": (0.0, 120.0),
    "player.back_s": (1.0, 600.0),
    "player.forward_s": (1.0, 600.0),
    "player.sleep_fade_s": (0.0, 120.0),
    "network.timeout_s": (1.0, 600.0),
    "network.parallel": (1, 32),
    "work.threads": (0, 256),
    "work.context_tokens": (0, 131072),
    "work.idle_exit_s": (0.0, 3600.0),
    "hooks.timeout_s": (0.5, 3600.0),
}

_CHOICES = {
    "player.loudness": ("off", "dynaudnorm", "loudnorm"),
    "desktop.headset_previous": ("previous", "snip"),
    "transcribe.engine": ("auto", "whisper", "whispercpp"),
    "work.battery": ("go", "wait"),
    "export.auto": ("obsidian", "markdown", "logseq", "readwise", "anki", "jsonl", "atom", "notion", "readwise-account"),
    "export.notion_version": ("2026-03-11", "2025-09-03", "2022-06-28"),
    "tui.preset": ("vim", "mpv", "castero", "newsboat", "emacs"),
}


def names() -> list[str]:
    """Every setting as ``section.name``, in order."""
    return [f"{section}.{item.name}" for section, kind in sections().items() for item in dataclasses.fields(kind)]


def value(settings: Settings, key: str) -> object:
    """The value of ``section.name``. Raises UsageError when there is no such setting."""
    require_known(key)
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)


def default(key: str) -> object:
    """The value of ``section.name`` out of the box."""
    return value(Settings(), key)


def describe(key: str) -> str:
    """What ``section.name`` is for: the sentence under its field in this file."""
    require_known(key)
    section, name = key.split(".")
    return _sentences()[sections()[section].__name__, name]


def bounds(key: str) -> tuple[float, float] | None:
    """The least and the greatest value of a number, if it has any."""
    return _BOUNDS.get(key)


def choices(key: str) -> tuple[str, ...]:
    """The only values of ``section.name``, or of what stands in its list; empty when anything fits."""
    return _CHOICES.get(key, ())


@cache
def _sentences() -> dict[tuple[str, str], str]:
    """The sentence under each field, by class and field: said once, for readers of the code and of the screen."""
    import ast

    found = {}
    for kind in ast.parse(Path(__file__).read_text("utf-8")).body:
        if isinstance(kind, ast.ClassDef):
            for field_, text in zip(kind.body, kind.body[1:], strict=False):
                if isinstance(field_, ast.AnnAssign) and isinstance(field_.target, ast.Name) and isinstance(text, ast.Expr):
                    found[kind.name, field_.target.id] = str(getattr(text.value, "value", ""))
    return found


def sections() -> dict[str, type]:
    """The tables of settings.toml, [keys] aside, and the class of each."""
    return {item.name: type(getattr(Settings(), item.name)) for item in dataclasses.fields(Settings) if item.name != "keys"}


def require_known(key: str, file: str = "") -> None:
    """Raises UsageError, with the nearest names, when there is no setting ``section.name``."""
    if key not in names():
        import difflib

        near = difflib.get_close_matches(key, names(), 3, 0.4)
        where = f" in {file}" if file else ""
        raise UsageError(
            f"There is no setting {key!r}{where}.", f"Did you mean {' or '.join(near)}?" if near else "See `podcli config show`."
        )
