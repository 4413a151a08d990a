"""A publisher's transcript into segments: WebVTT, SubRip, Podcasting 2.0 JSON, its HTML form, and stamped text."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator, Sequence

from podcli.domain import Segment, TranscriptLink, Word
from podcli.errors import PodcliError
from podcli.feeds.chapters import parse_chapters
from podcli.feeds.cues import MAX_CUES, Cue, to_segments
from podcli.feeds.media import bare_type, extension_of
from podcli.text import html_to_text, parse_timecode

__all__ = ["choose_transcript", "parse_chapters", "parse_transcript"]

_FORMATS = {
    "application/json": "json", "text/json": "json", "application/x-podcast-transcript+json": "json", "text/vtt": "vtt",
    "application/vtt": "vtt", "application/srt": "srt", "application/x-subrip": "srt", "text/srt": "srt",
    "application/x-srt": "srt",
    "text/html": "html", "application/xhtml+xml": "html", "text/plain": "text",
}  # fmt: skip
_EXTENSIONS = {"json": "json", "vtt": "vtt", "srt": "srt", "html": "html", "htm": "html", "txt": "text"}
_RANK = ("json", "vtt", "srt", "html", "text")
_STAMP = r"(?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?"
_TIMING = re.compile(rf"^[ \t]*({_STAMP})[ \t]*-->[ \t]*({_STAMP})[^\n]*$", re.M)
_INNER = re.compile(rf"<({_STAMP})>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]{1,200})>", re.I)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,300}>|\{\\[^{}]{0,100}\}")
_HTML_TAG = re.compile(r"<(/?)(cite|time|p)(?:\s[^<>]*)?>", re.I)
_TEXT_LINE = re.compile(rf"[ \t]*[\[(]?({_STAMP})[\])]?[ \t]*(?:[-–—][ \t]*)?(.*)")


def choose_transcript(links: Sequence[TranscriptLink], language: str) -> TranscriptLink | None:
    """The best of the publisher's transcripts: JSON (may have words), WebVTT, SubRip, HTML, text.

    A link in another language than `language` is a translation and not what was said; links that name no language are
    taken. None when nothing fits.
    """
    wanted = language.lower().replace("_", "-").split("-")[0]

    def fits(link: TranscriptLink) -> bool:
        given = link.language.lower().replace("_", "-").split("-")[0]
        return not given or not wanted or given == wanted

    known = [(kind, link) for link in links if fits(link) and (kind := _format(link.type, link.url))]
    # Among equals one that names the language comes first; min keeps the feed's order otherwise.
    return min(known, key=lambda pair: (_RANK.index(pair[0]), not pair[1].language))[1] if known else None


def _format(mime: str, url: str) -> str:
    return _FORMATS.get(bare_type(mime), "") or _EXTENSIONS.get(extension_of(url), "")


def parse_transcript(content: bytes, mime: str, url: str) -> list[Segment]:
    """Segments (seconds, cleaned text, speaker when given) of a publisher's transcript; what it is, is told by its content.

    At most 200,000 cues; times are finite and rise. Caption lines are joined to sentences; words carry the time of their
    cue. Raises PodcliError when it is no transcript or has no times, so that the caller can transcribe the audio instead.
    """
    text = _decode(content)
    kind = _sniff(text) or _format(mime, url)
    if kind == "json":
        segments = to_segments(_json_cues(text))
    elif kind in ("vtt", "srt"):
        inner = bool(_INNER.search(text))
        voiced = bool(_VOICE.search(text))
        segments = to_segments(_timed_cues(text), prefixes=not voiced, rolling=inner and not voiced)
    elif kind == "html":
        segments = to_segments(_html_cues(text), prefixes=False)
    else:
        segments = to_segments(_text_cues(text))
    if not segments:
        raise PodcliError(
            "The publisher's transcript has no text with times that podcli can read.", "podcli can transcribe the audio itself."
        )
    return segments


def _decode(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sniff(text: str) -> str:
    start = text.lstrip("\ufeff \t\n")[:2000]
    if start.startswith(("{", "[")) and re.match(r"[\[{]\s*[\[{\"\]}]", start):
        return "json"
    if start.startswith("WEBVTT"):
        return "vtt"
    if _TIMING.search(text[:200_000]):
        return "srt"
    if re.search(r"<(?:cite|time|p|html|body|!doctype)\b", start, re.I):
        return "html"
    return ""


def _json_cues(text: str) -> Iterator[Cue]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise PodcliError("The publisher's transcript is damaged.", "podcli can transcribe the audio itself.") from None
    given = document.get("segments", document.get("transcript")) if isinstance(document, dict) else document
    for segment in given[:MAX_CUES] if isinstance(given, list) else []:
        if not isinstance(segment, dict):
            continue
        start = _number(segment.get("startTime", segment.get("start")))
        end = _number(segment.get("endTime", segment.get("end")))
        body, speaker = segment.get("body", segment.get("text")), segment.get("speaker")
        if start is not None and isinstance(body, str):
            words = tuple(_json_words(segment.get("words")))
            yield Cue(start, start if end is None else end, (_plain(body),), speaker if isinstance(speaker, str) else "", words)


def _json_words(given: object) -> Iterator[Word]:
    for word in given[:MAX_CUES] if isinstance(given, list) else []:
        if isinstance(word, dict):
            start, end = _number(word.get("startTime", word.get("start"))), _number(word.get("endTime", word.get("end")))
            body = word.get("body", word.get("word", word.get("text")))
            if start is not None and end is not None and 0 <= start <= end and isinstance(body, str) and _plain(body):
                yield Word(start, end, _plain(body))


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return parse_timecode(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else None


def _plain(text: str) -> str:
    """One line without markup; ``<x>`` written as ``&lt;x&gt;`` stays."""
    return " ".join(html.unescape(_MARKUP.sub("", _INNER.sub("", text))).split())


def _timed_cues(text: str) -> Iterator[Cue]:
    """Cues of WebVTT and SubRip alike: a timing line, then text until the next. Missing blank lines do no harm."""
    timings = list(_TIMING.finditer(text))[:MAX_CUES]
    is_vtt = text.lstrip("\ufeff \t\n").startswith("WEBVTT")
    for index, match in enumerate(timings):
        last = index + 1 == len(timings)
        body = text[match.end() : len(text) if last else timings[index + 1].start()].strip("\n")
        # Blank lines end a cue, but some exporters put one inside; what stands alone before the next timing is its name.
        blocks = re.split(r"\n[ \t]*\n+", body)
        lines = [line for block in _without_cue_name(blocks, last, is_vtt) for line in block.split("\n")]
        start, end = parse_timecode(match[1]), parse_timecode(match[2])
        if start is not None and end is not None:
            yield _cue(start, end, [line for line in lines if line.strip()])


def _without_cue_name(blocks: list[str], last: bool, is_vtt: bool) -> list[str]:
    """Drop what belongs to no cue: comments and style blocks, and the next cue's number or name."""
    kept = [block for block in blocks if not (is_vtt and re.match(r"\s*(NOTE|STYLE|REGION)(\s|$)", block))]
    if last or not kept:
        return kept
    lines = kept[-1].split("\n")
    if re.fullmatch(r"\s*\d{1,9}\s*", lines[-1]):
        # Without a blank line between, the number is the last line of this cue's text.
        return [*kept[:-1], "\n".join(lines[:-1])] if len(lines) > 1 or len(kept) > 1 or not is_vtt else kept
    if is_vtt and len(kept) > 1 and len(lines) == 1:
        return kept[:-1]
    return kept


