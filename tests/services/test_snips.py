"""Snips: kept at once, completed when the words are known, changed and taken back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Enclosure, Episode, Feed, FeedItem, Segment, SnipId
from podcli.errors import UsageError
from podcli.pipeline import lock
from podcli.services import Services, open_services
from podcli.settings.values import in_toml
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_programs import script
from tests.pipeline.test_snipping import SAID
from tests.toy_models import install_writer

WRITER = "smollm2-135m"


@pytest.fixture
def services(home: object) -> Iterator[Services]:
    install_writer(WRITER)
    settings.set_value("models.write", WRITER)
    with open_services() as opened:
        yield opened


@pytest.fixture
def episode(services: Services) -> Episode:
    return put_episode(services.store)


def speak(services: Services, episode: Episode) -> None:
    put_transcript(services.store, episode, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])


def test_with_a_transcript_the_words_are_there_at_once(services: Services, episode: Episode) -> None:
    speak(services, episode)
    kept = services.snips.keep(episode.id, 70.0, note="Read [this](x)\x1b[31m", tags=["#Idea", "idea", " ports "])
    snip = kept.snip
    assert (snip.start_s, snip.end_s, snip.at_s, snip.speaker, snip.state) == (32.5, 80.0, 70.0, "Ben", "transcribed")
    assert snip.text.startswith("Malcom McLean") and snip.text.endswith("ten years.")
    assert snip.note == "Read [this](x)" and snip.tags == ("Idea", "ports")
    assert [job.kind for job in kept.jobs] == ["retell"] and not kept.lacks
    assert services.snips.get(snip.id) == snip


@pytest.mark.parametrize(("back_s", "start_s"), [(10.0, 600), (20.0, 590), (45.0, 560), (200.0, 410), (500.0, 110)])
def test_so_much_before_the_moment_is_kept_as_was_asked_for(
    services: Services, episode: Episode, back_s: float, start_s: float
) -> None:
    said = [Segment(n * 10, n * 10 + 9, f"Ship number {n} carried steel boxes.") for n in range(100)]
    put_transcript(services.store, episode, said)
    snip = services.snips.keep(episode.id, 610.0, back_s=back_s).snip
    assert (snip.start_s, snip.end_s) == (start_s, 609.0)
    assert snip.text.startswith(f"Ship number {start_s // 10} ") and snip.text.endswith("Ship number 60 carried steel boxes.")


def test_without_one_that_stretch_is_heard_first_and_what_is_missing_is_said(services: Services, episode: Episode) -> None:
    kept = services.snips.keep(episode.id, 100.0)
    assert (kept.snip.start_s, kept.snip.end_s, kept.snip.state, kept.jobs) == (55.0, 100.0, "kept", ())
    assert "podcli models pull whisper" in kept.lacks
    install_writer("whisper-base")
    again = services.snips.again(kept.snip.id)
    assert [job.kind for job in again.jobs] == ["snip", "retell"] and not again.lacks
    assert [job.after for job in again.jobs] == [None, again.jobs[0].id]


def test_what_is_half_transcribed_counts_where_it_is(services: Services, episode: Episode) -> None:
    install_writer("whisper-base")
    made = services.store.insights.begin(episode.id, audio_sha256="x", source="whisper", model="w", decode_version="1")
    services.store.insights.add_segments(made.id, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
    assert services.snips.keep(episode.id, 70.0).snip.text
    assert [job.kind for job in services.snips.keep(episode.id, 500.0).jobs] == ["snip", "retell"]


def test_a_key_pressed_before_anything_was_said_keeps_nothing(services: Services, episode: Episode) -> None:
    with pytest.raises(UsageError, match="Nothing was said yet"):
        services.snips.keep(episode.id, 0.4)
    assert services.snips.cards() == []


def test_every_change_is_taken_back_and_nothing_else_is(services: Services, episode: Episode) -> None:
    speak(services, episode)
    snip = services.snips.keep(episode.id, 70.0).snip
    services.snips.note(snip.id, "Mine")
    services.store.snips.save(replace(services.snips.get(snip.id), title="A title", model="m", state="written"))
    services.snips.star(snip.id)
    services.snips.tag(snip.id, ["a", "b"])
    services.snips.tag(snip.id, ["c"], ["A"])
    moved = services.snips.move(snip.id, begin=-1, end=-1)
    assert moved.snip.text.startswith("And it took a week") and [job.kind for job in moved.jobs] == ["retell"]
    services.snips.title(snip.id, "My title")
    services.snips.remove([snip.id])
    assert services.snips.cards() == []
    assert services.undo.undo() == "Removed a snip"
    assert services.snips.get(snip.id).title == "My title" and services.snips.get(snip.id).model == ""
    for label, holds in (
        ("Titled a snip", lambda s: (s.title, s.model) == ("A title", "m")),
        ("Moved a snip", lambda s: (s.start_s, s.end_s) == (32.5, 80.0)),
        ("Tagged a snip", lambda s: s.tags == ("a", "b")),
        ("Tagged a snip", lambda s: s.tags == ()),
        ("Starred a snip", lambda s: not s.starred),
        ("Noted a snip", lambda s: s.note == "" and s.title == "A title"),
    ):
        assert services.undo.undo() == label
        assert holds(services.snips.get(snip.id)), label
    assert services.undo.undo() == "Kept a snip of “One”"
    with pytest.raises(UsageError, match="no snip 1"):
        services.snips.get(snip.id)


def test_taken_back_it_takes_the_work_on_it_along(services: Services, episode: Episode) -> None:
    speak(services, episode)
    settings.set_value("hooks.snip", '[["true"]]')
    held = lock.take("hook"), lock.take("ml")
    stays = services.snips.keep(episode.id, 40.0)
    kept = services.snips.keep(episode.id, 70.0)
    hooks = [job for job in services.jobs.active() if job.kind == "hook"]
    assert services.undo.undo() == "Kept a snip of “One”"
    assert services.jobs.get(kept.jobs[0].id).state == "cancelled", "else it would fail with a hint at undo"
    assert [job.id for job in services.jobs.active()] == [stays.jobs[0].id, hooks[0].id]
    services.snips.remove([stays.snip.id])
    assert not services.jobs.active()
    assert services.undo.undo() == "Removed a snip"
    assert [job.id for job in services.jobs.active()] == [stays.jobs[0].id, hooks[0].id], "it comes back with what was going on"
    for each in held:
        os.close(each)  # type: ignore[arg-type]


def test_without_a_title_the_hook_is_told_all_the_same(services: Services, episode: Episode, tmp_path: Path) -> None:
    speak(services, episode)
    settings.set_value("work.idle_exit_s", "1")
    settings.set_value("hooks.snip", in_toml((script(tmp_path, f"cat > {tmp_path}/told"),)))
    kept = services.snips.keep(episode.id, 70.0)
    assert services.store.jobs.next("hook") is None
    services.store.jobs.claim("ml")
    services.store.jobs.fail(kept.jobs[0].id, "This machine ran out of memory.", "Close other programs.", 4)
    services.jobs.ensure_workers()
    (hook,) = list(services.jobs.follow([job for job in services.jobs.active() if job.kind == "hook"]))[-1]
    assert hook.state == "done", hook.message
    told = json.loads((tmp_path / "told").read_text())
    assert told["snip"]["text"].startswith("Malcom McLean") and told["snip"]["title"] is None


def test_asked_again_it_is_titled_anew_but_for_a_title_of_ones_own(services: Services, episode: Episode) -> None:
    speak(services, episode)
    snip = services.snips.keep(episode.id, 70.0).snip
    services.store.jobs.claim("ml")
    services.store.jobs.finish(services.jobs.recent()[0].id)
    assert [job.kind for job in services.snips.again(snip.id).jobs] == ["retell"], "its words are there"


def test_they_are_found_by_words_tag_star_show_and_time(services: Services, episode: Episode) -> None:
    speak(services, episode)
    other = put_episode(services.store, "Another")
    first = services.snips.keep(episode.id, 70.0, tags=["Idea"]).snip
    second = services.snips.keep(other.id, 30.0, note="100% _sure_").snip
    services.snips.star(second.id)

    def found(**wanted: object) -> list[int]:
        return [card.snip.id for card in services.snips.cards(**wanted)]  # type: ignore[arg-type]

    assert found() == [second.id, first.id]
    assert found(words="mclean PRICE") == [first.id] and found(words="mclean zebra") == []
    assert found(words="100%") == [second.id] and found(words="%") == [second.id] and found(words="_sure_") == [second.id]
    assert found(words="another") == [second.id], "by the title of its episode"
    assert found(tag="idea") == [first.id] and found(starred=True) == [second.id]
    assert found(episode_id=episode.id) == [first.id] and found(show_id=episode.show_id) == [second.id, first.id]
    assert services.store.snips.tags() == [("Idea", 1)]
    services.snips.tag(first.id, ["Économie"])
    services.snips.tag(second.id, ["économie", "IDEA"])
    assert found(tag="ÉCONOMIE") == [second.id, first.id] and found(tag="économie", limit=1) == [second.id]
    assert services.store.snips.tags() == [("Idea", 2), ("Économie", 2)]
    services.library.remove(services.library.show("A"))
    assert found() == [], "they go with their show"
    services.undo.undo()
    assert found() == [second.id, first.id], "and come back with it"


def test_ten_thousand_are_listed_in_a_moment(services: Services, episode: Episode) -> None:
    import time

    with services.store.writing():
        for n in range(10_000):
            services.store.snips.add(episode.id, start_s=n, end_s=n + 30, at_s=n + 30)
    begun = time.process_time()
    assert len(services.snips.cards()) == 10_000
    assert time.process_time() - begun < 5, "0.3 s on an idle machine"
    assert len(services.snips.cards(limit=50)) == 50


def test_many_of_many_episodes_are_a_handful_of_queries(services: Services) -> None:
    url = "https://feeds.example.org/many.xml"
    items = tuple(FeedItem(str(n), f"Episode {n}", Enclosure(f"https://c.example.org/{n}.mp3")) for n in range(500))
    with services.store.writing():
        services.store.library.save_feed(Feed(url, "Many", items), url=url)
        for each in services.library.episodes(limit=None):
            for n in range(20):
                services.store.snips.add(each.id, start_s=n, end_s=n + 30, at_s=n + 30)
    asked = list[str]()
    services.store._db.conn.set_trace_callback(asked.append)
    assert len(services.snips.cards()) == 10_000
    assert len(services.snips.cards(limit=50)) == 50
    services.store._db.conn.set_trace_callback(None)
    assert sum(each.lstrip().startswith("select") for each in asked) == 6, "snips, episodes, shows; twice"


def test_what_is_not_there_is_said(services: Services) -> None:
    for verb in (services.snips.get, services.snips.again, services.snips.star, lambda n: services.snips.remove([n])):
        with pytest.raises(UsageError, match="There is no snip 7"):
            verb(SnipId(7))
