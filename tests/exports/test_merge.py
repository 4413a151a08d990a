"""Writing notes again: not a line of the reader's is lost, and twice is once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.exports.markdown import episode_markdown
from podcli.exports.merge import Block, Comment, Rendering, merge, untouched
from tests.exports.kept import NOTES, SECOND, TODAY, hostile, hostile_notes

comments = st.sampled_from(["html", "obsidian"])
renderings = st.one_of(
    hostile_notes().map(lambda notes: episode_markdown(notes, TODAY)),
    st.lists(
        st.builds(Block, st.sampled_from(["a1", "b2", "c3", "d-4"]), hostile), max_size=4, unique_by=lambda block: block.key
    ).map(lambda blocks: Rendering("# T\n\n" + "\n\n".join(block.text for block in blocks), tuple(blocks))),
)


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=False)


def is_kept(old: str, new: str) -> bool:
    """Whether every line of `old` is in `new`, in order."""
    left = iter(lines(new))
    return all(line in left for line in lines(old))


@given(renderings, comments)
def test_a_second_export_changes_nothing(new: Rendering, comment: Comment) -> None:
    written = merge(None, new, comment)
    assert written is not None
    assert merge(written, new, comment) is None
    assert untouched(written)


@given(renderings, renderings, comments)
def test_a_note_nobody_changed_is_replaced(old: Rendering, new: Rendering, comment: Comment) -> None:
    written = merge(None, old, comment)
    assert (merge(written, new, comment) or written) == merge(None, new, comment)


@given(renderings, renderings, comments, st.data())
def test_every_line_of_a_changed_note_survives_and_twice_is_once(
    old: Rendering, new: Rendering, comment: Comment, data: st.DataObject
) -> None:
    written = merge(None, old, comment) or ""
    at = data.draw(st.integers(0, len(written)))
    cut = data.draw(st.integers(0, 60))
    edited = written[:at] + data.draw(hostile | st.text(max_size=30)) + written[at + cut :]
    if untouched(edited) or not edited.strip():
        return
    after = merge(edited, new, comment)
    assert after is None or after.startswith(edited)
    kept = after or edited
    assert is_kept(edited, kept)
    assert merge(kept, new, comment) is None
    again = merge(kept, old, comment) or kept
    assert again.startswith(edited), "once it is the reader's it stays so"


def test_a_new_snip_comes_below_what_the_reader_wrote() -> None:
    first = episode_markdown(replace(NOTES, snips=NOTES.snips[:1]), TODAY)
    both = episode_markdown(NOTES, TODAY)
    edited = (merge(None, first) or "").replace(
        "Standards beat speed.", "Standards beat speed, says she.", 1
    ) + "My own last words\n"
    after = merge(edited, both)
    assert after is not None and after.startswith(edited)
    added = after[len(edited) :]
    assert added.count("Nobody had asked the dockers.") == 2 and "From a week to a day" not in added
    assert merge(after, both) is None
    assert merge(after, first) is None, "a snip that was deleted here stays in the reader's note"


def test_a_snip_the_reader_threw_out_does_not_come_back() -> None:
    both = episode_markdown(NOTES, TODAY)
    written = merge(None, both) or ""
    edited = written.replace(both.blocks[-1].text, "")
    assert edited != written
    assert merge(edited, both) is None


def test_a_snip_that_was_put_below_and_thrown_out_does_not_come_back() -> None:
    both = episode_markdown(NOTES, TODAY)
    first = episode_markdown(replace(NOTES, snips=NOTES.snips[:1]), TODAY)
    after = merge((merge(None, first) or "") + "mine\n", both) or ""
    assert both.blocks[-1].text in after
    assert merge(after.replace(both.blocks[-1].text, "thrown out"), both) is None


def test_a_snip_that_changed_is_not_put_into_a_changed_note_twice() -> None:
    edited = (merge(None, episode_markdown(NOTES, TODAY)) or "") + "mine"
    changed = replace(NOTES, snips=(NOTES.snips[0], replace(SECOND, title="A title at last")))
    assert merge(edited, episode_markdown(changed, TODAY)) is None


@pytest.mark.parametrize("comment", ["html", "obsidian"])
def test_without_our_last_line_the_note_is_the_readers(comment: Comment) -> None:
    both = episode_markdown(NOTES, TODAY)
    edited = both.text + "\n"
    assert merge(edited, both, comment) is None, "all of it is there"
    fresh = merge("My notes on ships.\n", both, comment)
    assert fresh is not None and fresh.startswith("My notes on ships.\n\n## Summary")


def test_line_ends_of_another_system_are_no_change_and_are_kept() -> None:
    both = episode_markdown(NOTES, TODAY)
    windows = (merge(None, both) or "").replace("\n", "\r\n")
    assert merge(windows, both) is None
    shorter = merge(None, episode_markdown(replace(NOTES, snips=()), TODAY)) or ""
    after = merge(shorter.replace("\n", "\r\n") + "mine\r\n", both) or ""
    assert after.count("\n") == after.count("\r\n") > 20


@pytest.mark.parametrize("blank", [None, "", "\n \n"])
def test_an_empty_file_is_written_anew(blank: str | None) -> None:
    assert merge(blank, Rendering("x")) == merge(None, Rendering("x"))
