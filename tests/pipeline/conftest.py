from __future__ import annotations

import pytest

from podcli.domain import Episode
from podcli.store import Store
from tests.pipeline.readings import put_episode


@pytest.fixture
def episode(store: Store) -> Episode:
    return put_episode(store)
