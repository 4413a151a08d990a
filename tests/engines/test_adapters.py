"""LoRA files: taken in when they fit their model, refused with a sentence when not, kept like models."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from podcli import paths
from podcli.engines import adapters
from podcli.engines.adapters import Adapter, identity, serving
from podcli.engines.manifest import MANIFEST, sha256_of
from podcli.errors import ModelError, PodcliError, UsageError
from tests.make_adapter import make_adapter, pairs, read_gguf, write_gguf
from tests.toy_models import install_writer

BASE, OTHER = "smollm2-135m", "qwen2.5-coder-0.5b"


@pytest.fixture
def base(home: Path) -> Path:
    """The weights of the model that adapters are for."""
    return install_writer(BASE)


@pytest.fixture
def terse(base: Path, tmp_path: Path) -> Path:
    return make_adapter(base, tmp_path / "Terse v2.gguf")


def test_it_is_installed_whole_with_its_hash_and_what_it_is_for(terse: Path) -> None:
    added = adapters.add(terse, model_id=BASE, scale=0.8, tasks=["gist", "takeaways"])
    assert (added.name, added.model, added.scale, added.tasks) == ("terse-v2", BASE, 0.8, ("takeaways", "gist"))
    assert added.sha256 == sha256_of(terse) and added.path.read_bytes() == terse.read_bytes()
    assert added.path.is_relative_to(paths.models()) and (added.path.parent / MANIFEST).is_file()
    assert adapters.installed() == [added] == adapters.ready(BASE)
    assert adapters.ready(OTHER) == []
    assert [path.name for path in adapters.home().iterdir() if path.is_dir()] == ["terse-v2"]


def test_the_same_file_made_twice_is_the_same(base: Path, tmp_path: Path) -> None:
    one, two = (make_adapter(base, tmp_path / name, seed=7) for name in ("one.gguf", "two.gguf"))
    assert one.read_bytes().replace(b"one", b"two") == two.read_bytes()


def test_without_words_it_works_on_everything_as_strongly_as_it_was_made(terse: Path) -> None:
    added = adapters.add(terse, model_id=BASE)
    assert (added.scale, added.tasks) == (1.0, ("all",))
    assert all(added.serves(task) for task in (*adapters.TASKS, ""))


def test_the_same_name_twice_is_refused_and_the_first_stays(terse: Path, base: Path, tmp_path: Path) -> None:
    first = adapters.add(terse, model_id=BASE)
    other = make_adapter(base, tmp_path / "other.gguf", seed=1)
    with pytest.raises(UsageError, match="There is an adapter terse-v2 already") as caught:
        adapters.add(other, model_id=BASE, name="terse-v2")
    assert "remove-adapter terse-v2" in caught.value.hint
    assert adapters.installed() == [first]


@pytest.mark.parametrize("name", ["../up", "a/b", "Terse", ".hidden", "all", "auto", BASE, "x" * 80, "\x1b[31m", "-x"])
def test_names_that_are_no_folders_of_ours_are_refused(terse: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name"):
        adapters.add(terse, model_id=BASE, name=name)
    assert adapters.names() == []


def test_a_file_whose_name_gives_no_name_needs_one(base: Path, tmp_path: Path) -> None:
    file = make_adapter(base, tmp_path / "音.gguf")
    with pytest.raises(UsageError, match="cannot be the name"):
        adapters.add(file, model_id=BASE)
    assert adapters.add(file, model_id=BASE, name="sound").name == "sound"


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), -float("inf"), 4.1, -5, 1e30])
def test_a_scale_is_a_number_of_a_sensible_size(terse: Path, scale: float) -> None:
    with pytest.raises(UsageError, match="from -4 to 4"):
        adapters.add(terse, model_id=BASE, scale=scale)
    assert adapters.names() == []


def test_an_unknown_task_is_refused_with_those_there_are(terse: Path) -> None:
    with pytest.raises(UsageError, match="no task 'cooking'") as caught:
        adapters.add(terse, model_id=BASE, tasks=["takeaways", "cooking"])
    assert "takeaways, chapters, gist, mentions, ask and all" in caught.value.hint


def test_a_file_that_is_not_there_is_named(base: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file .*gone\.gguf"):
        adapters.add(tmp_path / "gone.gguf", model_id=BASE)
    with pytest.raises(UsageError, match="There is no file"):
        adapters.add(tmp_path, model_id=BASE, name="folder")


def test_the_model_it_is_for_must_be_here(terse: Path) -> None:
    with pytest.raises(ModelError, match=f"{OTHER} is not installed") as caught:
        adapters.add(terse, model_id=OTHER)
    assert f"podcli models pull {OTHER}" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"<html>" * 40, b"GGUF", b"PK\x03\x04" * 20])
def test_what_is_no_gguf_is_refused(base: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="not a GGUF adapter"):
        adapters.add(file, model_id=BASE)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_file_cut_short_is_refused(terse: Path, share: float) -> None:
    content = terse.read_bytes()
    terse.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match="cut short"):
        adapters.add(terse, model_id=BASE)
    assert adapters.names() == []


def test_a_model_is_no_adapter(base: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.gguf is a model, not an adapter"):
        adapters.add(base, model_id=BASE, name="x")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"adapter__type": "control_vector"}, "an adapter, but no LoRA"),
        ({"adapter__type": None}, "damaged"),
        ({"general__architecture": 7}, "damaged"),
        ({"adapter__lora__alpha": np.float64(2.0)}, "damaged"),
        ({"adapter__lora__alpha": 2}, "damaged"),
        ({"adapter__alora__invocation_tokens": 1}, "aLoRA"),
        ({"general__architecture": "\x1b[31m" + "q" * 90}, r"is for q{39}… models"),
        ({"general__architecture": "qwen2"}, "is for qwen2 models; smollm2-135m is of the kind llama"),
    ],
)
def test_other_kinds_of_adapters_are_named(base: Path, tmp_path: Path, changes: dict[str, object], words: str) -> None:
    file = make_adapter(base, tmp_path / "x.gguf", **changes)
    with pytest.raises(ModelError, match=words) as caught:
        adapters.add(file, model_id=BASE)
    assert caught.value.hint and caught.value.exit_code == 4


def test_one_for_a_wider_model_of_the_same_kind_does_not_fit(base: Path, tmp_path: Path) -> None:
    wide = install_writer(OTHER, width=128)
    with pytest.raises(ModelError, match=r"does not fit smollm2-135m: its 'blk\.0\.attn_q\.weight' has another shape"):
        adapters.add(make_adapter(wide, tmp_path / "x.gguf"), model_id=BASE)
    assert adapters.add(tmp_path / "x.gguf", model_id=OTHER).model == OTHER


def test_one_that_llama_cpp_would_abort_on_does_not_fit(base: Path, tmp_path: Path) -> None:
    said = {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora"}
    good = pairs(read_gguf(base), 0, 2, 0.1, ["blk.0.attn_q.weight"])
    a, b = good.values()
    name = "blk.0.attn_q.weight"
    embedding = {
        "token_embd.weight.lora_a": np.zeros((96, 2), np.float32),
        "token_embd.weight.lora_b": np.zeros((64, 2), np.float32),
    }
    for number, (tensors, words) in enumerate([
        ({f"{name}.lora_a": a}, "half of what changes"),
        ({f"{name}.lora_a": a, f"{name}.lora_b": b[:, :1]}, "has another shape"),
        ({f"{name}.lora_a": a.ravel(), f"{name}.lora_b": b}, "has another shape"),
        ({f"{name}.lora_a": a[None].repeat(3, 0), f"{name}.lora_b": b[None].repeat(3, 0)}, "has another shape"),
        ({"blk.9.attn_q.weight.lora_a": a, "blk.9.attn_q.weight.lora_b": b}, "has no weight"),
        ({name: a}, "is no part of a LoRA"),
        ({"blk.0.attn_norm.weight": a}, "changes nothing"),
        (embedding, "table of words"),
    ]):  # fmt: skip
        file = write_gguf(tmp_path / f"{number}.gguf", said, tensors)
        with pytest.raises(ModelError, match=words):
            adapters.add(file, model_id=BASE)
    untied = install_writer(OTHER, tied=False)
    assert untied and adapters.add(write_gguf(tmp_path / "words.gguf", said, embedding), model_id=OTHER).name == "words"


def test_scale_and_tasks_can_be_changed_and_the_rest_stays(terse: Path) -> None:
    added = adapters.add(terse, model_id=BASE, scale=0.8, tasks=["takeaways"])
    weaker = adapters.change("terse-v2", scale=0.5)
    assert (weaker.scale, weaker.tasks, weaker.sha256) == (0.5, ("takeaways",), added.sha256)
    assert adapters.change("terse-v2", tasks=["ask", "all"]).tasks == ("all",)
    assert adapters.find("terse-v2").scale == 0.5
    with pytest.raises(UsageError, match="There is no adapter 'tense'"):
        adapters.change("tense", scale=0.5)
    assert adapters.verify("terse-v2").ok


def test_removal_gives_the_room_back(terse: Path) -> None:
    added = adapters.add(terse, model_id=BASE)
    assert adapters.remove(added.name) >= terse.stat().st_size
    assert adapters.names() == [] and not added.path.parent.exists() and terse.exists()
    for name in (added.name, "", "..", "../.."):
        with pytest.raises(UsageError, match="There is no adapter"):
            adapters.remove(name)


def test_a_flipped_bit_is_seen_by_verify_and_before_it_is_loaded(terse: Path) -> None:
    added = adapters.add(terse, model_id=BASE)
    assert adapters.verify(added.name).ok
    content = bytearray(added.path.read_bytes())
    content[len(content) // 2] ^= 1
    added.path.write_bytes(content)
    read: list[int] = []
    found = adapters.verify(added.name, read.append)
    assert not found.ok and "sha256 differs" in found.problems[0] and read[-1] == len(content)
    with pytest.raises(ModelError, match="The adapter terse-v2 is damaged") as caught:
        adapters.ready(BASE)
    assert "remove-adapter terse-v2" in caught.value.hint
    assert adapters.ready(OTHER) == [], "it is no business of another model"


@pytest.mark.parametrize("content", ["", "{}", "[1", '{"id": "x", "files": {"../../x": {}}}'])
def test_a_damaged_manifest_is_told_and_can_be_removed(terse: Path, content: str) -> None:
    added = adapters.add(terse, model_id=BASE)
    (added.path.parent / MANIFEST).write_text(content)
    assert adapters.names() == ["terse-v2"] and adapters.installed() == []
    assert not adapters.verify("terse-v2").ok
    with pytest.raises(ModelError, match="The adapter terse-v2 is damaged") as caught:
        adapters.find("terse-v2")
    assert "pull" not in caught.value.hint
    adapters.remove("terse-v2")


def test_a_manifest_with_a_scale_that_is_none_is_damaged(terse: Path) -> None:
    file = adapters.add(terse, model_id=BASE).path.parent / MANIFEST
    for scale in ("strong", None, 1e9):
        file.write_text(json.dumps({**json.loads(file.read_text()), "scale": scale}))
        with pytest.raises(ModelError, match="damaged"):
            adapters.find("terse-v2")


def test_a_killed_addition_leaves_nothing_that_counts(terse: Path) -> None:
    half = adapters.home() / ".terse-v2.new"
    half.mkdir(parents=True)
    (half / "adapter.gguf").write_bytes(b"half")
    assert adapters.names() == []
    assert adapters.add(terse, model_id=BASE).path.read_bytes() == terse.read_bytes()
    assert not half.exists()


def test_two_that_add_at_once_do_not_mix(terse: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.starmap(_try_to_add, [(str(terse), os.environ["PODCLI_HOME"])] * 2)
    assert sorted(results) == ["added", "already"]
    assert adapters.verify("terse-v2").ok


def _try_to_add(file: str, home: str) -> str:
    os.environ["PODCLI_HOME"] = home
    try:
        adapters.add(Path(file), model_id=BASE)
        return "added"
    except UsageError as error:
        return "already" if "already" in error.message else error.message


def test_a_folder_that_cannot_be_written_is_a_sentence(terse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapters.home().parent.mkdir(parents=True, exist_ok=True)
    adapters.home().write_text("not a folder")
    with pytest.raises(PodcliError, match=r"The adapter terse-v2 cannot be added: .*"):
        adapters.add(terse, model_id=BASE)


def adapter(name: str, *tasks: str, scale: float = 1.0) -> Adapter:
    return Adapter(name, BASE, scale, tasks, name * 16, 1, Path(name), "")


def test_who_works_on_what() -> None:
    one, two, off = adapter("aa", "takeaways", "gist"), adapter("bb", "all"), adapter("cc", "all", scale=0)
    assert serving([one, two, off], ["takeaways"]) == [one, two]
    assert serving([one, two, off], ["chapters"]) == [two] == serving([one, two, off], [""])
    assert serving([one], ["ask"]) == []


def test_the_identity_tells_which_files_and_how_strongly() -> None:
    one, two = adapter("aa", "all", scale=0.8), adapter("bb", "all")
    assert identity([]) == ""
    assert identity([one, two]) == "aa@0.8 (aaaaaaaa) + bb@1 (bbbbbbbb)"
    assert len({identity([one]), identity([two]), identity([one, two]), identity([adapter("aa", "all", scale=0.7)])}) == 4
