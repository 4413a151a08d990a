"""Playback behind one protocol; only ``mpv.py`` knows libmpv."""
