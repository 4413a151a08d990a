"""What is shown when adapters come and go: what was made with those that work now, never thrown away, never made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Enclosure, Episode, Feed, FeedItem, InsightKind, Segment
from podcli.engines import adapters
from podcli.engines.adapters import Adapter, identity, serving
from podcli.engines.base import Written
from podcli.errors import ModelError, UsageError
from podcli.pipeline import reading
from podcli.services import Services, open_services
from tests.make_adapter import make_adapter
from tests.pipeline.readings import context, put_episode, put_job, put_transcript
from tests.pipeline.talks import SHIPPING, Told, copied, talk
from tests.toy_models import install_writer

BASE, OTHER = "smollm2-135m", "qwen2.5-coder-0.5b"


class Wearing(Told):
    """A writer that says which adapters worked on an answer."""

    def __init__(self) -> None:
        super().__init__(copied)
        self.wears: Sequence[Adapter] = ()
        self.tasks: list[tuple[str, str]] = []

    def use(self, adapters: Sequence[object]) -> None:
        self.wears = adapters  # type: ignore[assignment]

    def write(self, *, task: str = "", **asked: object) -> Written:  # type: ignore[override]
        self.tasks.append((task, identity(serving(self.wears, [task]))))
        return super().write(task=task, **asked)  # type: ignore[arg-type]


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    install_writer(BASE)
    settings.set_value("models.write", BASE)
    with open_services() as opened:
        yield opened


@pytest.fixture
def episode(services: Services) -> Episode:
    found = put_episode(services.store)
    put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text) for s in talk(*SHIPPING)])
    return found


@pytest.fixture
def read(services: Services, episode: Episode) -> Callable[..., Wearing]:
    """Reads the episode with what is installed now."""

    def run(model: str = BASE) -> Wearing:
        writer = Wearing()
        job = put_job(services.store, "insights", episode, model=model)
        reading.read(job, context(services.store, job, writer))
        services.store.jobs.finish(job.id)
        return writer

    return run


@pytest.mark.parametrize(
    ("says", "setting", "refused"),
    [("ja", "", True), ("de-AT", "", True), ("en-GB", "", False), ("", "", False), ("ja", "en", False), ("en", "fr", True)],
)
def test_a_model_for_english_does_not_make_english_of_another_language(says: str, setting: str, refused: bool) -> None:
    settings.set_value("models.transcribe", "whisper-tiny.en")
    settings.set_value("transcribe.language", setting)
    with open_services() as services:
        item = FeedItem("one", "One", Enclosure("https://cdn.example.org/one.mp3", "audio/mpeg"))
        services.store.library.save_feed(
            Feed("https://one.example/f", "One", (item,), language=says), url="https://one.example/f"
        )
        with pytest.raises(UsageError if refused else ModelError) as caught:
            services.insights.request(services.library.episodes()[0].id, "takeaways")
        if refused:
            assert "understands English only" in caught.value.message and (setting or says) in caught.value.message
            assert "podcli models pull whisper-base" in caught.value.hint


@pytest.fixture
def add(home: Path, tmp_path: Path) -> Callable[..., Adapter]:
    def run(name: str, *tasks: str, scale: float = 1.0) -> Adapter:
        file = make_adapter(home / "data" / "models" / BASE / "model.gguf", tmp_path / f"{name}.gguf", seed=len(name))
        return adapters.add(file, model_id=BASE, scale=scale, tasks=tasks)

    return run


def made(services: Services, episode: Episode, kind: InsightKind) -> str | None:
    """The adapters of what is shown; None when a request would make it anew."""
    if services.insights.request(episode.id, kind):
        for job in services.jobs.active():
            services.jobs.cancel(job.id)
        return None
    found = services.insights.insight(episode.id, kind)
    assert found is not None and found.complete
    return found.adapters


def test_a_new_adapter_makes_only_what_it_has_a_say_in(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter]
) -> None:
    read()
    assert {made(services, episode, kind) for kind in reading.KINDS} == {""}
    titles = add("titles", "chapters", scale=0.5)
    again = {kind for kind in reading.KINDS if made(services, episode, kind) is None}
    assert again == {"chapters"}
    writer = read()
    assert {task for task, _ in writer.tasks} == {"chapters"}, "nothing else was asked again"
    assert {worn for _, worn in writer.tasks} == {identity([titles])}
    assert made(services, episode, "chapters") == identity([titles])
    assert made(services, episode, "takeaways") == ""


def test_each_task_is_asked_with_its_own(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter]
) -> None:
    points, titles, every = add("points", "takeaways"), add("titles", "chapters"), add("every", "all", scale=0.3)
    writer = read()
    assert set(writer.tasks) == {
        ("takeaways", identity([every, points])), ("chapters", identity([every, titles])), ("gist", identity([every])),
    }  # fmt: skip
    assert made(services, episode, "takeaways") == identity([every, points])
    assert made(services, episode, "quotes") == identity([every])


def test_removal_brings_back_what_was_made_before(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter]
) -> None:
    read()
    points = add("points", "takeaways", scale=0.8)
    read()
    assert made(services, episode, "takeaways") == identity([points])
    adapters.change("points", scale=0.4)
    assert made(services, episode, "takeaways") is None, "as strong as that it never worked"
    adapters.change("points", scale=0.8)
    assert made(services, episode, "takeaways") == identity([points])
    adapters.change("points", scale=0)
    assert made(services, episode, "takeaways") == ""
    adapters.remove("points")
    assert made(services, episode, "takeaways") == ""
    assert not read().asked, "all of it was kept"


def test_another_file_of_the_same_name_is_another_adapter(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter], home: Path, tmp_path: Path
) -> None:
    add("points", "takeaways")
    read()
    adapters.remove("points")
    other = make_adapter(home / "data" / "models" / BASE / "model.gguf", tmp_path / "points.gguf", seed=99)
    adapters.add(other, model_id=BASE, tasks=["takeaways"])
    assert made(services, episode, "takeaways") is None


def test_with_another_model_it_is_left_aside_and_that_is_said(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter]
) -> None:
    add("points", "takeaways")
    install_writer(OTHER)
    settings.set_value("models.write", OTHER)
    writer = read(OTHER)
    assert {worn for _, worn in writer.tasks} == {""}
    found = services.insights.insight(episode.id, "takeaways", model=OTHER)
    assert found is not None and found.complete and found.adapters == ""
    assert f"The adapter points is for {BASE} and was left aside." in found.notice
    quotes = services.insights.insight(episode.id, "quotes", model=OTHER)
    assert quotes is not None and "left aside" not in quotes.notice


def test_a_damaged_adapter_keeps_nobody_from_seeing_what_there_is(
    services: Services, episode: Episode, read: Callable[..., Wearing], add: Callable[..., Adapter]
) -> None:
    read()
    (add("points", "takeaways").path.parent / "manifest.json").write_text("{")
    found = services.insights.insight(episode.id, "takeaways")
    assert found is not None and found.complete


def test_made_anew_every_question_is_asked_again(services: Services, episode: Episode, read: Callable[..., Wearing]) -> None:
    first = len(read().asked)
    assert services.insights.request(episode.id, "takeaways") == []
    assert len(read().asked) == 0
    (job,) = services.insights.request(episode.id, "takeaways", again=True)
    assert job.kind == "insights"
    assert len(read().asked) == first
