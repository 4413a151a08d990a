"""Why libmpv could not play something, in words for a listener."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from podcli.errors import NoSoundError
from podcli.text import clean_line, timecode

# libmpv's error codes (client.h).
NOTHING_TO_PLAY = -16
UNKNOWN_FORMAT = -17

NO_SOUND = "No sound device was found: the episode runs without sound."
NO_FILTER = "This FFmpeg cannot change the sound that way: it plays as it is."
CONNECTING = "Connecting…"
NO_SEEKING = "This server does not allow going back and forth: download the episode for that."
BUFFERING = "Waiting for the network…"


def no_libmpv(error: Exception) -> NoSoundError:
    """libmpv is missing, or too old for the binding."""
    how = "brew install mpv" if sys.platform == "darwin" else "sudo apt install libmpv2"
    return NoSoundError(
        f"libmpv, which plays the sound, cannot be loaded ({clean_line(str(error), limit=120)}).",
        f"Install it (`{how}`), or add --silent to run without sound.",
    )


def no_device(name: str) -> str:
    """There is no such output device."""
    return f"There is no sound device {clean_line(name, limit=80)}: see `podcli play --devices`. The sound stays where it was."


def unfit(source: str) -> str:
    """Why `source` must not be handed to libmpv at all; '' when it is an http(s) URL or a regular file.

    Everything else libmpv and FFmpeg would open (``concat:``, ``edl://``, devices, pipes) stays out.
    """
    if re.match(r"https?://", source, re.I):
        return ""
    try:
        if stat.S_ISREG(os.stat(source).st_mode):  # noqa: PTH116 (also for names pathlib would tidy up)
            return "" if os.access(source, os.R_OK) else f"{clean_line(source)} may not be read: check its permissions."
    except (OSError, ValueError):
        return f"There is no file {clean_line(source, limit=300)}."
    return f"{clean_line(source)} is not a file."


def explain(code: int, log: Iterable[str], source: str) -> str:
    """One sentence for a failed load: libmpv's error `code`, the warnings it wrote, and what it was to open."""
    remote = "://" in source
    name = f"The address at {urlsplit(source).hostname or 'that host'}" if remote else Path(source).name
    lines = list(log)
    for line in lines:
        if found := _from_log(line, source):
            return clean_line(found, limit=300)
    if code == NOTHING_TO_PLAY:
        return clean_line(f"{name} has no audio in it.", limit=300)
    if code == UNKNOWN_FORMAT:
        return clean_line(f"{name} does not hold audio podcli can play; it may be a web page, damaged or empty.", limit=300)
    said = next((line for line in reversed(lines)), "")
    return clean_line(f"{name} could not be played{f' ({said})' if said else ''}.", limit=300)


def broken_off(position_s: float) -> str:
    """The stream ended before the episode did."""
    return f"The connection broke off at {timecode(position_s)}: play again to go on from there, or download the episode."


def no_seeking(source: str, start_s: float) -> str:
    """A stream that can only be played from its beginning, though the listener is past that."""
    host = urlsplit(source).hostname or "the server"
    return f"{clean_line(host)} only plays from the beginning: download the episode to go on from {timecode(start_s)}."


def _from_log(line: str, source: str) -> str:
    host = urlsplit(source).hostname or "the server" if "://" in source else ""
    if not host:
        return ""
    if status := re.search(r"HTTP error (\d{3})|Server returned (\d{3})", line):
        number = int(status[1] or status[2])
        phrase = HTTPStatus(number).phrase if number in HTTPStatus._value2member_map_ else "an error"
        gone = "the audio is not there; `podcli refresh` may find its new address" if number in (404, 410) else "try again later"
        return f"{host} answered {number} ({phrase}): {gone}."
    if "Failed to resolve hostname" in line:
        return f"The host {host} cannot be found: check the address and your connection."
    if "Connection refused" in line:
        return f"{host} refused the connection: try again later."
    if re.search(r"timed? ?out", line, re.I):
        return f"{host} did not answer in time: try again later."
    if re.search(r"certificate|TLS|SSL|handshake", line):
        return f"The secure connection to {host} failed: its certificate is not valid, or it does not speak TLS."
    return ""