def _cue(start: float, end: float, lines: list[str]) -> Cue:
    voice = next((found for line in lines if (found := _VOICE.search(line))), None)
    words = tuple(word for line in lines if _INNER.search(line) for word in _inner_words(line, start, end))
    dashed = bool(lines) and bool(re.match(r"\s*[-–—]\s+\S", _plain(lines[0])))
    texts = tuple(re.sub(r"^[-–—]\s+|^>>\s*", "", _plain(line)) for line in lines)
    speaker = html.unescape(voice[1]).strip() if voice else ""
    return Cue(start, end, texts, speaker, words if len(lines) == 1 or not voice else (), dashed)


def _inner_words(line: str, start: float, end: float) -> Iterator[Word]:
    """Words between the time stamps inside a cue (WebVTT §5.1 "timestamp tags")."""
    pieces = _INNER.split(line)
    stamps = [start, *(stamp if (stamp := parse_timecode(piece)) is not None else start for piece in pieces[1::2])]
    for index, piece in enumerate(pieces[::2]):
        begin = max(start, min(stamps[index], end))
        until = max(begin, min(stamps[index + 1] if index + 1 < len(stamps) else end, end))
        for word in _plain(piece).split():
            yield Word(begin, until, word)


def _html_cues(text: str) -> Iterator[Cue]:
    """``<cite>Ann:</cite><time>1:02</time><p>…</p>`` as the podcast namespace describes; a page without times gives nothing."""
    speaker, start = "", None
    said: list[tuple[float, str, str]] = []
    tags = list(_HTML_TAG.finditer(text))[: MAX_CUES * 6]
    for index, tag in enumerate(tags):
        if tag[1]:
            continue
        until = tags[index + 1].start() if index + 1 < len(tags) else len(text)
        name, inner = tag[2].lower(), html_to_text(text[tag.end() : until], limit=20_000)
        if name == "cite":
            speaker = inner.strip().rstrip(":").strip()
        elif name == "time":
            start = parse_timecode(inner.strip("[]() "))
        elif start is not None and inner:
            said.append((start, speaker, inner))
    for index, (begin, who, words) in enumerate(said):
        later = next((other for other, _, _ in said[index + 1 : index + 50] if other > begin), math.inf)
        yield Cue(begin, min(later, begin + _spoken(len(words))), tuple(words.split("\n")), who)


def _spoken(chars: int) -> float:
    """Seconds a slow speaker needs for so many characters: an upper bound where a transcript gives no end."""
    return 2.0 + chars / 8


def _text_cues(text: str) -> Iterator[Cue]:
    """Lines that start with a time stamp; text below one belongs to it. It lasts until the next or as long as saying it takes."""
    starts: list[tuple[float, list[str]]] = []
    for line in text.split("\n")[: MAX_CUES * 2]:
        match = _TEXT_LINE.match(line)
        stamp = parse_timecode(match[1]) if match else None
        if match and stamp is not None:
            starts.append((stamp, [match[2]] if match[2].strip() else []))
        elif starts and line.strip():
            starts[-1][1].append(line)
    for index, (start, lines) in enumerate(starts):
        following = starts[index + 1][0] if index + 1 < len(starts) else math.inf
        yield Cue(start, max(start, min(following, start + _spoken(sum(map(len, lines))))), tuple(lines))
