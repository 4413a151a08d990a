"""What the machine is asked."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize(
    ("supplies", "on_battery"),
    [
        ({}, False),
        ({"AC": {"type": "Mains", "online": "1"}, "BAT0": {"type": "Battery", "status": "Charging"}}, False),
        ({"AC": {"type": "Mains", "online": "0"}, "BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Full"}}, False),
        ({"mouse": {"type": "Battery", "status": "Discharging", "scope": "Device"}}, False),
        ({"usb-c": {"type": "USB", "online": "1"}, "BAT0": {"type": "Battery", "status": "Discharging"}}, False),
    ],
)
def test_on_battery_is_what_the_kernel_says_of_the_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supplies: dict[str, dict[str, str]], on_battery: bool
) -> None:
    for name, files in supplies.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(f"{text}\n")
    monkeypatch.setattr(machine, "_POWER", tmp_path)
    assert machine.on_battery() is on_battery


def test_a_machine_without_power_supplies_is_plugged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_POWER", tmp_path / "none")
    assert not machine.on_battery()


def test_on_a_mac_it_is_what_pmset_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.platform, "system", lambda: "Darwin")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not machine.on_battery()
    pmset = tmp_path / "pmset"
    for source, expected in (("Battery Power", True), ("AC Power", False)):
        pmset.write_text(f"#!/bin/sh\necho \"Now drawing from '{source}'\"\n")
        pmset.chmod(0o755)
        assert machine.on_battery() is expected


def test_free_memory_is_what_the_machine_its_container_and_the_shell_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = machine.free_memory()
    assert free is not None and 0 < free < 1.5 * 2**30 * machine.memory_gb() + 2**40
    told = {
        "cgroup": "0::/pod", "meminfo": "MemTotal: 8000 kB\nMemAvailable:    6000 kB\nSwapFree:        1000 kB\n",
        "memory.max": "4096000", "memory.current": "3072000", "memory.stat": "anon 1\ninactive_file 512000\nactive_file 7\n",
    }  # fmt: skip
    (tmp_path / "pod").mkdir()
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_text", lambda file: told.get(file.name, "") if file.parent != tmp_path else "")
    assert machine.free_memory() == 4096000 - 3072000 + 512000
    told["memory.max"] = "max"
    assert machine.free_memory() == 7000 << 10
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (5 << 20, -1))
    told["statm"] = "512 100 3"
    assert machine.free_memory() == (5 << 20) - 512 * os.sysconf("SC_PAGE_SIZE")
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _: (-1, -1))
    told["meminfo"] = ""
    assert machine.free_memory() is None


def test_free_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert machine.free_disk(tmp_path / "a" / "b") > 0
    assert machine.existing(tmp_path / "a" / "b") == tmp_path
