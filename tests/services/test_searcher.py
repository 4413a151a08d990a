"""Search by meaning in a process beside: it answers, it keeps up with a fast typist, and it never outlives who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from podcli.domain import Segment
from podcli.pipeline.sentences import sentences
from podcli.services import Services, open_services
from podcli.services.searcher import Searcher
from podcli.store.search import Hit
from tests.player.tones import until
from tests.processes import alive
from tests.tui import stage

Answer = tuple[str, str, list[Hit]]
_SLEEP = ("We all fare better with seven hours of sleep.", "Stressed people have trouble sleeping because they cannot relax.")
_SHIPS = ("The Ever Given blocked the Suez canal for six days.", "Containers made shipping cheap.")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_services() as opened:
        episodes = stage.stock(opened)
        for title, texts, speaker in (("Assam", _SLEEP, "Tom"), ("Mars", _SHIPS, "Anna")):
            made = opened.store.insights.begin(
                episodes[title].id, audio_sha256=title, source="whisper", model="w", decode_version="1"
            )
            segments = [Segment(10.0 * n, 10.0 * n + 10, text, speaker) for n, text in enumerate(texts)]
            opened.store.insights.add_segments(made.id, segments)
            opened.store.insights.finish(made.id, sentences(segments))
        yield opened


@pytest.fixture
def answers() -> SimpleQueue[Answer]:
    return SimpleQueue()


@pytest.fixture
def searcher(services: Services, answers: SimpleQueue[Answer]) -> Iterator[Searcher]:
    searcher = Searcher(lambda text, words, hits: answers.put((text, words, hits)))
    yield searcher
    child = searcher._child
    searcher.close()
    if child is not None:
        until(lambda: not alive(child.pid))


def test_what_means_the_same_is_found(services: Services, searcher: Searcher, answers: SimpleQueue[Answer]) -> None:
    services.search.prepare()
    searcher.ask("insomnia and rest")
    text, words, hits = answers.get(timeout=60)
    assert text == words == "insomnia and rest"
    assert hits[0].episode_title == "Assam" and hits[0].where == "said" and hits[0].start_s is not None


def test_filters_are_understood_there_too(services: Services, searcher: Searcher, answers: SimpleQueue[Answer]) -> None:
    services.search.prepare()
    searcher.ask("show:night insomnia and rest")
    text, words, hits = answers.get(timeout=60)
    assert (text, words) == ("show:night insomnia and rest", "insomnia and rest")
    assert all(hit.show_title == "Night Sky" for hit in hits)
    searcher.ask("Suez speaker:anna")
    assert [hit.speaker for hit in answers.get(timeout=60)[2]] == ["Anna"]


def test_what_was_not_indexed_is_indexed_meanwhile_and_found(
    services: Services, searcher: Searcher, answers: SimpleQueue[Answer]
) -> None:
    assert len(services.search.missing()) == 2
    searcher.ask("insomnia and rest")
    assert answers.get(timeout=60)[2] == []
    assert [hit.episode_title for hit in answers.get(timeout=60)[2]] == ["Assam"]
    assert not services.search.missing()


def test_only_the_newest_of_many_questions_is_answered(
    services: Services, searcher: Searcher, answers: SimpleQueue[Answer]
) -> None:
    services.search.prepare()
    for end in range(1, 10):
        searcher.ask("insomnia"[:end])
    assert answers.get(timeout=60)[0] == "insomnia"
    searcher.ask("Suez canal")
    assert answers.get(timeout=60)[0] == "Suez canal"
    with pytest.raises(Empty):
        answers.get(timeout=0.3)


@pytest.mark.parametrize("text", ['"', "show:", "\x1b]52;c;x\x07", "a OR NOT (", "日本語" * 500, "\ud800", "since:99999w x"])
def test_any_text_is_answered(searcher: Searcher, answers: SimpleQueue[Answer], text: str) -> None:
    searcher.ask(text)
    assert answers.get(timeout=60)[0] == text


def test_a_process_that_dies_is_started_anew_but_not_for_ever(searcher: Searcher, answers: SimpleQueue[Answer]) -> None:
    searcher.ask("ships")
    answers.get(timeout=60)
    for _ in range(3):
        assert searcher._child is not None
        searcher._child.kill()
        searcher._child.wait(20)
        searcher.ask("Suez")
    assert answers.get(timeout=60)[0] == "Suez", "it worked before, so it is worth another try"


def test_it_ends_when_it_is_closed_and_can_be_asked_again(searcher: Searcher, answers: SimpleQueue[Answer]) -> None:
    searcher.ask("ships")
    answers.get(timeout=60)
    child = searcher._child
    assert child is not None
    searcher.close()
    until(lambda: not alive(child.pid))
    searcher.ask("Suez")
    assert answers.get(timeout=60)[0] == "Suez"


def test_it_ends_with_whoever_asked_also_when_that_is_killed(services: Services, tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom podcli.services.searcher import Searcher\n"
        "searcher = Searcher(lambda text, words, hits: print(searcher._child.pid, flush=True))\n"
        "searcher.ask('ships')\ntime.sleep(600)"
    )
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    with asking.stdout as told:
        pid = int(told.readline())
        assert alive(pid)
        os.kill(asking.pid, signal.SIGKILL)
        asking.wait(20)
    until(lambda: not alive(pid))


def test_it_leaves_by_itself_when_nobody_asks(services: Services) -> None:
    code = "import podcli.services.searcher as s\ns._IDLE_S = 0.2\ns.main()"
    started = time.monotonic()
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.wait(60) == 0 and time.monotonic() - started < 60
    assert child.stdin is not None and child.stdout is not None
    child.stdin.close()
    child.stdout.close()
