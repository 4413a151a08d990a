"""`podcli export` as a process: documents on stdout, files, what is told of them, and what is said when it cannot be."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from podcli.cli.export import KINDS
from podcli.domain import Enclosure, Episode, Feed, FeedItem, Segment
from podcli.pipeline.exporting import ONE_FILE
from podcli.services import open_services
from podcli.services.exporting import FORMATS, SERVICES
from tests.conftest import Podcli
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_snipping import SAID


@pytest.fixture
def episode(home: Path) -> Episode:
    with open_services() as services:
        found = put_episode(services.store)
        put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
        services.snips.keep(found.id, 70.0, tags=["idea"])
    return found


def test_every_kind_is_a_command() -> None:
    assert set(KINDS) == {*FORMATS, *SERVICES}


def test_one_document_goes_to_standard_output_as_it_is(podcli: Podcli, episode: Episode) -> None:
    def out(*arguments: str) -> str:
        done = podcli("export", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert out("markdown", "1").startswith("# One\n") and "podcli:" not in out("obsidian", "1", "--to", "-").split("---")[2]
    rows = list(csv.DictReader(io.StringIO(out("readwise", "--tag", "idea"))))
    assert [row["Title"] for row in rows] == ["One"]
    assert out("srt", "1").startswith("1\n00:00:00,000 --> 00:00:08,000\n")
    assert out("vtt", "1", "--words").startswith("WEBVTT\n\n")
    assert json.loads(out("transcript-json", "1"))["segments"][0]["speaker"] == "Ann"
    assert ET.fromstring(out("atom")).tag == "{http://www.w3.org/2005/Atom}feed"
    assert [json.loads(line)["type"] for line in out("jsonl").splitlines()] == ["show", "episode", "snip", "transcript"]
    assert [json.loads(line)["type"] for line in out("jsonl", "1").splitlines()] == ["episode", "snip"]
    assert out("anki").startswith("#separator:tab\n") and out("logseq", "1").startswith("type:: podcast\n")


def test_files_and_what_became_of_them(podcli: Podcli, episode: Episode, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    done = podcli("export", "markdown", "--to", notes)
    assert done.returncode == 0 and done.stdout == "" and "1 file made" in done.stderr and str(notes) in done.stderr
    assert "1 file as it was" in podcli("export", "markdown", "--to", notes, "--since", "7d", "--show", "A").stderr
    file = notes / "One.md"
    file.write_text(file.read_text() + "\nmine\n")
    told = podcli("export", "markdown", "--to", notes)
    assert "that you changed was left alone" in told.stderr and "--force" in told.stderr
    expected = [{"file": str(file), "episode": 1, "action": "yours"}]
    assert json.loads(podcli("export", "markdown", "--to", notes, "--json").stdout) == expected
    forced = json.loads(podcli("export", "markdown", "--to", notes, "--json", "--force").stdout)
    assert forced[0]["action"] == "changed" and "mine" not in file.read_text()
    assert json.loads(podcli("export", "srt", "1", "--to", tmp_path / "a.srt", "--json").stdout)[0]["action"] == "made"
    assert (tmp_path / "a.srt").read_text().startswith("1\n")


@pytest.mark.parametrize(
    ("arguments", "one", "another", "tea"),
    [
        ((), 2, 1, 1),
        (("--since", "7d"), 1, 1, 0),
        (("--show", "A"), 2, 1, 0),
        (("--show", "B"), 0, 0, 1),
        (("--tag", "idea"), 1, 0, 0),
        (("--since", "7d", "--show", "B"), 0, 0, 0),
    ],
    ids=str,
)  # fmt: skip
def test_only_what_was_asked_for_is_written(
    podcli: Podcli, episode: Episode, tmp_path: Path, arguments: tuple[str, ...], one: int, another: int, tea: int
) -> None:
    """In a library whose every episode has snips, one of them an old one beside a new one."""
    with open_services() as services:
        url = "https://feeds.example.org/b.xml"
        services.store.library.save_feed(Feed(url, "B", (FeedItem("t", "Tea", Enclosure(f"{url}.mp3")),)), url=url)
        services.snips.keep(put_episode(services.store, "Another").id, 50.0, note="n")
        services.snips.keep(next(each for each in services.library.episodes() if each.title == "Tea").id, 60.0, note="n")
        services.snips.keep(episode.id, 30.0)
        long_ago = (datetime.now(UTC) - timedelta(days=30)).isoformat()
        services.store._db.execute("update snip set created_at = ? where id in (1, 3)", [long_ago])
    wanted = {title: count for title, count in (("One", one), ("Another", another), ("Tea", tea)) if count}
    notes = tmp_path / "notes"
    written = json.loads(podcli("export", "markdown", "--to", notes, *arguments, "--json").stdout)
    files = {Path(each["file"]) for each in written}
    assert {file.stem for file in files} == set(wanted) and (set(notes.iterdir()) if wanted else set()) == files
    if "One" in wanted:
        assert (notes / "One.md").read_text().count("#t=") == 2, "a note is of its whole episode"
    assert podcli("export", "readwise", "--to", tmp_path / "a.csv", *arguments).returncode == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))) if wanted else []
    titles = [row["Title"] for row in rows]
    assert {title: titles.count(title) for title in titles} == wanted


def test_settings_say_where_and_how(podcli: Podcli, episode: Episode, tmp_path: Path) -> None:
    template = tmp_path / "mine.md"
    template.write_text("OWN {{episode_title}}")
    podcli("config", "set", "export.folder", tmp_path / "set")
    podcli("config", "set", "export.template", template)
    assert podcli("export", "markdown").returncode == 0
    assert (tmp_path / "set" / "One.md").read_text().startswith("OWN One")
    template.write_text("{{episode_titel}}")
    done = podcli("export", "markdown", "1", "--to", "-")
    assert done.returncode == 2 and "episode_titel" in done.stderr and "episode_title" in done.stderr


def test_as_it_is_done_by_itself(podcli: Podcli, episode: Episode, tmp_path: Path) -> None:
    """`--auto` is what a job runs: a folder of the settings, and one file has the snips of all episodes, whichever is named."""
    podcli("config", "set", "export.folder", tmp_path)
    with open_services() as services:
        services.snips.keep(put_episode(services.store, "Another").id, 30.0, note="n")
    (written,) = json.loads(podcli("export", "anki", "1", "--auto", "--json").stdout)
    assert written == {"file": str(tmp_path / "anki.txt"), "episode": None, "action": "made"}
    assert "One" in (tmp_path / "anki.txt").read_text() and "Another" in (tmp_path / "anki.txt").read_text()
    (written,) = json.loads(podcli("export", "logseq", "1", "--auto", "--json").stdout)
    assert written["file"] == str(tmp_path / "One.md") and written["episode"] == 1
    file = tmp_path / "own.template"
    file.write_text("OWN {{episode_title}}")
    podcli("config", "set", "export.template", file)
    podcli("config", "set", "export.auto", "obsidian markdown")
    assert "2 files made" in podcli("export", "markdown", "--auto").stderr
    assert (tmp_path / "markdown" / "Another.md").read_text().startswith("OWN Another"), "beside obsidian's of the same name"


@pytest.mark.parametrize("kind", ONE_FILE)
def test_by_itself_a_file_of_all_snips_that_was_changed_by_hand_is_a_failure(
    podcli: Podcli, episode: Episode, tmp_path: Path, kind: str
) -> None:
    notes = tmp_path / "my notes"
    podcli("config", "set", "export.folder", notes)
    assert podcli("export", kind, "1", "--auto").returncode == 0
    (file,) = notes.iterdir()
    file.write_text(file.read_text() + "mine\n")
    done = podcli("export", kind, "1", "--auto")
    assert done.returncode == 1 and f"podcli: {file.name} was changed by hand and was left alone.\n" in done.stderr
    assert f"`podcli export {kind} --auto --force` writes {file} anew." in " ".join(done.stderr.split())
    assert file.read_text().endswith("mine\n")
    told = podcli("export", kind, "1", "--auto", "--json")
    assert told.returncode == 1 and json.loads(told.stdout)[0]["action"] == "yours"
    assert podcli("export", kind, "--to", file).returncode == 0, "who looks on is told"
    assert podcli("export", kind, "--auto", "--force").returncode == 0 and not file.read_text().endswith("mine\n")
    assert podcli("export", kind, "1", "--auto").returncode == 0


def test_by_itself_a_note_that_was_changed_by_hand_is_no_failure(podcli: Podcli, episode: Episode, tmp_path: Path) -> None:
    podcli("config", "set", "export.folder", tmp_path)
    podcli("export", "markdown", "1", "--auto")
    (tmp_path / "One.md").write_text("mine\n" + (tmp_path / "One.md").read_text())
    assert podcli("export", "markdown", "1", "--auto").returncode == 0


def test_nothing_kept_is_no_failure(podcli: Podcli, home: Path, tmp_path: Path) -> None:
    done = podcli("export", "markdown", "--to", tmp_path / "notes")
    assert done.returncode == 0 and "Nothing to export" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("pdf",), 2, "pdf"),
        (("markdown",), 2, "Nobody said where"),
        (("srt",), 2, "Name an EPISODE"),
        (("chapters", "1"), 1, "podcli chapters 1"),
        (("srt", "1", "--template", "x"), 2, "cannot be read"),
        (("markdown", "1", "--words"), 2, "seconds of words"),
        (("markdown", "1", "--tag", "idea"), 2, "one is named already"),
        (("readwise", "--since", "someday"), 2, "no time"),
        (("readwise", "--json"), 2, "--to FILE"),
        (("srt", "1", "--to", "no such folder/x.srt"), 1, "There is no folder no such folder"),
        (("markdown", "nothing like that"), 2, "nothing like that"),
        (("srt", "1", "--auto"), 2, "srt is not exported by itself"),
        (("anki", "--auto"), 2, "podcli config set export.folder"),
        (("anki", "--auto", "--to", "x"), 2, "--to says otherwise"),
        (("anki", "--auto", "--tag", "idea"), 2, "--auto writes all that is kept"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    podcli: Podcli, episode: Episode, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = podcli("export", *arguments)
    assert done.returncode == code and says in done.stderr and not done.stdout, done.stderr
