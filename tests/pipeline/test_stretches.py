"""The order in which an episode is heard; whose place counts; and the whole of it on a made-up transcriber that may be left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import END_S, Episode, Segment, Span, merged, missing, unbroken_s
from podcli.pipeline import hearing, transcribing
from podcli.pipeline.stretches import Listener, Stretch, elsewhere, following
from podcli.store import Store
from podcli.store.listening import Playing
from tests.pipeline.readings import context
from tests.pipeline.talks import Told, copied

SPANS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 99)).map(lambda pair: (float(pair[0]), float(sum(pair)))), max_size=8
)


@given(SPANS)
def test_what_was_heard_and_what_is_missing_are_the_whole(spans: list[Span]) -> None:
    assert merged([*spans, *missing(spans)], 0.0) == ((0.0, END_S),)
    assert all(not (a < end and start < b) for a, b in missing(spans) for start, end in spans)
    assert unbroken_s(spans) == missing(spans)[0][0] and unbroken_s([*spans, (0.0, END_S)]) == END_S


@pytest.mark.parametrize(
    ("heard", "at_s", "stretch"),
    [
        ((), None, Stretch(0.0, 0.0, END_S)),
        ((), 5.0, Stretch(0.0, 0.0, END_S)),
        ((), 90.0, Stretch(0.0, 0.0, END_S)),
        ((), 1800.0, Stretch(0.0, 1790.0, END_S)),
        (((0.0, 300.0),), 1800.0, Stretch(300.0, 1790.0, END_S)),
        (((0.0, 300.0),), 60.0, Stretch(300.0, 300.0, END_S)),
        (((0.0, 300.0), (1790.0, END_S)), 2000.0, Stretch(300.0, 300.0, 1790.0)),
        (((0.0, 300.0), (1790.0, END_S)), 1000.0, Stretch(300.0, 990.0, 1790.0)),
        (((300.0, END_S),), None, Stretch(0.0, 0.0, 300.0)),
        (((0.0, END_S),), 10.0, None),
    ],
)
def test_the_part_that_plays_comes_first_then_what_is_left_from_the_front(
    heard: tuple[Span, ...], at_s: float | None, stretch: Stretch | None
) -> None:
    assert following(heard, at_s) == stretch


@given(SPANS, st.floats(0, 600), st.one_of(st.none(), st.floats(0, 5000)))
def test_wherever_one_goes_one_arrives(heard: list[Span], at_s: float, wanted_s: float | None) -> None:
    if elsewhere(heard, at_s, wanted_s):
        stretch = following(heard, wanted_s)
        assert stretch is not None and wanted_s is not None and stretch.start_s <= wanted_s < stretch.until_s
        assert not elsewhere(heard, stretch.start_s, wanted_s), "nobody turns back at once"


def test_who_listens_to_what_is_just_heard_needs_nothing_else() -> None:
    assert not elsewhere([(0.0, 100.0)], 100.0, 95.0) and not elsewhere([(0.0, 100.0)], 100.0, 50.0)
    assert not elsewhere([(0.0, 100.0)], 100.0, 180.0), "that is soon reached"
    assert elsewhere([(0.0, 100.0)], 100.0, 700.0) and elsewhere([(600.0, 900.0)], 900.0, 60.0)


def playing(store: Store, episode: Episode, position: float, *, pid: int = 0, ago: float = 0.0, paused: bool = False) -> None:
    state = {"position": position, "at": time.time() - ago, "speed": 2.0, "paused": paused, "ended": False}
    store.listening.save_playing(Playing(pid or os.getpid(), episode.id, state))


def test_a_player_is_believed_while_it_lives(store: Store, episode: Episode) -> None:
    def at_s() -> float | None:
        return Listener(store, episode.id).at_s

    assert at_s() is None
    playing(store, episode, 100.0, ago=10.0)
    assert at_s() == pytest.approx(120.0, abs=1), "written ten seconds ago, at twice the speed"
    playing(store, episode, 100.0, ago=10.0, paused=True)
    assert at_s() == 100.0
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    playing(store, episode, 100.0, pid=int(gone.stdout))
    assert at_s() is None


class Hears:
    """A transcriber that hears a word every ten seconds, a minute at a time; `after` is told each minute."""

    model_id, language, decode_version = "w", "en", "1"

    def __init__(self, length_s: float, after: Callable[[float], None] = lambda _second: None) -> None:
        self._length_s, self._after = length_s, after
        self.begun: list[float] = []

    def transcribe(
        self, audio: Path, *, start_s: float = 0.0, until_s: float | None = None, report: Callable[[float], None],
        enough: Callable[[], bool], **_: object,
    ) -> Iterator[list[Segment]]:  # fmt: skip
        self.begun.append(start_s)
        second, end = start_s, min(until_s or self._length_s, self._length_s)
        while second < end and not enough():
            until = min(second + 60, end)
            words = [10.0 * n for n in range(int(second // 10), int(until // 10) + 1) if second <= 10.0 * n < until]
            if words:
                yield [Segment(at, at + 5, f"word {at:.0f}") for at in words]
            report(until)
            self._after(until)
            second = until


@pytest.fixture
def heard_at(store: Store, episode: Episode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Hears], list[float]]:
    """Transcribe; the starts of the words in the order of the transcript."""
    monkeypatch.setattr(transcribing, "fetch_audio", lambda episode, context: tmp_path / "one.mp3")
    monkeypatch.setattr(hearing, "seam", lambda audio, stretch: stretch.start_s)
    monkeypatch.setattr("podcli.pipeline.stretches._LOOK_S", 0.0)
    store.library.save_file(episode.id, path=str(tmp_path / "one.mp3"), sha256="1" * 64, bytes=1)

    def transcribe(hears: Hears) -> list[float]:
        job = store.jobs.enqueue("transcribe", episode_id=episode.id, options={"model": "w", "own": True})
        transcribing.transcribe(job, context(store, job, Told(copied), hears))
        found = store.insights.find(episode.id, complete=True)
        assert found is not None
        return [segment.start_s for segment in store.insights.segments(found.id)]

    return transcribe


WHOLE = [10.0 * n for n in range(360)]


def test_from_the_beginning_when_nobody_listens(heard_at: Callable[[Hears], list[float]]) -> None:
    hears = Hears(3600)
    assert heard_at(hears) == WHOLE and hears.begun == [0.0]


def test_from_where_the_listener_is_and_then_the_rest(
    store: Store, episode: Episode, heard_at: Callable[[Hears], list[float]]
) -> None:
    playing(store, episode, 1800.0, paused=True)
    hears = Hears(3600)
    assert heard_at(hears) == WHOLE and hears.begun == [1790.0, 0.0]


def test_to_where_the_listener_goes_meanwhile(store: Store, episode: Episode, heard_at: Callable[[Hears], list[float]]) -> None:
    def jump(second: float) -> None:
        if second == 240:
            playing(store, episode, 3000.0, paused=True)
        if second == 3590:
            playing(store, episode, 2000.0, paused=True)

    hears = Hears(3600, jump)
    assert heard_at(hears) == WHOLE
    assert hears.begun[:2] == [0.0, 2990.0] and 1990.0 in hears.begun, "back too, before it came to the end"


def test_killed_anywhere_nothing_is_heard_twice_or_left_out(
    store: Store, episode: Episode, heard_at: Callable[[Hears], list[float]]
) -> None:
    class KilledError(Exception):
        pass

    def die(second: float) -> None:
        if second > 2000:
            raise KilledError

    playing(store, episode, 1800.0, paused=True)
    with pytest.raises(KilledError):
        heard_at(Hears(3600, die))
    playing(store, episode, 900.0, paused=True)
    assert heard_at(Hears(3600)) == WHOLE
