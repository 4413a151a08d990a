"""Episodes as lists show them: shelves, orders, filters and counts, and how all of that keeps up with changes."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from podcli.domain import EpisodeCard, EpisodeId, Show, ShowId
from podcli.tui.library import SORTS, Library, Sort, Tally, View


def card(number: int, title: str, **facts: object) -> EpisodeCard:
    given = {"show_id": ShowId(1), "published": f"2026-11-{30 - number:02}T00:00:00Z", "duration_s": 60.0 * number, **facts}
    return EpisodeCard(EpisodeId(number), title=title, **given)  # type: ignore[arg-type]


@pytest.fixture
def library() -> Library:
    made = Library()
    made.name_shows([Show(ShowId(1), "https://a", "Tea"), Show(ShowId(2), "https://b", "Astronomy")], {})
    made.take(
        [
            card(1, "Zinc"),
            card(2, "apple", triage="done", finished=True, position_s=120.0),
            card(3, "Éclair", show_id=ShowId(2), queued=2.0),
            card(4, "Mango", show_id=ShowId(2), triage="later", queued=1.0, position_s=120.0),
        ],
        (),
        whole=True,
    )
    return made


@pytest.mark.parametrize(
    ("view", "ids"),
    [
        (View("all"), [1, 2, 3, 4]), (View("inbox"), [1, 3]), (View("later"), [4]), (View("queue"), [4, 3]),
        (View("show", ShowId(2)), [3, 4]), (View("all", reverse=True), [4, 3, 2, 1]), (View("all", unheard=True), [1, 3, 4]),
        (View("all", sort="title"), [2, 4, 1, 3]), (View("all", sort="length"), [4, 3, 2, 1]),
        (View("all", sort="show"), [3, 4, 1, 2]), (View("all", sort="progress"), [4, 1, 3, 2]),
        (View("all", words="MANGO"), [4]), (View("all", words="astro"), [3, 4]), (View("all", words="tea z"), [1]),
        (View("all", words="nothing"), []), (View("inbox", sort="title", reverse=True), [3, 1]),
    ],
)  # fmt: skip
def test_a_view(library: Library, view: View, ids: list[int]) -> None:
    assert library.look(view) == ids


def test_counts(library: Library) -> None:
    assert (library.inbox(), library.queued(), library.unheard()) == (2, 2, 3)
    assert library.tally(ShowId(1)) == Tally(2, 1, "2026-11-29T00:00:00Z")
    assert library.tally(ShowId(9)) == Tally()
    library.take([replace(library.cards[EpisodeId(1)], triage="done", finished=True)], (), whole=False)
    assert (library.inbox(), library.unheard(), library.tally(ShowId(1)).unheard) == (1, 2, 0)


@pytest.mark.parametrize("sort", ["date", "title", "length", "show", "progress"])
def test_orders_keep_up_with_changes(sort: Sort) -> None:
    """Whatever happens in whatever order, a view is the one that a fresh look would give."""
    dice = random.Random(7)
    kept = Library()
    kept.take([], (), whole=True)
    for step in range(120):
        number = dice.randrange(1, 25)
        gone = [EpisodeId(dice.randrange(1, 25))] if step % 7 == 6 else []
        new = card(number, dice.choice("abcdefgh"), duration_s=float(dice.randrange(5)), position_s=float(dice.randrange(3)),
                   show_id=ShowId(dice.randrange(1, 4)), published=f"2026-11-{dice.randrange(1, 28):02}")  # fmt: skip
        if number not in gone:
            kept.take([replace(new, published=kept.cards[new.id].published) if new.id in kept.cards else new], gone, whole=False)
        if step % 10 == 5:
            kept.name_shows([Show(ShowId(n), f"https://{n}", dice.choice("xyz")) for n in (1, 2, 3)], {})
        fresh = Library()
        fresh.name_shows(kept.shows.values(), {})
        fresh.take(list(kept._by_date), (), whole=True)
        for view in (View("all", sort=sort), View("show", ShowId(2), sort=sort), View("inbox", sort=sort, reverse=True)):
            assert kept.look(view) == fresh.look(view), f"after {step} changes"
        assert sorted(kept.look(View("all"))) == sorted(kept.cards)
        dates = [kept.cards[each].published for each in kept.look(View("all"))]
        assert dates == sorted(dates, reverse=True)


def test_orders_made_ahead_are_those_made_when_asked(library: Library) -> None:
    views = [View("all", sort=sort) for sort in SORTS]
    asked = [library.look(view) for view in views]
    library.take(list(library._by_date), (), whole=True)
    library.presort()
    assert [library.look(view) for view in views] == asked
    library.take([replace(library.cards[EpisodeId(1)], title="aaa")], (), whole=False)
    assert library.look(View("all", sort="title"))[0] == 1


def test_fifty_thousand_are_looked_at_between_two_frames() -> None:
    library = Library()
    library.take([card(1, f"Episode {n} about {n % 97}", published="2026") for n in range(10)], (), whole=True)
    cards = [replace(card(1, f"Episode {n % 977} about {n}"), id=EpisodeId(n), show_id=ShowId(n % 200)) for n in range(50_000)]
    library.take(cards, (), whole=True)
    library.look(View("all", sort="title"))
    for view in (View("all"), View("inbox"), View("show", ShowId(7)), View("all", sort="title"), View("all", words="about 77")):
        began = time.thread_time()
        library.look(view)
        library.inbox()
        assert time.thread_time() - began < 0.1, view


@pytest.mark.parametrize("kept", [None, 3, [], {"sort": "rank"}, {"sort": None, "words": None}, {"reverse": "yes"}])
def test_nonsense_is_not_restored(kept: object) -> None:
    restored = View("inbox").restored(kept)
    assert restored.sort == "date" and not restored.reverse and restored.shelf == "inbox"
    assert isinstance(restored.words, str)
    assert View("inbox").restored(View("inbox", sort="title", words="x").kept()) == View("inbox", sort="title", words="x")
