"""A page for Logseq is properties, then blocks by their tabs."""

from __future__ import annotations

import re

from hypothesis import given

from podcli.domain import EpisodeNotes
from podcli.exports.logseq import episode_page
from podcli.exports.merge import merge
from tests.exports.kept import NOTES, hostile_notes


@given(hostile_notes())
def test_a_page_is_properties_then_blocks_and_nothing_of_strangers(notes: EpisodeNotes) -> None:
    head, _, body = (episode_page(notes).text + "\n").partition("\n\n")
    names = [line.split("::")[0] for line in head.split("\n")]
    assert names[:3] == ["type", "podcast", "episode"] and set(names) <= {
        "type", "podcast", "episode", "date", "length", "hosts", "guests", "link",
    }  # fmt: skip
    depth = -1
    for line in filter(None, body.split("\n")):
        block = re.fullmatch(r"(\t*)- (.*)", line)
        assert block, line
        assert len(block[1]) <= depth + 1, "no block is deeper than its parent allows"
        depth = len(block[1])
        plain = re.sub(r"\\[!-/:-@\[-`{-~]", "·", block[2].replace("\\\\", ""))
        assert not re.search(r"::|\(\(|\{\{|\[\[", re.sub(r"\]\([^)]*\)", "](x)", plain))
        assert not re.match(r"(TODO|DOING|DONE|NOW|LATER|WAITING) ", block[2]) or depth > 0


def test_a_new_snip_comes_below_a_changed_page() -> None:
    page = episode_page(NOTES)
    first = merge(None, episode_page(EpisodeNotes(NOTES.episode, NOTES.show, NOTES.snips[:1])))
    assert first
    after = merge(first + "- mine\n", page)
    assert after and after.startswith(first + "- mine\n") and "\n- [20:54–21:30]" in after
