"""Colours."""

from __future__ import annotations

from typing import Any

from textual.app import App

from podcli.settings import Settings


def register(app: App[Any]) -> list[str]:
    """Nothing yet."""
    return []


def choose(app: App[Any], settings: Settings) -> str:
    """As the settings say."""
    if settings.tui.theme in app.available_themes:
        app.theme = settings.tui.theme
    return app.theme
