"""What models made says so, and can be hidden; the publisher's own words never are."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podcli import settings
from podcli.domain import Episode, Insight, InsightKind, Point
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.digest import DigestScreen
from podcli.tui.screens.inbox import InboxScreen
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


def save(services: Services, transcript: int, kind: InsightKind, *points: Point, adapters: str = "") -> None:
    services.store.insights.save_insight(transcript, Insight(kind, "a-model", "1", points, adapters=adapters))  # type: ignore[arg-type]


@pytest.fixture
def assam(services: Services) -> Episode:
    """An episode of which everything was made, alone in the inbox."""
    episodes = stage.stock(services)
    episode = episodes["Assam"]
    services.store.library.triage([each.id for each in episodes.values() if each.id != episode.id], "done")
    transcript = stage.speak(services, episode)
    point = Point("Assam is a kind of tea.", stage.sentence(3), 30.0, 40.0, (4,))
    for kind in ("takeaways", "summary", "gist"):
        save(services, transcript, kind, point, adapters="terse at 0.8")  # type: ignore[arg-type]
    save(services, transcript, "highlights", Point("How tea is made.", "", 30.0, 75.0, (4,), "highlight", "Tea"))
    save(services, transcript, "mentions", Point("", stage.sentence(3), 30.0, 40.0, (4,), "person", "Robert Bruce"))
    save(services, transcript, "chapters", Point("It begins with leaves.", "", 0.0, 100.0, (1,), "chapter", "Leaves"))
    stage.chapters(services, episode, "Leaves", "Water", source="podcli")
    return episode


async def shown(app: PodcliApp, pilot: Pilot[None], key: str, words: str) -> None:
    await press(pilot, key)
    await until(pilot, lambda: words in " ".join(seen(app).split()))


async def test_every_tab_says_which_model_made_it(services: Services, assam: Episode) -> None:
    async with player() as (app, pilot):
        await until(pilot, lambda: "gists by a-model" in seen(app) and "Assam is a kind of tea." in seen(app))
        await shown(app, pilot, "w", "Takeaways by a-model with terse at 0.8, made on this machine")
        await shown(app, pilot, "v", "Summary by a-model with terse at 0.8, made on this machine")
        await shown(app, pilot, "V", "Found by a-model, made on this machine")
        await shown(app, pilot, "C", "Chapters and what is said in them by a-model, made on this machine")
        assert "It begins with leaves." in seen(app)
        await shown(app, pilot, "t", "Transcript by whisper-base, made on this machine")


async def test_the_publishers_chapters_are_not_called_ours(services: Services, assam: Episode) -> None:
    stage.chapters(services, assam, "Leaves", "Water", source="json")
    async with player() as (app, pilot):
        await shown(app, pilot, "C", "Chapters from the publisher. What is said in them by a-model, made")


async def test_a_key_hides_it_all_for_good_and_brings_it_back(services: Services, assam: Episode) -> None:
    async with player() as (app, pilot):
        await shown(app, pilot, "w", "Takeaways by a-model")
        await press(pilot, "I")
        await until(pilot, lambda: "a-model" not in seen(app) and "Assam is a kind of tea." not in seen(app))
        assert "What models made is hidden: I shows it again." in told(app) and "V Moments" not in seen(app)
        await until(pilot, lambda: "[i Notes]" in seen(app) and "About Assam." in seen(app))
        await press(pilot, "C")
        await until(pilot, lambda: "Leaves" in seen(app))
        assert "It begins with leaves." not in seen(app)
        await press(pilot, "w")
        assert "[C Chapters]" in seen(app), "what is hidden has no tab to go to"
    assert settings.load().insights.show is False
    async with player() as (app, pilot):
        await until(pilot, lambda: "[C Chapters] i Notes" in seen(app) and "Leaves" in seen(app))
        assert "V Moments" not in seen(app)
        await press(pilot, "I")
        await until(pilot, lambda: "gists by a-model" in seen(app))
        await shown(app, pilot, "w", "Takeaways by a-model")


async def test_hidden_is_hidden_everywhere(services: Services, assam: Episode) -> None:
    settings.set_value("insights.show", "false")
    services.store._db.execute("update episode set published_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-1 day')")
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "What models made is hidden." in seen(app))
        await press(pilot, ["escape", "9"])
        await until(pilot, lambda: isinstance(app.screen, DigestScreen) and "About Assam." in seen(app))
        assert "kind of tea" not in seen(app) and "a-model" not in seen(app)
        await press(pilot, "I")
        await until(pilot, lambda: "Assam is a kind of tea." in seen(app) and "gists by a-model" in seen(app))
        await press(pilot, ["escape", "0"])
        await until(pilot, lambda: "How tea is made." in seen(app))


async def test_a_summary_is_short_medium_or_long_and_stays_so(services: Services) -> None:
    episodes = stage.stock(services)
    services.store.library.triage([each.id for each in episodes.values() if each.title != "Assam"], "done")
    texts = [f"Point {n} of the talk is told in a sentence that has a dozen or so words." for n in range(1, 21)]
    stage.insight(services, stage.speak(services, episodes["Assam"]), *texts, kind="summary")
    counts = {}
    async with player((120, 60)) as (app, pilot):
        await shown(app, pilot, "v", "Medium length.")
        for length in ("medium", "long", "short", "medium"):
            await until(pilot, lambda length=length: f"{length.capitalize()} length." in seen(app))  # type: ignore[misc]
            counts[length] = seen(app).count("of the talk is told")
            await press(pilot, "Z")
        assert 0 < counts["short"] < counts["medium"] < counts["long"]
        await pilot.press(":")
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        app.screen.query_one(Input).value = "summary short"
        await pilot.press("enter")
        await until(pilot, lambda: "Short length." in seen(app))
    async with player() as (app, pilot):
        await until(pilot, lambda: "Short length." in seen(app))
        app.front().action_episode_summary("tiny")  # type: ignore[union-attr]
        await until(pilot, lambda: "There is no length “tiny”" in told(app))


async def test_it_can_be_typed(services: Services, assam: Episode) -> None:
    async with player() as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, InboxScreen) and "gists by" in seen(app))
        app.action_app_insights("off")
        await until(pilot, lambda: "gists by" not in seen(app))
        app.action_app_insights("on")
        await until(pilot, lambda: "gists by" in seen(app))
