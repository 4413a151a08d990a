"""What the machine is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli.engines import machine


def test_memory_and_cores_are_plausible() -> None:
    assert 0.1 < machine.memory_gb() < 10_000
    assert machine.cores() >= 1


def test_a_containers_limits_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "pod" / "container"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("max\n")
    (group.parent / "memory.max").write_text(f"{512 << 20}\n")
    (group / "cpu.max").write_text("100000 100000\n")
    real = machine._text
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "physical_cores", lambda: 8)
    monkeypatch.setattr(machine, "_text", lambda file: "0::/pod/container" if file.name == "cgroup" else real(file))
    assert machine.memory_gb() == 0.5
    assert machine.cores() == 1


def test_free_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert machine.free_disk(tmp_path / "a" / "b") > 0
    assert machine.existing(tmp_path / "a" / "b") == tmp_path
