"""The manual page: every command and option is in it, and a real formatter has nothing to complain about."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

import podcli.cli.man
from podcli.accounts import tokens
from podcli.cli import cli
from podcli.cli.man import page
from tests.conftest import Podcli
from tests.test_readme import _commands


def test_every_command_and_option_is_in_it() -> None:
    text = page(cli).replace("\\-", "-")
    for path, command in _commands(cli):
        assert f'.SS "podcli {" ".join(path)} ' in text, path
        for option in (each for each in command.params if isinstance(each, click.Option) and not each.hidden):
            assert any(name in text for name in option.opts), (path, option.opts)


def test_every_variable_of_podclis_own_is_in_it_and_in_the_readme() -> None:
    named = {tokens.variable(service) for service in tokens.TITLES}
    for file in Path(podcli.__file__).parent.rglob("*.py"):
        if file == Path(podcli.cli.man.__file__):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch("PODCLI_[A-Z_]+", node.value):
                named.add(node.value)
    assert {"PODCLI_HOME", "PODCLI_DEBUG", "PODCLI_READWISE_TOKEN"} <= named
    text, readme = page(cli).replace("\\-", "-"), (Path(__file__).parents[2] / "README.md").read_text()
    environment = text.split(".SH ENVIRONMENT")[1].split(".SH ")[0]
    assert [name for name in sorted(named) if f"\\fB{name}\\fR" not in environment] == []
    assert [name for name in sorted(named) if f"`{name}`" not in readme] == []


def test_each_command_has_its_own_options_below_it_and_no_others() -> None:
    text = page(cli).replace("\\-", "-")
    sections = {name.split(" [")[0].strip(): body for name, body in re.findall(r'(?ms)^\.SS "([^"]*)"\n(.*?)(?=^\.S[SH] )', text)}
    for path, command in _commands(cli):
        body = sections[f"podcli {' '.join(path)}"]
        heads = " ".join(re.findall(r"(?m)^\.TP\n\\fB(.*)\\fR$", body))
        written = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", heads))
        options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
        own = {name for each in options for name in (*each.opts, *each.secondary_opts)}
        assert written == own | {"-h", "--help"}, path
        for each in options:
            assert " ".join((each.help or "").split())[:40] in body.replace("\\&", ""), (path, each.opts)


def test_a_line_is_a_request_only_where_one_is_meant() -> None:
    known = {"TH", "SH", "SS", "B", "br", "PP", "TP", "nf", "fi", "RS", "RE"}
    for line in page(cli).splitlines():
        if line.startswith((".", "'")):
            found = re.match(r"\.([A-Za-z]+)( |$)", line)
            assert found and found[1] in known, line
        assert "\b" not in line


def test_roff_renders_it_without_a_warning(podcli: Podcli) -> None:
    done = podcli("man")
    assert done.returncode == 0 and done.stderr == ""
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    command = [groff, "-man", "-Tutf8", "-Kutf8", "-ww", "-P-c"]
    shown = subprocess.run(command, input=done.stdout, capture_output=True, text=True)
    assert shown.returncode == 0 and shown.stderr == "", shown.stderr[:2000]
    plain = re.sub(".\x08", "", shown.stdout)  # letters struck twice are bold
    assert "podcli snip " in plain and "EXIT STATUS" in plain and "--no-wait" in plain
