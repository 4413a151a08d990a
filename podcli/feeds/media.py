"""What kind of file something is, told by its MIME type, its name or its first bytes."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["audio", "video", "other", "unknown"]

_AUDIO = {"mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "flac", "wav", "wma", "aiff", "aif", "mka"}
_VIDEO = {"mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg"}
# Playlists, torrents and documents are no media files, whatever their type says.
_OTHER = {"jpg", "jpeg", "png", "gif", "webp", "svg", "pdf", "epub", "html", "htm", "txt", "xml", "zip", "vtt", "srt", "json",
          "m3u", "m3u8", "pls", "torrent", "doc", "docx", "swf"}  # fmt: skip
_EXTENSION_OF = {
    "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/x-mp3": "mp3", "audio/mpeg3": "mp3", "audio/x-mpeg": "mp3",
    "audio/mpg": "mp3",
    "audio/mp4": "m4a", "audio/x-m4a": "m4a", "audio/m4a": "m4a", "audio/x-m4b": "m4b", "audio/aac": "aac", "audio/aacp": "aac",
    "audio/ogg": "ogg", "application/ogg": "ogg", "audio/vorbis": "ogg", "audio/opus": "opus", "audio/flac": "flac",
    "audio/x-flac": "flac", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav",
    "audio/webm": "webm", "audio/aiff": "aiff", "audio/x-aiff": "aiff", "audio/x-ms-wma": "wma", "audio/x-matroska": "mka",
    "video/mp4": "mp4", "video/x-m4v": "m4v", "video/quicktime": "mov", "video/webm": "webm", "video/x-matroska": "mkv",
}  # fmt: skip


def extension_of(url: str) -> str:
    """The extension in the path of `url`, lower case, without dot; '' when there is none."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    return PurePosixPath(path).suffix[1:].lower()


def bare_type(mime: str) -> str:
    """``audio/mpeg`` of ``Audio/MPEG; charset=x``."""
    return mime.split(";", 1)[0].strip().lower()


def kind_of(url: str, mime: str) -> Kind:
    """Whether an enclosure is audio, video, neither, or cannot be told. A plain audio extension beats a wrong type."""
    extension, mime = extension_of(url), bare_type(mime)
    if "mpegurl" in mime or extension in ("m3u", "m3u8", "pls", "torrent"):
        return "other"
    if mime.startswith("audio/") or mime in ("application/ogg", "application/mp4"):
        return "audio"
    if extension in _AUDIO:
        return "audio"
    if mime.startswith("video/") or (extension in _VIDEO and not mime.startswith("image/")):
        return "video"
    vague = mime in ("", "application/octet-stream", "binary/octet-stream", "application/force-download")
    if extension in _OTHER or not vague:
        return "other"
    return "unknown"


def sniff(head: bytes) -> str:
    """A MIME type from the first bytes of a file (512 are enough), text/html, text/xml and text/plain too; '' if unknown."""
    # An MPEG audio frame: sync bits, a layer, and no forbidden bit rate.
    if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 6 and head[2] < 0xF0):
        return "audio/mpeg"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] in (b"M4A", b"M4B") else "video/quicktime" if head[8:10] == b"qt" else "video/mp4"
    for magic, mime in (
        (b"OggS", "audio/opus" if b"OpusHead" in head[:64] else "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"\x1aE\xdf\xa3", "video/webm" if b"webm" in head[:64] else "video/x-matroska"),
        (b"FORM", "audio/aiff"),
        (b"0&\xb2u", "audio/x-ms-wma"),
        (b"%PDF", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
    ):
        if head.startswith(magic):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    return _sniff_text(head)


def _sniff_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        return ""
    start = text[:400].lower()
    if re.match(rb"<!doctype html|<html|<head|<body|<script|<!--|<meta|<title|<br|<div|<p>", start):
        return "text/html"
    if start.startswith((b"<?xml", b"<rss", b"<feed", b"<error", b"<")):
        return "text/xml"
    try:
        # Not final: the head may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(text)
    except UnicodeDecodeError:
        return ""
    return "text/plain"


def extension_for(mime: str, url: str, sniffed: str) -> str:
    """The extension a downloaded file gets: from what it is, else what it is called; only from our own list."""
    for candidate in (sniffed, bare_type(mime)):
        if candidate in _EXTENSION_OF:
            return _EXTENSION_OF[candidate]
    extension = extension_of(url)
    return extension if extension in _AUDIO | _VIDEO else "media"
