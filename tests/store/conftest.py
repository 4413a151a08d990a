from __future__ import annotations

import pytest

from podcli.domain import Episode, TranscriptLink
from podcli.store import Store
from tests.store.examples import URL, feed, item


@pytest.fixture
def episode(store: Store) -> Episode:
    link = TranscriptLink("https://cdn.example.org/one.vtt", "text/vtt")
    store.library.save_feed(feed(item(transcripts=(link,))), url=URL)
    return store.library.episodes()[0]
