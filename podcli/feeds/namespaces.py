"""The parts of a feed that feedparser loses: several ``podcast:transcript`` in one item, ``podcast:person``, ``psc:chapter``.

Sources: the Podcasting 2.0 namespace (podcastindex.org/namespace/1.0) and Podlove Simple Chapters (podlove.org/simple-chapters).
The text must have gone through `scrub`, so there is no document type declaration; one that appears all the same is refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

_WANTED = {"transcript", "chapters", "person", "season", "episode"}
_ITUNES = {"explicit"}
_TAGS = re.compile(r"<(/?)(?:([\w.-]{1,40}):)?([A-Za-z][\w.-]{0,40})((?:\s[^<>]*)?)>([^<]{0,2000})")
_ATTRIBUTE = re.compile(r"""([\w:.-]{1,60})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MAX_PER_ITEM, _MAX_PERSONS = 2000, 200


@dataclass(slots=True)
class Extras:
    """What one item says in these namespaces: (attributes, text) per element, chapters as (start, title, href)."""

    guid: str = ""
    elements: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    chapters: list[tuple[str, str]] = field(default_factory=list)

    def of(self, name: str) -> list[tuple[dict[str, str], str]]:
        """Every element called `name` (without prefix, lower case)."""
        return [(attributes, text) for kind, attributes, text in self.elements if kind == name]


def read_extras(text: str) -> list[Extras]:
    """The extras of every ``item`` or ``entry`` of a scrubbed feed, in document order. Ill-formed text is scanned loosely."""
    return read_document(text)[1]


def read_document(text: str) -> tuple[Extras, list[Extras]]:
    """The persons of the show itself, and the extras of its items as `read_extras` has them."""
    collector = _Collector()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.data
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError):
        collector = _Collector()
        _scan(text, collector)
    return collector.show, collector.items


def _refuse(*_: object) -> int:
    raise ValueError("entity declarations are not for feeds")


class _Collector:
    """Follows start and end tags; knows nothing of how they were found."""

    def __init__(self) -> None:
        self.show = Extras()
        self.items: list[Extras] = []
        self._live = False
        """Within a ``podcast:liveItem``, whose elements are neither the show's nor an episode's."""
        self._item: Extras | None = None
        self._open: tuple[str, dict[str, str]] | None = None
        self._text: list[str] = []
        self._chapter_blocks = self._persons = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        prefix, _, name = tag.lower().rpartition(":")
        if name in ("item", "entry") and prefix in ("", "rss", "atom"):
            self._item = Extras()
            self._chapter_blocks = self._persons = 0
            self.items.append(self._item)
        self._live |= name == "liveitem"
        if name == "person" and prefix != "podcast":  # PRISM has one, too
            return
        item = self._item
        if item is None:
            if name == "person" and not self._live and len(self.show.elements) < _MAX_PERSONS:
                self._begin(name, attributes)
            return
        self._persons += name == "person"  # they shall not crowd out what comes after them
        if len(item.elements) + len(item.chapters) >= _MAX_PER_ITEM or (name == "person" and self._persons > _MAX_PERSONS):
            return
        # Prefixes are taken as they are usually spelled: many feeds forget to declare them.
        if prefix == "psc" or (name in ("chapter", "chapters") and prefix not in ("podcast", "")):
            self._chapter_blocks += name == "chapters"
            if name == "chapter" and self._chapter_blocks <= 1:
                given = {key.lower(): value for key, value in attributes.items()}
                item.chapters.append((given.get("start", ""), given.get("title", "")))
        elif (
            (prefix and prefix != "itunes" and name in _WANTED)
            or (prefix == "itunes" and name in _ITUNES)
            or (prefix in ("", "atom") and name in ("guid", "id"))
        ):
            self._begin(name, attributes)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._open = (name, {key.lower(): value for key, value in attributes.items()})
        self._text.clear()

    def data(self, text: str) -> None:
        if self._open is not None and len(self._text) < 100:
            self._text.append(text)

    def end(self, tag: str) -> None:
        name = tag.lower().rpartition(":")[2]
        if self._open is not None and self._open[0] == name:
            item = self._item or self.show
            text = "".join(self._text).strip()[:2000]
            if name in ("guid", "id"):
                item.guid = item.guid or text
            else:
                item.elements.append((name, self._open[1], text))
            self._open = None
        if name in ("item", "entry"):
            self._item = None
        elif name == "liveitem":
            self._live = False


def _scan(text: str, collector: _Collector) -> None:
    """Feed the tags of ill-formed text to `collector`, one after the other, CDATA taken as text."""
    starts: Callable[[str, dict[str, str]], None] = collector.start
    text = text.replace("<![CDATA[", "").replace("]]>", "")
    for match in _TAGS.finditer(text):
        slash, prefix, name, attributes, following = match.groups()
        tag = f"{prefix}:{name}" if prefix else name
        if slash:
            collector.end(tag)
            continue
        starts(tag, {key: html.unescape(a or b) for key, a, b in _ATTRIBUTE.findall(attributes[:20_000])})
        collector.data(html.unescape(following))
        if attributes.endswith("/"):
            collector.end(tag)
