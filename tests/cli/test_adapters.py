"""``podcli models add-adapter`` and what follows, as a listener runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Podcli
from tests.make_adapter import make_adapter
from tests.toy_models import install_writer

BASE, OTHER = "smollm2-135m", "qwen2.5-coder-0.5b"


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    """An adapter for a model that is here and writes."""
    return make_adapter(install_writer(BASE), tmp_path / "terse.gguf")


@pytest.fixture
def chosen(podcli: Podcli, file: Path) -> None:
    assert podcli("models", "use", BASE).returncode == 0


def test_added_listed_changed_removed(podcli: Podcli, file: Path, chosen: None) -> None:
    done = podcli("models", "add-adapter", file, "--scale", "0.8", "--for", "takeaways", "--for", "ask")
    assert done.stdout == f"Added terse: it will work on takeaways, ask with {BASE}, scale 0.8.\n" and not done.stderr
    (row,) = json.loads(podcli("models", "adapters", "--json").stdout)
    assert row == {
        "adapter": "terse", "chosen": True, "ok": True, "model": BASE, "scale": 0.8, "tasks": ["takeaways", "ask"],
        "bytes": file.stat().st_size, "sha256": row["sha256"], "installed": row["installed"],
    }  # fmt: skip
    table = podcli("models", "adapters").stdout
    assert all(word in table for word in ("terse", BASE, "takeaways, ask", "0.8", "in use"))
    assert podcli("models", "set-adapter", "terse", "--scale", "0").stdout == "terse is switched off.\n"
    assert "off" in podcli("models", "adapters").stdout
    changed = podcli("models", "set-adapter", "terse", "--scale", "-0.5", "--for", "all", "--json")
    assert json.loads(changed.stdout)["tasks"] == ["all"] and json.loads(changed.stdout)["scale"] == -0.5
    removed = json.loads(podcli("models", "remove-adapter", "terse", "--json").stdout)
    assert removed["adapter"] == "terse" and removed["freed"] > file.stat().st_size
    assert json.loads(podcli("models", "adapters", "--json").stdout) == []
    assert "no adapters" in podcli("models", "adapters").stderr


def test_models_list_has_them_too(podcli: Podcli, file: Path, chosen: None) -> None:
    before = json.loads(podcli("models", "list", "--json").stdout)
    podcli("models", "add-adapter", file, "--name", "short")
    *models, row = json.loads(podcli("models", "list", "--json").stdout)
    assert models == before
    assert before[0].keys() <= row.keys()
    assert (row["model"], row["role"], row["base"], row["tasks"], row["chosen"]) == ("short", "adapter", BASE, ["all"], True)
    assert "An adapter changes how they answer" in podcli("models").stderr


def test_verify_covers_them(podcli: Podcli, file: Path, home: Path) -> None:
    podcli("models", "add-adapter", file, "--model", BASE)
    assert {item["model"] for item in json.loads(podcli("models", "verify", "--json").stdout)} == {BASE, "terse", "wordllama"}
    kept = home / "data" / "models" / "adapters" / "terse" / "adapter.gguf"
    kept.write_bytes(kept.read_bytes()[:-1] + b"\x01")
    done = podcli("models", "verify", "terse")
    assert done.returncode == 4 and "✗ terse" in done.stdout and "sha256 differs" in done.stdout
    assert "podcli models remove-adapter terse" in done.stderr and "pull" not in done.stderr


def test_one_for_a_model_that_does_not_write_now_says_so(podcli: Podcli, file: Path) -> None:
    install_writer(OTHER, width=32)
    podcli("models", "use", OTHER)
    refused = podcli("models", "add-adapter", file)
    assert refused.returncode == 4 and f"does not fit {OTHER}" in refused.stderr and "--model" in refused.stderr
    done = podcli("models", "add-adapter", file, "--model", BASE)
    assert done.returncode == 0 and f"podcli models use {BASE}" in done.stderr
    assert "left aside" in podcli("models", "adapters").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--scale", "nan"], 2, "from -4 to 4"),
        (["--scale", "9"], 2, "from -4 to 4"),
        (["--scale", "much"], 2, "much"),
        (["--for", "lunch"], 2, "takeaways"),
        (["--name", "../../x"], 2, "cannot be the name"),
        (["--model", "gpt-17"], 2, "no model"),
        (["--model", "whisper-base"], 2, "adapters are for models that write"),
        (["--model", OTHER], 4, f"podcli models pull {OTHER}"),
    ],
)
def test_what_cannot_be_is_refused(podcli: Podcli, file: Path, chosen: None, arguments: list[str], code: int, words: str) -> None:
    done = podcli("models", "add-adapter", file, *arguments)
    assert done.returncode == code and words in done.stderr
    assert json.loads(podcli("models", "adapters", "--json").stdout) == []


def test_files_that_are_no_adapters_are_refused(podcli: Podcli, file: Path, chosen: None, tmp_path: Path, home: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a model at all")
    for wrong, code, words in (
        (other, 4, "not a GGUF adapter"),
        (home / "data" / "models" / BASE / "model.gguf", 4, "is a model, not an adapter"),
        (tmp_path / "gone.gguf", 2, "There is no file"),
        (tmp_path, 2, "There is no file"),
    ):
        done = podcli("models", "add-adapter", wrong, "--name", "x")
        assert done.returncode == code and words in done.stderr, done.stderr
    assert podcli("models", "add-adapter", file).returncode == 0
    mistaken = podcli("models", "remove", "terse")
    assert mistaken.returncode == 2 and "podcli models remove-adapter terse" in mistaken.stderr
    again = podcli("models", "add-adapter", file)
    assert again.returncode == 2 and "There is an adapter terse already" in again.stderr
    assert podcli("models", "remove-adapter", "tense").returncode == 2
