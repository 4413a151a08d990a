"""Properties come back through PyYAML exactly as they went in; vaults are found as Obsidian lists them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import EpisodeNotes, Person
from podcli.errors import PodcliError
from podcli.exports.frontmatter import frontmatter
from podcli.exports.obsidian import choose_vault, episode_note, properties
from tests.exports.kept import FIRST, GENERATOR, NOTES, TODAY, hostile, hostile_notes

characters = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
values = characters | st.integers() | st.booleans() | st.dates(min_value=date(1000, 1, 1)) | st.lists(characters, max_size=3)


def properties_of(note: str) -> dict[str, object]:
    """As Obsidian takes them: between a first line of ``---`` and the next."""
    found = re.match(r"---\n(.*?\n)---\n", note, re.S)
    assert found
    read = yaml.safe_load(found[1])
    assert isinstance(read, dict)
    return read


def test_roles_are_told_by_whole_words() -> None:
    roles = ("host", "co-host", "cohost", "ghost writer", "guest host", "guest", "guesthouse keeper")
    notes = replace(NOTES, persons=tuple(Person(role, role) for role in roles))
    assert notes.hosts == ("host", "co-host", "cohost") and notes.guests == ("guest host", "guest")


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,10}", fullmatch=True), values, max_size=5))
def test_every_value_comes_back_as_it_was(given_values: dict[str, object]) -> None:
    block = frontmatter(given_values)  # type: ignore[arg-type]
    assert block.startswith("---\n") and block.endswith("\n---") and block.count("\n---") == 1
    # Keys such as "yes" and "on" are booleans to YAML 1.1, not to YAML 1.2, which Obsidian reads.
    read = yaml.load(block[4:-4], yaml.BaseLoader) if given_values.keys() & {"yes", "no", "on", "off", "y", "n", "true"} else None
    assert (yaml.safe_load(block[4:-4]) or {}) == given_values if read is None else read.keys() == given_values.keys()


def test_a_name_of_a_property_is_a_word() -> None:
    with pytest.raises(ValueError, match="a: b"):
        frontmatter({"a: b": "x"})


def test_the_note_of_an_episode_has_what_bases_sort_by() -> None:
    read = properties_of(episode_note(NOTES, TODAY, GENERATOR).text)
    assert read == {key: value for key, value in properties(NOTES, GENERATOR).items() if value is not None}
    assert read["episode_date"] == date(2026, 8, 22)
    assert read["podcast"] == "Small Big Things"
    assert read["people"] == ["[[Ann Marlowe]]", "[[Tom Ferris]]", "[[Uma]]"]
    assert (read["hosts"], read["guests"]) == (["[[Ann Marlowe]]"], ["[[Tom Ferris]]"])
    assert read["tags"] == ["podcast/small-big-things", "trade", "history-of-ships", "y1984"]
    assert read["duration_minutes"] == 45


def test_the_properties_are_those_that_were_settled_on_and_some_more() -> None:
    text = episode_note(NOTES, TODAY, GENERATOR).text
    settled = ("podcast", "episode", "episode_date", "created_date", "url", "audio_url", "duration_minutes", "people", "tags",
               "status", "generator")  # fmt: skip
    keys = list(properties_of(text))
    assert [key for key in keys if key in settled] == list(settled), "and in this order"
    assert set(keys) - set(settled) == {"aliases", "hosts", "guests", "snips", "podcli"}
    assert '\npeople:\n  - "[[Ann Marlowe]]"\n' in text, "a link in YAML stands in quotes"
    twice = replace(NOTES, persons=(Person("Ann"), Person("Ann", "editor"), Person("[[]]")))
    assert properties(twice, GENERATOR)["people"] == ["[[Ann]]"]
    assert properties(replace(NOTES, persons=()), GENERATOR)["people"] is None


@given(hostile_notes())
def test_strangers_cannot_leave_their_property(notes: EpisodeNotes) -> None:
    read = properties_of(episode_note(notes, TODAY, GENERATOR).text)
    assert read == {key: value for key, value in properties(notes, GENERATOR).items() if value is not None}
    assert isinstance(read["tags"], list)
    assert all(re.fullmatch(r"[\w/-]*[^\W\d][\w/-]*|[\w/-]*[_/-][\w/-]*", tag) for tag in read["tags"])
    people, hosts, guests = read.get("people", []), read.get("hosts", []), read.get("guests", [])
    assert isinstance(people, list) and isinstance(hosts, list) and isinstance(guests, list)
    assert all(re.fullmatch(r"\[\[[^\[\]|#^\n]+\]\]|", str(link)) for link in [*people, *hosts, *guests])


@given(hostile)
def test_words_open_no_comment_tag_link_or_formula_of_obsidian(text: str) -> None:
    body = episode_note(replace(NOTES, snips=(replace(FIRST, text=text, title="t", note="n"),)), TODAY, GENERATOR).text
    quote = "\n".join(line for line in body.split("### ⭐")[-1].split("\n") if line.startswith("> "))
    plain = re.sub(r"\\[!-/:-@\[-`{-~]", "·", quote.replace("\\\\", ""))
    assert not re.search(r"%%|==|\[\[|\$|(?<!&)#\w|\^\w|\{\{", plain)


@pytest.mark.parametrize(
    ("vaults", "chosen"),
    [
        ({"a": {"path": "/a", "ts": 3}, "b": {"path": "/b", "ts": 1, "open": True}}, "/b"),
        ({"a": {"path": "/a", "ts": 3}, "b": {"path": "/b", "ts": 9}, "c": {"path": "/c", "ts": "x"}}, "/b"),
        ({"a": {"path": "/a", "ts": 1, "open": True}, "b": {"path": "/b", "ts": 2, "open": True}}, "/b"),
        ({"a": {"path": ""}, "b": 7, "c": {"ts": 1}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_open_vault_comes_before_the_last_used(vaults: object, chosen: str | None) -> None:
    assert choose_vault(json.dumps({"vaults": vaults})) == chosen


def test_a_damaged_list_of_vaults_is_said() -> None:
    with pytest.raises(PodcliError, match="damaged"):
        choose_vault("{" * 5)
    assert choose_vault("[]") is None
