from __future__ import annotations

from collections.abc import Iterator

import pytest

from podcli.domain import Episode, TranscriptLink
from podcli.store import Store, open_store
from tests.store.examples import URL, feed, item


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def episode(store: Store) -> Episode:
    link = TranscriptLink("https://cdn.example.org/one.vtt", "text/vtt")
    store.library.save_feed(feed(item(transcripts=(link,))), url=URL)
    return store.library.episodes()[0]
