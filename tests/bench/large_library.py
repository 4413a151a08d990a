"""A library of 200 shows and 50,000 episodes, as somebody who never throws anything away has."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from podcli.domain import Enclosure, Feed, FeedItem
from podcli.store import open_store

SHOWS, EPISODES = 200, 50_000
_WORDS = re.findall(
    r"\w+",
    "the a of and history science night river company machine garden war music city future story people light market ocean "
    "mind signal bread money winter sound paper engine law letter bridge body island energy language number school island",
)
_NEWEST = datetime(2026, 11, 20, 6, tzinfo=UTC)


def fill(path: Path, *, shows: int = SHOWS, episodes: int = EPISODES) -> None:
    """Make it at `path`. Always the same; a title of every twentieth episode has the word ``zebra`` in it."""
    dice = random.Random(7)
    with open_store(path) as store:
        for show in range(shows):
            url = f"https://feeds.example.org/{show}.xml"
            items = [_item(dice, show, n) for n in range(episodes // shows)]
            store.library.save_feed(Feed(url, f"{_title(dice, 2)} {show}", tuple(items), author="Somebody"), url=url)
        ids = [card.id for card in store.cards.all()[1]]
        for episode_id in dice.sample(ids, len(ids) // 3):
            store.library.save_position(episode_id, dice.random() * 1800, dice.random() < 0.8)


def _item(dice: random.Random, show: int, number: int) -> FeedItem:
    guid = f"{show}-{number}"
    zebra = " zebra" if number % 20 == 0 else ""
    return FeedItem(
        guid,
        f"{_title(dice, 6)}{zebra} #{number}",
        Enclosure(f"https://cdn.example.org/{guid}.mp3", "audio/mpeg", 40_000_000),
        published=_NEWEST - timedelta(days=number * 3, minutes=show),
        duration_s=dice.uniform(600, 7200),
        description=_title(dice, 300),
    )


def _title(dice: random.Random, words: int) -> str:
    return " ".join(dice.choice(_WORDS) for _ in range(words)).capitalize()
