"""From what a person typed to a feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli.errors import NetworkError, PodcliError, UsageError
from podcli.feeds import subscribe
from podcli.feeds.parse import NotAFeed
from podcli.feeds.subscribe import load_feed, load_feed_file
from tests.feeds.conftest import HERE, SAMPLES
from tests.feeds.servers import Request, Script
from tests.loopback import entry, rss


def page(*links: str) -> str:
    return "<!doctype html><html><head>" + "".join(links) + "</head><body>Hello</body></html>"


def alternate(href: str) -> str:
    return f'<link rel="alternate" type="application/rss+xml" href="{href}">'


def test_a_feed(server: Script) -> None:
    url = server.on("/feed", body=rss(server.base, entry(server.base, "one")), ETag='"1"')
    loaded = load_feed(url, trusted_hosts=HERE)
    assert loaded.feed is not None and loaded.feed.url == url and len(loaded.feed.items) == 1
    assert loaded.notes == () and loaded.fetched.etag == '"1"'


def test_an_unchanged_feed(server: Script) -> None:
    def answer(request: Request) -> None:
        request.reply(status=304 if request.headers["If-None-Match"] == '"1"' else 200)

    loaded = load_feed(server.on("/feed", answer), etag='"1"', trusted_hosts=HERE)
    assert loaded.feed is None and loaded.fetched.not_modified


def test_a_page_that_names_its_feed_is_followed_with_a_note(server: Script) -> None:
    feed = server.on("/feed", body=rss(server.base, entry(server.base, "one")))
    loaded = load_feed(server.on("/", body=page(alternate("/feed"))), trusted_hosts=HERE)
    assert loaded.feed is not None and loaded.feed.url == feed
    assert loaded.notes == (f"127.0.0.1 is a web page; using its feed {feed}",)


def test_a_page_with_several_feeds_names_the_others(server: Script) -> None:
    server.on("/feed", body=rss(server.base, entry(server.base, "one")))
    loaded = load_feed(server.on("/", body=page(alternate("/feed"), alternate("/video"))), trusted_hosts=HERE)
    assert loaded.notes[1] == f"It names other feeds too: {server.base}/video"


def test_a_page_without_a_feed_says_so(server: Script) -> None:
    with pytest.raises(NotAFeed, match="this is a web page, not a feed") as told:
        load_feed(server.on("/", body=page()), trusted_hosts=HERE)
    assert "RSS" in told.value.hint


def test_a_page_that_names_a_page_is_not_followed_for_ever(server: Script) -> None:
    url = server.on("/", body=page(alternate("/")))
    with pytest.raises(NotAFeed, match="web page"):
        load_feed(url, trusted_hosts=HERE)
    assert len(server.seen) == 2


def test_a_page_that_names_a_feed_that_is_gone(server: Script) -> None:
    with pytest.raises(NetworkError, match="404"):
        load_feed(server.on("/", body=page(alternate("/gone"))), trusted_hosts=HERE)


def test_a_directorys_answer_leads_to_the_feed(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = server.on("/feed", body=rss(server.base, entry(server.base, "one")))
    lookup = server.on("/lookup", body=f'{{"resultCount": 1, "results": [{{"feedUrl": "{feed}"}}]}}')
    monkeypatch.setattr(subscribe, "directory_lookup", lambda url: lookup if "apple" in url else "")
    loaded = load_feed("https://podcasts.apple.com/podcast/id1234", trusted_hosts=HERE)
    assert loaded.feed is not None and loaded.feed.url == feed


def test_a_moved_feed_tells_where_it_lives_now(server: Script) -> None:
    home = server.on("/new", body=rss(server.base, entry(server.base, "one")))
    old = server.on("/old", status=301, Location="/new")
    loaded = load_feed(old, trusted_hosts=HERE)
    assert loaded.fetched.permanent_url == home
    assert loaded.feed is not None and loaded.feed.url == old, "what was typed stays the identity until the caller moves it"


def test_a_private_feeds_address_keeps_its_password(server: Script) -> None:
    url = server.on("/feed", body=rss(server.base, entry(server.base, "one"))).replace("://", "://ann:secret@")
    loaded = load_feed(url, trusted_hosts=HERE)
    assert loaded.feed is not None and loaded.feed.url == url and "secret" not in loaded.feed.items[0].enclosure.url


@pytest.mark.parametrize(
    ("items", "note"),
    [((), "A show has no episodes yet."), (("<title>words</title>",), "A show has entries, but none with audio.")],
)
def test_nothing_to_play_is_noted(server: Script, items: tuple[str, ...], note: str) -> None:
    loaded = load_feed(server.on("/feed", body=rss(server.base, *items)), trusted_hosts=HERE)
    assert loaded.notes == (note,)


def test_half_a_feed_is_noted_and_half_an_episode_is_not_taken(server: Script) -> None:
    whole = rss(server.base, entry(server.base, "one"), entry(server.base, "two"))
    loaded = load_feed(server.on("/feed", body=whole[: whole.index("two.mp3")]), trusted_hosts=HERE)
    assert loaded.feed is not None and [item.guid for item in loaded.feed.items] == ["one"]
    assert "ends in the middle" in loaded.notes[0]


class TestFiles:
    def test_a_feed_in_a_file(self) -> None:
        path = SAMPLES / "feeds" / "x_dup_guid.xml"
        loaded = load_feed(str(path))
        assert loaded.feed is not None and loaded.feed.url == path.as_uri() and len(loaded.feed.items) == 4

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("x_html_page.xml", "x_html_page.xml: this is a web page"),
            ("x_binary_mp3.xml", "x_binary_mp3.xml: this is an audio or video file"),
            ("x_json_error.xml", "x_json_error.xml: this is data of another kind"),
            ("x_only_whitespace.xml", "x_only_whitespace.xml is empty"),
        ],
    )
    def test_other_files_are_named_for_what_they_are(self, name: str, words: str) -> None:
        with pytest.raises(UsageError) as told:
            load_feed_file(SAMPLES / "feeds" / name)
        assert words in told.value.message and told.value.hint

    def test_a_folder_a_gap_and_a_giant(self, tmp_path: Path) -> None:
        giant = tmp_path / "giant.xml"
        with giant.open("wb") as file:
            file.truncate(40 * 1024 * 1024)
        for path, words in ((tmp_path, "is a folder"), (tmp_path / "none", "cannot be read"), (giant, "is larger than")):
            with pytest.raises(PodcliError, match=words) as told:
                load_feed_file(path)
            assert told.value.exit_code == 2 and told.value.hint
