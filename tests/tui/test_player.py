"""The app as a listener uses it: real library, real keys, real workers; only the sound card is missing."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podcli import paths
from podcli.domain import Enclosure, Episode, Feed, FeedItem, Insight, PlayerState, Segment, Sentence, ShowId, Takeaway, Word
from podcli.errors import PodcliError
from podcli.pipeline import lock
from podcli.services import Services, open_services
from podcli.tui.app import PodcliApp
from podcli.tui.widgets.player_bar import PlayerBar
from podcli.tui.widgets.row_list import RowList
from tests.loopback import Site, entry, rss
from tests.player.tones import tone
from tests.tui.conftest import player, seen, told, until

URL = "https://feeds.example.org/tea.xml"


def stock(services: Services, *titles: str, url: str = URL, show: str = "Tea Time") -> list[Episode]:
    """A show whose newest episode is the first title."""
    start = datetime(2026, 11, 20, tzinfo=UTC)
    items = tuple(
        FeedItem(f"{n}", title, Enclosure(f"https://cdn.example.org/{n}.mp3", "audio/mpeg"), published=start - timedelta(days=n),
                 duration_s=600.0, description=f"About {title}.") for n, title in enumerate(titles)
    )  # fmt: skip
    show_id, _ = services.store.library.save_feed(Feed(url, show, items), url=url)
    return services.library.episodes(show_id)


def speak(services: Services, episode: Episode, count: int, *, complete: bool = True) -> int:
    """A transcript with a sentence every ten seconds."""
    made = services.store.insights.begin(
        episode.id, audio_sha256=f"{episode.id:064}", source="whisper", model="whisper-base", decode_version="1"
    )
    said = [
        Segment(n * 10.0, n * 10.0 + 9, f"Sentence {n} is said.", words=(Word(n * 10.0, n * 10.0 + 9, "x"),))
        for n in range(count)
    ]
    services.store.insights.add_segments(made.id, said)
    if complete:
        sentences = [Sentence(n, s.start_s, s.end_s, s.text) for n, s in enumerate(said, 1)]
        services.store.insights.finish(made.id, sentences)
    return made.id


def slow_show(site: Site, folder: Path) -> str:
    """A feed on loopback whose recording takes several seconds to arrive."""
    site.put("/one.mp3", tone(folder / "one.wav", 250).read_bytes(), type="audio/wav", pause_s=0.02)
    return site.put("/feed.xml", rss(site.base, entry(site.base, "one", title="Episode one")), type="application/rss+xml")


def state(app: PodcliApp) -> PlayerState:
    return app.library.query_one(PlayerBar).state


def rows(app: PodcliApp, selector: str) -> RowList:
    return app.library.query_one(selector, RowList)


async def test_an_empty_library_says_what_to_press() -> None:
    async with player() as (app, pilot):
        text = seen(app)
        assert "Your library is empty" in text
        assert "Press a" in text
        await until(pilot, lambda: "podcli demo" in seen(app))
        assert "a Add" in text.splitlines()[-1]
        assert "Play" not in text.splitlines()[-1]


async def test_keys_that_need_an_episode_do_nothing_in_an_empty_library() -> None:
    async with player() as (app, pilot):
        await pilot.press(*"tsTndrDx/fHL[]= ", "enter", "tab", "escape", "left", "G", "k")
        await until(pilot, lambda: "Your library is empty" in seen(app))
        assert not app.active


async def test_a_library_is_listed_with_what_it_holds(kept: Path) -> None:
    async with player() as (app, pilot):
        for words in (
            "All episodes",
            "Kept show",
            "1 new",
            "at 1:01",
            "takeaways",
            "It is kept.",
            "“Kept for good.”",
            "0:00",
            "by qwen",
        ):
            await until(pilot, lambda words=words: words in seen(app))  # type: ignore[misc]


async def test_moving_shows_what_each_episode_says(services: Services) -> None:
    _, second, third = stock(services, "First", "Second", "Third")
    made = speak(services, second, 3)
    item = Takeaway("Tea is warm.", "Sentence 1 is said.", 10.0, 19.0, (2,))
    services.store.insights.save_insight(made, Insight("takeaways", "qwen2.5-coder-1.5b", "1", (item,)))
    async with player() as (app, pilot):
        await until(pilot, lambda: "No takeaways yet" in seen(app))
        await pilot.press("j")
        await until(pilot, lambda: "Tea is warm." in seen(app))
        await pilot.press("T")
        await until(pilot, lambda: "Sentence 2 is said." in seen(app))
        await pilot.press("n")
        await until(pilot, lambda: "About Second." in seen(app))
        await pilot.press("G")
        await until(pilot, lambda: "About Third." in seen(app))
        assert rows(app, "#episodes RowList").current.key == third.id  # type: ignore[union-attr]


async def test_a_show_narrows_the_episodes(services: Services) -> None:
    stock(services, "About tea")
    stock(services, "About coffee", url="https://feeds.example.org/coffee.xml", show="Coffee Break")
    async with player() as (app, pilot):
        await until(pilot, lambda: "About coffee" in seen(app) and "About tea" in seen(app))
        await pilot.press("h", "j")
        await until(pilot, lambda: "About tea" not in seen(app))
        await until(pilot, lambda: "About coffee" in seen(app))
        await pilot.press("enter")
        assert rows(app, "#episodes RowList").has_focus


async def test_hostile_text_is_shown_as_it_is_and_steers_nothing(services: Services) -> None:
    evil = [
        "[/]",
        "Ep 5 [/b]",
        "[Bonus] five",
        "[@click=app.quit]quit[/]",
        "{'a[0]'}",
        "\x1b]52;c;eA==\x07clip",
        "\x9d0;gone\x9ckept",
    ]
    for episode in stock(services, *evil, show="[/b] \x1b[2J show"):
        made = speak(services, episode, 1)
        item = Takeaway("[/] \x1b[31m claim", "[/b] quote", 0.0, 1.0, (1,))
        services.store.insights.save_insight(made, Insight("takeaways", "[/] model", "1", (item,), notice="[/]"))
    async with player((160, 40)) as (app, pilot):
        await until(pilot, lambda: "claim" in seen(app))
        for tab in "tsTn":
            await pilot.press(tab)
            for key in "j" * (len(evil) - 1) + "k" * (len(evil) - 1):
                await pilot.press(key)
        await pilot.press("question_mark", "escape", "J", "escape", "h", "j", "D", "escape")
        text = seen(app)
        for words in (
            "[/]",
            "Ep 5 [/b]",
            "[Bonus] five",
            "[@click=app.quit]quit[/]",
            "{'a[0]'}",
            "clip",
            "kept",
            "[/b] show",
        ):
            assert words in text
        assert not set("\x1b\x07\x9d\x9c") & set(text)
        assert "52;c" not in text and "gone" not in text and "[2J" not in text


async def test_the_filter_narrows_what_has_the_focus_and_escape_shows_all(services: Services) -> None:
    stock(services, "On green tea", "On black tea", "On water", show="Drinks")
    async with player() as (app, pilot):
        await until(pilot, lambda: "On water" in seen(app))
        await pilot.press("G", "slash", *"tea", "enter")
        listed = rows(app, "#episodes RowList")
        assert [row.text for row in listed.shown] == ["On green tea", "On black tea"]
        assert listed.has_focus
        await until(pilot, lambda: "─ On black tea ─" in seen(app))  # what is left is what the right side is about
        await pilot.press("escape")
        assert len(listed.shown) == 3


async def test_a_feed_is_added_by_its_address(site: Site) -> None:
    url = site.put(
        "/feed.xml", rss(site.base, entry(site.base, "one", title="Episode one"), title="Fresh show"), type="application/rss+xml"
    )
    async with player() as (app, pilot):
        await pilot.press("a")
        await pilot.press(*[{":": "colon", "/": "slash", ".": "full_stop"}.get(char, char) for char in url], "enter")
        await until(pilot, lambda: "Episode one" in seen(app) and "Add a show" not in seen(app))
        await until(pilot, lambda: "Fresh show" in seen(app))
        assert rows(app, "#shows RowList").current.text == "Fresh show"  # type: ignore[union-attr]


async def test_what_is_wrong_with_an_address_is_said_beneath_it(site: Site) -> None:
    async with player() as (app, pilot):
        await pilot.press("a")
        for char in site.base + "/gone.xml":
            await pilot.press({":": "colon", "/": "slash", ".": "full_stop"}.get(char, char))
        await pilot.press("enter")
        await until(pilot, lambda: "! " in seen(app) and "404" in seen(app))
        await until(pilot, lambda: "Add a show" in seen(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Your library is empty" in seen(app))


async def test_a_recording_of_ones_own_is_put_on_the_shelf(tmp_path: Path) -> None:
    file = tone(tmp_path / "talk.wav", 2)
    async with player() as (app, pilot):
        app.bridge.add(str(file))
        await until(pilot, lambda: "Files" in seen(app) and "talk" in seen(app))
        await pilot.press("a", *"nix", "full_stop", *"mp3", "enter")
        await until(pilot, lambda: "There is no file" in seen(app))


async def test_playing_pausing_seeking_and_speed(services: Services) -> None:
    stock(services, "Play me")
    async with player() as (app, pilot):
        await until(pilot, lambda: "Play me" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: state(app).position_s > 0.1)
        await until(pilot, lambda: "▶ Play me — Tea Time" in seen(app))
        await pilot.press("space")
        await until(pilot, lambda: "paused" in seen(app))
        for key, second in {"right": 30, "L": 90, "left": 80, "H": 20}.items():
            await pilot.press(key)
            await until(pilot, lambda second=second: second <= state(app).position_s < second + 5)  # type: ignore[misc]
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: "1.2×" in seen(app))
        await pilot.press("equals_sign")
        await until(pilot, lambda: "1×" in seen(app))


async def test_quitting_keeps_the_position(services: Services) -> None:
    (episode,) = stock(services, "Play me")
    async with player() as (app, pilot):
        await until(pilot, lambda: "Play me" in seen(app))
        await pilot.press("enter", "L", "L", "space")
        await until(pilot, lambda: state(app).paused and state(app).position_s > 120)
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
    assert 120 <= services.library.episode(episode.id).position_s < 125


async def test_real_sound_engine_without_a_sound_card(
    tmp_path: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")
    services.library.resolve(str(tone(tmp_path / "talk.wav", 30)))
    async with player(silent=False) as (app, pilot):
        await until(pilot, lambda: "talk" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: state(app).position_s > 0.3)
        assert state(app).duration_s == pytest.approx(30, abs=0.1)
        (episode,) = services.library.episodes()
        Path(tmp_path / "talk.wav").unlink()
        app.bridge.play(episode.id, 3.0)
        await until(pilot, lambda: state(app).position_s > 3)


async def test_a_file_that_is_gone_is_said_in_words(tmp_path: Path, services: Services) -> None:
    file = tone(tmp_path / "talk.wav", 1)
    services.library.resolve(str(file))
    file.unlink()
    async with player() as (app, pilot):
        await until(pilot, lambda: "talk" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "is gone" in told(app))
        assert "Traceback" not in seen(app)


async def test_enter_on_a_statement_plays_from_its_second(services: Services) -> None:
    (episode,) = stock(services, "Play me")
    made = speak(services, episode, 20)
    item = Takeaway("Said at a hundred.", "Sentence 10 is said.", 100.0, 109.0, (11,))
    services.store.insights.save_insight(made, Insight("takeaways", "qwen2.5-coder-1.5b", "1", (item,)))
    async with player() as (app, pilot):
        await until(pilot, lambda: "Said at a hundred." in seen(app))
        await pilot.press("l", "enter")
        await until(pilot, lambda: 100 <= state(app).position_s < 110)
        await pilot.press("T", "G", "enter")
        await until(pilot, lambda: 190 <= state(app).position_s < 200)


async def test_the_transcript_follows_playback_until_one_looks_elsewhere(services: Services) -> None:
    (episode,) = stock(services, "Play me")
    speak(services, episode, 55)
    async with player() as (app, pilot):
        await pilot.press("enter", "T", "space")
        transcript = rows(app, "#rows-transcript")
        await until(pilot, lambda: transcript.rows and state(app).paused)
        await pilot.press("L", "L", "L")
        await until(pilot, lambda: transcript.current is not None and transcript.current.key == 18)
        await until(pilot, lambda: "›▶ 3:00 Sentence 18" in seen(app))
        await pilot.press("l", "g")
        app.bridge.seek_by(60)
        await until(pilot, lambda: state(app).position_s >= 240)
        assert transcript.current.key == 0  # type: ignore[union-attr]
        await pilot.press("f")
        assert transcript.current.key == 24  # type: ignore[union-attr]


async def test_words_appear_while_another_process_writes_them(services: Services) -> None:
    (episode,) = stock(services, "Being heard")
    made = speak(services, episode, 2, complete=False)
    async with player() as (app, pilot):
        await pilot.press("T")
        await until(pilot, lambda: "Sentence 1 is said." in seen(app))
        await until(pilot, lambda: "T goes on" in seen(app))
        services.store.insights.add_segments(made, [Segment(20.0, 29.0, "Sentence two just came.")])  # type: ignore[arg-type]
        await until(pilot, lambda: "just came" in seen(app))
        services.store.insights.finish(made, [Sentence(1, 0, 9, "All of it."), Sentence(2, 10, 19, "Truly all.")])  # type: ignore[arg-type]
        await until(pilot, lambda: "Truly all." in seen(app))
        await until(pilot, lambda: "just came" not in seen(app))
        item = Takeaway("And so it is.", "Truly all.", 10.0, 19.0, (2,))
        services.store.insights.save_insight(made, Insight("takeaways", "qwen2.5-coder-1.5b", "1", (item,), complete=False))  # type: ignore[arg-type]
        await pilot.press("t")
        await until(pilot, lambda: "And so it is." in seen(app) and "t goes on" in seen(app))


async def test_a_running_job_shows_its_progress_and_x_stops_it(site: Site, tmp_path: Path) -> None:
    url = slow_show(site, tmp_path)
    async with player() as (app, pilot):
        app.bridge.add(url)
        await until(pilot, lambda: "Episode one" in seen(app))
        await pilot.press("d")
        await until(pilot, lambda: "Downloading" in seen(app) and "%" in seen(app) and "left" in seen(app))
        assert "downloading" in rows(app, "#episodes RowList").rows[0].note
        await pilot.press("J")
        await until(pilot, lambda: "Work" in seen(app) and "left" in seen(app))
        await pilot.press("escape", "x")
        await until(pilot, lambda: not app.active)
        assert app.recent[0].state == "cancelled"
        await pilot.press("J", "r")
        await until(pilot, lambda: app.recent[0].state == "running")


async def test_quitting_during_work_asks_what_shall_become_of_it(site: Site, tmp_path: Path) -> None:
    url = slow_show(site, tmp_path)
    async with player() as (app, pilot):
        app.bridge.add(url)
        await until(pilot, lambda: "Episode one" in seen(app))
        await pilot.press("d")
        await until(pilot, lambda: "Downloading" in seen(app))
        await pilot.press("q")
        await until(pilot, lambda: "Work is going on" in seen(app))
        await pilot.press("escape")
        assert not app._exit
        await pilot.press("q", "q")
        await until(pilot, lambda: app._exit)
    with open_services() as services:
        assert services.jobs.recent()[0].state == "stopped"


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # that is the point
async def test_work_can_go_on_without_the_player(site: Site, tmp_path: Path) -> None:
    url = slow_show(site, tmp_path)
    async with player(stop_work=False) as (app, pilot):
        app.bridge.add(url)
        await until(pilot, lambda: "Episode one" in seen(app))
        await pilot.press("d")
        await until(pilot, lambda: "Downloading" in seen(app))
        await pilot.press("q", "k")
        await until(pilot, lambda: app._exit)
    with open_services() as services:
        job = services.jobs.recent()[0]
        assert job.state == "running"
        services.jobs.cancel(job.id)


@pytest.mark.models
async def test_an_accepted_offer_goes_on_once_the_models_are_here(
    services: Services, test_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock(services, "Read me")
    held = [lock.take("net"), lock.take("ml")]  # as if other workers were busy: nothing is fetched or run here
    async with player() as (app, pilot):
        await until(pilot, lambda: "No takeaways yet" in seen(app))
        await pilot.press("T", "T")
        await until(pilot, lambda: "A model is missing" in seen(app))
        await pilot.press("y")
        await until(pilot, lambda: app.active)
        assert {job.kind for job in app.active} == {"pull"}
        monkeypatch.setenv("PODCLI_MODELS", str(test_models))
        while job := services.store.jobs.claim("net"):
            services.store.jobs.finish(job.id, {})
        await until(pilot, lambda: [job.kind for job in app.active] == ["download", "transcribe"])
        await until(pilot, lambda: "waiting" in seen(app))
    for descriptor in held:
        assert descriptor is not None
        os.close(descriptor)


async def test_a_missing_model_is_named_with_its_command_and_offered(services: Services) -> None:
    stock(services, "Read me")
    async with player() as (app, pilot):
        await until(pilot, lambda: "No takeaways yet" in seen(app))
        await pilot.press("t")
        await until(pilot, lambda: "A model is missing" in seen(app))
        await until(pilot, lambda: "podcli models pull" in seen(app))
        await pilot.press("escape")
        await until(pilot, lambda: "No takeaways yet" in seen(app))
        assert not app.recent


async def test_half_a_transcript_can_be_finished(services: Services) -> None:
    (episode,) = stock(services, "Half heard")
    speak(services, episode, 2, complete=False)
    async with player() as (app, pilot):
        await pilot.press("T")
        await until(pilot, lambda: "T goes on" in seen(app))
        await pilot.press("T")
        await until(pilot, lambda: "A model is missing" in seen(app))


async def test_what_failed_is_said_where_it_would_have_stood(services: Services) -> None:
    (episode,) = stock(services, "Read me")
    failed = services.store.jobs.enqueue("transcribe", episode_id=episode.id, title="Read me")
    services.store.jobs.fail(failed.id, "The audio is damaged.", "Download it again.", 1)
    async with player() as (app, pilot):
        await pilot.press("T")
        await until(pilot, lambda: "The audio is damaged." in seen(app))
        await until(pilot, lambda: "Press T to try again." in seen(app))


async def test_removing_a_show_asks_first(services: Services) -> None:
    stock(services, "About tea")
    async with player() as (app, pilot):
        await until(pilot, lambda: "About tea" in seen(app))
        await pilot.press("h", "j", "D")
        await until(pilot, lambda: "Remove “Tea Time”?" in seen(app))
        await pilot.press("escape")
        assert services.library.shows()
        await pilot.press("D", "y")
        await until(pilot, lambda: "Your library is empty" in seen(app))
        await until(pilot, lambda: "Tea Time" not in seen(app))
    assert not services.library.shows()


@pytest.mark.parametrize(("size", "panes"), [((120, 40), 3), ((80, 24), 2), ((40, 20), 1)])
async def test_as_many_panes_as_there_is_room_for(size: tuple[int, int], panes: int, services: Services) -> None:
    (episode,) = stock(services, "Small is beautiful")
    speak(services, episode, 3)
    async with player(size) as (app, pilot):
        await until(pilot, lambda: "Small is beau" in seen(app))
        for key in ("tab", "tab", "tab", "T", "h", "h", "enter"):
            await pilot.press(key)
            shown = [name for name in ("shows", "episodes", "detail") if app.library.query_one(f"#{name}").display]
            assert len(shown) == panes
            assert app.library._at in shown
            assert app.focused is not None
            assert app.focused in app.library.query_one(f"#{app.library._at}").walk_children()
        assert all(len(line) <= size[0] for line in seen(app).splitlines())
        await pilot.press("question_mark")
        await until(pilot, lambda: "Enter" in seen(app))


async def test_resizing_goes_through_every_size_without_harm(services: Services) -> None:
    (episode,) = stock(services, "Small is beautiful")
    speak(services, episode, 50)
    async with player() as (_, pilot):
        await pilot.press("T", "enter")
        for width, height in ((80, 24), (40, 20), (20, 8), (5, 3), (1, 1), (200, 60), (120, 40)):
            await pilot.resize_terminal(width, height)
            await pilot.press("j")


async def test_the_help_lists_what_works_where_the_focus_is(services: Services) -> None:
    stock(services, "About tea")
    async with player((120, 60)) as (app, pilot):
        await until(pilot, lambda: "About tea" in seen(app))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Play from where you were" in seen(app))
        await pilot.press("escape", "h", "question_mark")
        await until(pilot, lambda: "See its episodes" in seen(app))
        await until(pilot, lambda: "Quit; the position is kept" in seen(app))


async def test_twenty_thousand_sentences_stay_fluid(services: Services) -> None:
    (episode,) = stock(services, "Three hours")
    speak(services, episode, 20_000)
    async with player() as (app, pilot):
        await pilot.press("T", "l")
        transcript = rows(app, "#rows-transcript")
        await until(pilot, lambda: len(transcript.rows) == 20_000)
        await pilot.press("G")
        await until(pilot, lambda: "Sentence 19999 is said." in seen(app))
        assert len(list(transcript.walk_children())) == 0
        await pilot.press("slash", *"19997", "enter")
        assert [row.key for row in transcript.shown] == [19_997]


async def test_a_library_that_cannot_be_opened_ends_the_player_with_words(home: Path) -> None:
    paths.database().parent.mkdir(parents=True)
    paths.database().write_bytes(b"no database at all, but long enough to be read as one" * 20)
    app = PodcliApp()
    async with app.run_test() as pilot:
        for _ in range(200):
            if app._exit:
                break
            await pilot.pause(0.02)
    app.close_down()
    assert isinstance(app.failure, PodcliError)
    assert "damaged" in app.failure.message


async def test_a_busy_library_is_waited_for_without_freezing_the_screen(kept: Path) -> None:
    async with player() as (app, pilot):
        await until(pilot, lambda: "Kept show" in seen(app))
        other = sqlite3.connect(kept)
        other.execute("begin immediate")
        app.bridge.refresh(ShowId(1))
        await pilot.press("question_mark")
        await until(pilot, lambda: "Everywhere" in seen(app))
        other.rollback()
        other.close()
        await until(pilot, lambda: app.recent and app.recent[0].kind == "refresh")


async def test_the_palette_finds_what_keys_do(services: Services) -> None:
    stock(services, "About tea")
    async with player() as (app, pilot):
        await until(pilot, lambda: "About tea" in seen(app))
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "Pause or go on" in seen(app))
        await pilot.press(*"show notes")
        await until(pilot, lambda: "Show notes and chapters" in seen(app) and "Pause or go on" not in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "About About tea." in seen(app))


async def test_a_click_selects_and_a_double_click_plays(services: Services) -> None:
    stock(services, "First", "Second")
    async with player() as (app, pilot):
        await until(pilot, lambda: "Second" in seen(app))
        await pilot.click("#episodes RowList", offset=(5, 2))
        await until(pilot, lambda: rows(app, "#episodes RowList").current.text == "Second")  # type: ignore[union-attr]
        await pilot.click("#episodes RowList", offset=(5, 2), times=2)
        await until(pilot, lambda: state(app).title == "Second")


async def test_a_position_is_kept_when_the_library_was_busy_for_a_while(kept: Path) -> None:
    with open_services() as services:
        episode = services.library.resolve(str(tone(kept.parent / "talk.wav", 60)))
    assert isinstance(episode, Episode)
    async with player() as (app, pilot):
        await until(pilot, lambda: "talk" in seen(app))
        app.bridge.play(episode.id, 20.0)
        await until(pilot, lambda: state(app).position_s > 20.5)
        other = sqlite3.connect(kept)
        other.execute("begin immediate")
        await pilot.press("space")
        await pilot.pause(0.5)
        other.rollback()
        other.close()
        await until(pilot, lambda: state(app).paused)
        await pilot.press("q")
    with open_services() as services:
        assert services.library.episode(episode.id).position_s > 20


async def test_a_tab_answers_keys_before_it_was_ever_drawn(services: Services) -> None:
    (episode,) = stock(services, "Heard")
    speak(services, episode, 55)
    async with player() as (app, pilot):
        await until(pilot, lambda: len(rows(app, "#rows-transcript").rows) == 55)
        transcript = rows(app, "#rows-transcript")
        app.library.action_tab("transcript")
        for action in ("cursor(1)", "page(1.0)", "page(-0.5)", "edge(1)", "choose"):
            await transcript.run_action(action)
        await until(pilot, lambda: "Sentence 54 is said." in seen(app))
