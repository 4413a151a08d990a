from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from whisper.timing import WordTiming, dtw, median_filter

from podcli.engines import alignment


def _cheapest(cost: NDArray[np.float64], starts: NDArray[np.int64]) -> float:
    """What the path costs whose row ``r`` begins at frame ``starts[r]`` and goes on until the next one begins."""
    ends = [*starts[1:], cost.shape[1]]
    # A row is left for the frame after its last, or in the frame the next begins with.
    return sum(cost[row, start : max(end, start + 1)].sum() for row, (start, end) in enumerate(zip(starts, ends, strict=True)))


@pytest.mark.parametrize("seed", range(20))
def test_the_path_is_that_of_openai_whisper(seed: int) -> None:
    random = np.random.default_rng(seed)
    cost = random.normal(size=(random.integers(1, 40), random.integers(2, 300)))
    rows, frames = dtw(torch.from_numpy(cost))
    begins = [int(frames[rows == row].min()) for row in range(len(cost))]
    found = alignment._token_starts(cost)
    assert found.tolist() == begins


def test_a_path_goes_where_the_sound_is() -> None:
    cost = np.ones((4, 40))
    for row in range(4):
        cost[row, 10 * row : 10 * row + 10] = -1
    assert alignment._token_starts(cost).tolist() == [0, 10, 20, 30]
    assert _cheapest(cost, alignment._token_starts(cost)) == -40


@pytest.mark.parametrize("frames", [4, 7, 50, 1500])
def test_the_median_is_openai_whispers(frames: int) -> None:
    x = torch.randn(2, 5, frames, generator=torch.Generator().manual_seed(frames))
    assert torch.equal(alignment._median(x), median_filter(x, 7))


def test_what_stands_out_is_openai_whispers_to_a_thousandth() -> None:
    attention = (torch.rand(30, 200, generator=torch.Generator().manual_seed(2)) * 255).to(torch.uint8)
    weights = (attention.double() / 10).softmax(-1)
    exact = (weights - weights.mean(0)) / weights.std(0, unbiased=False)
    found = alignment._salient(attention).double() / 1000
    torch.testing.assert_close(found, median_filter(exact, 7), atol=2e-3, rtol=0)


def test_too_short_for_a_median() -> None:
    x = torch.randn(2, 5, 3)
    assert torch.equal(alignment._median(x), x)


def test_no_word_of_a_run_is_left_without_time() -> None:
    words = [
        WordTiming(" you", [1], 1.0, 1.6, 1.0),
        WordTiming(" can", [2], 1.6, 1.6, 1.0),
        WordTiming(" do", [3], 1.6, 1.8, 1.0),
    ]
    found = alignment._believable(words, 10.0, 5.0)
    assert [(word.start, word.end) for word in found] == [(11.0, 11.3), (11.3, 11.6), (11.6, 11.8)]


def test_a_sentence_begins_with_the_sound() -> None:
    spoken = (
        (" It", 0.4, 0.7),
        (" ends.", 0.7, 1.1),
        (" Then", 1.9, 2.4),
        (" more", 2.4, 2.8),
        (" later.", 3.3, 3.9),
        (" On.", 6.0, 6.5),
    )
    words = [WordTiming(text, [number], start, end, 1.0) for number, (text, start, end) in enumerate(spoken)]
    found = alignment._believable(words, 100.0, 10.0, onsets_s=[0.1, 2.2, 3.1, 5.2])
    assert [word.start for word in found] == [100.1, 100.7, 102.2, 102.4, 103.3, 106.0], "only sentences, and only from nearby"
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_byte_is_enough_to_say_where_a_word_was_heard() -> None:
    scores = torch.randn(4, 20, 300) * 4 + torch.tensor([-30.0, 0.0, 30.0, 90.0])[:, None, None]
    record = alignment.recorded(scores)
    assert record.dtype == torch.uint8 and record.shape == scores.shape
    assert (record.amax(-1) == 255).all(), "the best of each row, however large"
    weights = (record.float() / 10).softmax(-1)
    assert (weights - scores.softmax(-1)).abs().max() < 0.06
    assert alignment.recorded(torch.tensor([[0.0, -1000.0]])).tolist() == [[255, 0]], "what is far below is nothing, not much"
