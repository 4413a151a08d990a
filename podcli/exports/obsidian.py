"""Notes for Obsidian: frontmatter it shows as properties, and where its vaults are.

Sources: Obsidian's help (“Properties”, “Tags”, “Internal links”); podwise-cli's reading of ``obsidian.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date

from podcli.domain import EpisodeNotes
from podcli.errors import PodcliError
from podcli.exports.frontmatter import Value, frontmatter
from podcli.exports.links import episode_link, web_address
from podcli.exports.markdown import SNIP_TEMPLATE, episode_markdown
from podcli.exports.merge import Rendering
from podcli.exports.wording import hash_tags
from podcli.text import clean_line

# The title is the file's name and the facts are properties, so neither is said again.
EPISODE_TEMPLATE = """\
{{episode_image}}

{{episode_summary}}[[## Summary]]

{{episode_takeaways}}[[## Takeaways]]

{{episode_chapters}}[[## Chapters]]

{{snips_section}}[[## Snips]]
"""
SETTINGS_FOLDERS = (
    "~/Library/Application Support/obsidian", "~/.config/obsidian", "~/.var/app/md.obsidian.Obsidian/config/obsidian",
    "~/snap/obsidian/current/.config/obsidian",
)  # fmt: skip
"""Where ``obsidian.json`` may be on macOS and Linux (its own package, Flatpak, Snap), the systems podcli runs on, when it is not
in ``$XDG_CONFIG_HOME/obsidian``."""


def episode_note(
    notes: EpisodeNotes,
    exported_on: date,
    generator: str,
    episode_template: str = EPISODE_TEMPLATE,
    snip_template: str = SNIP_TEMPLATE,
) -> Rendering:
    """The note of an episode; `generator` says which podcli and which models made it. Write it with ``comment="obsidian"``.

    Raises UsageError for a template with an unknown variable.
    """
    body = episode_markdown(notes, exported_on, episode_template, snip_template)
    return Rendering(f"{frontmatter(properties(notes, generator))}\n\n{body.text}", body.blocks)


def properties(notes: EpisodeNotes, generator: str) -> dict[str, Value]:
    """What Obsidian shows above a note and its Bases sort by. `people` are all who take part, hosts and guests among them.

    Tags are those of the snips, and ``podcast/`` with the show's name. There is none for a topic: what is mentioned are names (of
    people, books, tools), and a feed's categories are not kept.
    """
    episode, show = notes.episode, notes.show
    tags = (f"podcast/{slug}" if (slug := _slug(show.title)) else "podcast", *(tag for snip in notes.snips for tag in snip.tags))
    published = episode.published.date() if episode.published else None
    return {
        "podcast": clean_line(show.title),
        "episode": clean_line(episode.title),
        "aliases": [clean_line(episode.title)],
        "episode_date": published,
        "created_date": min(snip.created_at for snip in notes.snips).date() if notes.snips else None,
        "url": episode_link(episode) or None,
        "audio_url": web_address(episode.enclosure.url) or None,
        "duration_minutes": round(episode.duration_s / 60) if episode.duration_s else None,
        "people": _wikilinks(each.name for each in notes.persons),
        "hosts": _wikilinks(notes.hosts),
        "guests": _wikilinks(notes.guests),
        "snips": len(notes.snips),
        "tags": list(hash_tags(tags)),
        "status": "inbox",
        "generator": clean_line(generator),
        "podcli": episode.key,
    }


def _wikilinks(names: Iterable[str]) -> list[str] | None:
    return list(dict.fromkeys(link for name in names if (link := _wikilink(name)))) or None


def _wikilink(name: str) -> str:
    """A link to the note of that name; what would end the link or point into the note is left out."""
    inner = " ".join(clean_line(name).translate({ord(mark): " " for mark in "[]|#^"}).split())
    return f"[[{inner}]]" if inner else ""


def _slug(name: str) -> str:
    return "-".join(hash_tags(["".join(char if char.isalnum() else " " for char in clean_line(name).casefold())]))


def choose_vault(settings: str) -> str | None:
    """The vault's folder, given what ``obsidian.json`` says: an open one first, then the one used last; None for no vault.

    Raises PodcliError when `settings` cannot be read.
    """
    try:
        document = json.loads(settings.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise PodcliError("Obsidian's list of vaults is damaged.", "Name the folder of your vault yourself.") from None
    listed = document.get("vaults") if isinstance(document, dict) else None
    found = [vault for vault in listed.values() if _is_vault(vault)] if isinstance(listed, dict) else []
    best = max(found, key=lambda vault: (vault.get("open") is True, _stamp(vault)), default=None)
    return str(best["path"]) if best else None


def _is_vault(vault: object) -> bool:
    return isinstance(vault, Mapping) and isinstance(vault.get("path"), str) and bool(vault["path"].strip())


def _stamp(vault: Mapping[str, object]) -> float:
    stamp = vault.get("ts")
    return float(stamp) if isinstance(stamp, int | float) and abs(stamp) < 1e15 else 0.0
