"""What a file is, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.feeds.media import extension_for, extension_of, kind_of, sniff


@pytest.mark.parametrize(
    ("url", "mime", "kind"),
    [
        ("https://x.example/a.mp3", "audio/mpeg", "audio"),
        ("https://x.example/a.mp3", "", "audio"),
        ("https://x.example/a.mp3", "text/html", "audio"),
        ("https://x.example/a", "Audio/MPEG; charset=x", "audio"),
        ("https://x.example/a.mp4", "video/mp4", "video"),
        ("https://x.example/a.mp4", "audio/mp4", "audio"),
        ("https://x.example/a.jpg", "image/jpeg", "other"),
        ("https://x.example/a.pdf", "application/octet-stream", "other"),
        ("https://x.example/a.m3u8", "audio/mpegurl", "other"),
        ("https://x.example/a.torrent", "audio/mpeg", "other"),
        ("https://x.example/a", "application/octet-stream", "unknown"),
        ("https://x.example/a?file=b.mp3", "", "unknown"),
    ],
)
def test_kinds(url: str, mime: str, kind: str) -> None:
    assert kind_of(url, mime) == kind


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"OggS" + bytes(24) + b"OpusHead", "audio/opus"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"RIFF\0\0\0\0AVI ", ""),
        (b"\x1aE\xdf\xa3....webm", "video/webm"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE HTML>", "text/html"),
        (b"<?xml version='1.0'?><rss>", "text/xml"),
        (b"Not found", "text/plain"),
        ("Größe".encode(), "text/plain"),
        (b"\x00\x01\x02", ""),
        (b"", ""),
    ],
)
def test_first_bytes(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


@given(st.text(max_size=40), st.text(max_size=80), st.binary(max_size=40))
def test_an_ending_is_always_one_of_ours(mime: str, url: str, head: bytes) -> None:
    ending = extension_for(mime, "https://x.example/" + url, sniff(head))
    assert ending.isalnum() and ending.isascii() and ending.islower() and len(ending) <= 5
    extension_of(url)
