"""What is done to the sound, as libmpv's labelled audio filters (mpv manual, AUDIO FILTERS; FFmpeg filters documentation)."""

from __future__ import annotations

from podcli.domain import Chapter, Loudness
from podcli.text import clean_line

_MOST_CHAPTERS = 1_000
_LONGEST_TITLE = 300

# Rumble out, consonants forward, quiet words up, loud ones held; all of it gentle enough for hours.
_VOICE = (
    "lavfi=[highpass=f=90,equalizer=f=250:t=q:w=1.2:g=-2,equalizer=f=3200:t=q:w=1:g=4,"
    "acompressor=threshold=0.06:ratio=3:attack=8:release=180:makeup=2.2:knee=4,alimiter=limit=0.93:level=disabled]"
)
_LEVEL: dict[Loudness, str] = {
    "dynaudnorm": "lavfi=[dynaudnorm=f=250:g=15]",
    "loudnorm": "lavfi=[loudnorm=I=-16:TP=-1.5:LRA=11]",  # EBU R128, at the level podcasts are made for
}


def wanted(*, voice_boost: bool, loudness: Loudness) -> dict[str, str]:
    """Label → filter, in the order they apply."""
    filters = {"voice": _VOICE} if voice_boost else {}
    if loudness in _LEVEL:
        filters["level"] = _LEVEL[loudness]
    return filters


def chapters_of(entries: object, duration_s: float | None) -> tuple[Chapter, ...]:
    """What libmpv's ``chapter-list`` says, cleaned: starts not below 0 and in order, each ending where the next begins."""
    found = list[tuple[float, str]]()
    for entry in entries if isinstance(entries, list) else []:
        start, title = entry.get("time"), entry.get("title")
        if isinstance(start, int | float) and start == start:
            found.append((max(0.0, float(start)), clean_line(str(title or ""), limit=_LONGEST_TITLE)))
    found = sorted(found)[:_MOST_CHAPTERS]
    ends = [*(start for start, _ in found[1:]), duration_s]
    return tuple(
        Chapter(start, end, title or f"Chapter {n}", "embedded")
        for n, ((start, title), end) in enumerate(zip(found, ends, strict=False), 1)
    )
