"""Adapters at work in the real SmolLM2-135M, through llama.cpp's own calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli import paths
from podcli.engines import adapters
from podcli.engines.adapters import Adapter
from podcli.engines.llama import LlamaWriter
from podcli.errors import ModelError
from tests.make_adapter import make_adapter

pytestmark = pytest.mark.models
MODEL = "smollm2-135m"
QUESTION = {"system": "You are brief.", "text": "1: The harbour had nine cranes.\n2: It closed in 1971."}


@pytest.fixture(scope="module")
def shared() -> Iterator[dict[str, LlamaWriter]]:
    """One writer for all tests here; each begins without adapters."""
    made: dict[str, LlamaWriter] = {}
    yield made
    for writer in made.values():
        writer.close()


@pytest.fixture
def model(home: Path, test_models: Path) -> Path:
    """The model as installed in the test's own library."""
    paths.models().mkdir(parents=True)
    (paths.models() / MODEL).symlink_to(test_models / MODEL)
    return test_models / MODEL / "model.gguf"


@pytest.fixture
def writer(model: Path, shared: dict[str, LlamaWriter]) -> LlamaWriter:
    if not shared:
        shared["writer"] = LlamaWriter(model, model_id=MODEL, context_tokens=1024, threads=2)
    shared["writer"].use([])
    return shared["writer"]


@pytest.fixture
def made(model: Path, tmp_path: Path) -> list[Adapter]:
    """Two real adapters, both for everything."""
    return [adapters.add(make_adapter(model, tmp_path / f"a{seed}.gguf", seed=seed), model_id=MODEL) for seed in (1, 2)]


def logits(writer: LlamaWriter, used: list[Adapter], task: str = "takeaways") -> NDArray[np.float32]:
    """Of the first token of the answer."""
    writer.use(used)
    writer.write(**QUESTION, question="How many cranes?", max_tokens=1, task=task)
    return writer._context().logits().copy()


def test_at_scale_zero_it_changes_nothing_and_above_it_does(writer: LlamaWriter, made: list[Adapter]) -> None:
    plain = logits(writer, [])
    assert np.array_equal(logits(writer, [replace(made[0], scale=0.0)]), plain)
    weak = np.abs(logits(writer, [replace(made[0], scale=0.2)]) - plain).max()
    strong = np.abs(logits(writer, [made[0]]) - plain).max()
    assert 0.01 < weak < strong
    assert np.array_equal(logits(writer, []), plain)


def test_two_stack(writer: LlamaWriter, made: list[Adapter]) -> None:
    one, two = (logits(writer, [each]) for each in made)
    both = logits(writer, made)
    assert min(np.abs(both - one).max(), np.abs(both - two).max(), np.abs(one - two).max()) > 0.1
    assert np.array_equal(logits(writer, made), both)


def test_each_task_has_its_own(writer: LlamaWriter, made: list[Adapter]) -> None:
    plain, one, two = logits(writer, []), logits(writer, [made[0]]), logits(writer, [made[1]])
    per_task = [replace(made[0], tasks=("takeaways",)), replace(made[1], tasks=("chapters", "gist"))]
    for task, wanted in (("takeaways", one), ("chapters", two), ("takeaways", one), ("gist", two), ("ask", plain), ("", plain)):
        assert np.array_equal(logits(writer, per_task, task), wanted), task


def test_what_was_read_with_one_adapter_is_not_kept_for_another(writer: LlamaWriter, made: list[Adapter]) -> None:
    asked = {**QUESTION, "question": "How many cranes?", "max_tokens": 2}
    writer.write(**asked)  # without any: the test before may have ended with this very adapter
    writer.use(made[:1])
    first = writer.write(**asked)
    assert first.read_tokens == first.prompt_tokens
    assert writer.write(**asked).read_tokens < first.prompt_tokens
    writer.use(made[1:])
    assert writer.write(**asked).read_tokens == first.prompt_tokens
    writer.use(made[1:])
    assert writer.write(**asked).read_tokens < first.prompt_tokens, "the same again is no change"


def test_a_yes_or_no_hears_the_adapters_of_its_task(writer: LlamaWriter, made: list[Adapter]) -> None:
    asked = {**QUESTION, "question": "Is it closed? Answer yes or no:"}
    plain = writer.likelihood(**asked)
    writer.use([replace(made[0], tasks=("takeaways",))])
    assert writer.likelihood(**asked, task="chapters") == plain != writer.likelihood(**asked, task="takeaways")


def test_a_new_process_answers_alike(writer: LlamaWriter, made: list[Adapter], model: Path) -> None:
    here = logits(writer, made)
    fresh = LlamaWriter(model, model_id=MODEL, context_tokens=1024, threads=1)
    assert np.array_equal(logits(fresh, made), here)
    fresh.close()


def test_one_that_does_not_fit_what_is_loaded_is_a_sentence(writer: LlamaWriter, made: list[Adapter], tmp_path: Path) -> None:
    writer.use([replace(made[0], path=make_for_another(made[0].path, tmp_path / "x.gguf"), sha256="0" * 64)])
    with pytest.raises(ModelError, match="does not fit smollm2-135m"):
        writer.write(**QUESTION, max_tokens=2)
    writer.use([])
    assert writer.write(**QUESTION, max_tokens=2).text


def make_for_another(adapter: Path, out: Path) -> Path:
    """The same, for weights that are not there."""
    out.write_bytes(adapter.read_bytes().replace(b"blk.0.attn_q", b"blk.0.attn_x"))
    return out
