"""What a line of search means: its words, its filters, and where its words stand in a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podcli.services import Services, open_services
from podcli.services.query import Query, marks, understood
from podcli.store.passages import Scope
from tests.tui import stage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_services() as opened:
        stage.stock(opened)
        yield opened


def read(services: Services, text: str) -> Query:
    return understood(text, services.library, NOW)


def test_filters_narrow_and_the_rest_are_words(services: Services) -> None:
    tea = services.library.show("Tea Time").id
    found = read(services, "  suez show:tea canal since:7d speaker:Anna heard:no ")
    assert found == Query("suez canal", Scope(show_id=tea, since=NOW - timedelta(days=7), speaker="Anna", heard=False))
    found = read(services, "until:2026-11-01 heard:YES ships")
    assert found == Query("ships", Scope(until=datetime(2026, 11, 1, tzinfo=UTC), heard=True))


def test_a_value_with_blanks_stands_in_quotes(services: Services) -> None:
    assert read(services, 'ships show:"tea time"').scope.show_id == services.library.show("Tea Time").id
    assert read(services, 'ships show:"night sk').scope.show_id == services.library.show("Night Sky").id, "not closed yet"


def test_an_episode_is_meant_by_number_or_title(services: Services) -> None:
    mars = services.library.titled("Mars").id
    assert (
        read(services, f"ships episode:{mars}") == read(services, "episode:mars ships") == Query("ships", Scope(episode_id=mars))
    )


def test_looking_for_an_episode_puts_nothing_into_the_library(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.mp3").touch()
    before = len(services.library.episodes())
    for value in ("talk.mp3", "./talk.mp3", "https://example.org/talk.mp3", "https://example.org/feed.xml"):
        assert read(services, f"ships episode:{value}").scope == Scope()
    assert len(services.library.episodes()) == before and not services.jobs.active()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ships show:nowhere", "No show matches 'nowhere'."), ("ships since:soon", "'soon' is no time."),
        ("ships heard:maybe", "neither heard:yes nor heard:no"), ("ships episode:nothing", "No episode matches 'nothing'."),
        ("ships episode:99999", "99999"), ("ships show:i", "matches 2 shows."),
    ],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_said_and_stays_among_the_words(services: Services, text: str, says: str) -> None:
    found = read(services, text)
    assert (found.words, found.scope) == (text, Scope())
    (problem,) = found.problems
    assert says in problem and "\n" not in problem


def test_a_filter_without_a_value_means_nothing_yet(services: Services) -> None:
    assert read(services, "ships show: since:") == Query("ships", Scope())


def test_what_only_looks_like_a_filter_is_a_word(services: Services) -> None:
    assert read(services, "reshow:tea mp3:loud https://since:7d") == Query("reshow:tea mp3:loud https://since:7d", Scope())


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("The containers were contained.", "container", ["containers"]),
        ("Three stories, a story.", "stories", ["stories", "story"]), ("It cost $5.86 a ton.", "5.86", ["5.86"]),
        ("We deployed; deploying is hard.", "deploy", ["deployed", "deploying"]), ("An ant is in the cantina.", "ant", ["ant"]),
        ("猫である。名前は猫。", "猫", ["猫", "猫"]), ("Nothing here.", "zyzzyva", []),
        ("The ship and the sea", "the ship", ["ship"]), ("To be or not to be", "to be", ["To", "be", "to", "be"]),
        ("anything", "", []), ("a (b) c [x", "(b) [", ["b"]),
    ],
)  # fmt: skip
def test_words_are_marked_in_whatever_form_they_stand(text: str, words: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(text, words)] == marked
