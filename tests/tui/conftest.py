"""A real library, and the real app on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from podcli.services import Services, open_services
from podcli.tui import counting
from podcli.tui.app import PodcliApp
from podcli.tui.screens.base import BaseScreen


@pytest.fixture
def services() -> Iterator[Services]:
    """Another connection to the same library, as another process would have."""
    with open_services() as opened:
        yield opened


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digit waits for its motion as long as a busy machine needs to press the next key."""
    monkeypatch.setattr(counting, "_WAIT_S", 60.0)


@asynccontextmanager
async def player(
    size: tuple[int, int] = (120, 40), *, silent: bool = True, stop_work: bool = True
) -> AsyncIterator[tuple[PodcliApp, Pilot[None]]]:
    """The app, once it has read the library. Afterwards no thread of it is left, and with `stop_work` no worker."""
    app = PodcliApp(silent=silent)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.library.whole and app.front() is not None)
            yield app, pilot
    finally:
        app.stop_work = app.stop_work or stop_work
        await asyncio.to_thread(app.close_down)


async def until(pilot: Pilot[None], true: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Let the app run until `true()` holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while not true():
        assert loop.time() < deadline, seen(pilot.app)
        await pilot.pause(0.02)


async def press(pilot: Pilot[None], keys: str | Sequence[str]) -> None:
    """Press keys; a digit waits until it has opened its view."""
    for key in keys:
        await pilot.press(key)
        if key.isdigit() and not isinstance(pilot.app.focused, type(None)) and not _types(pilot):
            app = pilot.app
            assert isinstance(app, PodcliApp)
            await until(pilot, lambda app=app: not app.counting.typed)  # type: ignore[misc]


def _types(pilot: Pilot[None]) -> bool:
    from textual.widgets import Input

    return isinstance(pilot.app.focused, Input)


async def view(pilot: Pilot[None], name: str) -> None:
    """Open a view and wait until it is in front."""
    app = pilot.app
    assert isinstance(app, PodcliApp)
    app.open_view(name)
    await until(pilot, lambda: isinstance(app.screen, BaseScreen) and name == app.screen.VIEW and app.screen.ready)


def seen(app: object) -> str:
    """What stands on the screen, in characters."""
    assert isinstance(app, PodcliApp)
    return "\n".join("".join(segment.text for segment in line) for line in app.screen._compositor.render_strips())


def told(app: PodcliApp) -> str:
    """What the toasts said so far."""
    return "\n".join(notice.message for notice in app._notifications)
