"""``podcli digest``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from podcli.errors import UsageError
from podcli.services import open_services
from podcli.services.digest import since_when
from tests.conftest import Podcli
from tests.store.examples import URL, feed, item

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(days=1)),
        ("2 weeks", NOW - timedelta(days=14)),
        ("today", datetime(2026, 11, 20, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 19, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T10:00+02:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
    ],
)
def test_when_it_begins(text: str, moment: datetime) -> None:
    assert since_when(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "7", "99999d", "-3d", "2026-13-01", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="no time a digest could begin"):
        since_when(text, NOW)


def _stock() -> None:
    now = datetime.now(UTC)
    notes = "How bread rises. It is a long story."
    items = [item(f"{n}", title=f"Bread {n}\x1b[31m", published=now - timedelta(days=n), description=notes) for n in range(5)]
    with open_services() as services:
        services.store.library.save_feed(feed(*items, title="Bakers"), url=URL)
        ids = [episode.id for episode in services.library.episodes()]
        services.store.library.save_position(ids[3], 2000.0, True)
        services.store.library.save_position(ids[4], 2000.0, True)


def test_json_has_everything(podcli: Podcli) -> None:
    _stock()
    done = podcli("digest", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["personal"] is True
    assert found["notice"] is None
    assert found["complete"] is True
    first = found["hear_first"][0]
    assert set(first) == {
        "number", "title", "show", "published", "duration", "position", "queued", "triage", "gist", "because",
    }  # fmt: skip
    assert first["because"][0] == "because you finish most of Bakers"
    assert first["gist"] == "How bread rises."
    assert len(found["hear_first"]) + len(found["also_new"]) == 3


def test_a_person_can_read_it(podcli: Podcli) -> None:
    _stock()
    done = podcli("digest", "--since", "36h")
    assert done.returncode == 0
    assert done.stdout.startswith("Hear first")
    assert "→ Because you finish most of Bakers" in done.stdout
    assert "\x1b" not in done.stdout
    assert "Bread 2" not in done.stdout


def test_nothing_new_and_nonsense(podcli: Podcli) -> None:
    done = podcli("digest")
    assert done.returncode == 0
    assert "Nothing new since" in done.stderr
    assert podcli("digest", "--since", "soon").returncode == 2
    assert podcli("digest", "--show", "nobody").returncode == 2
