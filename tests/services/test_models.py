"""Which model plays which role: settings, what is here, memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli import paths, settings
from podcli.engines import inventory, whispercpp_build
from podcli.engines.base import ModelCard
from podcli.engines.catalogue import Catalogue, load_catalogue
from podcli.engines.manifest import Manifest, now, record, write_manifest
from podcli.errors import ModelError, UsageError
from podcli.services.models import ModelService
from tests.toy_models import SHA256, WEIGHTS, card, https

WEB = https("https://example.com/w")
HEARS = {"role": "transcribe", "engine": "whisper", "architecture": "tiny.en", "preference": 10}


def wheel_card(model_id: str, **facts: object) -> ModelCard:
    from podcli.engines.base import Offer

    return card(Offer("wheel", (f"{model_id}==1.0",), ("*",), bytes=1, sha256=SHA256), id=model_id, **facts)


CARDS = (
    wheel_card("ear", **HEARS),
    wheel_card("pen-small", preference=10, minimum_memory_gb=2.0),
    wheel_card("pen-medium", preference=20, minimum_memory_gb=6.0),
    card(WEB, id="pen-large", preference=30, minimum_memory_gb=16.0, verified=False),
    wheel_card("pen-test", preference=0),
    load_catalogue().card("wordllama"),
)


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    found = Catalogue(CARDS)
    monkeypatch.setattr(inventory, "load_catalogue", lambda: found)
    return found


@pytest.fixture
def models(catalogue: Catalogue) -> ModelService:
    return ModelService(settings.load(), catalogue=catalogue, memory_gb=8.0)


def put(model_id: str) -> Path:
    """Install `model_id` as a pull would; its weights."""
    folder = paths.models() / model_id
    folder.mkdir(parents=True)
    weights = folder / {"ear": "model.safetensors", "ear-cpp": "model.ggml"}.get(model_id, "model.gguf")
    weights.write_bytes(WEIGHTS)
    files = {weights.name: record(weights, SHA256)}
    write_manifest(folder, Manifest(model_id, files, "a test", "CC0-1.0", now(), "gguf", SHA256, "the catalogue"))
    return weights


def test_a_new_machine_begins_with_the_starters(models: ModelService) -> None:
    assert (models.chosen("transcribe"), models.chosen("write"), models.chosen("embed")) == ("ear", "pen-medium", "wordllama")
    assert [item.id for item in models.missing()] == ["ear", "pen-medium"]


def test_the_best_installed_model_that_fits_plays(models: ModelService, catalogue: Catalogue) -> None:
    put("pen-small")
    assert models.chosen("write") == "pen-small", "what is here beats what would have to be pulled"
    put("pen-large")
    assert models.chosen("write") == "pen-small", "too large for 8 GB"
    assert ModelService(settings.load(), catalogue=catalogue, memory_gb=32.0).chosen("write") == "pen-large"
    put("pen-test")
    assert models.chosen("write") == "pen-small"
    assert [item.id for item in models.missing()] == ["ear"]


def test_list_says_what_is_here_and_what_suits(models: ModelService) -> None:
    put("pen-small")
    inventory.pulls("pen-large").mkdir(parents=True)
    (inventory.pulls("pen-large") / "https.part").write_bytes(b"x" * 700)
    rows = {row.card.id: row for row in models.list()}
    assert list(rows) == [item.id for item in CARDS]
    small, medium, large = rows["pen-small"], rows["pen-medium"], rows["pen-large"]
    assert (small.installed, small.chosen, small.starter, small.fits) == (True, True, False, True)
    assert small.bytes > len(WEIGHTS) and small.source == "a test"
    assert (medium.installed, medium.chosen, medium.starter, medium.recommended) == (False, False, True, True)
    assert medium.bytes == medium.card.installed_bytes and medium.source == "wheel"
    assert (large.fits, large.recommended, large.half_pulled, large.source) == (False, False, 700, "https")
    assert rows["wordllama"].installed and rows["wordllama"].chosen


def test_use_is_kept_in_the_settings(models: ModelService, catalogue: Catalogue) -> None:
    put("pen-small")
    put("pen-medium")
    assert models.use("pen-small").role == "write"
    assert models.chosen("write") == "pen-small"
    again = ModelService(settings.load(), catalogue=catalogue, memory_gb=8.0)
    assert again.chosen("write") == "pen-small"
    assert again.chosen("transcribe") == "ear"
    assert again.use_auto("write") == "pen-medium"
    assert settings.load().models.write == "auto"


def test_use_of_what_is_not_here_names_the_command(models: ModelService) -> None:
    with pytest.raises(ModelError, match="pen-small is not installed") as caught:
        models.use("pen-small")
    assert "podcli models pull pen-small" in caught.value.hint
    assert caught.value.exit_code == 4
    assert settings.load().models.write == "auto"


def test_a_setting_that_names_nothing_or_another_role_is_a_usage_error(models: ModelService, catalogue: Catalogue) -> None:
    for wrong, words in (("pen-smal", "There is no model"), ("ear", "for transcribe")):
        settings.set_value("models.write", wrong)
        service = ModelService(settings.load(), catalogue=catalogue, memory_gb=8.0)
        with pytest.raises(UsageError, match=words):
            service.chosen("write")


def test_removing_a_named_model_lets_memory_decide_again(models: ModelService) -> None:
    put("pen-small")
    models.use("pen-small")
    assert models.remove("pen-small") > len(WEIGHTS)
    assert settings.load().models.write == "auto"
    assert models.chosen("write") == "pen-medium"
    assert not models.is_installed("pen-small")


def test_verify_all_or_one_with_progress(models: ModelService) -> None:
    weights = put("pen-small")
    put("ear")
    read: list[tuple[str, int]] = []
    assert [(item.id, item.ok) for item in models.verify(report=lambda *now: read.append(now))] == [
        ("ear", True),
        ("pen-small", True),
        ("wordllama", True),
    ]
    assert ("ear", len(WEIGHTS)) in read
    weights.write_bytes(WEIGHTS[::-1])
    assert [item.ok for item in models.verify("pen-small")] == [False]
    assert not models.is_whole("pen-small")
    with pytest.raises(ModelError, match="damaged"):
        models.require("pen-small")
    models.require("ear")


EAR_CPP = wheel_card("ear-cpp", **{**HEARS, "engine": "whispercpp"})


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """A catalogue with models of both speech engines."""
    found = Catalogue((*CARDS, EAR_CPP))
    monkeypatch.setattr(inventory, "load_catalogue", lambda: found)
    return found


def has(monkeypatch: pytest.MonkeyPatch, *, package: bool, graphics: str = "") -> None:
    """What a machine has of whisper.cpp."""
    monkeypatch.setattr(whispercpp_build, "is_installed", lambda: package)
    monkeypatch.setattr(whispercpp_build, "graphics_card", lambda: graphics)


@pytest.mark.parametrize(
    ("package", "graphics", "here", "chosen", "why"),
    [
        (True, "Apple M3", True, "ear-cpp", "it can use Apple M3"),
        (True, "Evil\x1b[31m [b]card", True, "ear-cpp", "it can use Evil [b]card"),
        (True, "", True, "ear", "whisper.cpp finds no graphics card it could use"),
        (True, "Apple M3", False, "ear", "no model for whisper.cpp is installed"),
        (False, "", True, "ear", "whisper.cpp is not installed"),
    ],
)
def test_whisper_cpp_is_chosen_only_where_it_has_all_it_needs(
    both: Catalogue, monkeypatch: pytest.MonkeyPatch, package: bool, graphics: str, here: bool, chosen: str, why: str
) -> None:
    put("ear")
    if here:
        put("ear-cpp")
    has(monkeypatch, package=package, graphics=graphics)
    models = ModelService(settings.load(), catalogue=both, memory_gb=8.0)
    assert (models.chosen("transcribe"), models.speech().why) == (chosen, why)
    assert [row.card.id for row in models.list() if row.chosen and row.card.role == "transcribe"] == [chosen]


def test_the_graphics_card_is_not_asked_for_where_it_decides_nothing(both: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking starts a process."""
    monkeypatch.setattr(whispercpp_build, "graphics_card", lambda: pytest.fail("asked"))
    put("ear")
    for engine in ("auto", "whisper", "whispercpp"):
        settings.set_value("transcribe.engine", engine)
        ModelService(settings.load(), catalogue=both, memory_gb=8.0).list()


