"""``podcli hooks``: what is set, and whether it works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from podcli.domain import HookEvent
from tests.conftest import Podcli
from tests.pipeline.test_hooks import set_hooks
from tests.pipeline.test_programs import script


def test_the_list_and_its_json(podcli: Podcli) -> None:
    assert "No hooks are set" in podcli("hooks").stderr
    set_hooks(downloaded=[["notify-send", "a b"], ["sync"]], snip=[["true"]])
    assert podcli("hooks").stdout.splitlines()[1:] == [
        'downloaded  ["notify-send", "a b"]', 'downloaded  ["sync"]', 'snip        ["true"]']  # fmt: skip
    found = json.loads(podcli("hooks", "--json").stdout)
    assert found[0] == {"event": "downloaded", "command": ["notify-send", "a b"], "timeout": 30.0} and len(found) == 3


@pytest.mark.parametrize("event", get_args(HookEvent))
def test_each_event_can_be_tried_with_an_example(event: str, tmp_path: Path, podcli: Podcli) -> None:
    set_hooks(**{event: [script(tmp_path, f'cat > {tmp_path}/told; echo "$PODCLI_EVENT"')]})
    done = podcli("hooks", "test", event)
    assert done.returncode == 0 and done.stdout.startswith("✓") and f"It said: {event}" in done.stdout, done.stderr
    told = json.loads((tmp_path / "told").read_text())
    assert told["test"] is True and told["event"] == event and {"number", "title"} <= set(told["episode"])
    assert ("snip" in told) == (event == "snip") and ("episodes" in told) == (event == "new_episode")


def test_a_failure_is_exit_code_1_and_says_why(tmp_path: Path, podcli: Podcli) -> None:
    bad = script(tmp_path, "echo 'no luck' >&2; exit 7", "bad")
    set_hooks(finished=[bad, ["true"]])
    done = podcli("hooks", "test", "finished")
    assert done.returncode == 1 and "✗ The hook bad ended with 7: no luck" in done.stdout and '✓ ["true"]' in done.stdout
    first, second = json.loads(podcli("hooks", "test", "finished", "--json").stdout)
    assert (first["ok"], first["problem"], second["ok"]) == (False, "The hook bad ended with 7: no luck", True)


def test_an_event_without_hooks_is_a_usage_error(podcli: Podcli) -> None:
    done = podcli("hooks", "test", "snip")
    assert done.returncode == 2 and "No hook is set for snip." in done.stderr and "podcli config set hooks.snip" in done.stderr


def test_set_at_the_prompt(podcli: Podcli) -> None:
    assert podcli("config", "set", "hooks.snip", '[["true", "a"]]').stdout == 'hooks.snip = [["true", "a"]]\n'
    assert podcli("config", "get", "hooks.snip", "--json").stdout.split() == [
        "{",
        '"hooks.snip":',
        "[",
        "[",
        '"true",',
        '"a"',
        "]",
        "]",
        "}",
    ]
    refused = podcli("config", "set", "hooks.snip", "notify-send podcli")
    assert refused.returncode == 2 and "a line for a shell is never run" in refused.stderr


def test_doctor_names_a_hook_whose_program_is_not_there(podcli: Podcli) -> None:
    set_hooks(snip=[["podcli-there-is-no-such-program"]])
    assert "✗ Hooks: no such program: podcli-there-is-no-such-program (snip)" in podcli("doctor").stdout
