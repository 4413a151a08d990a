"""What the library's reader tells: news once, only what changed, and what a headset asks for; all without a screen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.message import Message

from podcli import settings
from podcli.domain import Episode
from podcli.pipeline import lock
from podcli.services import Services, open_services
from podcli.tui.bridge import Bridge
from podcli.tui.messages import CardsRead, GistsRead, JobsRead, PassagesRead, QuitAsked, SheetRead, ShowsRead, Told
from podcli.tui.remote import answer
from podcli.tui.watch import Watch
from tests.tui import stage


class Heard(list[Message]):
    """What was posted."""

    def take(self) -> list[Message]:
        """All of it, and forget it."""
        found = list(self)
        self.clear()
        return found


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def episodes(services: Services) -> dict[str, Episode]:
    return stage.stock(services)


@pytest.fixture
def watch(services: Services, episodes: dict[str, Episode], heard: Heard) -> Watch:
    return Watch(services, heard.append)


def kinds(messages: list[Message]) -> list[type]:
    return [type(each) for each in messages]


def test_first_everything_then_only_what_changed(
    watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard
) -> None:
    assert watch.stale
    watch.read()
    first = heard.take()
    assert kinds(first) == [ShowsRead, CardsRead, JobsRead] and not watch.stale
    assert isinstance(first[1], CardsRead) and first[1].whole and len(first[1].cards) == 6
    watch.read()
    assert heard.take() == [], "nothing new is not told"
    services.store.library.save_position(episodes["Mars"].id, 61.0)
    watch.read()
    (told,) = heard.take()
    assert isinstance(told, CardsRead) and not told.whole and [card.position_s for card in told.cards] == [61.0]
    services.library.remove(services.library.show("Night Sky"))
    watch.read()
    assert any(isinstance(each, CardsRead) and set(each.gone) == {episodes["Mars"].id, episodes["Venus"].id} for each in heard)


def test_gists_of_what_waits_for_a_decision(watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard) -> None:
    watch.read()
    heard.clear()
    for title in ("Assam", "Darjeeling"):
        stage.insight(services, stage.speak(services, episodes[title], 5), f"About {title}.", kind="summary")
    watch.read()
    gists = [each.gists for each in heard if isinstance(each, GistsRead)]
    assert gists and {episodes["Assam"].id: ("About Assam.", "a-model")} == dict(gists[-1]), "what was dealt with needs none"


def test_the_selected_episode_is_read_whole_and_then_only_its_news(
    watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard
) -> None:
    made = stage.speak(services, episodes["Mars"], 5, complete=False)
    watch.read()
    heard.clear()
    watch.select(episodes["Mars"].id)
    assert watch.stale
    watch.read()
    found = heard.take()
    assert [each.tab for each in found if isinstance(each, SheetRead)] == ["takeaways", "summary", "moments", "notes", "chapters"]
    (words,) = [each for each in found if isinstance(each, PassagesRead)]
    assert (words.start, len(words.passages), words.unmade) == (0, 5, True)
    watch.select(episodes["Mars"].id)
    assert not watch.stale, "it was that one already"
    stage.more(services, made, range(5, 8))
    watch.read()
    (words,) = [each for each in heard.take() if isinstance(each, PassagesRead)]
    assert (words.start, [each.number for each in words.passages]) == (5, [5, 6, 7]), "only what is new"
    watch.select(None)
    watch.read()
    assert not [each for each in heard if isinstance(each, PassagesRead | SheetRead)]


def test_words_heard_out_of_order_are_told_in_order_with_what_is_still_missing(
    watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard
) -> None:
    def told() -> tuple[int, list[str]]:
        watch.read()
        (words,) = [each for each in heard.take() if isinstance(each, PassagesRead)]
        return words.start, [each.text for each in words.passages]

    made = stage.speak(services, episodes["Mars"], 0, complete=False)
    stage.more(services, made, range(60, 62), begun_s=590.0)
    watch.select(episodes["Mars"].id)
    assert told() == (0, ["[0:00 to 9:50: not heard yet]", stage.sentence(60), stage.sentence(61)])
    stage.more(services, made, range(62, 63), begun_s=590.0)
    assert told() == (3, [stage.sentence(62)])
    stage.more(services, made, range(2))
    late = [stage.sentence(n) for n in (60, 61, 62)]
    assert told() == (0, [stage.sentence(0), stage.sentence(1), "[0:20 to 9:50: not heard yet]", *late])
    stage.more(services, made, range(2, 59))
    assert told()[0] == 2


def test_an_episode_that_is_gone_is_no_error(watch: Watch, services: Services, episodes: dict[str, Episode]) -> None:
    watch.select(episodes["Mars"].id)
    services.library.remove(services.library.show("Night Sky"))
    services.store._db.execute("delete from episode where id = ?", [episodes["Mars"].id])
    watch.read()


def test_a_setting_that_names_no_model_is_said_in_its_tab(home: Path, episodes: dict[str, Episode], heard: Heard) -> None:
    settings.set_value("models.write", "gpt-9000")
    with open_services() as services:
        stage.speak(services, episodes["Mars"], 5)
        watch = Watch(services, heard.append)
        watch.select(episodes["Mars"].id)
        watch.read()
    sheets = {each.tab: each.sheet for each in heard if isinstance(each, SheetRead)}
    said = " ".join(row.text for row in sheets["takeaways"].rows)
    assert "gpt-9000" in said, said


@pytest.mark.parametrize(("state", "severity"), [("done", "information"), ("failed", "error")])
def test_the_end_of_work_is_told_once(
    watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard, state: str, severity: str
) -> None:
    held = lock.take("net")
    job = services.store.jobs.enqueue("download", episode_id=episodes["Mars"].id, title="Mars")
    watch.read()
    heard.clear()
    services.store.jobs.claim("net")
    services.store.jobs.finish(job.id) if state == "done" else services.store.jobs.fail(job.id, "No such file.", "Refresh it.")
    for _ in range(3):
        watch.read()
    said = [each for each in heard if isinstance(each, Told)]
    assert [each.severity for each in said] == [severity]
    assert "Mars" in said[0].text or "No such file." in said[0].text
    if held is not None:
        os.close(held)


def test_a_title_that_failed_is_told_though_a_hook_came_after_it(
    watch: Watch, services: Services, episodes: dict[str, Episode], heard: Heard
) -> None:
    held = lock.take("ml"), lock.take("hook")
    title = services.store.jobs.enqueue("retell", episode_id=episodes["Mars"].id, target="1", title="Mars")
    services.store.jobs.enqueue("hook", episode_id=episodes["Mars"].id, target="snip", after=title.id)
    watch.read()
    heard.clear()
    services.store.jobs.claim("ml")
    services.store.jobs.fail(title.id, "This machine ran out of memory.", "Close other programs.")
    watch.read()
    assert [each.text for each in heard if isinstance(each, Told)] == ["This machine ran out of memory."]
    for each in held:
        os.close(each)  # type: ignore[arg-type]


class Playback:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.calls = list[str]()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.calls.append(f"{name}{arguments}")


@pytest.mark.parametrize(
    ("name", "value", "call"),
    [
        ("play", None, "set_paused(False,)"), ("pause", None, "set_paused(True,)"), ("toggle", None, "toggle()"),
        ("stop", None, "stop()"), ("next", None, "next_episode()"), ("previous", None, "previous_episode()"),
        ("seek_by", -10.0, "seek_by(-10.0,)"), ("seek_to", 61.5, "seek_to(61.5,)"), ("speed", 1.5, "set_speed(1.5,)"),
        ("volume", 40.0, "set_volume(40.0,)"), ("seek_to", None, ""), ("nonsense", 3.0, ""),
    ],
)  # fmt: skip
def test_what_a_headset_asks_for(heard: Heard, name: str, value: float | None, call: str) -> None:
    playback = Playback()
    bridge = Bridge(heard.append)
    bridge.do = lambda verb, writes=True: verb(type("Its", (), {"playback": playback})())  # type: ignore[method-assign,assignment]
    bridge.moved = lambda _services: None  # type: ignore[method-assign]
    answer(bridge, name, value)
    assert playback.calls == ([call] if call else [])


def test_a_headset_can_ask_to_quit(heard: Heard) -> None:
    answer(Bridge(heard.append), "quit", None)
    assert kinds(heard) == [QuitAsked]
