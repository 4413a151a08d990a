"""manifest.json: what it remembers, and what it notices."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from podcli.engines import manifest
from podcli.engines.manifest import MANIFEST, Manifest, compare, read_manifest, record, sha256_of, write_manifest
from podcli.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of two files."""
    path = tmp_path / "toy"
    path.mkdir()
    (path / "a").write_bytes(b"a" * 3000)
    (path / "b").write_bytes(b"b" * 5000)
    files = {name: record(path / name, sha256_of(path / name)) for name in ("a", "b")}
    write_manifest(path, Manifest("toy", files, "somewhere", "CC0-1.0", manifest.now(), "gguf", "0" * 64, "nothing"))
    return path


def flip(file: Path, *, keep_time: bool = False) -> None:
    """Turn one bit; with `keep_time` as a failing disk does, unnoticed."""
    status = file.stat()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    shift = 0 if keep_time else 1_000_000_000
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + shift))


def test_written_and_read_back(folder: Path) -> None:
    found = read_manifest(folder)
    assert (found.id, found.source, list(found.files)) == ("toy", "somewhere", ["a", "b"])
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"files": {}}', '{"files": []}', '{"files": {"a": {"bytes": 1}}}', "\x00", "[" * 100_000]
)
def test_nonsense_is_a_damaged_model(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match="toy is damaged") as caught:
        read_manifest(folder)
    assert "podcli models pull toy" in caught.value.hint


def test_a_file_name_with_a_folder_is_refused(folder: Path) -> None:
    entry = json.loads((folder / MANIFEST).read_text())
    entry["files"]["../a"] = entry["files"]["a"]
    (folder / MANIFEST).write_text(json.dumps(entry))
    with pytest.raises(ModelError):
        read_manifest(folder)


def test_whole_model_has_no_problems_and_reports_bytes(folder: Path) -> None:
    read: list[int] = []
    assert compare(folder, read_manifest(folder), report=read.append) == []
    assert read == [3000, 8000]


def test_missing_file_and_other_size(folder: Path) -> None:
    (folder / "a").unlink()
    (folder / "b").write_bytes(b"b")
    assert compare(folder, read_manifest(folder), touched_only=True) == [
        "a is missing",
        "b has 1 bytes instead of 5,000",
    ]


def test_flipped_bit_in_a_touched_file_is_noticed_at_a_glance(folder: Path) -> None:
    flip(folder / "b")
    assert "sha256 differs" in compare(folder, read_manifest(folder), touched_only=True)[0]


def test_silent_flip_is_found_by_reading_and_then_remembered(folder: Path) -> None:
    flip(folder / "b", keep_time=True)
    assert compare(folder, read_manifest(folder), touched_only=True) == [], "a glance cannot know"
    assert len(compare(folder, read_manifest(folder))) == 1
    assert len(compare(folder, read_manifest(folder), touched_only=True)) == 1


def test_touched_but_sound_file_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(folder / "b", ns=(1, 1))
    assert compare(folder, read_manifest(folder), touched_only=True) == []
    monkeypatch.setattr(manifest, "sha256_of", lambda *_: pytest.fail("read again"))
    assert compare(folder, read_manifest(folder), touched_only=True) == []


def test_read_only_folder_is_checked_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    os.utime(folder / "b", ns=(1, 1))
    monkeypatch.setattr(manifest, "write_manifest", refused)
    assert compare(folder, read_manifest(folder), touched_only=True) == []
