"""The player's window and the desktop around it: media keys in, notifications out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from podcli.services import Services, notify
from podcli.tui.app import PodcliApp
from podcli.tui.messages import Told
from tests.player.session import Session, session
from tests.player.tones import tone


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with session(tmp_path, monkeypatch) as found:
        yield found


@asynccontextmanager
async def app() -> AsyncIterator[PodcliApp]:
    made = PodcliApp(silent=True)
    try:
        async with made.run_test():
            yield made
    finally:
        made.stop_work = True
        await asyncio.to_thread(made.close_down)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.05)


async def test_media_keys_reach_the_player(bus: Session, services: Services, tmp_path: Path) -> None:
    episode = services.library.resolve(str(tone(tmp_path / "tea.wav", 600)))
    async with app() as made:
        made.bridge.do(lambda its: its.playback.start(episode, 60.0, silent=True))  # type: ignore[arg-type]
        await until(lambda: bus.playerctl("status") == "Playing")
        assert bus.playerctl("metadata", "title") == "tea"
        bus.playerctl("play-pause")
        await until(lambda: bus.playerctl("status") == "Paused")
        bus.playerctl("position", "100")
        await until(lambda: 99 < float(bus.playerctl("position")) < 101)
        bus.playerctl("play")
        await until(lambda: bus.playerctl("status") == "Playing")
        bus.playerctl("stop")
        await until(lambda: bus.playerctl("status") == "Stopped")
    assert bus.playerctl("--list-all") == ""
    assert 99 < services.library.episode(episode.id).position_s < 120  # type: ignore[union-attr]


@pytest.mark.parametrize("previous", ["snip", "previous"])
async def test_the_headset_keeps_a_snip_when_set_so(
    bus: Session, services: Services, home: Path, tmp_path: Path, previous: str
) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text(f'[desktop]\nheadset_previous = "{previous}"\n')
    episode = services.library.resolve(str(tone(tmp_path / "tea.wav", 600)))
    async with app() as made:
        made.bridge.do(lambda its: its.playback.start(episode, 60.0, silent=True))  # type: ignore[arg-type]
        await until(lambda: bus.playerctl("status") == "Playing")
        await until(lambda: made.now.state.position_s > 60.0)
        await asyncio.to_thread(bus.playerctl, "previous")
        if previous == "snip":
            await until(lambda: "Kept 0:15 to 1:" in " ".join(each.message for each in made._notifications))
            assert made.now.state.position_s > 60.0 and not made.now.state.paused, "playback goes on"
        else:
            await until(lambda: made.now.state.position_s < 30.0)
    found = services.snips.cards()
    assert [60 <= card.snip.at_s < 90 for card in found] == [True] * (previous == "snip")


async def test_the_desktop_can_end_the_player(bus: Session, services: Services, tmp_path: Path) -> None:
    episode = services.library.resolve(str(tone(tmp_path / "tea.wav", 600)))
    async with app() as made:
        made.bridge.do(lambda its: its.playback.start(episode, silent=True))  # type: ignore[arg-type]
        await until(lambda: bus.playerctl("status") == "Playing")
        await until(lambda: not made.active)  # else it asks what shall become of the work
        await asyncio.to_thread(bus.quit)
        await until(lambda: made._exit)


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_end_of_long_work_is_told_if_the_setting_says_so(
    services: Services, home: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text(f"[desktop]\nnotify = {str(wanted).lower()}\n")
    monkeypatch.setattr(notify, "LONG_S", -1.0)
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(notify, "send", sent.extend)
    async with app():
        asked = services.jobs.pull("no-such-model")
        await until(lambda: services_job_failed(asked.id))
        await asyncio.sleep(1.0)
    assert [title for title, _ in sent] == ["Fetching a model failed"] * wanted


def services_job_failed(job_id: int) -> bool:
    from podcli.services import open_services

    with open_services() as services:
        return services.jobs.get(job_id).state == "failed"  # type: ignore[arg-type]


async def test_what_the_bridge_tells_is_shown(services: Services) -> None:
    async with app() as made:
        made.bridge.post(Told("The kettle is on."))
        await until(lambda: [each.message for each in made._notifications] == ["The kettle is on."])
