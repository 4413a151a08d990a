"""What to hear first, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from podcli import settings
from podcli.domain import EpisodeId, ShowId
from podcli.services import Services, open_services
from podcli.services.digest import NOTHING_KNOWN, SWITCHED_OFF, Digest, Material, made
from podcli.services.taste import Taste, first_sentence, judge
from podcli.store.digest import Fresh, Past
from tests.store.examples import feed, item

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = ("ships", "bread", "stars", "music", "gardens", "rust", "python", "history")


def fresh(number: int, title: str = "An episode", show: int = 1, **changes: object) -> Fresh:
    values: dict[str, object] = {
        "id": EpisodeId(number), "show_id": ShowId(show), "show": f"Show {show}", "title": title, "duration_s": 1800.0,
        "published": NOW - timedelta(hours=number), "notes": "", "triage": "inbox", "queued": False, "position_s": 0.0,
    }  # fmt: skip
    return Fresh(**{**values, **changes})  # type: ignore[arg-type]


def past(number: int, title: str = "An old one", show: int = 1, heard: float = 1.0, days: float = 5) -> Past:
    return Past(EpisodeId(number), ShowId(show), title, NOW - timedelta(days=days), heard)


def counted(texts: Sequence[str]) -> np.ndarray:
    """Which of a few words is in a text: embeddings one can do in the head."""
    return np.array([[float(word in text.casefold()) for word in WORDS] for text in texts], np.float32)


def digest(new: Sequence[Fresh], taste: Taste | None) -> Digest:
    return made(Material(NOW - timedelta(days=7), new, {}, taste, {}), counted)


def order(found: Digest) -> list[int]:
    return [item.id for item in found.items]


def test_a_show_that_is_always_finished_comes_first_and_says_so() -> None:
    taste = Taste(heard=[past(n, show=2) for n in range(100, 105)], now=NOW)
    found = digest([fresh(1), fresh(2, show=2), fresh(3)], taste)
    assert order(found) == [2, 1, 3]
    assert [item.id for item in found.first] == [2]
    assert found.first[0].because == ("because you finish most of Show 2",)


def test_likeness_to_what_was_heard_counts_and_is_named() -> None:
    taste = Taste(heard=[past(100, "All about Rust", show=9)], now=NOW)
    found = digest([fresh(1, "Bread"), fresh(2, "More rust"), fresh(3, "Stars")], taste)
    assert found.items[0].id == 2
    assert "like “All about Rust”, which you heard to the end" in found.items[0].because


def test_what_waits_is_not_said_to_be_heard() -> None:
    taste = Taste(waiting=[past(100, "All about Rust", show=9, heard=0.0)], now=NOW)
    found = digest([fresh(1, "Bread"), fresh(2, "More rust"), fresh(3, "Stars")], taste)
    assert found.items[0].because == ("like “All about Rust”, which waits for you",)


def test_a_show_that_is_always_archived_comes_last_and_says_so() -> None:
    taste = Taste(turned_down=[past(n, show=2, heard=0.0) for n in range(100, 104)], now=NOW)
    found = digest([fresh(1, show=2), fresh(2)], taste)
    assert order(found) == [2, 1]
    assert found.items[1].because == ("you seldom hear Show 2",)


def test_what_was_tried_and_left_counts_against_its_show_but_not_at_once() -> None:
    left, today = [past(n, show=2, heard=0.05) for n in range(4)], [past(n, show=2, heard=0.05, days=1) for n in range(4)]
    assert Taste(heard=left, now=NOW).habits()[ShowId(2)].worth < -0.3
    assert Taste(heard=today, now=NOW).habits()[ShowId(2)].worth == 0


def test_what_was_long_ago_weighs_less() -> None:
    new = Taste(heard=[past(1, show=2)], now=NOW).habits()[ShowId(2)].worth
    old = Taste(heard=[past(1, show=2, days=400)], now=NOW).habits()[ShowId(2)].worth
    assert 0 < old < new / 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"queued": True}, "because it is in your queue"),
        ({"position_s": 600.0}, "because you began it"),
        ({"triage": "later"}, "because you kept it to snip later"),
    ],
)
def test_what_the_listener_already_decided_comes_first(changes: dict[str, object], words: str) -> None:
    taste = Taste(heard=[past(100, show=9)], now=NOW)
    found = digest([fresh(1), fresh(2), fresh(3, **changes)], taste)
    assert found.first[0].id == 3
    assert found.first[0].because[0] == words


def test_no_show_fills_the_head() -> None:
    taste = Taste(heard=[past(n, show=2) for n in range(100, 110)], now=NOW)
    found = digest([fresh(n, show=2) for n in range(1, 20)], taste)
    assert len(found.first) == 2
    assert len(found.items) == 19


def test_without_a_history_the_newest_come_first_and_it_says_so() -> None:
    found = digest([fresh(1), fresh(2)], Taste(now=NOW))
    assert (order(found), found.personal, found.notice) == ([1, 2], False, NOTHING_KNOWN)
    assert not found.first


def test_switched_off_there_is_no_choosing_and_no_reason() -> None:
    found = digest([fresh(1, queued=True), fresh(2)], None)
    assert (order(found), found.personal, found.notice) == ([1, 2], False, SWITCHED_OFF)
    assert not any(item.because or item.first for item in found.items)


def test_nothing_new_is_nothing() -> None:
    assert digest([], Taste(heard=[past(1)], now=NOW)).items == ()


def test_vectors_of_nothing_do_not_matter() -> None:
    verdicts = judge([fresh(1)], Taste(heard=[past(2)], now=NOW), np.zeros((1, 1), np.float32), None)
    assert verdicts[0].score > 0


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        ("We talk to Ann about bread. And more.", "We talk to Ann about bread."),
        ("This episode is brought to you by Pickle.\nWe talk about bread at last.", "We talk about bread at last."),
        ("A title.\nhttps://example.org/a\nWhat yeast does in the night.", "What yeast does in the night."),
        ("", ""),
        ("Subscribe!", ""),
        ("今日はパンについて話します。それから天気。", "今日はパンについて話します。"),
    ],
)
def test_the_first_sentence_of_the_notes(notes: str, line: str) -> None:
    assert first_sentence(notes, "A title") == line


def test_a_long_sentence_is_cut_between_words() -> None:
    line = first_sentence("bread and " * 60, "A title")
    assert len(line) <= 180
    assert line.endswith(("bread…", "and…"))


# The whole way, with the real embeddings


@pytest.fixture
def services() -> Iterator[Services]:
    with open_services() as opened:
        yield opened


def _stock(services: Services) -> dict[str, EpisodeId]:
    now = datetime.now(UTC)
    for show in ("bakers", "sailors"):
        url = f"https://feeds.example.org/{show}.xml"
        items = [item(f"{show}{n}", published=now - timedelta(days=n), description=f"A long talk with {show}.") for n in range(9)]
        services.store.library.save_feed(feed(*items, url=url, title=show.title()), url=url)
    return {episode.guid: episode.id for episode in services.library.episodes()}


def test_the_library_is_asked(services: Services) -> None:
    ids = _stock(services)
    for n in (6, 7, 8):
        services.store.library.save_position(ids[f"sailors{n}"], 3000.0, True)
    found = services.digest.digest(datetime.now(UTC) - timedelta(days=4, hours=1))
    assert found.personal
    assert {item.episode.show for item in found.first} == {"Sailors"}
    assert "because you finish most of Sailors" in found.first[0].because
    assert found.first[0].gist == "A long talk with sailors."
    assert len(found.items) == 10
    only = services.digest.digest(datetime.now(UTC) - timedelta(days=4, hours=1), show_id=services.library.show("Bakers").id)
    assert {item.episode.show for item in only.items} == {"Bakers"}


def test_the_setting_switches_it_off(services: Services) -> None:
    ids = _stock(services)
    services.store.library.save_position(ids["sailors8"], 3000.0, True)
    settings.set_value("digest.personal", "false")
    with open_services() as again:
        found = again.digest.digest(datetime.now(UTC) - timedelta(days=2))
    assert not found.personal
    assert [item.episode.published for item in found.items] == sorted(
        (item.episode.published for item in found.items if item.episode.published), reverse=True
    )
