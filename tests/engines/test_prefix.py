"""What a model makes of an instruction, kept on disk: the same answers with it and without, and nothing bad of it ever loaded."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import paths
from podcli.engines import prefix
from podcli.engines.llama import LlamaWriter
from podcli.engines.prefix import Prefixes
from podcli.pipeline import prompts

MODEL = "smollm2-135m"
ASKED = {"system": prompts.SYSTEM, "text": "1: The harbour had nine cranes.\n2: It closed in 1971.", "question": "\n\nIn short:"}
TOKENS = list(range(40))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")
    return file


@pytest.fixture
def kept(model: Path) -> Prefixes:
    return Prefixes(model, ["build", 4096])


def files() -> list[Path]:
    folder = paths.cache() / "prefixes"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_state_is_kept_for_its_owner_alone(kept: Prefixes) -> None:
    kept.keep(TOKENS, "", b"state")
    (file,) = files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert kept.get(TOKENS, "") == b"state"


def test_it_fits_nothing_but_what_it_was_made_of(kept: Prefixes, model: Path) -> None:
    kept.keep(TOKENS, "", b"state")
    assert kept.get(TOKENS[:-1], "") is None
    assert kept.get(TOKENS, "terse@1 (aaaaaaaa)") is None
    assert Prefixes(model, ["another build", 4096]).get(TOKENS, "") is None
    assert Prefixes(model, ["build", 2048]).get(TOKENS, "") is None
    assert Prefixes(model, ["build", 4096]).get(TOKENS, "") == b"state"
    os.utime(model, (1, 1))
    assert Prefixes(model, ["build", 4096]).get(TOKENS, "") is None
    model.write_bytes(b"other weights")
    assert Prefixes(model, ["build", 4096]).get(TOKENS, "") is None


def test_a_file_that_is_not_sound_is_none(kept: Prefixes) -> None:
    kept.keep(TOKENS, "", b"state" * 1000)
    kept.keep([*TOKENS, 1], "", b"other" * 1000)
    one, other = files()
    sound = one.read_bytes()
    for bad in (b"", sound[:20], sound[:32], sound[:-1], sound + b"x", sound[:100] + b"\0" + sound[101:], other.read_bytes()):
        one.write_bytes(bad)
        assert [kept.get(TOKENS, ""), kept.get([*TOKENS, 1], "")].count(None) == 1
    one.unlink()
    one.mkdir()
    assert [kept.get(TOKENS, ""), kept.get([*TOKENS, 1], "")].count(None) == 1


def test_all_of_them_stay_small_and_the_least_used_go_first(kept: Prefixes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix, "MOST_BYTES", 1000)
    for number in range(8):
        kept.keep([number], "", bytes(200))
        os.utime(files()[0].parent / kept._key([number], ""), (number, number))
        if number == 3:
            assert kept.get([0], "") is not None, "which makes it the one used last"
    left = [number for number in range(8) if kept.get([number], "")]
    assert 7 in left and 0 in left and 1 not in left
    assert sum(file.stat().st_size for file in files()) <= 1000
    kept.keep([9], "", bytes(400))
    assert kept.get([9], "") is None, "one that takes the room of all is not kept"


def test_a_cache_that_cannot_be_written_is_no_failure(kept: Prefixes) -> None:
    paths.cache().parent.mkdir(parents=True, exist_ok=True)
    paths.cache().write_text("not a folder")
    kept.keep(TOKENS, "", b"state")
    assert kept.get(TOKENS, "") is None


def test_a_killed_write_leaves_nothing_that_counts(kept: Prefixes, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            kept.keep(TOKENS, "", b"state")
    assert kept.get(TOKENS, "") is None and files() == []


@pytest.fixture
def gguf(test_models: Path) -> Path:
    return test_models / MODEL / "model.gguf"


@pytest.fixture
def fresh(gguf: Path) -> Iterator[LlamaWriter]:
    made = LlamaWriter(gguf, model_id=MODEL, context_tokens=512, threads=2)
    yield made
    made.close()


@pytest.mark.models
def test_answers_are_the_same_with_it_and_without(gguf: Path, fresh: LlamaWriter) -> None:
    without = fresh.write(**ASKED, max_tokens=24)
    assert without.read_tokens == without.prompt_tokens and len(files()) == 1
    other = LlamaWriter(gguf, model_id=MODEL, context_tokens=512, threads=1)
    with_it = other.write(**ASKED, max_tokens=24)
    logits = other._context().logits().copy()
    other.close()
    assert with_it.text == without.text
    assert 32 <= with_it.prompt_tokens - with_it.read_tokens < with_it.prompt_tokens
    assert (fresh._context().logits() == logits).all(), "to the last bit"


@pytest.mark.models
def test_it_also_spares_the_reading_when_another_instruction_came_between(fresh: LlamaWriter) -> None:
    first = fresh.write(**ASKED, max_tokens=8)
    fresh.write(system="You tell stories. " * 12, text="Tell one.", max_tokens=4)
    again = fresh.write(**ASKED, max_tokens=8)
    assert again.text == first.text and again.read_tokens < first.read_tokens


@pytest.mark.models
@pytest.mark.parametrize("place", [0.0, 0.3, 0.999])
def test_a_flipped_byte_is_noticed_and_the_file_written_anew(gguf: Path, fresh: LlamaWriter, place: float) -> None:
    first = fresh.write(**ASKED, max_tokens=12)
    (file,) = files()
    sound = file.read_bytes()
    at = int(place * len(sound))
    file.write_bytes(sound[:at] + bytes([sound[at] ^ 4]) + sound[at + 1 :])
    other = LlamaWriter(gguf, model_id=MODEL, context_tokens=512, threads=2)
    again = other.write(**ASKED, max_tokens=12)
    other.close()
    assert again.text == first.text and again.read_tokens == again.prompt_tokens
    assert file.read_bytes() == sound


@pytest.mark.models
def test_a_sound_file_that_is_no_state_of_this_model_is_read_over(fresh: LlamaWriter) -> None:
    first = fresh.write(**ASKED, max_tokens=12)
    tokens = fresh._prompt(ASKED["system"], "", "").tokens
    begin = fresh._prompt(ASKED["system"], "", "").begin
    fresh._prefixes.keep(tokens[:begin], "", b"\x01" * 5000)
    fresh._known = []
    again = fresh.write(**ASKED, max_tokens=12)
    assert again.text == first.text and again.read_tokens == again.prompt_tokens


@pytest.mark.models
def test_short_instructions_are_not_worth_a_file(fresh: LlamaWriter) -> None:
    fresh.write(system="You are brief.", text="Name a ship.", max_tokens=2)
    assert files() == []


@pytest.mark.models
def test_nothing_of_an_episode_is_in_it(fresh: LlamaWriter) -> None:
    fresh.write(**ASKED, max_tokens=2)
    size = files()[0].stat().st_size
    fresh.write(**{**ASKED, "text": "1: Quite another, and much longer, matter altogether. " * 8}, max_tokens=2)
    assert [file.stat().st_size for file in files()] == [size], "the second text makes no file, nor a larger one"
