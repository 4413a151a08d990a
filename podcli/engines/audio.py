"""Any audio file to what Whisper hears: 16 kHz, mono, float32, in pieces, from any second on. Decoded by FFmpeg through PyAV."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Chapter
from podcli.errors import PodcliError
from podcli.text import clean_line

if TYPE_CHECKING:
    import numpy as np
    from av import AudioFrame
    from av.container import InputContainer
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
CHUNK_S = 10.0
"""Seconds in a piece; the last one is shorter."""
_PREROLL_S = 1.0
"""Decoding starts this much before the second asked for: an MP3 frame borrows bits from the ones before it."""
_GAP_S, _LONGEST_GAP_S = 0.2, 3600.0
_TOGETHER_S, _MOST_TOGETHER = 0.25, 1 << 16
"""Seconds of sound that are resampled at once, and samples: a file may claim any rate."""
_MAX_FAILURES = 500
"""Damaged packets in a row after which nothing more is expected of a file."""
_MAX_CHAPTERS = 2000
_MAX_SECONDS = 360_000.0
# Formats that carry sound themselves. Playlists (HLS, concat, SDP …) are left out: they make FFmpeg open other files and servers.
_FORMATS = (
    "mp3,aac,ac3,eac3,aiff,amr,ape,asf,au,avi,caf,dsf,flac,flv,loas,m4a,matroska,webm,mov,mp2,mp4,3gp,3g2,mj2,mpc,mpc8,mpeg,"
    "mpegts,ogg,oma,opus,rm,tak,tta,w64,wav,wv"
)
_BROKEN = "The file may be damaged or the download cut short: fetch it again, or try it in another player."


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What a file says of itself. `duration_s` is None when it does not tell."""

    duration_s: float | None
    chapters: tuple[Chapter, ...] = ()


def probe(path: Path) -> AudioFacts:
    """Length and chapters of an audio file, once its first sound has been decoded.

    Raises PodcliError when there is no such file, it is empty, not audio, has no audio track, or nothing in it can be decoded.
    """
    with opened(path) as container:
        duration_s = container.duration / 1e6 if container.duration and container.duration > 0 else None
        chapters = _chapters(container, duration_s)
        if next(_frames(container), None) is None:
            raise PodcliError(f"{path.name} holds no sound that can be decoded.", _BROKEN)
    return AudioFacts(duration_s if duration_s and duration_s < _MAX_SECONDS else None, chapters)


def decode(path: Path, *, start_s: float = 0.0) -> Iterator[NDArray[np.float32]]:
    """The sound of `path` from `start_s` on: 16 kHz mono in [-1, 1], pieces of `CHUNK_S`, memory the same at any length.

    Damaged packets are skipped; what they would have played becomes silence, so that times stay those of a player.
    Raises PodcliError as `probe` does.
    """
    import numpy as np

    size = int(CHUNK_S * SAMPLE_RATE)
    waiting: list[NDArray[np.float32]] = []
    held = 0
    heard = False
    with opened(path) as container:
        for piece in _timeline(container, max(0.0, start_s)):
            heard = True
            waiting.append(piece)
            held += len(piece)
            while held >= size:
                joined = np.concatenate(waiting)
                yield _believable(joined[:size])
                waiting, held = [joined[size:]], held - size
    if not heard and start_s <= 0:
        raise PodcliError(f"{path.name} holds no sound that can be decoded.", _BROKEN)
    if held:
        yield _believable(np.concatenate(waiting))


