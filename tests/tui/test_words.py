"""The text of a transcript on lines, what is found in it, and what is copied; the `:` line's words; counting."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from rich.cells import cell_len

from podcli.domain import Chapter, Word
from podcli.keymap import COMMANDS
from podcli.tui.counting import Counting
from podcli.tui.screens.command_line import completions, parse
from podcli.tui.widgets.transcript_text import Layout, Passage, break_lines, find_all, quotation, spell_out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one",
        "one two three four five",
        "x" * 50,
        "日本語のポッドキャスト です",
        "e\u0301" * 30,
        "a 👨‍👩‍👧 family",
        "  spaces   inside  ",
    ],
)
@pytest.mark.parametrize("width", [1, 2, 7, 80])
def test_lines_hold_all_words_and_fit(text: str, width: int) -> None:
    lines = break_lines(text, width)
    assert "".join(text[start:end] for start, end in lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(text[start:end]) <= width or end - start == 1 for start, end in lines)
    assert all(one[1] <= other[0] for one, other in pairwise(lines))


def passages(*starts: float) -> list[Passage]:
    return [Passage(n, start, start + 5, f"Sentence {n}.") for n, start in enumerate(starts, 1)]


def test_what_is_said_at_a_second() -> None:
    layout = Layout()
    layout.set(passages(1, 5, 9), 0)
    layout.set_width(40)
    assert [layout.at_second(second) for second in (0, 1, 4.9, 5, 100)] == [None, 0, 0, 1, 2]
    layout.set(passages(3), 3)
    assert layout.at_second(9.5) == 3, "times of strangers that run backwards are no earlier than what came before"


def test_chapters_and_speakers_stand_between_the_words() -> None:
    layout = Layout()
    layout.set([Passage(1, 0, 5, "Hello.", "Ada"), Passage(2, 5, 9, "Yes.", "Ada"), Passage(3, 9, 12, "No.", "Bo")], 0)
    layout.set_width(40)
    layout.set_chapters([Chapter(0, None, "Welcome"), Chapter(9, None, "The end")])
    kinds = [[line.kind for line in layout.lines(n)] for n in range(3)]
    assert kinds[0][-2:] == ["speaker", "text"] and "chapter" in kinds[0]
    assert kinds[1] == ["text"], "the same speaker goes on"
    assert "chapter" in kinds[2] and "speaker" in kinds[2]
    assert layout.chapter(2) == "The end"
    assert [layout.at_line(top) for top in layout.tops] == [0, 1, 2] and layout.at_line(layout.height) is None


def test_words_find_their_place_in_the_text() -> None:
    words = (Word(0, 1, " Hello"), Word(1, 2, ","), Word(2, 3, "WORLD"), Word(3, 4, "absent"), Word(4, 5, "again"))
    assert spell_out(Passage(1, 0, 5, "Hello, world, again.", words=words)) == [(0, 0, 5), (1, 5, 6), (2, 7, 12), (4, 14, 19)]
    assert spell_out(Passage(1, 0, 5, "", words=words)) == []


def test_finding_minds_neither_case_nor_accents() -> None:
    text = [Passage(1, 0, 1, "Café au lait"), Passage(2, 1, 2, "CAFE, cafe")]
    assert [(hit.passage, hit.start, hit.end) for hit in find_all(text, "cafe")] == [(0, 0, 4), (1, 0, 4), (1, 6, 10)]
    assert find_all(text, "  ") == [] and find_all(text, "zebra") == []


def test_what_is_copied_names_second_and_link() -> None:
    passage = Passage(1, 83.7, 90, "It was \x1b[31msaid.")
    copied = quotation(passage, show="Tea", episode="Assam", link="https://x.org/1#old")
    assert copied.endswith("— Tea, Assam, 1:23 https://x.org/1#t=83") and "\x1b" not in copied
    assert quotation(passage, show="", episode="Assam", link="").endswith("— Assam, 1:23")


# The : line


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("quit", "app.quit", ""), ("  quit  ", "app.quit", ""), ("speed 1.5", "player.speed", "1.5"),
        ("speed", "player.speed", ""),
        ("add https://x.org/feed", "library.add", "https://x.org/feed"), ("refresh all", "library.refresh_all", ""),
        ("refresh", "library.refresh", ""), ("filter two words", "list.filter", "two words"), ("quit now", "", "quit now"),
        ("", "", ""), ("zzz", "", "zzz"), ("undo", "app.undo", ""), ("undo seek", "player.undo_seek", ""),
        ("arch", "episode.archive", ""),
    ],
)  # fmt: skip
def test_what_is_typed_is_a_command(text: str, command: str, rest: str) -> None:
    found, after = parse(text, COMMANDS)
    assert (found.id if found else "", after) == (command, rest)


def test_every_command_can_be_typed_out_in_full() -> None:
    for command in COMMANDS:
        assert parse(command.words, COMMANDS) == (command, "")
        if command.argument:
            assert parse(f"{command.words} x", COMMANDS) == (command, "x")


def test_completions() -> None:
    def values(command: object) -> list[str]:
        return ["inbox", "shows"] if getattr(command, "id", "") == "app.open" else []

    assert [text for text, _ in completions("volu", COMMANDS, values)][:1] == ["volume"]
    assert [text for text, _ in completions("open ", COMMANDS, values)] == ["open inbox", "open shows"]
    assert [text for text, _ in completions("open sh", COMMANDS, values)] == ["open shows"]
    assert completions("qqq", COMMANDS, values) == []
    assert len(completions("", COMMANDS, values)) == len(COMMANDS)


# Counting


class Clock:
    """Timers that fire when told."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def after(self, _seconds: float, then: Callable[[], None]) -> Callable[[], None]:
        self.waiting.append(then)
        return lambda: self.waiting.remove(then) if then in self.waiting else None

    def pass_by(self) -> None:
        for then in list(self.waiting):
            self.waiting.remove(then)
            then()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_digits_are_a_count_or_a_view(clock: Clock) -> None:
    alone = list[int]()
    counting = Counting(clock.after, alone.append, lambda: None)
    counting.digit("3")
    counting.other_key()
    assert counting.take() == 3 and counting.take() == 1
    counting.digit("2")
    clock.pass_by()
    assert alone == [2] and counting.take() == 1
    counting.digit("1")
    counting.digit("2")
    clock.pass_by()
    assert alone == [2] and counting.typed == ""
    counting.digit("0")
    assert alone == [2, 0]
    for _ in range(9):
        counting.digit("9")
    counting.other_key()
    assert counting.take() == 99_999
    counting.digit("4")
    counting.other_key()  # a key that counts nothing
    clock.pass_by()
    assert counting.take() == 1, "the count was for that key"
