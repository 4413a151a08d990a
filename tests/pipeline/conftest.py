from __future__ import annotations

from collections.abc import Iterator

import pytest

from podcli.domain import Episode
from podcli.store import Store, open_store
from tests.pipeline.readings import put_episode


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store() as opened:
        yield opened


@pytest.fixture
def episode(store: Store) -> Episode:
    return put_episode(store)
