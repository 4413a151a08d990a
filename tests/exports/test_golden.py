"""Every format of one episode, as it was read and found right."""

from __future__ import annotations

import pytest

from tests.exports.make import GOLDEN, exports

MADE = dict(exports())


@pytest.mark.parametrize("name", sorted(MADE))
def test_an_export_is_as_it_was(name: str) -> None:
    assert MADE[name].encode() == (GOLDEN / name).read_bytes(), "python -m tests.exports.make, and read the difference"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(MADE)
