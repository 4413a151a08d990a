"""Downloads and other work: what runs, what waits, why it failed, and what the line at the bottom says of it everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from podcli import settings
from podcli.domain import Episode, JobId, Progress
from podcli.pipeline import lock
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.widgets.row_list import RowList
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view


@pytest.fixture
def episodes(services: Services) -> Iterator[dict[str, Episode]]:
    """A library; nobody works on its jobs but the test."""
    held = lock.take("net"), lock.take("ml")
    yield stage.stock(services)
    for each in held:
        if each is not None:
            os.close(each)


def running(services: Services, episode: Episode, done: int = 4_000_000) -> JobId:
    """A download that is so far."""
    job = services.store.jobs.enqueue("download", episode_id=episode.id, title=episode.title)
    services.store.jobs.claim("net")
    services.store.jobs.report(job.id, Progress(done, 10_000_000, "bytes", "Downloading", 2_000_000.0, 3.0))
    return job.id


def last(app: PodcliApp, number: int = 1) -> str:
    """Line `number` from below."""
    return seen(app).splitlines()[-number]


async def test_the_line_at_the_bottom_is_on_every_view_and_names_a_key_that_is_right_there(
    services: Services, episodes: dict[str, Episode]
) -> None:
    settings.set_value("keys.jobs.cancel", "f6")
    running(services, episodes["Assam"])
    services.store.jobs.enqueue("insights", episode_id=episodes["Mars"].id, title="Mars")
    async with player() as (app, pilot):
        await until(pilot, lambda: "Downloading 40%" in last(app, 2))
        assert "“Assam” · +1 waiting" in last(app, 2) and last(app, 2).rstrip().endswith("5 shows it")
        for name in ("shows", "queue", "models", "settings", "search"):
            await view(pilot, name)
            await until(pilot, lambda: "“Assam”" in last(app, 2) and "5 shows it" in last(app, 2))
        await view(pilot, "jobs")
        await until(pilot, lambda: last(app, 2).rstrip().endswith("f6 stops it"))
        await press(pilot, ["g", "x"])
        assert services.jobs.active(), "x is no longer the key"
        await press(pilot, ["f6"])
        await until(pilot, lambda: not any(job.kind == "download" for job in services.jobs.active()))


async def test_progress_moves_on_and_the_cursor_stays(services: Services, episodes: dict[str, Episode]) -> None:
    job = running(services, episodes["Assam"])
    for title in ("Mars", "Venus", "Bancha"):
        services.store.jobs.enqueue("insights", episode_id=episodes[title].id, title=title)
    async with player() as (app, pilot):
        await view(pilot, "jobs")
        await until(pilot, lambda: "Downloading 40%" in seen(app))
        await press(pilot, ["j", "j"])
        rows = app.screen.query_one(RowList)
        chosen = rows.current.key if rows.current else None
        services.store.jobs.report(job, Progress(9_000_000, 10_000_000, "bytes", "Downloading", 2_000_000.0, 0.5))
        await until(pilot, lambda: "Downloading 90%" in seen(app))
        services.store.jobs.enqueue("insights", episode_id=episodes["Ceylon"].id, title="Ceylon", priority=5)
        services.store.jobs.finish(job)
        await until(pilot, lambda: "Ceylon" in seen(app) and "90%" not in seen(app))
        assert rows.current is not None and rows.current.key == chosen


async def test_only_what_can_be_done_is_offered(services: Services, episodes: dict[str, Episode]) -> None:
    failed = services.store.jobs.enqueue("download", episode_id=episodes["Mars"].id, title="Mars")
    services.store.jobs.fail(failed.id, "cdn.example.org has no such file.", "The publisher may have moved it.")
    running(services, episodes["Assam"])
    async with player() as (app, pilot):
        await view(pilot, "jobs")
        await until(pilot, lambda: "x Stop it" in last(app) and "Try again" not in last(app))
        await press(pilot, "G")
        await until(pilot, lambda: "r Try again" in last(app) and "Stop it" not in last(app))
        await press(pilot, "x")
        assert services.jobs.get(failed.id).state == "failed"
        await press(pilot, ["enter"])
        await until(pilot, lambda: "╭─ Mars" in seen(app) or "┏━ Mars" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Downloads and work" in seen(app))


async def test_what_waits_for_stopped_work_is_stopped_with_it(services: Services, episodes: dict[str, Episode]) -> None:
    first = running(services, episodes["Assam"])
    then = services.store.jobs.enqueue("transcribe", episode_id=episodes["Assam"].id, title="Assam", after=first)
    async with player() as (app, pilot):
        await view(pilot, "jobs")
        await until(pilot, lambda: "40%" in seen(app))
        await press(pilot, ["g", "x"])
        await until(pilot, lambda: services.jobs.get(then.id).state in ("cancelled", "failed"))
        assert services.jobs.get(first).state == "cancelled"
        await until(pilot, lambda: not app.active)


async def test_work_is_paused_and_goes_on(services: Services, episodes: dict[str, Episode]) -> None:
    running(services, episodes["Assam"])
    waiting = services.store.jobs.enqueue("download", episode_id=episodes["Bancha"].id, title="Bancha")
    async with player() as (app, pilot):
        await view(pilot, "jobs")
        await until(pilot, lambda: "w Pause or go on" in last(app))
        await press(pilot, ["g", "j", "w"])
        await until(pilot, lambda: services.jobs.get(waiting.id).state == "paused")
        await until(pilot, lambda: "paused" in seen(app))
        await press(pilot, ["g", "x"])
        await until(pilot, lambda: "Downloading: paused · “Bancha”  w goes on" in seen(app))
        await press(pilot, ["g", "w"])
        await until(pilot, lambda: services.jobs.get(waiting.id).state == "queued" and "paused" not in seen(app))


async def test_the_end_of_work_is_told_once_with_its_reason(services: Services, episodes: dict[str, Episode]) -> None:
    job = running(services, episodes["Assam"])
    async with player() as (app, pilot):
        await until(pilot, lambda: app.active)
        services.store.jobs.fail(job, "cdn.example.org has no such file.", "The publisher may have moved it.")
        await until(pilot, lambda: "cdn.example.org has no such file." in told(app))
        await view(pilot, "jobs")
        await view(pilot, "inbox")
        services.store.library.save_position(episodes["Mars"].id, 9.0)  # so that the library is read again
        await until(pilot, lambda: "at 0:09" in seen(app))
        assert told(app).count("no such file") == 1 and "The publisher may have moved it." in told(app)


async def test_what_ended_before_is_no_news(services: Services, episodes: dict[str, Episode]) -> None:
    job = running(services, episodes["Assam"])
    services.store.jobs.fail(job, "cdn.example.org has no such file.")
    async with player() as (app, pilot):
        await view(pilot, "jobs")
        await until(pilot, lambda: "cdn.example.org has no such file." in seen(app))
        assert "no such file" not in told(app)


async def test_an_episode_says_that_it_is_being_fetched(services: Services, episodes: dict[str, Episode]) -> None:
    running(services, episodes["Assam"])
    async with player() as (app, pilot):
        await until(pilot, lambda: any("40%" in line and "10 min" in line for line in seen(app).splitlines()))


async def test_what_goes_on_alone_is_no_reason_to_ask_and_is_not_stopped(services: Services) -> None:
    held = lock.take("hook")
    mars = stage.stock(services)["Mars"]
    job = services.store.jobs.enqueue("export", episode_id=mars.id, target="obsidian", title="obsidian — Mars")
    async with player() as (app, pilot):
        await until(pilot, lambda: [each.id for each in app.active] == [job.id])
        assert "Exporting: waiting for other work to finish" in seen(app)
        await press(pilot, "q")
        await until(pilot, lambda: app._exit)
    assert services.jobs.get(job.id).state == "queued"
    if held is not None:
        os.close(held)
