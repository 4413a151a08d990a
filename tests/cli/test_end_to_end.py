"""From a feed to every insight, by the commands a listener types and a real (very small) language model in a real worker."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from podcli.services import Services, open_services
from tests import loopback
from tests.conftest import Podcli
from tests.loopback import Site, entry, rss

pytestmark = [pytest.mark.models, pytest.mark.xdist_group("models")]

DEMO = Path(__file__).parents[2] / "podcli" / "demo"
COMMANDS = ("takeaways", "summary", "gist", "chapters", "highlights", "quotes", "questions", "mentions")
LISTS = {"summary": "sentences", "gist": "sentences"}
MODEL = "smollm2-135m"
BOX = "The Box That Shrank the World"


class Shelf(NamedTuple):
    """A library of its own with the sample show in it, its first answer, and all that is said in the episode."""

    env: dict[str, str]
    first: dict[str, Any]
    narrated: str
    whole: str
    length_s: float


def sample_feed(site: Site) -> str:
    """The sample episode and its trailer with the publisher's transcripts: nothing has to be downloaded or heard."""
    for name in ("reference.vtt", "trailer.vtt", "chapters.json"):
        site.put(f"/{name}", (DEMO / name).read_bytes(), type="application/json+chapters" if "json" in name else "text/vtt")
    script = '<podcast:transcript url="{}/{}" type="text/vtt" language="en"/>'
    parts = f'<podcast:chapters url="{site.base}/chapters.json" type="application/json+chapters"/>'
    namespace = ' xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    feed = rss(
        site.base,
        entry(site.base, "one", title=BOX, more=script.format(site.base, "reference.vtt") + parts),
        entry(site.base, "two", title="Trailer", more=script.format(site.base, "trailer.vtt")),
    )
    return site.put("/feed.xml", feed.replace('version="2.0"', f'version="2.0"{namespace}'))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    models = os.environ.get("PODCLI_TEST_MODELS") or str(Path(__file__).parents[2] / ".cache" / "test-models")
    folder = tmp_path_factory.mktemp("end-to-end")
    env = {"PODCLI_HOME": str(folder), "PODCLI_MODELS": models}
    (folder / "config").mkdir()
    (folder / "config" / "settings.toml").write_text(f'[models]\ntranscribe = "whisper-tiny.en"\nwrite = "{MODEL}"\n')
    podcli = Podcli()
    with loopback.site() as site:
        assert podcli("add", sample_feed(site), **env).returncode == 0
        done = podcli("takeaways", BOX, "--json", timeout=280, **env)
        assert done.returncode == 0, done.stderr
        assert podcli("transcript", "Trailer", **env).returncode == 0
        assert not [path for path, _ in site.asked if path.endswith(".mp3")], "the audio is not needed"
    segments = json.loads(podcli("transcript", BOX, "--json", **env).stdout)["segments"]
    whole = " ".join(" ".join(segment["text"] for segment in segments).split())
    yield Shelf(env, json.loads(done.stdout), done.stderr, whole, segments[-1]["end"])


def made(shelf: Shelf, *arguments: str) -> dict[str, Any]:
    done = Podcli()(*arguments, "--json", timeout=280, **shelf.env)
    assert done.returncode == 0, done.stderr
    assert "Reading" not in done.stderr and "Loading" not in done.stderr, "it was made before"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_first_answer_tells_how_far_it_is_and_who_made_it(shelf: Shelf) -> None:
    assert "Fetching the publisher's transcript" in shelf.narrated or "Reading" in shelf.narrated
    assert shelf.first["model"] == MODEL and shelf.first["adapters"] is None
    assert 1 <= len(shelf.first["takeaways"]) <= 9


@pytest.mark.parametrize("command", COMMANDS)
def test_every_quote_was_said_where_it_says(shelf: Shelf, command: str) -> None:
    items = made(shelf, command, BOX)[LISTS.get(command, command)]
    assert items or command in ("highlights", "questions", "mentions", "quotes")
    for item in items:
        for part in item["quote"].split(" … "):
            assert " ".join(part.split()) in shelf.whole
        assert 0 <= item["start"] <= item["end"] <= shelf.length_s
        assert item["text"] or item["title"]
        assert item["kind"] != "quote" or item["text"] == item["quote"]


def test_all_of_them_were_made_by_one_reading(shelf: Shelf) -> None:
    for command in COMMANDS:
        assert made(shelf, command, BOX)["model"] == MODEL
    jobs = json.loads(Podcli()("jobs", "--json", **shelf.env).stdout)
    assert len([job for job in jobs if job["kind"] == "insights" and BOX in job["about"]]) == 1


def test_the_publishers_chapters_win(shelf: Shelf) -> None:
    found = made(shelf, "chapters", BOX)
    published = json.loads((DEMO / "chapters.json").read_text("utf-8"))["chapters"]
    assert found["source"] == "json"
    assert [item["title"] for item in found["chapters"]] == [chapter["title"] for chapter in published]
    assert "Chapters by the publisher" in Podcli()("chapters", BOX, **shelf.env).stdout


def test_three_lengths_come_from_one_summary(shelf: Shelf) -> None:
    counts = [len(made(shelf, "summary", BOX, "--length", length)["text"].split()) for length in ("short", "medium", "long")]
    assert counts == sorted(counts) and counts[0] > 0


def test_naming_the_model_finds_what_it_made_and_another_one_has_to_be_pulled(shelf: Shelf) -> None:
    assert made(shelf, "gist", BOX, "--model", MODEL)["model"] == MODEL
    missing = Podcli()("gist", BOX, "--model", "qwen2.5-coder-0.5b", **shelf.env)
    assert missing.returncode == 4 and "podcli models pull qwen2.5-coder-0.5b" in missing.stderr
    assert Podcli()("gist", BOX, "--model", "gpt-17", **shelf.env).returncode == 2


def test_what_was_said_is_found_by_words_and_plays_from_there(shelf: Shelf) -> None:
    hits = json.loads(Podcli()("search", "Ever Given Suez", "--json", **shelf.env).stdout)
    said = next(hit for hit in hits if hit["where"] == "said")
    assert 230 <= said["start"] <= 260 and "Ever Given" in said["text"]


def test_made_anew_it_is_asked_again_and_says_the_same(shelf: Shelf) -> None:
    first, again = (Podcli()("takeaways", "Trailer", *more, "--json", timeout=280, **shelf.env) for more in ([], ["--again"]))
    for done in (first, again):
        assert done.returncode == 0, done.stderr
        assert "Reading" in done.stderr
    assert first.stdout == again.stdout, "equal questions get equal answers"


@pytest.fixture
def services(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name, value in shelf.env.items():
        monkeypatch.setenv(name, value)
    with open_services() as opened:
        yield opened


def test_the_library_keeps_every_answer_of_the_model(shelf: Shelf, services: Services) -> None:
    episode = next(episode for episode in services.library.episodes() if episode.title == BOX)
    transcript = services.insights.transcript(episode.id, segments=False)
    assert transcript is not None
    answers = services.store.insights.readings(transcript.id, model=MODEL, prompt_version=shelf.first["prompt_version"])
    assert any(question.startswith("point:") for _, _, question in answers)
