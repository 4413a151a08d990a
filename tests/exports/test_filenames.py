"""File names that Windows, macOS, Linux, sync services and Obsidian's links take."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.exports.filenames import file_name, file_names
from tests.exports.kept import EPISODE, hostile

RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"{n}{d}" for n in ("COM", "LPT") for d in "0123456789¹²³")}


@given(hostile | st.text(max_size=400) | st.sampled_from(sorted(RESERVED)).map(str.lower))
def test_a_name_is_valid_everywhere(title: str) -> None:
    name = file_name(title)
    assert name.endswith(".md") and len(name) > 3
    assert not set(name) & set('<>:"/\\|?*[]#^%') and not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
    assert name.split(".")[0].strip().upper() not in RESERVED
    assert name[0] not in ". " and name[:-3][-1] not in ". "
    assert all(len(unicodedata.normalize(form, name).encode()) <= 255 for form in ("NFC", "NFD"))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("CON", "_CON.md"), ("aux.backup", "_aux.backup.md"), ("com¹", "_com¹.md"), ("Conversation", "Conversation.md"),
        ("a/b: [c] #1 | d^e", "a b c 1 d e.md"), ("…and then...", "…and then.md"), ("../../etc/passwd", "etc passwd.md"),
        ("", "Untitled.md"), ("???", "Untitled.md"), (".hidden", "hidden.md"), ("日本語 😀", "日本語 😀.md"),
    ],
)  # fmt: skip
def test_names_stay_readable(title: str, name: str) -> None:
    assert file_name(title) == name


def test_a_long_name_is_cut_in_bytes_and_between_characters() -> None:
    name = file_name("日" * 300)
    assert 170 <= len(name.encode()) <= 180 and set(name) == set("日.md")
    assert not file_name("x" * 172 + "\U0001f469\u200d\U0001f467").removesuffix(".md").endswith("\u200d")


def test_episodes_with_one_title_keep_their_names_in_any_order_and_when_more_come() -> None:
    day = timedelta(days=1)
    published = EPISODE.published
    assert published
    old = replace(EPISODE, key="old", title="Q&A")
    others = [
        replace(old, key=f"k{n}", title=title, published=published + day * n)
        for n, title in enumerate(["q&a", "Q&A?", "Q/&A"], 1)
    ]
    names = file_names([old, *others])
    assert names["old"] == "Q&A.md" and names["k3"] == "Q &A.md"
    assert len({name.casefold() for name in names.values()}) == 4
    mixed = [*others, old]
    random.Random(1).shuffle(mixed)
    assert file_names(mixed) == names
    assert file_names([old, *others[:1]]).items() <= names.items()


@given(st.lists(st.tuples(hostile, st.sampled_from("abcdef")), max_size=6, unique_by=lambda pair: pair[1]))
def test_no_two_episodes_share_a_name(pairs: list[tuple[str, str]]) -> None:
    names = file_names(replace(EPISODE, title=title, key=key) for title, key in pairs)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names.values()}) == len(pairs)
