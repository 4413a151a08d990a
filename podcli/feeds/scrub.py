"""Repair a feed's text before an XML parser sees it: declarations, entities, references, attributes that would harm or stop it.

Everything here is linear in the size of the document, because the document is a stranger's.
"""

from __future__ import annotations

import html
import re

_ROOT = re.compile(r"<!--|<((?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel))(?=[\s/>])", re.I)
_PROLOG = 256 * 1024
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?:#([xX]?)([0-9a-fA-F]{1,12});|([A-Za-z][A-Za-z0-9]{0,31});)?")
_BARE_LESS = re.compile(r"<(?![A-Za-z_/!?])")
# The opening of a chunk that starts with a tag name, up to the ">" that closes it; possessive, so it cannot backtrack.
_TAG = re.compile(r"""[A-Za-z_][^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>""")
_LIVE = re.compile(r"<((?:[\w.-]{1,40}:)?liveItem)(?=[\s/>])", re.I)
_KEPT = {"amp", "lt", "gt", "quot", "apos"}
_MAX_ATTRIBUTES = 100
_MAX_TAG_CHARS = 100_000


def find_root(text: str) -> int:
    """Where the feed's root element starts, -1 when there is none near the beginning. Comments are looked past."""
    head, position, last_end = text[:_PROLOG], 0, text.rfind("-->", 0, _PROLOG)
    while match := _ROOT.search(head, position):
        if match[1]:
            return match.start()
        # A comment that nothing closes is none; looking for its end again and again would take quadratic time.
        position = head.find("-->", match.end()) + 3 if match.end() <= last_end else match.end()
    return -1


def scrub(text: str) -> str:
    """`text` from its root element on, safe for any XML parser and often well-formed where it was not.

    The document type declaration goes (entity bombs, external entities), HTML's named entities become characters, bare
    ``&`` and ``<`` are escaped, references to no character (surrogates, controls) are dropped, elements with more than
    100 attributes lose them, ``podcast:liveItem`` is cut out (feedparser would mix it into the show), and a last item
    that was cut off in mid-download is left away.
    """
    text = _ILLEGAL.sub("", text[max(0, find_root(text)) :])
    if text.count("<") > 2 * text.count(">") + 1000:
        # Piles of unclosed tags cost lenient parsers quadratic time; no feed looks like this.
        text = re.sub(r"<(?=[^<>]*(?:<|\Z))", " ", text)
    if re.match(r"<rss[\s>]", text, re.I) and not re.search(r"<channel[\s>]", text, re.I):
        text = re.sub(r"^<rss[^<>]*>", r"\g<0><channel>", text, flags=re.I)
    parts: list[str] = []
    position, no_end = 0, set()
    while True:
        start = text.find("<!", position)
        if start < 0:
            parts.append(_markup(text[position:]))
            break
        parts.append(_markup(text[position:start]))
        for opening, closing in (("<![CDATA[", "]]>"), ("<!--", "-->")):
            end = -1
            if text.startswith(opening, start) and closing not in no_end:
                end = text.find(closing, start + len(opening))
                if end < 0:
                    no_end.add(closing)
                else:
                    position = end + len(closing)
                    parts.append(text[start:position] if closing == "]]>" else "")
                    break
        else:
            # An unclosed section or a stray declaration: only its marker goes, the text stays.
            position = start + (9 if text.startswith("<![CDATA[", start) else 2)
    return _without_cut_item(_without_live_items("".join(parts)))


def _markup(text: str) -> str:
    text = _AMPERSAND.sub(_reference, _BARE_LESS.sub("&lt;", text))
    if "=" not in text:
        return text
    return "<".join([chunk if len(chunk) < 600 else _fewer_attributes(chunk) for chunk in text.split("<")])


def _reference(match: re.Match[str]) -> str:
    hexadecimal, digits, name = match.groups()
    if name:
        if name in _KEPT:
            return match[0]
        meaning = html.unescape(match[0])
        return match[0].replace("&", "&amp;") if meaning == match[0] or meaning in "<>&\"'" else meaning
    if not digits:
        return "&amp;"
    try:
        code = int(digits, 16 if hexadecimal else 10)
    except ValueError:
        return "&amp;" + match[0][1:]
    if code in (0x26, 0x3C, 0x3E, 0x22, 0x27):
        return match[0]
    # html.unescape reads 128-159 as windows-1252, which is what the author meant, and spells bad ones U+FFFD.
    return _ILLEGAL.sub("", html.unescape(f"&#{code};")) if code < 0x110000 else "\ufffd"


def _fewer_attributes(chunk: str) -> str:
    match = _TAG.match(chunk)
    tag = match[0] if match else chunk
    if tag.count("=") <= _MAX_ATTRIBUTES and len(tag) <= _MAX_TAG_CHARS:
        return chunk
    if not match and not re.match(r"[A-Za-z_]", chunk):
        return chunk
    name = re.split(r"[\s/>\"'=]", tag, maxsplit=1)[0]
    return name + ("/>" if tag.endswith("/>") else ">") + (chunk[match.end() :] if match else "")


def _without_live_items(text: str) -> str:
    parts, position = [], 0
    for match in _LIVE.finditer(text):
        if match.start() < position:
            continue
        tag_end = text.find(">", match.end())
        if tag_end > 0 and text[tag_end - 1] == "/":
            end = tag_end + 1
        elif close := re.compile(rf"</{re.escape(match[1])}\s*>", re.I).search(text, match.end()):
            end = close.end()
        else:
            break
        parts.append(text[position : match.start()])
        position = end
    return "".join([*parts, text[position:]]) if parts else text


def _without_cut_item(text: str) -> str:
    """A document that ends inside an item loses that item: half an episode would be stored as a wrong one."""
    if re.search(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", text[-4096:], re.I):
        return text
    lower = text.lower()
    for name in ("item", "entry"):
        opened, closed = lower.rfind(f"<{name}"), lower.rfind(f"</{name}")
        if opened > closed >= 0:
            return text[:opened]
    return text


def is_cut_off(text: str) -> bool:
    """Whether a feed's text ends before its root element is closed."""
    return not re.search(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", text[-4096:], re.I)