def test_the_setting_decides_whatever_the_machine_has(both: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    put("ear")
    put("ear-cpp")
    for engine, graphics, chosen in (("whisper", "Apple M3", "ear"), ("whispercpp", "", "ear-cpp")):
        has(monkeypatch, package=True, graphics=graphics)
        settings.set_value("transcribe.engine", engine)
        models = ModelService(settings.load(), catalogue=both, memory_gb=8.0)
        assert (models.chosen("transcribe"), models.speech().why) == (chosen, "transcribe.engine says so")
        assert models.chosen("write") == "pen-medium"


def test_an_engine_without_a_model_names_the_command_that_gets_one(both: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    put("ear")
    has(monkeypatch, package=True)
    settings.set_value("transcribe.engine", "whispercpp")
    models = ModelService(settings.load(), catalogue=both, memory_gb=8.0)
    with pytest.raises(ModelError, match="ear-cpp is not installed") as caught:
        models.require(models.chosen("transcribe"))
    assert caught.value.hint == "Run `podcli models pull ear-cpp`."


def test_a_named_model_wins_over_the_engine(both: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    put("ear")
    put("ear-cpp")
    has(monkeypatch, package=True)
    models = ModelService(settings.load(), catalogue=both, memory_gb=8.0)
    models.use("ear-cpp")
    assert (models.chosen("transcribe"), models.speech().engine) == ("ear-cpp", "whispercpp")
    assert models.speech().why == "models.transcribe names ear-cpp"
    assert models.use_auto("transcribe") == "ear"


def test_a_model_whose_engine_is_missing_is_not_chosen(both: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    put("ear-cpp")
    has(monkeypatch, package=False)
    models = ModelService(settings.load(), catalogue=both, memory_gb=8.0)
    for choose in (models.use, models.require):
        with pytest.raises(ModelError, match="ear-cpp needs whisper") as caught:
            choose("ear-cpp")
        assert 'pip install "podcli-offline[whispercpp]"' in caught.value.hint
    assert settings.load().models.transcribe == "auto"
