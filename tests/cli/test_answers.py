"""What commands print: JSON keys are an API, human output is for people, stdout is data only."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from podcli.cli import _WHERE
from tests.conftest import Podcli
from tests.loopback import Site, entry, rss

DATABASES = Path(__file__).parents[1] / "samples" / "databases"
GROUPS = {"jobs": ["list", "follow", "pause", "resume", "cancel", "retry", "clear"],
          "queue": ["list", "add", "next", "move", "remove", "clear"], "models": ["list", "pull", "verify", "remove", "use"],
          "config": ["path", "show", "get", "set", "unset", "init", "edit", "schema", "keys", "themes"]}  # fmt: skip


@pytest.fixture
def library(home: Path) -> Path:
    """A library with one show, episode, transcript and takeaways."""
    database = home / "data" / "podcli.db"
    database.parent.mkdir(parents=True)
    shutil.copy(sorted(DATABASES.glob("m*.db"))[-1], database)
    return database


def answer(podcli: Podcli, *arguments: str) -> object:
    done = podcli(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_help_has_an_example_for_every_command(podcli: Podcli) -> None:
    from click.testing import CliRunner

    from podcli.cli import cli

    names = [[name] for name in _WHERE] + [[group, name] for group, several in GROUPS.items() for name in several]
    assert {"add", "remove", "refresh", "shows", "episodes", "download", "transcript", "summary", "takeaways", "play", "jobs",
            "models", "config", "doctor", "demo"} <= set(_WHERE)  # fmt: skip
    for name in names:
        done = CliRunner().invoke(cli, [*name, "--help"])
        assert done.exit_code == 0, name
        assert re.search(rf"^ +(\w+: +)?podcli {name[0]}", done.output, re.M), name
        if name not in (["completion"], ["man"], ["jobs", "follow"], ["config"], ["config", "edit"], ["config", "schema"]):
            assert "--json" in done.output, name


def test_add_says_show_and_how_many(podcli: Podcli, site: Site) -> None:
    feed = site.put("/feed.xml", rss(site.base, entry(site.base, "one"), entry(site.base, "two")))
    said = answer(podcli, "add", feed)
    assert isinstance(said, dict)
    assert said["show"]["title"] == "A show" and said["show"]["url"] == feed
    assert said["episodes"] == 2
    again = podcli("add", feed)
    assert "podcli takeaways 'A show/latest'" in again.stderr, "to be pasted into a shell"
    assert again.returncode == 0 and "Already" in again.stdout


def test_refresh_finds_what_is_new(podcli: Podcli, site: Site) -> None:
    podcli("add", site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    site.put("/feed.xml", rss(site.base, entry(site.base, "two"), entry(site.base, "one")))
    said = answer(podcli, "refresh")
    assert isinstance(said, dict)
    assert [row["new"] for row in said["shows"]] == [1]
    site.pages.clear()
    broken = podcli("refresh")
    assert broken.returncode == 3 and "404" in broken.stderr
    episodes = answer(podcli, "episodes")
    assert isinstance(episodes, list) and len(episodes) == 2


def test_shows_and_episodes(podcli: Podcli, library: Path) -> None:
    shows = answer(podcli, "shows")
    assert isinstance(shows, list)
    assert {"id", "title", "url", "kind", "episodes", "unheard", "problem"} <= set(shows[0])
    episodes = answer(podcli, "episodes")
    assert isinstance(episodes, list)
    assert {"number", "id", "title", "show", "published", "duration", "audio_url", "file", "position", "finished"} <= set(
        episodes[0]
    )
    assert "Kept show" in podcli("shows").stdout


def test_takeaways_have_text_quote_start_and_end(podcli: Podcli, library: Path) -> None:
    said = answer(podcli, "takeaways", "1")
    assert isinstance(said, dict)
    assert said["model"]
    assert said["takeaways"]
    for item in said["takeaways"]:
        assert {"text", "quote", "start", "end"} <= set(item)
        assert item["end"] > item["start"] >= 0 and item["quote"]


def test_transcript_has_segments_with_words(podcli: Podcli, library: Path) -> None:
    said = answer(podcli, "transcript", "1")
    assert isinstance(said, dict)
    for segment in said["segments"]:
        assert {"start", "end", "text", "words"} <= set(segment)
    assert any(segment["words"] for segment in said["segments"])


def test_markdown_cannot_be_broken_out_of(podcli: Podcli, library: Path) -> None:
    import sqlite3

    with sqlite3.connect(library) as raw:
        raw.execute("update insight_item set text = '<script>alert(1)</script> [x](javascript:y) *z*'")
        raw.execute("update episode set title = '# <b>'")
    raw.close()
    done = podcli("takeaways", "1", "--md")
    assert done.returncode == 0, done.stderr
    assert "<script>" not in done.stdout and "[x](" not in done.stdout and "<b>" not in done.stdout


def test_escape_codes_in_the_library_never_reach_the_terminal(podcli: Podcli, library: Path) -> None:
    import sqlite3

    with sqlite3.connect(library) as raw:
        raw.execute("update episode set title = 'a' || char(27) || ']52;c;x' || char(7) || 'b'")
        raw.execute("update segment set text = char(27) || '[2Jboo' || char(155) || '31m'")
        raw.execute("update insight_item set text = char(27) || '[2Jboo'")
    raw.close()
    for command in (["episodes"], ["takeaways", "1"], ["transcript", "1"], ["takeaways", "1", "--md"]):
        done = podcli(*command)
        assert done.returncode == 0
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr), command


def test_jobs_follow_prints_one_json_object_a_line(podcli: Podcli, site: Site) -> None:
    podcli("add", site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    jobs = answer(podcli, "jobs")
    assert isinstance(jobs, list) and jobs[0]["kind"] == "add"
    lines = podcli("jobs", "follow", str(jobs[0]["job"]), "--json").stdout.splitlines()
    last = json.loads(lines[-1])
    assert {"job", "kind", "state", "stage", "done", "total", "unit", "rate", "left", "message", "exit_code"} <= set(last)
    assert last["state"] == "done"


def test_config_set_get_show_and_path(podcli: Podcli, home: Path) -> None:
    assert podcli("config", "set", "player.speed", "1.5").returncode == 0
    assert answer(podcli, "config", "get", "player.speed") == {"player.speed": 1.5}
    shown = answer(podcli, "config", "show")
    assert isinstance(shown, dict) and shown["player.speed"] == 1.5 and shown["models.write"] == "auto"
    assert answer(podcli, "config", "path") == {"path": str(home / "config" / "settings.toml")}
    for bad in (("player.speed", "9"), ("player.speed", "fast"), ("player.spede", "1")):
        done = podcli("config", "set", *bad)
        assert done.returncode == 2 and bad[0] in done.stderr


@pytest.mark.parametrize(
    ("typed", "meant"), [("tak", "takeaways"), ("tra", "transcript"), ("episods", "episodes"), ("serach", "search")]
)
def test_a_command_begun_or_misspelt_is_named(podcli: Podcli, typed: str, meant: str) -> None:
    done = podcli(typed)
    assert done.returncode == 2 and f"There is no command '{typed}'. Did you mean `podcli {meant}`?" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_every_shell(podcli: Podcli, shell: str) -> None:
    done = podcli("completion", shell)
    assert done.returncode == 0 and "_PODCLI_COMPLETE" in done.stdout


def test_completion_knows_commands_and_episodes(podcli: Podcli, library: Path) -> None:
    done = podcli(_PODCLI_COMPLETE="bash_complete", COMP_WORDS="podcli tak", COMP_CWORD="1")
    assert done.stdout.split(",")[-1].strip() == "takeaways"
    done = podcli(_PODCLI_COMPLETE="bash_complete", COMP_WORDS="podcli takeaways kept", COMP_CWORD="2")
    assert "Kept show/latest" in done.stdout


def test_doctor_looks_at_everything_and_goes_on(podcli: Podcli, library: Path) -> None:
    done = podcli("doctor", "--json")
    said = {item["name"]: item for item in json.loads(done.stdout)}
    assert set(said) >= {"Settings", "Library", "Disk", "Sound", "Models", "Workers"}
    assert said["Speech engine"]["says"].startswith("podcli's own Whisper, because ")
    assert said["Library"]["ok"] and not said["Models"]["ok"] and "podcli models pull" in said["Models"]["hint"]
    assert done.returncode == 1


def test_several_podcli_that_start_at_once_on_a_new_machine(podcli: Podcli) -> None:
    several = [podcli.start("shows") for _ in range(5)]
    told = [process.communicate(timeout=60)[1] for process in several]
    assert [process.returncode for process in several] == [0] * 5, told
