"""Real Whisper weights on real speech, through the command a listener types, and killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from podcli.domain import Episode
from podcli.pipeline import lock
from podcli.services import open_services
from podcli.store.listening import Playing
from tests.bench.wer import errors
from tests.conftest import Podcli

pytestmark = [pytest.mark.models, pytest.mark.xdist_group("models")]

AUDIO = Path(__file__).parents[1] / "samples" / "audio"
DEMO = Path(__file__).parents[2] / "podcli" / "demo"


@pytest.fixture(autouse=True)
def small_models(home: Path, test_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test weights, whatever this machine's memory suggests."""
    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text('[models]\ntranscribe = "whisper-tiny.en"\nwrite = "smollm2-135m"\n')


@pytest.mark.parametrize("clip", ["jfk", "librivox_0870"])
def test_a_file_nobody_subscribed_to(clip: str, podcli: Podcli) -> None:
    done = podcli("transcript", AUDIO / f"{clip}.flac", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["source"], said["model"], said["language"]) == ("whisper", "whisper-tiny.en", "en")
    text = " ".join(segment["text"] for segment in said["segments"])
    assert errors((AUDIO / f"{clip}.ref.txt").read_text("utf-8"), text).wer <= 0.08
    for segment in said["segments"]:
        assert 0 <= segment["start"] < segment["end"]
        assert [word["text"].strip() for word in segment["words"]] == segment["text"].split()
        assert all(segment["start"] - 0.05 <= word["start"] <= word["end"] <= segment["end"] + 0.05 for word in segment["words"])


def test_a_model_for_english_is_not_asked_to_translate(podcli: Podcli) -> None:
    done = podcli("transcript", AUDIO / "jfk.flac", "--translate")
    assert done.returncode == 2 and "whisper-tiny.en understands English only." in done.stderr and "whisper-base" in done.stderr


def test_the_part_that_plays_is_heard_first(podcli: Podcli) -> None:
    with open_services() as services:
        episode = services.library.resolve(str(DEMO / "episode.mp3"))
        assert isinstance(episode, Episode)
        state = {"position": 200.0, "at": time.time(), "speed": 1.0, "paused": True, "ended": False}
        services.store.listening.save_playing(Playing(os.getpid(), episode.id, state))
        listener = podcli.start("transcript", DEMO / "episode.mp3", "--json")
        _, starts = segments_when_some_are_there(services)
        assert 165 < starts[0] < 200, "around the second that plays, from a pause on"
        out, err = listener.communicate(timeout=120)
        assert listener.returncode == 0, err
    begun = [segment["start"] for segment in json.loads(out)["segments"]]
    assert begun == sorted(begun) and begun[0] < 5
    text = " ".join(segment["text"] for segment in json.loads(out)["segments"])
    assert errors((DEMO / "reference.txt").read_text("utf-8"), text).wer <= 0.08


def test_killed_in_the_middle_it_goes_on_from_the_last_segment(podcli: Podcli) -> None:
    listener = podcli.start("transcript", DEMO / "episode.mp3", "--json")
    with open_services() as services:
        before = segments_when_some_are_there(services)
        worker = lock.holder("ml")
        assert worker
        os.kill(worker, signal.SIGKILL)
        out, err = listener.communicate(timeout=120)
        assert listener.returncode == 0, err
        job = next(job for job in services.jobs.recent() if job.kind == "transcribe")
        assert (job.state, job.attempts) == ("done", 2)
        rows = services.store.insights.segments(before[0])
    said = json.loads(out)["segments"]
    assert [segment.start_s for segment in rows[: len(before[1])]] == before[1], "what was there before was made again"
    starts = [segment["start"] for segment in said]
    assert starts == sorted(starts)
    # The words around the place where it was killed are there once: the whole holds against what was said.
    reference = (DEMO / "reference.txt").read_text("utf-8")
    assert errors(reference, " ".join(segment["text"] for segment in said)).wer <= 0.08


def segments_when_some_are_there(services: object) -> tuple[object, list[float]]:
    limit = time.monotonic() + 90
    while time.monotonic() < limit:
        for episode in services.library.episodes():  # type: ignore[attr-defined]
            found = services.insights.transcript(episode.id)  # type: ignore[attr-defined]
            if found is not None and found.segments and not found.complete:
                return found.id, [segment.start_s for segment in found.segments]
        time.sleep(0.05)
    raise AssertionError("no segment came")


def test_takeaways_of_a_file_are_cited_and_kept(podcli: Podcli) -> None:
    talk = AUDIO / "librivox_0890.flac"
    first = podcli("takeaways", talk, "--json")
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert said["model"] == "smollm2-135m"
    assert said["takeaways"]
    transcript = " ".join(s["text"] for s in json.loads(podcli("transcript", talk, "--json").stdout)["segments"])
    for item in said["takeaways"]:
        assert " ".join(item["quote"].split()) in " ".join(transcript.split())
        assert 0 <= item["start"] < item["end"]
    again = podcli("takeaways", talk, "--json")
    assert json.loads(again.stdout) == said
    assert "Reading" not in again.stderr and "Transcribing" not in again.stderr
    summary = json.loads(podcli("summary", talk, "--json").stdout)
    assert summary["text"] and summary["sentences"]


def test_a_damaged_model_is_named_with_the_command_that_mends_it(
    podcli: Podcli, test_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    models = tmp_path / "models"
    shutil.copytree(test_models / "whisper-tiny.en", models / "whisper-tiny.en")
    monkeypatch.setenv("PODCLI_MODELS", str(models))
    weights = next((models / "whisper-tiny.en").glob("*.safetensors"))
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    assert podcli("models", "verify").returncode == 4
    done = podcli("transcript", AUDIO / "jfk.flac")
    assert done.returncode == 4
    assert "podcli models pull whisper-tiny.en" in done.stderr
