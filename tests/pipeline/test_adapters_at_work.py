"""A real adapter in the real chain: the worker reads an episode with it, and what it made is kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import paths, settings
from podcli.domain import Episode, Insight, TranscriptId
from podcli.engines import adapters
from podcli.engines.adapters import identity
from podcli.services import Services, open_services
from tests.conftest import Podcli
from tests.make_adapter import make_adapter
from tests.pipeline.readings import put_said
from tests.pipeline.talks import SHIPPING, talk

pytestmark = pytest.mark.models
MODEL = "smollm2-135m"


@pytest.fixture
def services(home: Path, test_models: Path) -> Iterator[Services]:
    paths.models().mkdir(parents=True)
    (paths.models() / MODEL).symlink_to(test_models / MODEL)
    settings.set_value("models.write", MODEL)
    with open_services() as opened:
        yield opened
        opened.jobs.kill()


@pytest.fixture
def episode(services: Services) -> Episode:
    return put_said(services.store, talk(*SHIPPING[:10]))


def titles(services: Services, episode: Episode) -> tuple[Insight, str]:
    """The chapters, made now if need be, and how the job that made them ended."""
    wanted = services.insights.request(episode.id, "chapters")
    state = list(services.jobs.follow(wanted))[-1][-1].state if wanted else "there"
    found = services.insights.insight(episode.id, "chapters")
    assert found is not None and found.complete
    return found, state


def test_it_changes_what_it_is_for_and_can_be_taken_away(
    services: Services, episode: Episode, podcli: Podcli, test_models: Path, tmp_path: Path
) -> None:
    plain, _ = titles(services, episode)
    assert plain.adapters == ""
    file = make_adapter(test_models / MODEL / "model.gguf", tmp_path / "odd.gguf", strength=0.1)
    done = podcli("models", "add-adapter", file, "--scale", "0.9", "--for", "chapters")
    assert done.returncode == 0, done.stderr
    odd, state = titles(services, episode)
    assert state == "done" and odd.adapters == identity(adapters.installed()) != ""
    readings = services.store.insights.readings(transcript(services, episode), model=MODEL, prompt_version=odd.prompt_version)
    changed = services.store.insights.readings(
        transcript(services, episode), model=MODEL, prompt_version=odd.prompt_version, adapters=odd.adapters
    )
    assert {question for *_, question in changed} == {"title"} and changed.items() != readings.items()
    assert {key: readings[key] for key in changed} != changed, "it says something else"

    assert podcli("models", "remove-adapter", "odd").returncode == 0
    assert titles(services, episode) == (plain, "there")


def test_a_damaged_one_stops_the_reading_with_a_sentence(
    services: Services, episode: Episode, test_models: Path, tmp_path: Path
) -> None:
    made = adapters.add(make_adapter(test_models / MODEL / "model.gguf", tmp_path / "odd.gguf"), model_id=MODEL)
    content = made.path.read_bytes()
    made.path.write_bytes(content[:-64] + b"\x07" * 64)
    (*_, rows) = services.jobs.follow(services.insights.request(episode.id, "chapters"))
    assert (rows[-1].state, rows[-1].exit_code) == ("failed", 4)
    assert "The adapter odd is damaged" in rows[-1].message and "remove-adapter odd" in rows[-1].hint
    adapters.remove("odd")
    assert titles(services, episode)[1] == "done"


def transcript(services: Services, episode: Episode) -> TranscriptId:
    found = services.store.insights.find(episode.id)
    assert found is not None
    return found.id
