"""With PODCLI_DEBUG nothing that keeps the screen waiting stays unseen."""

from __future__ import annotations

import asyncio
import time

import pytest

from podcli.tui import stopwatch
from tests.tui.conftest import player, until


def burn(seconds: float) -> None:
    """Work, for so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def test_a_slow_step_ends_the_player_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_DEBUG", "1")
    # What is slow on this machine by itself is no matter here.
    monkeypatch.setattr(stopwatch, "LIMIT_S", 0.6)
    original = asyncio.Handle._run  # type: ignore[attr-defined]
    try:
        async with player() as (app, pilot):
            asyncio.get_running_loop().call_soon(burn, 0.8)
            await until(pilot, lambda: app.failure is not None)
            assert isinstance(app.failure, stopwatch.TooSlow)
            assert "burn took" in str(app.failure)
    finally:
        asyncio.Handle._run = original  # type: ignore[attr-defined]


async def test_waiting_counts_only_when_it_is_long() -> None:
    slow = list[stopwatch.TooSlow]()
    end = stopwatch.watch(slow.append)
    try:
        loop = asyncio.get_running_loop()
        loop.call_soon(time.sleep, 0.1)
        await asyncio.sleep(0.2)
        assert not slow
        loop.call_soon(time.sleep, stopwatch.BLOCKED_S + 0.05)
        await asyncio.sleep(0.4)
        assert len(slow) == 1 and "0 ms of them work" in str(slow[0])
    finally:
        end()
