"""What podcli prints as JSON is what its schemas say, no more and no less."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Annotated, Any, TypedDict, get_args

import click
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from podcli.cli import cli, run
from podcli.cli.schema import documents
from podcli.domain import Chapter, EpisodeId, EpisodeNotes, HookEvent, Listened, Person, Segment, ShowSettings
from podcli.domain.schema import DIALECT, Schemas, document
from podcli.exports import chapters, jsonl, subtitles
from podcli.services import open_services
from tests import described
from tests.accounts.conftest import keyring_file  # noqa: F401
from tests.bench.talks import talk
from tests.conftest import Podcli
from tests.exports.kept import NOTES, SEGMENTS, hostile_notes
from tests.loopback import Site, entry, rss
from tests.make_adapter import make_adapter
from tests.pipeline.readings import put_episode, put_transcript, read_episode
from tests.pipeline.talks import Told, copied
from tests.pipeline.test_hooks import set_hooks
from tests.pipeline.test_programs import script
from tests.test_readme import _commands
from tests.toy_models import install_writer

DEMO = Path(__file__).parents[2] / "podcli" / "demo"
NAMES = sorted(documents())
COMMANDS: list[tuple[str, ...]] = [
    ("play", "--status"), ("play", "--devices", "--silent"),
    ("stats", "--days", "36500"), ("inbox",),
    ("inbox", "--later"), ("archive", "1"), ("later", "1", "2"), ("mark", "1", "--heard"), ("mark", "--all"),
    ("queue",), ("queue", "list"), ("queue", "add", "2"), ("queue", "next", "2"), ("queue", "move", "1", "1"),
    ("queue", "remove", "2"), ("queue", "clear"), ("undo", "--list"), ("undo",), ("remove", "A", "--yes"),
    ("shows",), ("shows", "--all"), ("show", "A"), ("show", "A", "--reset"), ("episodes",), ("episode", "1"), ("episode", "2"),
    ("search", "ship"), ("search", "One"), ("delete", "1"), ("digest", "--since", "2000-01-01"),
    *((kind, "1") for kind in ("takeaways", "summary", "gist", "chapters", "highlights", "quotes", "questions", "mentions")),
    ("chapters", "2"), ("highlights",), 
    ("transcript", "1"), ("snip", "1", "--at", "1:10", "--no-wait"), ("snips",), ("snips", "show", "1"),
    ("snips", "edit", "1", "--star", "--tag", "x"), ("snips", "tags"), ("snips", "remove", "1"),
    ("snips", "play", "2", "--silent", "--speed", "4"),
    ("share", "1", "--card", "{folder}/card.png"), ("export", "markdown", "--to", "{folder}/notes"),
    ("jobs",), ("jobs", "list"), ("jobs", "follow", "1"), ("jobs", "clear"),
    ("models",), ("models", "list"), ("models", "verify"), ("models", "use", "auto", "--role", "write"),
    ("config", "path"), ("config", "init"), ("config", "show"), ("config", "get", "player.speed"), ("config", "themes"),
    ("config", "set", "player.speed", "1.5"), ("config", "set", "keys.episode.archive", "c"), ("config", "keys"), ("hooks",),
    ("connect",), ("config", "unset", "player.speed"), ("doctor",), ("schema",), ("schema", "snips"),
]  # fmt: skip
"""Each with ``--json`` on a filled library."""
ELSEWHERE = {"ask": "test_ask.py", "models pull": "test_models.py", "models remove": "test_models.py"}
"""What needs models: every ``podcli … --json`` of any test is held against its schema."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a library in which there is something of everything."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCLI_HOME", str(folder))
        patch.delenv("PODCLI_MODELS", raising=False)
        with open_services() as services:
            store = services.store
            one = put_episode(store)
            said = [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in talk("sample").sentences]
            put_transcript(store, one, said)
            read_episode(store, one, Told(copied), model=services.models.chosen("write"))
            two = put_episode(store, "Two")
            store.library.save_persons(one.id, [Person("Nora"), Person("Sam", "guest", link="https://sam.example.org/")])
            store.library.save_chapters(two.id, "json", [Chapter(0.0, 60.0, "First"), Chapter(60.0, None, "Last")])
            for second in (60.0, 100.0):
                kept = store.snips.add(one.id, start_s=second, end_s=second + 0.4, at_s=second + 1)
            services.snips.tag(kept.id, ["idea"], [])
            services.snips.note(kept.id, "Mine.")
            three = put_episode(store, "Three")
            store.library.triage([three.id], "inbox")
            services.queue.add([one.id, two.id])
            audio = folder / "one.mp3"
            audio.write_bytes(b"x")
            store.library.save_file(one.id, path=str(audio), sha256="1" * 64, bytes=1)
            services.library.later([two.id])
            store.library.save_show_settings(one.show_id, ShowSettings(speed=1.25, skip_intro_s=30.0, loudness="loudnorm"))
            store.listening.add_listened("2026-03-01", one.show_id, Listened(61.5, 49.2, 12.3))
            path = store.path
    return path


