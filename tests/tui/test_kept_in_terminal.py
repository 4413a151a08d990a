"""Keep what was said, in a real terminal with real models: play, press a key, read its title, find it in the vault."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import paths
from podcli.services import open_services
from podcli.text import parse_timecode
from tests.pipeline.test_programs import until
from tests.tui import stage
from tests.tui.test_terminal import READY, Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
DEMO = Path(__file__).parents[2] / "podcli" / "demo"
MODEL_S = 150.0
"""How long a busy machine may take to hear and title half a minute."""


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"podcli-kept-{os.getpid()}"  # a socket's path must be short
    folder.mkdir(exist_ok=True)
    opened = Terminal(folder, 80, 24)
    yield opened
    opened.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    made, own = tmp_path / "vault", tmp_path / "config" / "obsidian"
    made.mkdir()
    own.mkdir(parents=True)
    (own / "obsidian.json").write_text(json.dumps({"vaults": {"a": {"path": str(made), "ts": 1, "open": True}}}))
    return made


@pytest.mark.models
@pytest.mark.timeout(3 * MODEL_S)
def test_from_the_key_to_the_note_in_the_vault(terminal: Terminal, home: Path, vault: Path, test_models: Path) -> None:
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(
        '[models]\ntranscribe = "whisper-tiny.en"\nwrite = "smollm2-135m"\n[export]\nauto = ["obsidian"]\n'
    )
    with open_services() as services:
        box, *_ = stage.subscribe(services, "Small Big Things", "The Box", length_s=318.0)
        services.store.library.save_file(box.id, path=str(DEMO / "episode.mp3"), sha256="1" * 64, bytes=1)
    packages = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(DEMO.parents[1])]))
    terminal.start(home, PODCLI_MODELS=str(test_models), XDG_CONFIG_HOME=str(vault.parent / "config"), PYTHONPATH=packages)
    terminal.shows(READY, "The Box")
    terminal.type("Enter")
    terminal.shows("●", "5:1")
    terminal.type("L", "Right")
    terminal.until(lambda text: _clock_s(text) > 90)
    terminal.type("b")
    terminal.shows("Kept ", "Its title comes in a moment.")
    at = _clock_s(terminal.screen())
    text = terminal.until(lambda text: re.search(r"▌ Kept: \S", text), MODEL_S)
    assert _clock_s(text) > at, "playback went on"
    note = vault / "Podcasts" / "The Box.md"
    until(note.is_file)
    terminal.type("T")
    terminal.shows("Snips · 1", "The Box — Small Big Things")
    with open_services() as services:
        (card,) = services.snips.cards()
    assert card.snip.state == "written" and card.snip.title in note.read_text() and card.snip.text in note.read_text()
    terminal.type("f")
    terminal.shows("★")
    terminal.type("e")
    terminal.shows("snip note TEXT")
    terminal.write("Ask Ann")
    terminal.type("Enter")
    until(lambda: "Ask Ann" in note.read_text())
    terminal.type("Escape", "5")
    terminal.shows("Exporting: obsidian — The Box", "done")
    terminal.type("q")
    assert "Traceback" not in terminal.ended()


def _clock_s(text: str) -> float:
    """Where the bar at the bottom says it is."""
    line = next((line for line in text.splitlines() if "●" in line), "")
    return (parse_timecode(line.split()[0]) or 0.0) if line else 0.0
