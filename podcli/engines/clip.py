"""A stretch of an audio file as a file of its own: its packets copied as they are, so nothing of the sound is lost.

Sources: FFmpeg's muxers through PyAV; RFC 9639 §8.2 (what a FLAC stream says of itself).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# Opens only formats that carry sound themselves, within one file.
from podcli.engines.audio import opened
from podcli.errors import PodcliError, UsageError

if TYPE_CHECKING:
    from av import Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_HOLDS = {
    ".mp3": ("mp3", ("mp3",)), ".m4a": ("ipod", ("aac", "alac")), ".mp4": ("mp4", ("aac", "alac")),
    ".aac": ("adts", ("aac",)), ".opus": ("opus", ("opus",)), ".ogg": ("ogg", ("vorbis", "opus", "flac")),
    ".flac": ("flac", ("flac",)), ".wav": ("wav", ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_u8", "pcm_f32le")),
}  # fmt: skip
"""FFmpeg's muxer of each ending, and the codecs such a file takes (by FFmpeg's names)."""
_LEAD_IN_S = {"mp3": 0.06, "aac": 0.03, "opus": 0.08}
"""So much before the start is copied too: decoders of these need the packets before, or lose what they give first."""
_EMPTY = "Move its range with `podcli snips edit`, or fetch the episode again with `podcli download`."


@dataclass(frozen=True, slots=True)
class Clip:
    """The file's bytes, and from which second to which of the episode it lasts."""

    content: bytes
    start_s: float
    end_s: float


def cut(source: Path, start_s: float, end_s: float, ending: str, tags: Mapping[str, str]) -> Clip:
    """What `source` has from `start_s` to `end_s`, to whole packets, as a file whose name has the `ending` (``.mp3``).

    `tags` are words such as title and artist. Raises UsageError when such a file cannot hold what the episode is coded in,
    PodcliError when there is no sound, or the file cannot be read.
    """
    import av

    with opened(source) as container:
        stream = container.streams.audio[0]
        codec = stream.codec_context.codec.canonical_name
        muxer = _muxer(ending, codec)
        packets = list(_between(container, stream, start_s - _LEAD_IN_S.get(codec, 0.0), end_s))
        if not packets:
            raise PodcliError(f"{source.name} has no sound there.", _EMPTY)
        out = io.BytesIO()
        first, last = packets[0], packets[-1]
        begins, ends = _second(first, container), _second(last, container) + _length(last)
        with av.open(out, "w", format=muxer) as target:
            track = target.add_stream_from_template(stream)
            target.metadata.update(tags)
            origin = first.pts or 0
            for packet in packets:
                packet.pts = (packet.pts or 0) - origin
                packet.dts = packet.pts
                packet.stream = track
                target.mux(packet)
    content = out.getvalue()
    return Clip(_own_facts(content) if muxer == "flac" else content, begins, ends)


def _muxer(ending: str, codec: str) -> str:
    fitting = [known for known, (_, codecs) in _HOLDS.items() if codec in codecs]
    if not fitting:
        raise UsageError(f"A clip of an episode in {codec} cannot be cut without coding it anew.", "Share the quote instead.")
    muxer, codecs = _HOLDS.get(ending.lower(), ("", ()))
    if codec not in codecs:
        raise UsageError(
            f"A file that ends in {ending} cannot hold {codec}, which the episode is in."
            if muxer else f"{ending or 'A name without an ending'} is no kind of audio file podcli writes.",
            f"Let its name end in {' or '.join(fitting)}.",
        )  # fmt: skip
    return muxer


def _between(container: InputContainer, stream: AudioStream, start_s: float, end_s: float) -> Iterator[Packet[AudioStream]]:
    """The packets that sound in that stretch. Read from the beginning: where a seek lands in an MP3 file is a guess."""
    for packet in container.demux(stream):
        if packet.pts is None or packet.is_corrupt or not packet.size:
            continue
        begins = _second(packet, container)
        if begins >= end_s:
            return
        if begins + _length(packet) > start_s:
            yield packet


def _second(packet: Packet[AudioStream], container: InputContainer) -> float:
    """When it sounds, from the beginning of the episode."""
    return float((packet.pts or 0) * packet.time_base) - max(0.0, (container.start_time or 0) / 1e6)


def _length(packet: Packet[AudioStream]) -> float:
    return float((packet.duration or 0) * packet.time_base)


def _own_facts(content: bytes) -> bytes:
    """A FLAC file without the source's count of samples and its digest of them, which are no longer true: 0 is unknown."""
    if content[:4] != b"fLaC" or len(content) < 42:
        return content
    info = bytearray(content[8:42])
    info[13] &= 0xF0
    info[14:34] = bytes(20)
    return content[:8] + bytes(info) + content[42:]
