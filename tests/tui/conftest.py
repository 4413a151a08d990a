"""A real library, and the real app on it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from podcli.services import Services, open_services
from podcli.tui.app import PodcliApp

DATABASE = Path(__file__).parent.parent / "samples" / "databases" / "m001_initial.db"


@pytest.fixture
def kept(home: Path) -> Path:
    """The library with one show, one episode, its transcript and one takeaway; nothing waits to be done."""
    target = home / "data" / "podcli.db"
    target.parent.mkdir(parents=True)
    shutil.copy(DATABASE, target)
    with open_services() as services:
        for job in services.jobs.active():
            services.jobs.cancel(job.id)
    return target


@pytest.fixture
def services() -> Iterator[Services]:
    """Another connection to the same library, as another process would have."""
    with open_services() as opened:
        yield opened


@asynccontextmanager
async def player(
    size: tuple[int, int] = (120, 40), *, silent: bool = True, stop_work: bool = True
) -> AsyncIterator[tuple[PodcliApp, Pilot[None]]]:
    """The app, once it has read the library. Afterwards no thread of it is left, and with `stop_work` no worker."""
    app = PodcliApp(silent=silent)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: "Opening the library" not in seen(app))
            yield app, pilot
    finally:
        app._stop_work = app._stop_work or stop_work
        app.close_down()


async def until(pilot: Pilot[None], true: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Let the app run until `true()` holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not true():
        assert loop.time() < deadline, seen(pilot.app)
        await pilot.pause(0.02)


def seen(app: object) -> str:
    """What stands on the screen, in characters."""
    assert isinstance(app, PodcliApp)
    return "\n".join("".join(segment.text for segment in line) for line in app.screen._compositor.render_strips())


def told(app: PodcliApp) -> str:
    """What the toasts said so far."""
    return "\n".join(notice.message for notice in app._notifications)