@pytest.fixture
def library(filled: Path, home: Path) -> Path:
    """A copy of it."""
    place = home / "data" / "podcli.db"
    place.parent.mkdir(parents=True)
    for file in filled.parent.glob("podcli.db*"):
        shutil.copy(file, place.parent / file.name)
    return place


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_prints_what_its_schema_says(
    command: tuple[str, ...], library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"talk": DEMO / "episode.mp3", "folder": tmp_path}
    arguments = [word.format(**places) for word in command]
    if command == ("hooks",):
        set_hooks(snip=[["true"]])
    assert run([*arguments, "--json"]) in (0, *([1] if command == ("doctor",) else []))
    printed = capsys.readouterr().out
    assert printed.strip() not in ("", "[]") or command == ("queue", "clear")
    described.check_output(arguments, printed)


def test_every_command_with_json_was_held_against_its_schema() -> None:
    here = {described.command(command) for command in COMMANDS} | set(_IN_TESTS_BELOW)
    assert {name for name in NAMES if "." not in name} == here | set(ELSEWHERE) | {"demo"}
    assert documents()["demo"].kind is documents()["takeaways"].kind, "both are printed by insight_json"
    for name, file in ELSEWHERE.items():
        words = ", ".join(f'"{word}"' for word in name.split())
        assert re.search(rf'{words}, .*"--json"', (Path(__file__).parent / file).read_text("utf-8")), name


_IN_TESTS_BELOW = (
    "add", "refresh", "download", "jobs retry", "jobs pause", "jobs cancel", "jobs resume", "hooks test", "snips again",
    "models adapters", "models add-adapter", "models set-adapter", "models remove-adapter",
)  # fmt: skip


def test_with_a_server(podcli: Podcli, site: Site) -> None:
    feed = site.put("/feed.xml", rss(site.base, entry(site.base, "one")))
    for command in (["add", feed], ["refresh"], ["shows"], ["show", "A"]):
        assert podcli(*command, "--json").stdout
    failed = podcli("download", "1", "--json")
    assert failed.returncode == 3 and not failed.stdout
    site.put("/one.mp3", (DEMO / "trailer.mp3").read_bytes(), type="audio/mpeg")
    (job,) = [each["job"] for each in json.loads(podcli("jobs", "--json").stdout) if each["state"] == "failed"]
    assert podcli("jobs", "retry", str(job), "--json").stdout
    assert podcli("download", "1", "--json").stdout and podcli("jobs", "--json").stdout
    site.pages.clear()
    assert podcli("refresh", "--json").returncode == 3


def test_work_that_waits(podcli: Podcli, library: Path) -> None:
    with open_services() as services:
        jobs = [str(services.store.jobs.enqueue("chapters", episode_id=EpisodeId(number)).id) for number in (1, 2)]
    assert len(json.loads(podcli("jobs", "pause", "--json").stdout)) == 2
    assert podcli("jobs", "cancel", jobs[0], "--json").stdout and podcli("jobs", "resume", "--json").stdout


def test_a_snip_that_is_heard_again(podcli: Podcli, library: Path) -> None:
    assert podcli("snips", "again", "1", "--json").stdout


def test_adapters(podcli: Podcli, home: Path, tmp_path: Path) -> None:
    file = make_adapter(install_writer("smollm2-135m"), tmp_path / "terse.gguf")
    podcli("models", "use", "smollm2-135m")
    for command in (["add-adapter", file], ["set-adapter", "terse", "--scale", "0"], ["adapters"], ["list"]):
        assert podcli("models", *command, "--json").stdout
    (home / "data" / "models" / "adapters" / "terse" / "manifest.json").write_text("{")
    for command in (["adapters"], ["list"], ["remove-adapter", "terse"]):
        assert podcli("models", *command, "--json").stdout


@pytest.mark.parametrize("event", get_args(HookEvent))
def test_what_a_hook_reads(event: str, podcli: Podcli, tmp_path: Path) -> None:
    set_hooks(**{event: [script(tmp_path, f"cat > {tmp_path}/told")]})
    assert podcli("hooks", "test", event, "--json").stdout
    described.check(f"hook.{event}", json.loads((tmp_path / "told").read_text()))


@given(hostile_notes())
@settings(max_examples=30, deadline=None)
def test_what_an_export_writes(notes: EpisodeNotes) -> None:
    for each in (notes, NOTES):
        described.check("export.jsonl", *map(json.loads, jsonl.lines([each], [(each.show, ShowSettings(speed=2.0))])))
        described.check("export.chapters", json.loads(chapters.to_json(each)))
        for words in (False, True):
            described.check("export.transcript-json", json.loads(subtitles.to_json([*each.segments, *SEGMENTS], words=words)))


