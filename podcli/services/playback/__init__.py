"""Listening: one episode at a time, a queue that goes on by itself, and a position that is never lost."""

from __future__ import annotations

from podcli.services.playback.resume import is_finished
from podcli.services.playback.service import PlaybackService

__all__ = ["PlaybackService", "is_finished"]
