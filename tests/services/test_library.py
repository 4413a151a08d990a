"""How a few words become an episode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli.domain import Episode, Job, Sentence, Show, ShowId
from podcli.errors import UsageError
from podcli.services import Services, open_services
from podcli.store.passages import Scope
from tests.store.examples import URL, feed, item


@pytest.fixture
def services() -> Iterator[Services]:
    with open_services() as opened:
        yield opened


@pytest.fixture
def library(services: Services) -> list[Episode]:
    """Newest first: a show of three, one of one."""
    from datetime import UTC, datetime

    days = [item(str(n), title=title, published=datetime(2026, 1, n, tzinfo=UTC)) for n, title in
            ((1, "On tea"), (2, "On teapots"), (3, "100% wool_socks"))]  # fmt: skip
    services.store.library.save_feed(feed(*days, title="The Kitchen"), url=URL)
    other = item("9", title="On tea", published=datetime(2026, 2, 1, tzinfo=UTC))
    services.store.library.save_feed(feed(other, title="Kitchen Sink"), url="https://other.example/feed")
    return services.library.episodes()


def found(services: Services, text: str) -> str:
    episode = services.library.resolve(text)
    assert isinstance(episode, Episode), episode
    return f"{episode.show_title}: {episode.title}"


def refused(services: Services, text: str) -> str:
    with pytest.raises(UsageError) as error:
        services.library.resolve(text)
    return f"{error.value.message} {error.value.hint}"


def test_a_number(services: Services, library: list[Episode]) -> None:
    assert services.library.resolve(str(library[1].id)) == library[1]
    assert "99" in refused(services, "99")


def test_a_stable_id(services: Services, library: list[Episode]) -> None:
    assert re.fullmatch(r"e[0-9a-f]{10}", library[2].key)
    assert services.library.resolve(library[2].key) == library[2]


def test_the_latest_of_a_show(services: Services, library: list[Episode]) -> None:
    assert found(services, "The Kitchen/latest") == "The Kitchen: 100% wool_socks"
    assert found(services, "the kitchen/LATEST") == "The Kitchen: 100% wool_socks"
    assert found(services, "sink/latest") == "Kitchen Sink: On tea"
    assert "2 shows" in refused(services, "kitchen/latest")
    assert "No show" in refused(services, "garden/latest")


def test_part_of_a_title(services: Services, library: list[Episode]) -> None:
    assert found(services, "teapot") == "The Kitchen: On teapots"
    assert found(services, "WOOL") == "The Kitchen: 100% wool_socks"


def test_signs_of_a_pattern_are_letters_here(services: Services, library: list[Episode]) -> None:
    assert found(services, "100%") == "The Kitchen: 100% wool_socks"
    assert "No episode" in refused(services, "1%l")
    assert "No episode" in refused(services, "o_tea")


def test_an_ambiguous_title_lists_the_candidates(services: Services, library: list[Episode]) -> None:
    told = refused(services, "on te")
    assert told.count("On tea") == 3 and "The Kitchen" in told and "Kitchen Sink" in told and "number" in told


def test_a_show_and_part_of_a_title(services: Services, library: list[Episode]) -> None:
    assert found(services, "Sink/tea") == "Kitchen Sink: On tea"


def test_a_file(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a talk#1 %41.mp3").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    episode = services.library.resolve("a talk#1 %41.mp3")
    assert isinstance(episode, Episode)
    assert (episode.title, episode.show_title) == ("a talk#1 %41", "Files")
    assert services.library.resolve(str(tmp_path / "a talk#1 %41.mp3")) == episode
    assert "no file" in refused(services, "./gone.ogg")
    assert "folder" in refused(services, str(tmp_path))
    assert services.library.shows() == []


def test_a_number_that_is_also_a_file_is_the_file(
    services: Services, library: list[Episode], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert found(services, "1") == "Files: 1"


def test_an_audio_address(services: Services) -> None:
    episode = services.library.resolve("https://cdn.example.org/x/My%20talk.mp3?token=1")
    assert isinstance(episode, Episode)
    assert (episode.title, episode.show_title) == ("My talk", "Links")
    assert episode.enclosure.url.endswith("?token=1")


def test_a_feed_address_known_and_unknown(services: Services, library: list[Episode]) -> None:
    assert found(services, URL) == "The Kitchen: 100% wool_socks"
    job = services.library.resolve("https://new.example/feed")
    assert isinstance(job, Job)
    assert (job.kind, job.target, job.options) == ("add", "https://new.example/feed", {"peek": True})


def test_removing_a_show_hides_it_ends_its_jobs_and_deletes_nothing(
    services: Services, library: list[Episode], home: Path
) -> None:
    episode = next(e for e in library if e.show_title == "Kitchen Sink")
    audio = home / "data" / "audio" / "one.mp3"
    audio.parent.mkdir(parents=True, exist_ok=True)
    audio.write_bytes(b"x")
    services.store.library.save_file(episode.id, path=str(audio), sha256="0", bytes=1)
    job = services.library.download(episode.id)
    assert services.library.remove(services.library.show("Sink")) == 1
    assert audio.exists()
    assert [show.title for show in services.library.shows()] == ["The Kitchen"]
    assert all(other.id != job.id for other in services.jobs.active())
    assert "There is no episode" in refused(services, str(episode.id))
    assert "No episode" in refused(services, episode.key)
    assert "No show" in refused(services, "Sink/latest")


def test_another_show_can_be_removed_while_jobs_of_a_removed_one_are_still_there(
    services: Services, library: list[Episode]
) -> None:
    for title in ("Sink", "The Kitchen"):
        show = services.library.show(title)
        services.store.jobs.enqueue("download", episode_id=services.library.episodes(show.id)[0].id)
        services.library.hide(show)
    services.library.remove(Show(ShowId(0), "", ""))
    assert len(services.jobs.active()) == 2


def test_a_search_finds_titles_then_what_was_said_then_notes(services: Services, library: list[Episode]) -> None:
    by_title = {episode.title: episode for episode in library}
    wool = by_title["100% wool_socks"]
    services.store.library.save_feed(
        feed(item("n", title="Other", description="<p>and then we " + "talk " * 60 + "about TEA, at length</p>"), title="Notes"),
        url="https://notes.example/feed",
    )
    made = services.store.insights.begin(wool.id, audio_sha256="w", source="whisper", model="m", decode_version="1")
    services.store.insights.finish(made.id, [Sentence(1, 7.0, 9.0, "Tea goes with wool.")])
    hits = services.search.search("tea")
    assert [(hit.where, hit.episode_title, hit.start_s) for hit in hits] == [
        ("title", "On tea", None), ("title", "On teapots", None), ("title", "On tea", None),
        ("said", "100% wool_socks", 7.0), ("notes", "Other", None),
    ]  # fmt: skip
    assert hits[-1].text.startswith("…talk") and "about TEA" in hits[-1].text and len(hits[-1].text) < 200
    assert [hit.where for hit in services.search.search("tea", Scope(wool.show_id))] == ["title", "title", "said"]
    assert services.search.search("tea wool")[0].text == "Tea goes with wool."
    assert services.search.search("100% _") and not services.search.search("1%0") and not services.search.search("  ")
    services.library.hide(services.library.show("The Kitchen"))
    assert {hit.show_title for hit in services.search.search("tea")} == {"Kitchen Sink", "Notes"}
