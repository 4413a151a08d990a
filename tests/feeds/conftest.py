"""A scripted server, and who may be asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import servers
from tests.feeds.servers import Script

SAMPLES = Path(__file__).parents[1] / "samples"
HERE = frozenset({"127.0.0.1"})
"""What `trusted_hosts` is when the listener typed the address of the test server."""


@pytest.fixture
def server() -> Iterator[Script]:
    """A web server on loopback whose answers the test scripts."""
    with servers.script() as running:
        yield running


@pytest.fixture
def impatient(home: Path) -> None:
    """Settings under which a server may stay silent for a second only."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text("[network]\ntimeout_s = 1.0\n")
