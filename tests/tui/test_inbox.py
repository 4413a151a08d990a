"""The inbox: what is new over all shows, and one key for each decision."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from podcli.domain import Enclosure, Feed, FeedItem, ShowSettings, Triage
from podcli.services import Services
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


async def test_an_empty_library_says_what_to_press() -> None:
    async with player() as (app, pilot):
        await until(pilot, lambda: all(each in seen(app) for each in ("Your library is empty", "Press a", "podcli demo")))
        last = seen(app).splitlines()[-1]
        assert "a Add" in last and "e Queue" not in last and "Open" not in last, "only what can be done is offered"


async def test_keys_that_need_an_episode_do_nothing_in_an_empty_library() -> None:
    async with player() as (app, pilot):
        await press(pilot, [*"eEdxcBmMuwvtCioUYrPnNjkgG", "enter", "tab", "left", "right", "space", "[", "]", "*", ",", "."])
        assert app.is_running and app.failure is None
        assert "foresee" not in told(app)


async def test_everything_new_is_listed_newest_first(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await until(pilot, lambda: "Ceylon" in seen(app))
        lines = [line[:45] for line in seen(app).splitlines()]  # beside the list stands what the first episode says
        order = [line for line in lines if any(title in line for title in ("Assam", "Bancha", "Ceylon", "Mars"))]
        assert "Inbox · 4" in seen(app)
        assert [next(t for t in ("Assam", "Bancha", "Ceylon", "Mars") if t in line) for line in order[:4]] in (
            ["Assam", "Mars", "Bancha", "Ceylon"], ["Mars", "Assam", "Bancha", "Ceylon"],
        )  # fmt: skip
        assert "Darjeeling" not in seen(app) and "Venus" not in seen(app)


async def test_the_length_is_that_at_the_listeners_own_speed(services: Services) -> None:
    episodes = stage.stock(services)
    services.library.set_show_settings(episodes["Assam"].show_id, ShowSettings(speed=2.0))
    async with player() as (app, pilot):
        await until(pilot, lambda: "5 min" in seen(app))
        assert "30 min" in seen(app), "the other show is played at 1×"


async def test_a_gist_where_a_model_has_read_it(services: Services) -> None:
    episodes = stage.stock(services)
    stage.insight(services, stage.speak(services, episodes["Bancha"]), "Green tea is picked late.", kind="summary")
    async with player() as (app, pilot):
        await until(pilot, lambda: "Green tea is picked late." in seen(app))


@pytest.mark.parametrize(("key", "kept"), [("c", "done"), ("B", "later")])
async def test_one_key_decides_and_undo_takes_it_back(services: Services, key: str, kept: str) -> None:
    episodes = stage.stock(services)
    async with player() as (app, pilot):
        first = app.front().selected()  # type: ignore[union-attr]
        assert first is not None
        await press(pilot, key)
        await until(pilot, lambda: "Inbox · 3" in seen(app))
        assert stage.triage(services, first) == kept
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "Inbox · 4" in seen(app))
        assert stage.triage(services, first) == "inbox" and "Undone" in told(app)
        assert episodes


async def test_what_is_kept_to_snip_has_a_shelf_of_its_own(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "BK")
        await until(pilot, lambda: "Kept to snip later · 1" in seen(app))
        await press(pilot, "B")  # back into the inbox
        await until(pilot, lambda: "Kept to snip later · 0" in seen(app))
        assert "Nothing is kept to snip later." in seen(app) and "B on an episode keeps it here." in seen(app)
        await press(pilot, "K")
        await until(pilot, lambda: "Inbox · 4" in seen(app))


async def test_queue_and_play_next(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "s")  # by title
        await until(pilot, lambda: "by title" in seen(app))
        await press(pilot, "ge")
        await until(pilot, lambda: stage.queue(services) == ["Assam"])
        await press(pilot, "jE")
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Assam"])
        await until(pilot, lambda: "Queue 2" in seen(app).splitlines()[0])
        assert "Plays next: Bancha" in told(app)


async def test_a_count_takes_several(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await pilot.press("g", "3", "c")
        await until(pilot, lambda: "Inbox · 1" in seen(app))


async def test_heard_leaves_the_inbox(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        first = app.front().selected()  # type: ignore[union-attr]
        await press(pilot, "m")
        await until(pilot, lambda: "Inbox · 3" in seen(app))
        assert first is not None and services.library.episode(first).finished
        await press(pilot, "M")
        await until(pilot, lambda: "Nothing new" in seen(app))


async def test_download_is_work_one_can_watch(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "d")
        await until(pilot, lambda: any(job.kind == "download" for job in [*app.active, *app.recent]))
        assert services.jobs.recent()[0].kind == "download"


async def test_filter_sort_reverse_and_only_unheard(services: Services) -> None:
    episodes = stage.stock(services)
    services.store.library.save_position(episodes["Ceylon"].id, 0.0, True)
    services.store.library.triage([episodes["Ceylon"].id], "inbox")
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"an"])
        await until(pilot, lambda: "Inbox · 1" in seen(app) and "Bancha" in seen(app))
        await press(pilot, ["enter"])
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Inbox · 4" in seen(app))
        await press(pilot, "s")
        await until(pilot, lambda: "by title" in seen(app))
        await press(pilot, "S")
        await until(pilot, lambda: "by title, reversed" in seen(app))
        assert seen(app).index("Mars") < seen(app).index("Assam")
        await press(pilot, "u")
        await until(pilot, lambda: "not heard" in seen(app) and "Inbox · 3" in seen(app))


@pytest.mark.parametrize(("where", "said"), [("inbox", True), ("done", False)])
async def test_only_unheard_says_heard_where_something_was_heard(services: Services, where: Triage, said: bool) -> None:
    episodes = [episode.id for episode in stage.stock(services).values()]
    for number in episodes:
        services.store.library.save_position(number, 0.0, True)
    services.store.library.triage(episodes, where)
    async with player() as (app, pilot):
        await press(pilot, "u")
        await until(pilot, lambda: "not heard" in seen(app) and ("Everything here was heard." in seen(app)) is said)


async def test_a_filter_that_matches_nothing_says_so(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"zzz", "enter"])
        await until(pilot, lambda: "Nothing here has “zzz”" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Inbox · 4" in seen(app))


async def test_new_episodes_and_jobs_do_not_move_the_cursor(services: Services) -> None:
    episodes = stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "jj")
        chosen = app.front().selected()  # type: ignore[union-attr]
        feed = Feed("https://feeds.example.org/tea-time.xml", "Tea Time", (
            FeedItem("new", "Earl Grey", Enclosure("https://cdn.example.org/e.mp3"), published=stage.NEWEST + timedelta(days=1)),
        ))  # fmt: skip
        services.store.library.save_feed(feed, url=feed.url)
        await until(pilot, lambda: "Inbox · 5" in seen(app) and "Earl Grey" in seen(app))
        assert app.front().selected() == chosen  # type: ignore[union-attr]
        services.library.download(episodes["Venus"].id)
        await until(pilot, lambda: app.recent)
        assert app.front().selected() == chosen  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(20, 5), (40, 20), (80, 24), (120, 40), (200, 60)])
async def test_every_size_shows_where_one_is(services: Services, size: tuple[int, int]) -> None:
    stage.stock(services)
    async with player(size) as (app, pilot):
        assert any(title in seen(app) for title in ("Assam", "Mars"))
        for width in (19, 60, 33, size[0]):
            await pilot.resize_terminal(width, size[1])
        await press(pilot, "j")
        assert any(title in seen(app) for title in ("Assam", "Mars", "Bancha"))
        assert app.failure is None


async def test_the_audio_of_a_download_comes_back_with_undo(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    path = stage.download(services, episodes["Assam"], tmp_path / "home" / "audio")
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"Assam", "enter"])
        await until(pilot, lambda: "downloaded" in seen(app))
        await press(pilot, "x")
        await until(pilot, lambda: "downloaded" not in seen(app))
        assert not path.exists()
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "downloaded" in seen(app))
        assert path.exists()
