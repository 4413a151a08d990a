"""The work on a snip: its stretch alone is heard, it is cut at sentences, and what a model says of it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from podcli.domain import Episode, Segment, Snip
from podcli.engines.base import Written
from podcli.errors import PodcliError
from podcli.pipeline import gather, keeping, stretches
from podcli.store import Store
from tests.pipeline.readings import context, put_episode
from tests.pipeline.talks import Told, copied
from tests.pipeline.test_stretches import Hears


@pytest.fixture
def episode(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Episode:
    monkeypatch.setattr(gather, "fetch_audio", lambda episode, context: tmp_path / "one.mp3")
    monkeypatch.setattr(stretches, "seam", lambda audio, stretch: stretch.start_s)
    found = put_episode(store)
    store.library.save_file(found.id, path=str(tmp_path / "one.mp3"), sha256="1" * 64, bytes=1)
    return found


def work(store: Store, episode: Episode, snip: Snip, kind: str, hears: object = None, writer: Told | None = None,
         back_s: float = 45.0) -> Snip:  # fmt: skip
    options = {"model": "w", "back_s": back_s} if kind == "snip" else {"model": "m"}
    job = store.jobs.enqueue(kind, episode_id=episode.id, target=str(snip.id), options=options)  # type: ignore[arg-type]
    getattr(keeping, kind)(job, context(store, job, writer or Told(copied), hears))
    store.jobs.finish(job.id)
    found = store.snips.get(snip.id)
    assert found is not None
    return found


class Tells(Hears):
    """Hears a sentence every ten seconds."""

    def transcribe(self, *args: object, **options: object) -> Iterator[list[Segment]]:  # type: ignore[override]
        for batch in super().transcribe(*args, **{"enough": lambda: False, **options}):  # type: ignore[arg-type]
            yield [Segment(s.start_s, s.start_s + 9, f"Ship number {s.start_s:.0f} carried steel boxes.") for s in batch]


def test_the_stretch_alone_is_heard_and_nobody_hears_it_again(store: Store, episode: Episode) -> None:
    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    hears = Tells(3600)
    kept = work(store, episode, snip, "snip", hears)
    assert hears.begun == [1925.0]
    assert (
        kept.state == "transcribed" and kept.text.startswith("Ship number 19") and kept.text.endswith("1990 carried steel boxes.")
    )
    assert kept.start_s in (1950, 1960) and kept.end_s == 1999
    transcript = store.insights.find(episode.id)
    assert transcript is not None and not transcript.complete
    assert [round(edge) for edge in transcript.heard[0]] == [1925, 2029], "up to the last word: what follows is heard again"
    other = store.snips.add(episode.id, start_s=1950, end_s=1995, at_s=1995)
    again = Tells(3600)
    assert work(store, episode, other, "snip", again).text and again.begun == []
    near = store.snips.add(episode.id, start_s=2015, end_s=2060, at_s=2060)
    beside = Tells(3600)
    assert "2050" in work(store, episode, near, "snip", beside).text and beside.begun == [2029.0]


@pytest.mark.parametrize(("back_s", "start_s"), [(20.0, 1980), (45.0, 1950), (300.0, 1700), (600.0, 1400)])
def test_so_much_is_heard_and_kept_as_was_asked_for(store: Store, episode: Episode, back_s: float, start_s: float) -> None:
    snip = store.snips.add(episode.id, start_s=2000 - back_s, end_s=2000, at_s=2000)
    kept = work(store, episode, snip, "snip", Tells(3600), back_s=back_s)
    assert (kept.start_s, kept.end_s, kept.state) == (start_s, 1999, "transcribed")
    assert kept.text.startswith(f"Ship number {start_s}") and kept.text.endswith("1990 carried steel boxes.")


def test_music_is_kept_without_words(store: Store, episode: Episode) -> None:
    class Silent(Hears):
        def transcribe(self, *args: object, **options: object) -> Iterator[list[Segment]]:  # type: ignore[override]
            yield from ()

    snip = store.snips.add(episode.id, start_s=15, end_s=60, at_s=60)
    kept = work(store, episode, snip, "snip", Silent(3600))
    assert (kept.start_s, kept.end_s, kept.text, kept.state) == (15, 60, "", "transcribed")
    assert work(store, episode, snip, "retell").title == ""


def test_music_after_the_key_costs_none_of_the_words_before_it(store: Store, episode: Episode) -> None:
    class ThenMusic(Tells):
        def transcribe(self, *args: object, **options: object) -> Iterator[list[Segment]]:  # type: ignore[override]
            for batch in super().transcribe(*args, **options):
                if kept := [segment for segment in batch if segment.start_s < 1995]:
                    yield kept

    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    kept = work(store, episode, snip, "snip", ThenMusic(3600))
    assert kept.text.endswith("1990 carried steel boxes.") and kept.end_s == 1999


def test_a_range_moved_while_it_is_titled_gets_the_title_of_its_new_words(store: Store, episode: Episode) -> None:
    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    kept = work(store, episode, snip, "snip", Tells(3600))
    other = "The ports of London lost their dockers within ten years."

    class Moved(Told):
        def write(self, **asked: object) -> Written:  # type: ignore[override]
            if len(self.asked) == 1:
                store.snips.save(replace(kept, text=other, start_s=10.0, end_s=20.0))
            return super().write(**asked)  # type: ignore[arg-type]

    made = work(store, episode, kept, "retell", writer=Moved(copied))
    assert made.text == other and made.takeaway in other and "Ship number" not in made.title


def test_what_cannot_be_heard_stays_kept_and_says_so(store: Store, episode: Episode) -> None:
    class Broken(Hears):
        def transcribe(self, *args: object, **options: object) -> Iterator[list[Segment]]:  # type: ignore[override]
            raise PodcliError("one.mp3 cannot be decoded.")

    snip = store.snips.add(episode.id, start_s=15, end_s=60, at_s=60)
    with pytest.raises(PodcliError, match="decoded"):
        work(store, episode, snip, "snip", Broken(3600))
    kept = store.snips.get(snip.id)
    assert kept is not None and kept.state == "failed" and (kept.start_s, kept.end_s) == (15, 60)


def test_a_model_gives_title_summary_and_takeaway_that_the_words_bear_out(store: Store, episode: Episode) -> None:
    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    kept = work(store, episode, snip, "snip", Tells(3600))
    made = work(store, episode, kept, "retell")
    assert made.state == "written" and made.model == "m"
    assert made.title and made.takeaway in made.text and made.summary
    lies = work(store, episode, kept, "retell", writer=Told("Napoleon sold 77 pianos in Paris."))
    assert "Napoleon" not in f"{lies.title} {lies.summary} {lies.takeaway}"


def test_what_the_listener_wrote_meanwhile_stays(store: Store, episode: Episode) -> None:
    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    kept = work(store, episode, snip, "snip", Tells(3600))
    store.snips.save(replace(kept, title="Mine", note="A note", tags=("a",)))
    made = work(store, episode, kept, "retell")
    assert (made.title, made.note, made.tags, made.model) == ("Mine", "A note", ("a",), "") and made.takeaway


def test_a_snip_removed_meanwhile_is_no_work(store: Store, episode: Episode) -> None:
    snip = store.snips.add(episode.id, start_s=1955, end_s=2000, at_s=2000)
    store.snips.remove(snip.id)
    for kind in ("snip", "retell"):
        with pytest.raises(PodcliError, match="removed meanwhile"):
            work(store, episode, snip, kind, Tells(3600))