def test_every_command_that_answers_takes_json() -> None:
    without = {" ".join(path) for path, command in _commands(cli) if not isinstance(command, click.Group)} - set(NAMES)
    assert without == {"completion", "man", "config edit", "config schema"}, "these print something else"


def _fields(schema: object, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every property of a schema, and where it stands."""
    found = []
    if isinstance(schema, dict):
        for name, each in schema.get("properties", {}).items():
            found.append((f"{path}.{name}", each))
        for name, each in schema.items():
            found += _fields(each, f"{path}.{name}" if name != "properties" else path)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_describes_every_field(name: str) -> None:
    found = documents()[name]
    schema = document(found.title, found.kind)
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(schema)
    for place, field in _fields(schema):
        target = schema["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
        said = field.get("description") or target["description"]
        assert said.endswith("."), place
        null = "null" in target.get("type", ()) or {"type": "null"} in target.get("anyOf", ())
        assert null == bool(re.search(r"\bnull\b", said)), f"{place}: when it is null must be said, and only then"
        assert (target.get("type") in ("number", ["number", "null"])) <= bool(re.search(_UNITS, said)), f"{place}: in what?"


_UNITS = "In seconds|1.5 is half|in `unit`|Units a second|percent|higher is more|up to 1|strongly"


def test_a_field_without_description_or_that_is_missing_or_of_another_type_is_found() -> None:
    with open_services() as services:
        put_episode(services.store)
        (episode,) = services.library.episodes()
    from podcli.domain.documents import episode_json

    good = episode_json(episode)
    described.check("episodes", [good])
    for bad in ({**good, "new": 1}, {**good, "title": None}, {**good, "published": "yesterday"}, {**good, "triage": "lost"},
                {key: value for key, value in good.items() if key != "id"}):  # fmt: skip
        with pytest.raises(ValidationError):
            described.check("episodes", [bad])
    local = {**good, "published": "2026-11-26T12:00:00+01:00"}
    with pytest.raises(ValidationError):
        described.check("episodes", [local])


def test_the_list_one_of_them_and_all_of_them(podcli: Podcli) -> None:
    listed = podcli("schema").stdout
    assert all(re.search(rf"^{re.escape(name)}  ", listed, re.M) for name in NAMES)
    assert re.search(r"(?m)^gist +One sentence on an episode\.$", listed), "in the words of `podcli --help`"
    assert {each["name"] for each in json.loads(podcli("schema", "--json").stdout)} == set(NAMES)
    one = json.loads(podcli("schema", "snips show").stdout)
    assert one == json.loads(podcli("schema", "snips", "show").stdout)
    assert one["$ref"] == "#/$defs/Snip" and one["$defs"]["Snip"]["properties"]["start"] == {
        "type": "number", "description": "Where in the episode it begins. In seconds."}  # fmt: skip
    assert "additionalProperties" not in one["$defs"]["Snip"], "what is published leaves room for what comes"
    whole = json.loads(podcli("schema", "--all").stdout)
    Draft202012Validator.check_schema(whole)
    assert set(NAMES) <= set(whole["$defs"]) and whole["$defs"]["snips"]["items"]["$ref"] == "#/$defs/Snip"
    assert json.loads(podcli("schema", "hook.snip").stdout)["$defs"]["SnipDocument"]["properties"]["snip"] == {
        "$ref": "#/$defs/Snip"
    }


def test_a_name_there_is_none_of(podcli: Podcli) -> None:
    done = podcli("schema", "snips", "shwo")
    assert done.returncode == 2 and "Did you mean `podcli schema snips show`?" in done.stderr
    assert podcli("schema", "snips", "--all").returncode == 2


def test_names_are_completed(podcli: Podcli) -> None:
    def completed(words: str) -> set[str]:
        count = str(len(words.split(" ")) - 1)
        done = podcli(_PODCLI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
        return {line.partition(",")[2] for line in done.stdout.splitlines()}

    assert completed("podcli schema hook.s") == {"hook.snip"}
    assert completed("podcli schema queue ") >= {"add", "list"} and "queue" in completed("podcli schema q")


class OneJson(TypedDict):
    """One."""

    other: Annotated[str, "Words."]


def test_two_documents_of_one_name_and_what_json_does_not_know_are_refused() -> None:
    schemas = Schemas()
    schemas.of(OneJson)
    with pytest.raises(TypeError, match="two documents are called One"):
        schemas.of(TypedDict("OneJson", {"a": int}))
    with pytest.raises(TypeError, match="has no JSON Schema"):
        schemas.of(bytes)
