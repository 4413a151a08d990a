"""Dates and lengths as feeds spell them. Nothing here raises: what makes no sense is None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from podcli.text import parse_timecode

MAX_SECONDS = 360_000.0
"""100 hours: no episode is longer, and no chapter or cue starts later."""

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "ist": 330, "jst": 540, "aest": 600, "aedt": 660, "ast": -240, "adt": -180, "est": -300, "edt": -240,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_CLOCK = r"(?:[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
_ZONE = r"\s*(?:([A-Za-z]{1,5})(?![A-Za-z]))?\s*(?:([+-])(\d{2}):?(\d{2})?)?"
_WEEKDAY = r"(?:[^\W\d]+(?:\.?,\s*|\.?\s+))?"
_RFC822 = re.compile(_WEEKDAY + r"(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]{0,6}\.?,?[\s-]+(\d{4}|\d{2})(?!\d)" + _CLOCK + _ZONE)
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)" + _CLOCK + _ZONE)
_US = re.compile(_WEEKDAY + r"([A-Za-z]{3})[a-z]{0,6}\.?\s+(\d{1,2}),?\s+(\d{4})" + _CLOCK + _ZONE)
_EPOCH = re.compile(r"\d{9,10}")
_ISO_LENGTH = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d+)?)S)?)?", re.I)
_UNITS = re.compile(r"(?:(\d{1,4})\s*h[a-z.]*)?[\s,]*(?:(\d{1,5})\s*m[a-z.]*)?[\s,]*(?:(\d{1,6})\s*s[a-z.]*)?", re.I)


def parse_date(text: str) -> datetime | None:
    """The instant (UTC) of an RFC 822, RFC 3339, ``March 3, 2024`` or epoch date; None when it is none or impossible.

    Without a zone UTC is assumed. Years before 1970 and after 2100 are mistakes.
    """
    text = " ".join(text[:120].split())
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    if match := _RFC822.match(text):
        day, month, year, *rest = match.groups()
    elif match := _ISO.match(text):
        year, month, day, *rest = match.groups()
    elif match := _US.match(text):
        month, day, year, *rest = match.groups()
    else:
        return None
    hour, minute, second, zone, sign, zone_hours, zone_minutes = rest
    month_number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    offset = _ZONES.get((zone or "").lower(), 0)
    if sign:
        offset = int(sign + "1") * (int(zone_hours) * 60 + int(zone_minutes or 0))
    try:
        # A leap second or 24:00 is the second after; both are met in feeds.
        moment = datetime(full_year, month_number, int(day), tzinfo=UTC) + timedelta(
            hours=_within(hour, 24), minutes=_within(minute, 59) - offset, seconds=_within(second, 60)
        )
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year <= 2100 else None


def _within(text: str | None, top: int) -> int:
    value = int(text or 0)
    if value > top:
        raise ValueError(text)
    return value


def parse_duration(text: str) -> float | None:
    """Seconds of ``itunes:duration``: ``3600``, ``62:30``, ``1:02:30``, ``PT1H2M``, ``1h 2m``; None for anything else.

    Negative, not finite or longer than 100 hours is None too.
    """
    text = text.strip()[:40]
    seconds = parse_timecode(text) if text else None
    if seconds is None and text:
        match = _ISO_LENGTH.fullmatch(text)
        days, hours, minutes, secs = match.groups() if match else (None, None, None, None)
        if match is None and (units := _UNITS.fullmatch(text)):
            hours, minutes, secs = units.groups()
        if days or hours or minutes or secs:
            seconds = int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(secs or 0)
    return seconds if seconds is not None and 0 <= seconds <= MAX_SECONDS else None
