"""What the insight commands print, plain, as Markdown and as JSON, of ordinary episodes, strange ones and hostile ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from podcli import paths
from podcli.cli import run
from podcli.cli.output import cells
from podcli.domain import Chapter, Segment
from podcli.services import open_services
from tests.bench.talks import talk as real_talk
from tests.pipeline.attacks import ATTACKS, ONLY_WORDS
from tests.pipeline.readings import put_episode, put_transcript, read_episode
from tests.pipeline.strange_talks import FOREIGN, SILENT, UNTIMED
from tests.pipeline.talks import SHIPPING, Told, copied

COMMANDS = ("takeaways", "summary", "gist", "chapters", "highlights", "quotes", "questions", "mentions")
LISTS = {"summary": "sentences", "gist": "sentences"}
KEYS = {"text", "quote", "start", "end", "kind", "title", "speaker", "score", "sentences"}
STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What moves a cursor, hides or reorders text, or speaks to a terminal."""

Read = Callable[[Sequence[Segment]], str]


def sample() -> list[Segment]:
    return [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in real_talk("sample").sentences]


@pytest.fixture
def read(home: object) -> Read:
    """Stores an episode that was read by the chosen model; returns all that was said in it."""

    def run_it(segments: Sequence[Segment]) -> str:
        with open_services() as services:
            episode = put_episode(services.store)
            said = put_transcript(services.store, episode, segments)
            read_episode(services.store, episode, Told(copied), model=services.models.chosen("write"))
        return " ".join(sentence.text for sentence in said)

    return run_it


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """stdout of a command that ends well."""

    def run_it(*arguments: str) -> str:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        assert code == 0, err
        assert "Traceback" not in err and not STEERS.search(err)
        return out

    return run_it


@pytest.mark.parametrize("command", COMMANDS)
def test_json_has_the_same_keys_for_every_command_and_true_quotes(read: Read, told: Callable[..., str], command: str) -> None:
    whole = read(sample())
    made = json.loads(told(command, "1", "--json"))
    wanted = {"episode", "model", "adapters", "prompt_version", "notice", LISTS.get(command, command)}
    wanted |= {"text"} if command in LISTS else {"source"} if command == "chapters" else set()
    assert set(made) == wanted
    items = made[LISTS.get(command, command)]
    assert items
    for item in items:
        assert set(item) == KEYS
        assert all(part in whole for part in item["quote"].split(" … "))
        assert 0 <= item["start"] <= item["end"] <= 318.5


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", [[], ["--md"]], ids=["plain", "markdown"])
def test_a_person_reads_every_point_with_its_time(read: Read, told: Callable[..., str], command: str, form: list[str]) -> None:
    read(sample())
    items: list[dict[str, Any]] = json.loads(told(command, "1", "--json"))[LISTS.get(command, command)]
    text = " ".join(told(command, "1", *form).replace("  > ", "").split())
    for item in items:
        words = str(item["title"] if command in ("chapters", "mentions") else item["text"])
        assert " ".join(words.split()).replace("*", "\\*") in text.replace("> ", ""), words
        assert f"{int(item['start']) // 60}:{int(item['start']) % 60:02}" in text
    assert "qwen" in text or "smollm" in text


def test_the_publishers_chapters_are_there_at_once_and_without_a_model(told: Callable[..., str]) -> None:
    with open_services() as services:
        episode = put_episode(services.store)
        chapters = [Chapter(0.0, None, "Ships"), Chapter(61.0, None, "Giants")]
        services.store.library.save_chapters(episode.id, "feed", chapters)
    made = json.loads(told("chapters", "1", "--json"))
    assert (made["model"], made["source"], [item["title"] for item in made["chapters"]]) == (None, "feed", ["Ships", "Giants"])
    plain, markdown = told("chapters", "1"), told("chapters", "1", "--md")
    assert "Chapters by the publisher." in plain and "1:01  Giants" in plain and "**Giants**" in markdown
    with open_services() as services:
        assert not services.jobs.recent()


@pytest.mark.parametrize("segments", [*UNTIMED.values()], ids=[*UNTIMED])
def test_without_times_sentences_are_named(read: Read, told: Callable[..., str], segments: Sequence[Segment]) -> None:
    read(segments)
    for command in COMMANDS:
        plain, markdown, items = told(command, "1"), told(command, "1", "--md"), json.loads(told(command, "1", "--json"))
        assert "0:00" not in plain + markdown
        for item in items[LISTS.get(command, command)]:
            assert item["start"] is None and item["end"] is None
            assert command == "chapters" or (f"S{item['sentences'][0]}" in plain and item["sentences"])


