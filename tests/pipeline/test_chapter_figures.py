"""The figures by which chapter boundaries are judged."""

from __future__ import annotations

import pytest

from podcli.domain import Sentence
from tests.bench.eval_chapters import f1, texttiling, windows


@pytest.mark.parametrize(
    ("found", "truth", "figures"),
    [
        ([100.0, 200.0], [100.0, 200.0], (1.0, 1.0, 1.0)),
        ([130.0], [100.0], (1.0, 1.0, 1.0)),
        ([131.0], [100.0], (0.0, 0.0, 0.0)),
        ([90.0, 110.0], [100.0], (0.5, 1.0, 2 / 3)),  # one boundary cannot be found twice
        ([100.0], [90.0, 110.0], (1.0, 0.5, 2 / 3)),
        ([80.0, 125.0], [100.0, 105.0], (1.0, 1.0, 1.0)),  # as many pairs as there can be
        ([], [100.0], (0.0, 0.0, 0.0)),
    ],
)
def test_f1_pairs_each_boundary_once(found: list[float], truth: list[float], figures: tuple[float, float, float]) -> None:
    assert f1(found, truth) == pytest.approx(figures)


def test_pk_and_windowdiff_of_the_truth_are_0_and_grow_with_the_fault() -> None:
    truth = [100.0, 200.0, 300.0]
    assert windows(truth, truth, 400.0) == (0.0, 0.0)
    near, far = windows([110.0, 200.0, 300.0], truth, 400.0), windows([150.0, 200.0, 300.0], truth, 400.0)
    assert 0 < near[0] < far[0] < 1
    assert 0 < near[1] < far[1] < 1
    assert windows([100.0, 105.0, 200.0, 300.0], truth, 400.0)[1] > 0, "WindowDiff sees what is there twice"


def test_texttiling_finds_where_the_words_change() -> None:
    words = ("harbour anchor vessel", "flour oven baker")
    said = [Sentence(n + 1, 10.0 * n, 10.0 * n + 10, words[n >= 20] + ".") for n in range(40)]
    assert texttiling(said, 1) == [200.0]
