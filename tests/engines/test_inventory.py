"""Models on this disk: found, looked at, read through, removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from podcli import paths
from podcli.engines import inventory
from podcli.engines.catalogue import Catalogue, load_catalogue
from podcli.engines.inventory import half_pulled, installed, is_whole, model_file, pulls, quick_check, remove, verify
from podcli.engines.manifest import MANIFEST, Manifest, now, record, write_manifest
from podcli.errors import ModelError, UsageError
from tests.engines.test_manifest import flip
from tests.toy_models import SHA256, WEIGHTS, card, https

TOY = card(https("https://example.com/w"))
BUNDLED = load_catalogue().card("wordllama")


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    found = Catalogue((TOY, BUNDLED))
    monkeypatch.setattr(inventory, "load_catalogue", lambda: found)
    return found


@pytest.fixture
def toy() -> Path:
    """The toy model, installed; its weights."""
    folder = paths.models() / "toy"
    folder.mkdir(parents=True)
    weights = folder / "model.gguf"
    weights.write_bytes(WEIGHTS)
    files = {weights.name: record(weights, SHA256)}
    write_manifest(folder, Manifest("toy", files, "a test", "CC0-1.0", now(), "gguf", SHA256, "the catalogue"))
    return weights


def test_only_what_comes_with_podcli_is_there_at_first() -> None:
    assert [(item.id, item.source) for item in installed()] == [("wordllama", "comes with podcli")]
    assert installed()[0].bytes > 1_000_000
    assert model_file("wordllama").is_dir()
    assert not is_whole(TOY)


def test_an_installed_model_is_listed_with_its_origin(toy: Path) -> None:
    item = installed()[0]
    assert (item.id, item.source, item.licence) == ("toy", "a test", "CC0-1.0")
    assert item.bytes == len(WEIGHTS) + (toy.parent / MANIFEST).stat().st_size
    assert item.installed_at is not None
    assert model_file("toy") == toy


def test_weights_without_a_manifest_are_no_model(toy: Path) -> None:
    (toy.parent / MANIFEST).unlink()
    assert [item.id for item in installed()] == ["wordllama"]


def test_a_missing_model_names_the_command_that_gets_it() -> None:
    for ask in (lambda: model_file("toy"), lambda: verify(TOY)):
        with pytest.raises(ModelError, match="toy is not installed") as caught:
            ask()
        assert caught.value.hint == "Run `podcli models pull toy`."
        assert caught.value.exit_code == 4


def test_an_unknown_name_is_a_usage_error() -> None:
    for ask in (model_file, remove):
        with pytest.raises(UsageError, match="no model 'toyy'"):
            ask("toyy")


def test_a_flipped_bit_is_found_and_then_the_model_is_not_used(toy: Path) -> None:
    flip(toy, keep_time=True)
    found = verify(TOY)
    assert not found.ok
    assert "model.gguf is not the file that was installed" in found.problems[0]
    assert not is_whole(TOY)
    with pytest.raises(ModelError, match="toy is damaged") as caught:
        model_file("toy")
    assert "podcli models pull toy" in caught.value.hint


def test_a_damaged_manifest_hides_nothing_and_is_a_problem(toy: Path) -> None:
    (toy.parent / MANIFEST).write_text("{")
    assert installed()[0].id == "toy"
    assert not verify(TOY).ok
    with pytest.raises(ModelError):
        quick_check(toy.parent)


def test_bundled_model_is_checked_against_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify(BUNDLED).ok
    read = inventory.sha256_of
    wrong = hashlib.sha256(b"other").hexdigest()
    monkeypatch.setattr(inventory, "sha256_of", lambda file, *more: wrong if file.suffix == ".safetensors" else read(file, *more))
    found = verify(BUNDLED)
    assert not found.ok
    assert all(problem.split()[0].endswith(".safetensors") for problem in found.problems)


def test_remove_takes_the_model_and_what_was_half_pulled(toy: Path) -> None:
    (toy.parent.parent / ".toy.new").mkdir()
    pulls("toy").mkdir(parents=True)
    (pulls("toy") / "https.part").write_bytes(b"x" * 500)
    assert half_pulled("toy") == 500
    assert remove("toy") >= len(WEIGHTS) + 500
    assert not toy.parent.exists()
    assert not pulls("toy").exists()
    assert list(paths.models().iterdir()) == []
    with pytest.raises(ModelError, match="not installed"):
        remove("toy")


def test_what_comes_with_podcli_stays() -> None:
    with pytest.raises(ModelError, match="comes with podcli"):
        remove("wordllama")
    assert is_whole(BUNDLED)


def test_models_can_be_shared_between_libraries(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    toy.parent.parent.rename(shared)
    monkeypatch.setenv("PODCLI_MODELS", str(shared))
    assert model_file("toy") == shared / "toy" / "model.gguf"