@pytest.mark.parametrize("segments", SILENT.values(), ids=SILENT.keys())
def test_silence_is_told_in_words(read: Read, capsys: pytest.CaptureFixture[str], segments: Sequence[Segment]) -> None:
    read(segments)
    for command in COMMANDS:
        for form in ([], ["--md"], ["--json"]):
            assert run([command, "1", *form]) == 0
            out, err = capsys.readouterr()
            assert out.strip() and "None" not in out
            assert command not in ("takeaways", "summary") or "Nothing was said" in err


@pytest.mark.parametrize("columns", ["40", "20", "8"])
@pytest.mark.parametrize("segments", [sample(), *FOREIGN.values()], ids=["English", *FOREIGN])
def test_a_narrow_terminal_is_kept_to(
    read: Read, told: Callable[..., str], monkeypatch: pytest.MonkeyPatch, columns: str, segments: Sequence[Segment]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    read(segments)
    for command in [*((command, "1") for command in COMMANDS), ("highlights",), ("search", "ship", "港", "Hafen", "القمح")]:
        for line in told(*command).splitlines():
            assert cells(line) <= int(columns) or (len(line.split()) <= 2 and cells(line) <= 45), line


@pytest.mark.parametrize("said", [*ONLY_WORDS.values(), ATTACKS["ChatML"].said, ATTACKS["reversed for the eye"].said])
def test_nothing_that_was_said_steers_a_terminal(read: Read, told: Callable[..., str], said: str) -> None:
    """Not even when it came into the library uncleaned."""
    read([Segment(5.0 * n, 5.0 * n + 5.0, text, f"Ann{said}") for n, text in enumerate([*SHIPPING[1:9], said, *SHIPPING[15:19]])])
    spoil(said)
    commands = [*((command, "1") for command in COMMANDS), ("transcript", "1"), ("episode", "1"), ("episodes",), ("shows",),
                ("highlights",), ("search", "ship"), ("digest", "--since", "100w"), ("inbox",)]  # fmt: skip
    for command in commands:
        for form in ([], ["--md"], ["--json"]):
            if (form == ["--md"] and command[0] not in (*COMMANDS, "transcript")) or (form == ["--md"] and len(command) == 1):
                continue
            out = told(*command, *form)
            assert not STEERS.search(out.replace("\n", "")), (command, form)
            if form == ["--json"]:
                json.loads(out)


def spoil(text: str) -> None:
    """Put `text` before every title, name and word of the library, as a broken or older podcli might have left it."""
    import sqlite3

    places = ("show.title", "episode.title", "episode.description", "segment.text", "segment.speaker", "sentence.text",
              "sentence.speaker", "insight_item.text", "insight_item.title", "insight_item.quote", "insight_item.speaker",
              "insight.notice", "transcript.notice")  # fmt: skip
    raw = sqlite3.connect(paths.database())
    with raw:
        for place in places:
            table, column = place.split(".")
            raw.execute(f"update {table} set {column} = ? || {column}", [text])
    raw.close()


def test_markdown_cannot_be_broken_out_of_by_any_command(read: Read, told: Callable[..., str]) -> None:
    read(sample())
    spoil("<script>alert(1)</script> [x](javascript:y) *z* ![i](https://evil.example) `c` # ")
    for command in COMMANDS:
        out = told(command, "1", "--md")
        assert "<script" not in out and "[x](" not in out and "![i]" not in out and " *z* " not in out


def test_a_summary_has_three_lengths(read: Read, told: Callable[..., str]) -> None:
    read(sample())
    counts = [len(json.loads(told("summary", "1", "--json", "--length", length))["text"].split())
              for length in ("short", "medium", "long")]  # fmt: skip
    assert counts == sorted(counts) and counts[0] <= 66 and counts[1] <= 132


def test_a_second_time_nothing_is_made(read: Read, told: Callable[..., str]) -> None:
    read(sample())
    for command in COMMANDS:
        told(command, "1")
    with open_services() as services:
        assert not services.jobs.active() and len(services.jobs.recent()) == 1
