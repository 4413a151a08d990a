"""Feeds to store."""

from __future__ import annotations

from datetime import UTC, datetime

from podcli.domain import Enclosure, Feed, FeedItem

URL = "https://feeds.example.org/show.xml"


def item(guid: str = "one", **changes: object) -> FeedItem:
    values: dict[str, object] = {
        "guid": guid,
        "title": f"Episode {guid}",
        "enclosure": Enclosure(f"https://cdn.example.org/{guid}.mp3", "audio/mpeg", 1000),
        "published": datetime(2026, 3, 1, tzinfo=UTC),
    }
    return FeedItem(**{**values, **changes})  # type: ignore[arg-type]


def feed(*items: FeedItem, **changes: object) -> Feed:
    return Feed(**{"url": URL, "title": "A show", "items": items, **changes})  # type: ignore[arg-type]
