"""How large a context is, from the model's head and the memory that is free."""

from __future__ import annotations

import pytest

from podcli.engines.gguf import Gguf
from podcli.engines.llama_room import MOST, Room, needs, room
from podcli.errors import ModelError

GB = 1 << 30


def model(context: int = 32768, size: int = GB) -> Gguf:
    """The head of something like Qwen2.5 1.5B."""
    fields = {
        "general.architecture": "qwen2", "qwen2.context_length": context, "qwen2.block_count": 28, "qwen2.embedding_length": 1536,
        "qwen2.feed_forward_length": 8960, "qwen2.attention.head_count": 12, "qwen2.attention.head_count_kv": 2,
        "tokenizer.ggml.tokens": 151_936,
    }  # fmt: skip
    return Gguf(fields, {}, {}, size)


@pytest.mark.parametrize(
    ("free", "wanted", "context", "expected"),
    [
        (8 * GB, 0, 32768, Room(MOST)),
        (None, 0, 32768, Room(MOST)),
        (8 * GB, 0, 2048, Room(2048)),
        (8 * GB, 8192, 32768, Room(8192)),
        (8 * GB, 8192, 4096, Room(4096)),
        (8 * GB, 600, 32768, Room(600)),
        (8 * GB, 0, 100, Room(100)),
        (8 * GB, 0, 0, Room(MOST)),
        (int(1.40 * GB), 0, 32768, Room(4096)),
        (int(1.33 * GB), 0, 32768, Room(2048)),
        (int(1.28 * GB), 0, 32768, Room(1024)),
        (int(1.24 * GB), 0, 32768, Room(1024, 64)),
        (int(1.33 * GB), 16384, 32768, Room(2048)),
        (int(1.24 * GB), 0, 512, Room(512, 64)),
    ],
)
def test_as_much_as_there_is_room_for(free: int | None, wanted: int, context: int, expected: Room) -> None:
    found = room(model(context), "m", free, wanted=wanted)
    assert found == expected
    assert free is None or needs(model(context), found) < free


def test_without_room_for_the_smallest_it_is_refused_with_figures() -> None:
    with pytest.raises(
        ModelError, match=r"not enough free memory for the model m: it needs 1\.\d GB, 1\.1 GB are free"
    ) as caught:
        room(model(), "m", 1_100_000_000)
    assert caught.value.exit_code == 4 and "smaller model" in caught.value.hint
    with pytest.raises(ModelError, match="not enough free memory"):
        room(model(), "m", 0)


def test_a_head_that_says_little_is_no_failure() -> None:
    assert room(Gguf({"general.architecture": "x"}, {}, {}, 1000), "m", GB) == Room(MOST)


def test_a_larger_context_needs_more() -> None:
    assert needs(model(), Room(1024, 64)) < needs(model(), Room(1024)) < needs(model(), Room(4096)) < needs(model(), Room(8192))
    assert needs(model(), Room(8192)) - needs(model(), Room(4096)) > 4096 * 28_672, "its keys and values at the least"
