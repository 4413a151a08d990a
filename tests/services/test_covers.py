"""Covers on cards: from a real server, kept, and never in the way of the card."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from podcli import paths
from podcli.domain import Enclosure, Feed, FeedItem, SnipCard
from podcli.exports.card import quote_card
from podcli.services import Services, covers, open_services
from tests.conftest import Podcli
from tests.loopback import Site

PINK, TEAL = (250, 0, 120), (0, 160, 150)


def picture(colour: tuple[int, int, int] = PINK, size: tuple[int, int] = (600, 400), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def huge(side: int) -> bytes:
    """A PNG of a few bytes that says it is `side` pixels wide and high."""
    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


@pytest.fixture
def services() -> Iterator[Services]:
    with open_services() as opened:
        yield opened


def kept(services: Services, url: str, image: str, own: str = "") -> SnipCard:
    """A snip of an episode with the picture `own`, of a show with the picture `image`."""
    item = FeedItem("one", "One", Enclosure("https://cdn.example.org/one.mp3", "audio/mpeg"), duration_s=600.0, image_url=own)
    services.store.library.save_feed(Feed(url, "A show", (item,), image_url=image), url=url)
    episode = services.store.library.episodes()[0]
    made = services.store.snips.add(episode.id, start_s=5.0, end_s=14.0, at_s=14.0)
    services.snips.title(made.id, "Loading got cheap")
    return services.snips.card(made.id)


def age() -> None:
    """Let what is kept be two days old."""
    for file in (paths.cache() / "covers").iterdir():
        os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 172_800))


def colour(card: bytes) -> tuple[int, ...]:
    """Of the middle of the place where a cover stands."""
    found = Image.open(io.BytesIO(card)).convert("RGB").getpixel((170, 170))
    assert isinstance(found, tuple)
    return found


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def test_it_is_fetched_once_asked_about_after_a_day_and_does_when_the_server_is_gone(services: Services, site: Site) -> None:
    url = site.put("/cover.jpg", picture(), type="image/jpeg", conditional=True)
    card = kept(services, f"{site.base}/feed.xml", url)
    for _ in range(2):
        found, problem = services.sharing.cover(card)
        assert found == picture() and not problem
    assert len(site.asked) == 1
    age()
    assert services.sharing.cover(card) == (picture(), "") and site.unchanged == ["/cover.jpg"] and len(site.asked) == 2
    assert services.sharing.cover(card) == (picture(), "") and len(site.asked) == 2, "it is fresh again"
    age()
    site.put("/cover.jpg", picture(TEAL))
    assert services.sharing.cover(card) == (picture(TEAL), "")
    age()
    site.put("/cover.jpg", b"<html>Gone</html>")
    assert services.sharing.cover(card) == (picture(TEAL), ""), "the old one does"
    site.pages.clear()
    assert services.sharing.cover(card) == (picture(TEAL), "")


def test_a_damaged_cache_is_fetched_anew_and_does_not_grow_for_ever(
    services: Services, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covers, "_MOST", 3)
    for number in range(6):
        assert covers.cover([site.put(f"/{number}.png", picture(kind="PNG"))], frozenset({"127.0.0.1"}))
    files = list((paths.cache() / "covers").iterdir())
    assert len(files) == 3
    for file in files:
        file.write_bytes(b'{"etag": 1')
    asked = len(site.asked)
    assert covers.cover([f"{site.base}/5.png"], frozenset({"127.0.0.1"})) and len(site.asked) == asked + 1


def test_the_episodes_own_goes_before_the_shows_which_stands_in(services: Services, site: Site) -> None:
    show = site.put("/show.jpg", picture())
    own = site.put("/own.jpg", picture(TEAL))
    card = kept(services, f"{site.base}/feed.xml", show, own)
    assert services.sharing.cover(card) == (picture(TEAL), "")
    site.put("/broken.jpg", picture(TEAL)[:300])
    card = kept(services, f"{site.base}/feed.xml", show, f"{site.base}/broken.jpg")
    assert services.sharing.cover(card) == (picture(), "")


def test_without_a_picture_there_is_nothing_to_say(services: Services) -> None:
    assert services.sharing.cover(kept(services, "https://feeds.example.org/a.xml", "")) == (None, "")


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<html>\x1b]0;t\x07Sign in</html>", "forty thousand wide": huge(40_000), "bomb": huge(4_500),
    "cut off": picture()[:500], "cut off png": picture(kind="PNG")[:200],
    "tiff": picture(kind="TIFF"), "noise": bytes(range(256)) * 40, "empty": b"", "nine megabytes": bytes(9_000_000),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_leaves_the_card_as_it_is_without_one(content: bytes, services: Services, site: Site) -> None:
    card = kept(services, f"{site.base}/feed.xml", site.put("/cover.png", content, type="image/png"))
    found, problem = services.sharing.cover(card)
    assert found is None and problem.startswith("The card is without the picture of the show. ")
    assert problem.isprintable() and not list(paths.cache().glob("covers/*"))
    assert quote_card(card, cover=content) == quote_card(card)


def test_a_feed_cannot_send_podcli_into_the_own_network(services: Services, site: Site) -> None:
    card = kept(services, "https://feeds.example.org/a.xml", site.put("/cover.jpg", picture()))
    found, problem = services.sharing.cover(card)
    assert found is None and "inside your own network" in problem and not site.asked


@pytest.mark.parametrize("size", [(3000, 3000), (3000, 200), (40, 900), (1, 1)])
def test_any_shape_is_cut_to_a_square(size: tuple[int, int], services: Services) -> None:
    card = kept(services, "https://feeds.example.org/a.xml", "")
    assert near(colour(quote_card(card, cover=picture(TEAL, size))), TEAL)


def test_at_the_prompt(podcli: Podcli, site: Site, tmp_path: Path) -> None:
    with open_services() as services:
        kept(services, f"{site.base}/feed.xml", site.put("/cover.jpg", picture(), type="image/jpeg"))
    assert podcli("share", "1", "--card", tmp_path / "plain.png", "--no-cover").returncode == 0 and not site.asked
    done = podcli("share", "1", "--card", tmp_path / "card.png")
    assert done.returncode == 0 and done.stderr == f"{tmp_path}/card.png was made.\n"
    assert near(colour((tmp_path / "card.png").read_bytes()), PINK)
    site.put("/cover.jpg", b"<html></html>")
    for file in (paths.cache() / "covers").iterdir():
        file.unlink()
    done = podcli("share", "1", "--card", tmp_path / "other.png", "--json")
    first, second = done.stderr.splitlines()
    assert done.returncode == 0 and first.startswith("The card is without the picture of the show. ") and "made" in second
    assert (tmp_path / "other.png").read_bytes() == (tmp_path / "plain.png").read_bytes()


def test_the_same_snip_with_another_theme_has_the_same_cover(services: Services) -> None:
    card = kept(services, "https://feeds.example.org/a.xml", "")
    titled = replace(card, snip=replace(card.snip, text="Words."))
    for theme in ("night", "paper", "forest", "plum", "sky", "ember"):
        assert near(colour(quote_card(titled, theme=theme, cover=picture())), PINK)
