"""The digest: what is new, what to hear first, and the keys that decide about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from textual.pilot import Pilot
from textual.widgets import Input

from podcli import settings
from podcli.domain import EpisodeId
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.digest import DigestScreen
from podcli.tui.screens.episode import EpisodeScreen
from tests.store.examples import feed, item
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


def stock(services: Services) -> dict[str, EpisodeId]:
    """Two shows with an episode a day, one of which is always finished."""
    now = datetime.now(UTC)
    for show in ("Tea", "Sky"):
        url = f"https://feeds.example.org/{show}.xml"
        items = [
            item(f"{show}{n}", published=now - timedelta(days=n, hours=1), description=f"All about {show}.") for n in range(12)
        ]
        services.store.library.save_feed(feed(*items, url=url, title=show), url=url)
    ids = {each.guid: each.id for each in services.library.episodes()}
    for n in range(8, 12):
        services.store.library.save_position(ids[f"Sky{n}"], 3000.0, True)
    services.store.library.triage([ids[f"{show}{n}"] for show in ("Tea", "Sky") for n in range(6)], "inbox")
    return ids


async def typed(app: PodcliApp, pilot: Pilot[None], command: str) -> None:
    """On the ``:`` line."""
    await pilot.press(":")
    await until(pilot, lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
    app.screen.query_one(Input).value = command
    await pilot.press("enter")


async def test_what_to_hear_first_is_at_the_top_with_the_reason(services: Services) -> None:
    stock(services)
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "You finish most of Sky" in seen(app))
        text = seen(app)
        assert "2 to hear first, 12 also new" in text
        assert text.index("Episode Sky0") < text.index("Episode Sky1") < text.index("Episode Tea0")
        assert text.count("hear first") == 3
        assert "All about" in text


async def test_enter_opens_the_episode_and_escape_leads_back(services: Services) -> None:
    ids = stock(services)
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "also new" in seen(app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen))
        assert app.screen.selected() == ids["Sky0"]  # type: ignore[attr-defined]
        assert app.now.state.episode_id is None, "nothing plays yet"
        await press(pilot, ["escape"])
        await until(pilot, lambda: isinstance(app.screen, DigestScreen))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Inbox · 12" in seen(app))


async def test_what_is_decided_leaves_it_and_undo_brings_it_back(services: Services) -> None:
    ids = stock(services)
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "12 also new" in seen(app))
        await press(pilot, "c")
        await until(pilot, lambda: "1 to hear first, 12 also new" in seen(app))
        assert stage.triage(services, ids["Sky0"]) == "done"
        await press(pilot, "e")
        await until(pilot, lambda: stage.queue(services) == ["Episode Sky1"])
        await until(pilot, lambda: "· 12 new" in seen(app))
        await press(pilot, ["ctrl+z", "ctrl+z"])
        await until(pilot, lambda: "2 to hear first, 12 also new" in seen(app))


async def test_the_filter_finds_titles_and_gists(services: Services) -> None:
    stock(services)
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "12 also new" in seen(app))
        await press(pilot, "/tea3")
        await until(pilot, lambda: "· 1 new" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "12 also new" in seen(app))


async def test_nothing_new_says_what_to_do(services: Services) -> None:
    stage.subscribe(services, "Old Tea", "Assam")
    services.store._db.execute("update episode set published_at = '2020-01-01T00:00:00+00:00'")
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "Nothing new: you are up to date." in seen(app))
        assert "R looks for new episodes" in seen(app)


async def test_an_empty_library_says_what_to_press() -> None:
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: isinstance(app.screen, DigestScreen) and "Your library is empty" in seen(app))


async def test_without_history_and_switched_off_it_says_so(services: Services) -> None:
    stage.subscribe(services, "Tea", "Assam", "Bancha")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    services.store._db.execute("update episode set published_at = ?", [now])
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "newest first" in seen(app) and "Nothing was heard" in told(app))
    settings.set_value("digest.personal", "false")
    async with player() as (app, pilot):
        await press(pilot, "9")
        await until(pilot, lambda: "digest.personal is off" in told(app))


async def test_another_time_is_typed_and_nonsense_is_said(services: Services) -> None:
    stock(services)
    async with player() as (app, pilot):
        await typed(app, pilot, "digest 36h")
        await until(pilot, lambda: "2 to hear first, 2 also new" in seen(app))
        await typed(app, pilot, "digest soon")
        await until(pilot, lambda: "no time a digest could begin" in told(app))
        await until(pilot, lambda: "12 also new" in seen(app))
