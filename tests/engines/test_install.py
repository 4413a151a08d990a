"""Pulls from end to end: there whole or not at all, whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from podcli import paths
from podcli.domain import Progress
from podcli.engines import install, machine, pull_https
from podcli.engines.base import ModelCard, Offer
from podcli.engines.install import pull
from podcli.engines.inventory import is_installed, pulls, verify
from podcli.engines.manifest import read_manifest
from podcli.errors import ModelError, NetworkError, PodcliError, UsageError
from tests.engines.test_manifest import flip
from tests.engines.toy_whisper import ctranslate2_file, openai_file, state_dict
from tests.loopback import Site
from tests.toy_models import SHA256, WEIGHTS, card, https, wheel

ROOT = Path(__file__).parents[2]


def quiet(_: Progress) -> None:
    return


def nothing_left_over() -> bool:
    return not pulls("toy").exists() and {path.name for path in paths.models().iterdir()} <= {"toy", ".toy.lock"}


def test_https_model_is_installed_with_its_manifest(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    folder = pull(toy, report=quiet)
    assert (folder / "model.gguf").read_bytes() == WEIGHTS
    manifest = read_manifest(folder)
    assert (manifest.id, manifest.source, manifest.licence) == ("toy", toy.offers[0].where[0], "CC0-1.0")
    assert (manifest.source_sha256, manifest.source_checked) == (SHA256, "the catalogue")
    assert verify(toy).ok
    assert nothing_left_over()


def test_wheel_model_is_installed(publish: Callable[..., str]) -> None:
    publish("toy", "1.0", wheel("toy", "1.0", {"toy/w.gguf": WEIGHTS}))
    toy = card(Offer("wheel", ("toy==1.0",), ("toy/w.gguf",), bytes=len(WEIGHTS), sha256=SHA256))
    folder = pull(toy, report=quiet)
    assert (folder / "model.gguf").read_bytes() == WEIGHTS
    assert read_manifest(folder).source == "toy==1.0"
    assert nothing_left_over()


def test_what_is_there_and_whole_is_not_fetched_again(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    pull(toy, report=quiet)
    pull(toy, report=quiet)
    assert len(site.asked) == 1
    pull(toy, report=quiet, force=True)
    assert len(site.asked) == 2
    assert nothing_left_over()


@pytest.mark.parametrize("keep_time", [False, True])
def test_a_flipped_bit_is_mended_by_pulling(site: Site, keep_time: bool) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    weights = pull(toy, report=quiet) / "model.gguf"
    flip(weights, keep_time=keep_time)
    assert not verify(toy).ok
    pull(toy, report=quiet)
    assert weights.read_bytes() == WEIGHTS
    assert verify(toy).ok
    assert nothing_left_over()


def test_wrong_bytes_are_deleted_and_the_old_model_stays(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    weights = pull(toy, report=quiet) / "model.gguf"
    site.put("/w", WEIGHTS[::-1])
    with pytest.raises(ModelError, match=r"arrived damaged .* and was deleted") as caught:
        pull(toy, report=quiet, force=True)
    assert "podcli models pull toy" in caught.value.hint
    assert caught.value.exit_code == 4
    assert not list(pulls("toy").glob("*"))
    assert weights.read_bytes() == WEIGHTS


def test_hubs_hash_is_checked_and_recorded_where_none_is_known(site: Site) -> None:
    site.put("/cdn", WEIGHTS)
    hub = site.put("/hub", status=302, headers={"Location": "/cdn", "X-Linked-ETag": f'"{SHA256}"'})
    toy = card(https(hub, sha256="", bytes=0))
    manifest = read_manifest(pull(toy, report=quiet))
    assert (manifest.source_sha256, manifest.source_checked) == (SHA256, "the server's own hash, on first pull")
    assert manifest.files["model.gguf"].sha256 == SHA256


def test_hubs_hash_that_does_not_hold_is_refused(site: Site) -> None:
    site.put("/cdn", WEIGHTS[::-1])
    hub = site.put("/hub", status=302, headers={"Location": "/cdn", "X-Linked-ETag": f'"{SHA256}"'})
    toy = card(https(hub, sha256="", bytes=0))
    with pytest.raises(ModelError, match="damaged"):
        pull(toy, report=quiet)
    assert not is_installed(toy)
    assert not list(pulls("toy").glob("*"))


def test_next_source_is_tried_when_one_cannot_be_reached(site: Site, publish: Callable[..., str]) -> None:
    wheels = Offer("wheel", ("toy==1.0",), ("*",), bytes=len(WEIGHTS), sha256=SHA256)
    web = https(site.put("/w", WEIGHTS))
    assert read_manifest(pull(card(wheels, web), report=quiet)).source == web.where[0]


def test_all_sources_out_of_reach_says_so_of_each(site: Site) -> None:
    toy = card(https(f"{site.base}/gone"), https("http://127.0.0.1:9/w"))
    with pytest.raises(NetworkError, match=r"has no such file .* cannot be reached"):
        pull(toy, report=quiet)


def test_a_kind_of_source_can_be_chosen(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    with pytest.raises(UsageError, match="no wheel source"):
        pull(toy, report=quiet, offer="wheel")
    assert is_installed(card(https("https://example.com"))) is False
    assert pull(toy, report=quiet, offer="https").is_dir()


def test_too_little_memory_is_said_before_anything_is_fetched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_gb", lambda: 3.0)
    toy = card(https(site.put("/w", WEIGHTS)), memory_mb=4096)
    with pytest.raises(ModelError, match=r"needs 4\.0 GB of memory .* has 3\.0 GB"):
        pull(toy, report=quiet)
    assert site.asked == []


@pytest.mark.parametrize("known", [True, False])
def test_no_room_is_said_before_a_byte_is_stored(site: Site, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    free = install._SPARE + len(WEIGHTS) - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    toy = card(https(site.put("/w", WEIGHTS), bytes=len(WEIGHTS) if known else 0))
    with pytest.raises(ModelError, match="of free disk") as caught:
        pull(toy, report=quiet)
    assert "PODCLI_MODELS" in caught.value.hint
    assert len(site.asked) == (0 if known else 1)
    assert not (pulls("toy") / "https.part").exists()


def test_what_is_already_pulled_needs_no_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    stop_midway(toy, site)
    have = (pulls("toy") / "https.part").stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=install._SPARE + len(WEIGHTS) - have))
    assert pull(toy, report=quiet).is_dir()


def stop_midway(toy: ModelCard, site: Site) -> None:
    """Leave an unfinished pull of `toy`, which is at /w."""

    def stop(now: Progress) -> None:
        if now.stage == "waiting to try again":
            raise KeyboardInterrupt

    site.pages["/w"].break_off = 100_000
    with pytest.raises(KeyboardInterrupt):
        pull(toy, report=stop)


def test_ctrl_c_keeps_what_came(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    stop_midway(toy, site)
    assert not is_installed(toy)
    site.asked.clear()
    pull(toy, report=quiet)
    assert site.asked == [("/w", "bytes=100000-")]
    assert nothing_left_over()


def test_a_disk_that_fills_up_on_the_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pull_https, "_append", full)
    with pytest.raises(ModelError, match="disk filled up") as caught:
        pull(card(https(site.put("/w", WEIGHTS))), report=quiet)
    assert "goes on where it stopped" in caught.value.hint


def test_a_folder_that_cannot_be_written(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PODCLI_MODELS", str(tmp_path / "file"))
    with pytest.raises(PodcliError, match="cannot be written"):
        pull(card(https(site.put("/w", WEIGHTS))), report=quiet)


@pytest.mark.parametrize("moment", ["before the old one is away", "between", "after"])
def test_a_kill_during_the_swap_leaves_one_whole_model(site: Site, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    toy = card(https(site.put("/w", WEIGHTS)))
    target = pull(toy, report=quiet)
    rename, sweep = Path.rename, shutil.rmtree

    def stop_at(path: Path, to: Path) -> Path:
        if (moment == "before the old one is away" and path == target) or (moment == "between" and to == target):
            raise KeyboardInterrupt
        return rename(path, to)

    def no_sweep(path: Path, **more: bool) -> None:
        if moment == "after" and path.name == ".toy.old" and path.exists():
            raise KeyboardInterrupt
        sweep(path, **more)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", stop_at)
        patch.setattr(shutil, "rmtree", no_sweep)
        pull(toy, report=quiet, force=True)
    site.asked.clear()
    pull(toy, report=quiet)
    assert (target / "model.gguf").read_bytes() == WEIGHTS
    assert verify(toy).ok
    assert site.asked == [], "it was all there"
    assert {path.name for path in paths.models().iterdir()} == {"toy", ".toy.lock"}


CHILD = """
import sys
from podcli.engines import install, pull_https
from podcli.engines.base import ModelCard, Offer
url, size, sha256 = sys.argv[1], int(sys.argv[2]), sys.argv[3]
toy = ModelCard("toy", "Toy", "write", "llama", "CC0-1.0", (Offer("https", (url,), bytes=size, sha256=sha256),), memory_mb=1)
install._WAIT_S = 0.05
print(install.pull(toy, report=lambda now: print(now.stage, flush=True)))
"""


def child(url: str, **env: str) -> subprocess.Popen[str]:
    """Another podcli that pulls the toy model; prints the stages it goes through, then the folder."""
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(len(WEIGHTS)), SHA256],
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def until(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def test_killed_while_downloading_goes_on_in_another_process(site: Site) -> None:
    url = site.put("/w", WEIGHTS, pause_s=0.05)
    part = pulls("toy") / "https.part"
    first = child(url)
    until(lambda: part.exists() and part.stat().st_size > 60_000)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    have = part.stat().st_size
    toy = card(https(url))
    assert not is_installed(toy)
    site.pages["/w"].pause_s = 0
    second = child(url)
    out, _ = second.communicate(timeout=30)
    assert out.splitlines()[-1] == str(paths.models() / "toy")
    assert site.asked == [("/w", ""), ("/w", f"bytes={have}-")]
    assert verify(toy).ok
    assert nothing_left_over()


@pytest.mark.parametrize("shared", ["everything", "the models", "the cache"])
def test_two_at_once_fetch_once(site: Site, tmp_path: Path, shared: str) -> None:
    url = site.put("/w", WEIGHTS, pause_s=0.05)
    own: dict[str, str] = {}
    if shared == "the models":
        own = {"PODCLI_MODELS": str(paths.models()), "PODCLI_HOME": str(tmp_path / "another-home")}
    if shared == "the cache":
        own = {"PODCLI_MODELS": str(tmp_path / "other-models")}
    first = child(url)
    until(lambda: (pulls("toy") / "https.part").exists())
    second = child(url, **own)
    lines = {0: first.communicate(timeout=30)[0].splitlines(), 1: second.communicate(timeout=30)[0].splitlines()}
    assert first.returncode == second.returncode == 0
    assert "waiting for another podcli that pulls it" in lines[1]
    assert len(site.asked) == (2 if shared == "the cache" else 1)
    for line in lines.values():
        assert (Path(line[-1]) / "model.gguf").read_bytes() == WEIGHTS


def test_nobody_sees_a_model_before_it_is_whole(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS, pause_s=0.01)))
    seen: list[bytes] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            if is_installed(toy):
                seen.append((paths.models() / "toy" / "model.gguf").read_bytes())
                return
            time.sleep(0.001)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        pull(toy, report=quiet)
        watcher.join(5)
    finally:
        done.set()
        watcher.join()
    assert seen == [WEIGHTS]


def test_another_disk_gets_a_copy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", elsewhere)
    toy = card(https(site.put("/w", WEIGHTS)))
    assert (pull(toy, report=quiet) / "model.gguf").read_bytes() == WEIGHTS
    assert nothing_left_over()


def test_whisper_weights_are_converted_on_the_way_in(site: Site, tmp_path: Path, said: list[Progress]) -> None:
    from safetensors import safe_open

    body = openai_file(tmp_path / "small.pt", state_dict()).read_bytes()
    offer = https(site.put("/w", body), bytes=0, sha256=hashlib.sha256(body).hexdigest(), format="openai-pt")
    toy = card(offer, role="transcribe", engine="whisper", architecture="small.en")
    weights = pull(toy, report=said.append) / "model.safetensors"
    with safe_open(weights, "np") as file:
        assert (file.metadata()["model"], file.metadata()["architecture"]) == ("toy", "small.en")
    assert weights.stat().st_mode & 0o777 == 0o644
    assert {"downloading", "checking", "converting"} <= {now.stage for now in said}
    manifest = read_manifest(weights.parent)
    assert manifest.source_sha256 == offer.sha256 != manifest.files["model.safetensors"].sha256
    assert verify(toy).ok
    assert nothing_left_over()


def test_half_a_whisper_model_is_not_installed(site: Site, tmp_path: Path) -> None:
    state = state_dict()
    del state["encoder.blocks.1.mlp.0.weight"]
    body = openai_file(tmp_path / "small.pt", state).read_bytes()
    offer = https(site.put("/w", body), bytes=0, sha256=hashlib.sha256(body).hexdigest(), format="openai-pt")
    with pytest.raises(ModelError, match="not the weights of a whole Whisper model") as caught:
        pull(card(offer, role="transcribe", engine="whisper", architecture="small.en"), report=lambda now: None)
    assert "\n" not in caught.value.message and caught.value.hint


def test_weights_of_another_kind_are_not_installed(site: Site) -> None:
    toy = card(https(site.put("/w", WEIGHTS), format="ctranslate2"), role="transcribe", engine="whisper", architecture="base")
    with pytest.raises(ModelError) as caught:
        pull(toy, report=quiet)
    assert caught.value.hint
    assert not is_installed(toy)


def whisper_cpp(*offers: Offer) -> ModelCard:
    return card(*offers, role="transcribe", engine="whispercpp", architecture="base")


def test_published_weights_are_converted_for_whisper_cpp(
    publish: Callable[..., str], tmp_path: Path, said: list[Progress]
) -> None:
    from podcli.engines.ggml_head import check_ggml

    body = ctranslate2_file(tmp_path / "model.bin", state_dict()).read_bytes()
    publish("toy", "1.0", wheel("toy", "1.0", {"toy/model.bin": body}))
    sha256 = hashlib.sha256(body).hexdigest()
    toy = whisper_cpp(Offer("wheel", ("toy==1.0",), ("toy/model.bin",), format="ctranslate2", bytes=len(body), sha256=sha256))
    weights = pull(toy, report=said.append) / "model.ggml"
    assert check_ggml(weights).n_audio_layer == 2
    assert weights.stat().st_mode & 0o777 == 0o644
    assert "converting" in {now.stage for now in said}
    manifest = read_manifest(weights.parent)
    assert (manifest.source, manifest.format) == ("toy==1.0", "ctranslate2")
    assert manifest.source_sha256 == sha256 != manifest.files["model.ggml"].sha256
    assert verify(toy).ok
    assert nothing_left_over()


def test_a_ready_made_file_for_whisper_cpp_is_kept_as_it_is(site: Site, tmp_path: Path) -> None:
    from podcli.engines import ggml

    ggml.convert(ctranslate2_file(tmp_path / "model.bin", state_dict()), tmp_path / "ready")
    body = (tmp_path / "ready").read_bytes()
    toy = whisper_cpp(https(site.put("/w", body), bytes=0, sha256="", format="ggml"))
    weights = pull(toy, report=quiet) / "model.ggml"
    assert weights.read_bytes() == body
    assert read_manifest(weights.parent).source_checked == "nothing: recorded on first pull"
    assert verify(toy).ok
    assert nothing_left_over()


@pytest.mark.parametrize("form", ["ggml", "ctranslate2"])
def test_what_is_no_model_for_whisper_cpp_is_not_installed(site: Site, form: str) -> None:
    toy = whisper_cpp(https(site.put("/w", WEIGHTS), format=form))
    with pytest.raises(ModelError) as caught:
        pull(toy, report=quiet)
    assert caught.value.hint
    assert not is_installed(toy)


def test_what_comes_with_podcli_needs_no_pull() -> None:
    from podcli.engines.catalogue import load_catalogue

    assert pull(load_catalogue().card("wordllama"), report=quiet).is_dir()