def _believable(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """A broken file may hold any number."""
    import numpy as np

    clipped = np.clip(sound, -1.0, 1.0)
    clipped[np.isnan(clipped)] = 0.0
    return clipped


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file as FFmpeg's demuxer has it, closed afterwards. Raises PodcliError as `probe` does."""
    import av

    _require_file(path)
    try:
        # Hints about bytes that are not what a demuxer expects are for its authors.
        av.logging.set_level(None)
        container = av.open(f"file:{path.resolve()}", options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"})
    except (av.FFmpegError, OSError, ValueError, MemoryError):
        raise PodcliError(f"{path.name} is not audio that podcli can read.", _what_else(path)) from None
    try:
        if not container.streams.audio:
            raise PodcliError(f"{path.name} has no audio track.", "Give a file with sound in it.")
        yield container
    except av.FFmpegError:
        raise PodcliError(f"{path.name} cannot be decoded.", _BROKEN) from None
    finally:
        container.close()


def _require_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise PodcliError(f"{path.name} is empty.", "Fetch it again.")
    except IsADirectoryError:
        raise PodcliError(f"{path.name} is a folder, not an audio file.", "Name one file in it.") from None
    except FileNotFoundError:
        raise PodcliError(f"{path.name} is not there any more.", "Download the episode again.") from None
    except OSError as error:
        raise PodcliError(f"{path.name} cannot be read: {error.strerror}.", "Check its permissions.") from None


def _what_else(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(512).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "It is a web page: the server sent one instead of the audio. Open the link in a browser to see what it says."
    return _BROKEN


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    """Decoded frames of the first audio track; whatever cannot be decoded is left out."""
    import av

    stream = container.streams.audio[0]
    packets = container.demux(stream)
    failures = 0
    while failures < _MAX_FAILURES:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except EOFError:
            return
        except (av.FFmpegError, ValueError):
            failures += 1
            continue
        for frame in frames:
            if frame.sample_rate > 0 and frame.samples > 0:
                failures = 0
                yield frame


def _timeline(container: InputContainer, start_s: float) -> Iterator[NDArray[np.float32]]:
    """Mono 16 kHz sound from exactly `start_s` on, with silence where packets were lost."""
    import numpy as np

    origin_s = max(0.0, (container.start_time or 0) / 1e6)
    now_s = _seek(container, start_s, origin_s)
    for frame_s, sound in _resampled(container):
        begins_s = frame_s - origin_s if frame_s is not None else now_s
        if now_s is None:
            now_s = begins_s or 0.0
        gap_s = (begins_s or 0.0) - now_s
        if _GAP_S < gap_s < _LONGEST_GAP_S:
            yield from _after(start_s, now_s, np.zeros(int(gap_s * SAMPLE_RATE), np.float32))
            now_s += gap_s
        yield from _after(start_s, now_s, sound)
        now_s += len(sound) / SAMPLE_RATE


def _after(start_s: float, begins_s: float, sound: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    skip = round(max(0.0, start_s - begins_s) * SAMPLE_RATE)
    if skip < len(sound):
        yield sound[skip:]


def _seek(container: InputContainer, start_s: float, origin_s: float) -> float | None:
    """Move to a little before `start_s`; the time decoding begins at, or None when the first frame's own time must tell."""
    import av

    if start_s <= 2 * _PREROLL_S:
        return 0.0
    try:
        container.seek(int((start_s - _PREROLL_S + origin_s) * 1e6), backward=True)
    except (av.FFmpegError, OSError, OverflowError):
        return 0.0
    return None


def _resampled(container: InputContainer) -> Iterator[tuple[float | None, NDArray[np.float32]]]:
    """(time of its first sample, sound) of each stretch. Inserted advertisements may change rate and channels midway."""
    import av

    resampler, kind = None, None
    for time_s, frame in _together(_frames(container)):
        found = _kind(frame)
        if resampler is None or found != kind:
            if resampler is not None:
                yield from ((None, _samples(out)) for out in resampler.resample(None))
            resampler, kind = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE), found
        try:
            outs = resampler.resample(frame)
        except (av.FFmpegError, ValueError):
            resampler = None
            continue
        for number, out in enumerate(outs):
            yield (None if number else time_s), _samples(out)
    if resampler is not None:
        yield from ((None, _samples(out)) for out in resampler.resample(None))


def _together(frames: Iterator[AudioFrame]) -> Iterator[tuple[float | None, AudioFrame]]:
    """Frames joined to some of a quarter of a second, and when those begin (seconds): an MP3 has 40 a second, and to call
    FFmpeg's resampler for each takes longer than the resampling. Whatever is of another kind than what came before, or does not
    begin where that ended, begins anew."""
    import av

    joined, kind, begins_s, ends_s = None, None, None, None
    for frame in frames:
        found = _kind(frame)
        time_s = frame.time if frame.time is not None and math.isfinite(frame.time) else None
        apart = time_s is not None and (ends_s is None or abs(time_s - ends_s) > _GAP_S)
        if joined is not None and (
            apart or found != kind or joined.samples >= min(frame.sample_rate * _TOGETHER_S, _MOST_TOGETHER)
        ):
            if whole := joined.read():
                yield begins_s, whole
            joined = None
        if joined is None:
            joined, kind, begins_s = av.AudioFifo(), found, time_s
        frame.pts = None
        try:
            joined.write(frame)
        except (av.FFmpegError, ValueError, RuntimeError):  # no channels, no memory: left out, as what cannot be resampled
            joined = joined if joined.samples else None
            continue
        last_s = ends_s if time_s is None else time_s
        ends_s = None if last_s is None else last_s + frame.samples / frame.sample_rate
    if joined is not None and (whole := joined.read()):
        yield begins_s, whole


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _samples(frame: AudioFrame) -> NDArray[np.float32]:
    """The one plane of `frame` as it is: its own `to_ndarray` takes three times as long."""
    import numpy as np

    return np.frombuffer(memoryview(frame.planes[0]), np.float32, frame.samples)


def _chapters(container: InputContainer, duration_s: float | None) -> tuple[Chapter, ...]:
    """The container's own chapters (ID3 CHAP, MP4, Vorbis comments), sorted, titled, within the file."""
    limit_s = min(duration_s or _MAX_SECONDS, _MAX_SECONDS)
    found: dict[float, tuple[float, str]] = {}
    for chapter in container.chapters()[:_MAX_CHAPTERS]:
        base = float(chapter["time_base"] or 0)
        start_s, end_s = chapter["start"] * base, chapter["end"] * base
        if math.isfinite(start_s) and 0 <= start_s < limit_s:
            found[start_s] = (end_s, clean_line(str(chapter["metadata"].get("title", "")), limit=300))
    starts = sorted(found)
    followers = [*starts[1:], None] if starts else []
    chapters = []
    for number, (start_s, following) in enumerate(zip(starts, followers, strict=True), 1):
        end_s, title = found[start_s]
        ends = end_s if start_s < end_s <= (following or limit_s) else following
        chapters.append(Chapter(start_s, ends, title or f"Chapter {number}", "embedded"))
    return tuple(chapters)
