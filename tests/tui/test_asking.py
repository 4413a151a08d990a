"""Asking what was said: the question, an answer that grows, what plays, what follows, and what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from podcli import settings
from podcli.domain import Answer, Citation, Episode, Job, Progress
from podcli.engines.manifest import Manifest, now, record, write_manifest
from podcli.pipeline import lock
from podcli.services import Services
from podcli.store.passages import Scope
from podcli.tui.app import PodcliApp
from podcli.tui.screens.asking import AskScreen
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.episode import EpisodeScreen
from tests.toy_models import SHA256, WEIGHTS
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view

SMALL = "smollm2-135m"


@pytest.fixture(autouse=True)
def nobody_works() -> Iterator[None]:
    """What a worker would write is written by the tests."""
    held = lock.take("net"), lock.take("ml")
    yield
    for each in held:
        if each is not None:
            os.close(each)


@pytest.fixture
def writer(home: Path) -> None:
    """Something small installed under the name of a real model."""
    folder = home / "data" / "models" / SMALL
    folder.mkdir(parents=True)
    (folder / "model.gguf").write_bytes(WEIGHTS)
    files = {"model.gguf": record(folder / "model.gguf", SHA256)}
    write_manifest(folder, Manifest(SMALL, files, "x", "Apache-2.0", now(), "gguf", SHA256, "the catalogue"))
    settings.set_value("models.write", SMALL)


@pytest.fixture
def episodes(services: Services, tmp_path: Path) -> dict[str, Episode]:
    """Assam and Mars have transcripts, Assam chapters and audio."""
    found = stage.stock(services)
    for title in ("Assam", "Mars"):
        stage.speak(services, found[title])
    stage.chapters(services, found["Assam"], "Intro", "Leaves and water", "A pot")
    stage.download(services, found["Assam"], tmp_path)
    return found


def screen(app: PodcliApp) -> AskScreen:
    assert isinstance(app.screen, AskScreen)
    return app.screen


def plain(app: PodcliApp) -> str:
    """What the screen says, without frames and breaks."""
    return " ".join("".join(char if char not in "│┃━─╭╮╰╯┏┓┗┛" else " " for char in seen(app)).split())


async def opened(app: PodcliApp, pilot: Pilot[None], words: str = "Ask what was said") -> None:
    await press(pilot, "A")
    await until(pilot, lambda: isinstance(app.screen, AskScreen) and words in plain(app))


async def asked(app: PodcliApp, pilot: Pilot[None], question: str) -> None:
    box = screen(app).query_one(Input)
    box.focus()
    box.value = question
    await pilot.press("enter")


async def job(services: Services, pilot: Pilot[None]) -> Job:
    """The job that looks for the answer, once it is there."""
    await until(pilot, lambda: any(each.kind == "ask" for each in services.jobs.active()))
    return next(each for each in services.jobs.active() if each.kind == "ask")


def said(episode: Episode, number: int, kind: str = "claim") -> Citation:
    return Citation(
        f"It is number {number}.", stage.sentence(number), episode.id, episode.title, episode.show_title, number * 10.0,
        number * 10.0 + 10, (number + 1,), "quote" if kind == "quote" else "claim", "Anna Berg",
    )  # fmt: skip


def answers(services: Services, job: Job, *sentences: Citation, complete: bool = True, **more: object) -> Answer:
    """As the worker would: store what was found so far, and end the job with the answer."""
    found = services.ask.answer_of(job)
    assert found is not None
    found = replace(found, sentences=sentences, answered=bool(sentences), complete=complete, **more)  # type: ignore[arg-type]
    if services.store.jobs.get(job.id).state == "queued":  # type: ignore[union-attr]
        services.store.jobs.claim("ml")
    services.store.answers.save(found)
    services.store.jobs.report(job.id, Progress(1, 4, "steps", "Reading what was found"))
    if complete:
        services.store.jobs.finish(job.id)
    return found


async def test_the_answer_grows_and_each_sentence_plays(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot, "Ask what was said in 2 episodes")
        await asked(app, pilot, "Which number is it?")
        found = await job(services, pilot)
        await until(pilot, lambda: "Which number is it?" in seen(app) and "Looking for an answer" in seen(app))
        answers(services, found, said(episodes["Assam"], 3), complete=False)
        await until(pilot, lambda: "1. It is number 3." in seen(app) and "Reading what was found 25%" in seen(app))
        assert "More may come…" in seen(app) and "esc stops it" in seen(app)
        answers(services, found, said(episodes["Assam"], 3), said(episodes["Mars"], 5, "quote"))
        assert "There is an answer" not in told(app), "it is seen"
        await until(pilot, lambda: f"Answered by {SMALL}, on this machine, from all episodes." in plain(app))
        text = plain(app)
        assert "0:30–0:40 · Tea Time — Assam · “This is sentence number 3.” — Anna Berg" in text
        assert "2. “It is number 5.” — Anna Berg 0:50–1:00 · Night Sky — Mars" in text
        await press(pilot, ["up", "enter"])
        await until(pilot, lambda: app.now.state.episode_id == episodes["Assam"].id and app.now.state.position_s >= 30)


async def test_what_other_programs_do_with_the_episode_is_not_taken_for_the_answer(
    services: Services, episodes: dict[str, Episode], writer: None
) -> None:
    alone = lock.take("hook")
    async with player() as (app, pilot):
        app.open_episode(episodes["Assam"].id)
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen))
        await opened(app, pilot, "Ask · “Assam”")
        await asked(app, pilot, "Which number is it?")
        await until(pilot, lambda: "Looking for an answer: waiting for other work to finish" in plain(app))
        services.store.jobs.enqueue("export", episode_id=episodes["Assam"].id, target="obsidian")
        assert services.store.jobs.claim("hook") is not None
        await until(pilot, lambda: any(each.kind == "export" and each.state == "running" for each in app.active))
        await pilot.pause(0.1)
        line = screen(app).query_one("#about", Static).render()
        assert "Looking for an answer: waiting" in str(line) and "Exporting" not in str(line)
        services.store.jobs.enqueue("retell", episode_id=episodes["Assam"].id, target="1", priority=2)
        assert (first := services.store.jobs.claim("ml")) is not None and first.kind == "retell"
        await until(pilot, lambda: "Titling a snip" in str(screen(app).query_one("#about", Static).render()))
    if alone is not None:
        os.close(alone)


async def test_the_next_question_goes_on_from_the_last(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        first = answers(services, await job(services, pilot), said(episodes["Assam"], 3))
        await until(pilot, lambda: "Answered by" in seen(app))
        await asked(app, pilot, "And after that?")
        second = await job(services, pilot)
        kept = services.ask.answer_of(second)
        assert kept is not None and kept.follows == first.id
        answers(services, second, said(episodes["Assam"], 4), understood="Which number is after 3?")
        await until(pilot, lambda: "Understood as: Which number is after 3?" in seen(app))
        assert [row.text for row in screen(app).items.rows if row.tone == "head"] == ["Which number is it?", "And after that?"]
        await press(pilot, ["up", "x"])
        await until(pilot, lambda: "Ask what was said" in plain(app) and "Asked before" in seen(app))
        await asked(app, pilot, "Something else?")
        third = services.ask.answer_of(await job(services, pilot))
        assert third is not None and third.follows is None


async def test_what_nobody_said_is_told_so(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Who won?")
        answers(services, await job(services, pilot), searches=("won", "victory"))
        await until(pilot, lambda: "Not said in these episodes." in seen(app))
        assert f"Looked through all episodes by {SMALL}, on this machine, for “won”, “victory”." in plain(app)


async def test_escape_stops_looking_and_only_then_leaves(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        found = await job(services, pilot)
        await until(pilot, lambda: "esc stops it" in seen(app))
        await asked(app, pilot, "Or this?")
        await until(pilot, lambda: "One question at a time" in told(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "This was cancelled; ask again to go on." in seen(app))
        assert services.jobs.get(found.id).state == "cancelled"
        await press(pilot, ["escape"])
        await until(pilot, lambda: not isinstance(app.screen, AskScreen))


async def test_a_failure_says_why(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        services.store.jobs.fail((await job(services, pilot)).id, "There is too little memory.", "Choose a smaller model.")
        await until(pilot, lambda: "! There is too little memory. Choose a smaller model." in seen(app))


async def test_what_one_looks_at_is_asked_and_the_rest_is_a_key_away(
    services: Services, episodes: dict[str, Episode], writer: None
) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot, "Ask · all episodes")
        await press(pilot, ["escape"])
        app.open_show(episodes["Mars"].show_id)
        await until(pilot, lambda: "Night Sky ·" in seen(app))
        await opened(app, pilot, "Ask · Night Sky")
        assert "Ask what was said in 1 episode." in plain(app)
        await press(pilot, ["escape", "escape"])
        app.open_episode(episodes["Assam"].id)
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen))
        await opened(app, pilot, "Ask · “Assam”")
        await until(pilot, lambda: "What is said about “Leaves and water”?" in seen(app))
        assert "“Intro”" not in seen(app) and "^o asks Tea Time or all episodes instead." in plain(app)
        await press(pilot, ["ctrl+o"])
        await until(pilot, lambda: "Ask · Tea Time" in seen(app))
        await press(pilot, ["ctrl+o", "ctrl+o"])
        await until(pilot, lambda: "Ask · “Assam”" in seen(app) and "A pot" in seen(app))
        await press(pilot, ["up", "enter"])
        kept = services.ask.answer_of(await job(services, pilot))
        assert kept is not None and kept.question == "What is said about “Leaves and water”?"
        assert services.ask.scope(kept.id) == Scope(episode_id=episodes["Assam"].id)


async def test_an_episode_without_transcript_gets_one_first_if_one_wants(
    services: Services, episodes: dict[str, Episode], writer: None, home: Path
) -> None:
    async with player() as (app, pilot):
        app.open_episode(episodes["Bancha"].id)
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen))
        await opened(app, pilot, "This episode has no transcript yet.")
        await asked(app, pilot, "Which number is it?")
        await until(pilot, lambda: "Make the transcript, then answer" in seen(app))
        await press(pilot, ["escape"])
        assert not services.jobs.active()
        await asked(app, pilot, "Which number is it?")
        await until(pilot, lambda: "Make the transcript, then answer" in seen(app))
        await press(pilot, "y")
        await until(pilot, lambda: "A model is missing" in seen(app) and "whisper" in seen(app))
        await press(pilot, ["escape"])
        assert not services.jobs.active() and "! " in seen(app)


async def test_a_missing_model_is_offered_and_then_the_question_is_taken_up(
    services: Services, episodes: dict[str, Episode], home: Path
) -> None:
    settings.set_value("models.write", SMALL)
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        await until(pilot, lambda: "A model is missing" in seen(app) and SMALL in seen(app))
        await press(pilot, "y")
        await until(pilot, lambda: [each.target for each in services.jobs.active()] == [SMALL])
        folder = home / "data" / "models" / SMALL
        folder.mkdir(parents=True)
        (folder / "model.gguf").write_bytes(WEIGHTS)
        files = {"model.gguf": record(folder / "model.gguf", SHA256)}
        write_manifest(folder, Manifest(SMALL, files, "x", "Apache-2.0", now(), "gguf", SHA256, "the catalogue"))
        (pull,) = services.jobs.active()
        services.store.jobs.claim("net")
        services.store.jobs.finish(pull.id)
        answers(services, await job(services, pilot), said(episodes["Assam"], 3))
        await until(pilot, lambda: "1. It is number 3." in seen(app) and "! " not in seen(app))


async def test_where_nothing_was_transcribed_it_says_so(services: Services, writer: None) -> None:
    stage.stock(services)
    for size in ((40, 16), (120, 40)):
        async with player(size) as (app, pilot):
            await opened(app, pilot, "nothing can be asked")
            assert "t on an episode makes its transcript." in plain(app)
            await asked(app, pilot, "Which number is it?")
            await until(pilot, lambda: "! No episode has a transcript yet" in plain(app))
            await press(pilot, ["escape"])
            await until(pilot, lambda: not isinstance(app.screen, AskScreen))


async def test_what_was_asked_before_is_there_and_costs_nothing(
    services: Services, episodes: dict[str, Episode], writer: None
) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        answers(services, await job(services, pilot), said(episodes["Assam"], 3))
        await until(pilot, lambda: "Answered by" in seen(app))
        await asked(app, pilot, " ")
        await press(pilot, ["escape"])
        await opened(app, pilot, "Asked before")
        screen(app).items.focus()
        await press(pilot, ["G", "enter"])
        await until(pilot, lambda: "1. It is number 3." in seen(app))
        assert not services.jobs.active()


async def test_an_answer_that_was_left_is_told_and_found_again(
    services: Services, episodes: dict[str, Episode], writer: None
) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Which number is it?")
        found = await job(services, pilot)
        await until(pilot, lambda: "esc stops it" in seen(app))
        app.open_view("shows")
        await opened(app, pilot, "Which number is it?")
        answers(services, found, said(episodes["Assam"], 3), complete=False)
        await until(pilot, lambda: "1. It is number 3." in seen(app))
        app.open_view("queue")
        answers(services, found, said(episodes["Assam"], 3))
        await until(pilot, lambda: "There is an answer to “Which number is it?”." in told(app))
        await opened(app, pilot, "Asked before")
        assert "Which number is it?" in seen(app)


async def test_a_question_is_typed_on_the_command_line_too(
    services: Services, episodes: dict[str, Episode], writer: None
) -> None:
    async with player() as (app, pilot):
        await view(pilot, "shows")
        await pilot.press(":")
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        app.screen.query_one(Input).value = "ask Which number is it?"
        await pilot.press("enter")
        answers(services, await job(services, pilot), said(episodes["Assam"], 3))
        await until(pilot, lambda: "1. It is number 3." in seen(app))


async def test_words_from_outside_are_words(services: Services, episodes: dict[str, Episode], writer: None) -> None:
    async with player() as (app, pilot):
        await opened(app, pilot)
        await asked(app, pilot, "Is [b]this[/b] \x1b[31m markup?")
        evil = replace(said(episodes["Assam"], 3), text="No [/] \x1b]52;c;x\x07 markup.", quote="[@click=app.quit]no[/]")
        answers(services, await job(services, pilot), evil)
        await until(pilot, lambda: "No [/] markup." in seen(app) and "[@click=app.quit]no[/]" in seen(app))
        assert "Is [b]this[/b] markup?" in seen(app)
