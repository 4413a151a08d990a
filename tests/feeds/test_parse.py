"""Feeds as the world writes them, and as it should not."""

from __future__ import annotations

import contextlib
import gzip
import time
import tracemalloc
from pathlib import Path

import pytest

from podcli.domain import Enclosure, Feed, FeedItem, Person, TranscriptLink
from podcli.errors import NetworkError
from podcli.feeds.parse import NotAFeed, parse_feed
from tests.feeds.conftest import SAMPLES

URL = "https://pod.example/shows/one/feed.xml"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:psc="http://podlove.org/simple-chapters"'
)


def sample(name: str) -> Feed:
    return parse_feed((SAMPLES / "feeds" / name).read_bytes(), URL)


def rss(*items: str, show: str = "<title>Show</title>") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>{show}{body}</channel></rss>'.encode()


def item(inner: str = "", *, url: str = "https://cdn.example/a.mp3") -> FeedItem:
    """The only item of a feed with `inner` and an enclosure."""
    (found,) = parse_feed(rss(f'{inner}<enclosure url="{url}" type="audio/mpeg" length="10"/>'), URL).items
    return found


def titles(feed: Feed) -> list[str]:
    return [found.title for found in reversed(feed.items)]


def test_everything_a_feed_says_of_a_show_and_an_episode() -> None:
    feed = parse_feed(
        rss(
            """<title>Tea</title><guid isPermaLink="false"> g-1 </guid><pubDate>Tue, 02 Jan 2024 10:00:00 +0100</pubDate>
            <enclosure url="https://cdn.example/tea.mp3?x=1&amp;y=2" type="audio/mpeg" length="1234"/>
            <itunes:duration>1:02:03</itunes:duration><itunes:season>2</itunes:season><itunes:episode>7</itunes:episode>
            <itunes:explicit>true</itunes:explicit><itunes:image href="tea.jpg"/><link>/tea</link>
            <description>short</description><content:encoded><![CDATA[<p>Long <a href="https://tea.example">notes</a></p>]]>
            </content:encoded>
            <podcast:transcript url="tea.vtt" type="text/vtt; charset=utf-8" language="en" rel="captions"/>
            <podcast:transcript url="tea.json" type="application/json"/>
            <podcast:chapters url="tea.chapters.json" type="application/json+chapters"/>
            <podcast:person role="host">Ann</podcast:person><podcast:person>Bob</podcast:person>
            <psc:chapters><psc:chapter start="00:00" title="Hello"/><psc:chapter start="00:01:30.5" title="Tea"/></psc:chapters>
            """,
            show="""<title>Teas</title><itunes:author>Ann</itunes:author><link>https://tea.example/</link><language>en-GB</language>
            <description>&lt;b&gt;About&lt;/b&gt; tea</description><itunes:image href="/cover.jpg"/>
            <itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url><atom:link rel="next" href="?page=2"/>""",
        ),
        URL,
    )
    assert (feed.title, feed.author, feed.link, feed.language) == ("Teas", "Ann", "https://tea.example/", "en-GB")
    assert (feed.description, feed.image_url) == ("About tea", "https://pod.example/cover.jpg")
    assert (feed.new_url, feed.next_page_url, feed.url) == ("https://new.example/feed", f"{URL}?page=2", URL)
    (found,) = feed.items
    assert (found.guid, found.title, found.duration_s) == ("g-1", "Tea", 3723.0)
    assert found.enclosure == Enclosure("https://cdn.example/tea.mp3?x=1&y=2", "audio/mpeg", 1234)
    assert found.published is not None and found.published.isoformat() == "2024-01-02T09:00:00+00:00"
    assert (found.season, found.number, found.explicit) == (2, 7, True)
    assert (found.link, found.image_url) == ("https://pod.example/tea", "https://pod.example/shows/one/tea.jpg")
    assert found.description == "Long notes (https://tea.example)"
    assert found.transcripts == (
        TranscriptLink("https://pod.example/shows/one/tea.vtt", "text/vtt", "en", "captions"),
        TranscriptLink("https://pod.example/shows/one/tea.json", "application/json"),
    )
    assert found.chapters_url == "https://pod.example/shows/one/tea.chapters.json"
    assert [(chapter.start_s, chapter.end_s, chapter.title) for chapter in found.chapters] == [
        (0.0, 90.5, "Hello"),
        (90.5, None, "Tea"),
    ]
    assert [person.name for person in found.persons] == ["Ann", "Bob"]


class TestPersons:
    def found(self, elements: str, show: str = "") -> tuple[list[Person], list[Person]]:
        audio = '<guid>g</guid><enclosure url="https://cdn.example/a.mp3" type="audio/mpeg"/>'
        feed = parse_feed(rss(audio + elements, show=f"<title>T</title>{show}"), URL)
        return list(feed.items[0].persons), list(feed.persons)

    def test_role_group_and_links(self) -> None:
        ann = '<podcast:person role="Guest" group="Writing" href="/ann" img="ann.jpg">Ann &amp;amp; Co</podcast:person>'
        of_item, of_show = self.found(ann, "<podcast:person>Bob</podcast:person>")
        assert of_item == [
            Person("Ann & Co", "guest", "writing", "https://pod.example/ann", "https://pod.example/shows/one/ann.jpg")
        ]
        assert of_show == [Person("Bob", "host", "cast")], "as the namespace says of whoever has no role"
        of_item, _ = self.found('<prism:person>Dan</prism:person><podcast:person group="guest">Cay</podcast:person>')
        assert of_item == [Person("Cay", "guest", "cast")]

    def test_each_once_in_a_role_and_nobody_without_a_name(self) -> None:
        same = "<podcast:person>Ann</podcast:person>" * 3 + '<podcast:person role="guest">Ann</podcast:person>'
        of_item, _ = self.found(same + "<podcast:person> &#8203; </podcast:person><podcast:person/>")
        assert [(each.name, each.role) for each in of_item] == [("Ann", "host"), ("Ann", "guest")]

    def test_hostile_ones(self) -> None:
        words = "&#27;]0;t&#7;&#x202e;<![CDATA[<script>x</script>]]>" + "n" * 5000
        of_item, _ = self.found(
            f'<podcast:person role="&#27;[31m{"r" * 500}" group="&#x9b;2J" href="javascript:x" img="file:///etc/passwd">{words}'
            "</podcast:person>" + "".join(f"<podcast:person>{number}</podcast:person>" for number in range(10_000))
        )
        first = of_item[0]
        assert (
            len(of_item) == 50 and len(first.name) <= 120 and len(first.role) <= 60 and (first.link, first.image_url) == ("", "")
        )
        assert all(text.isprintable() and "<" not in text for text in (first.name, first.role, first.group)), first


class TestTitles:
    def test_markup_and_escapes_become_the_words_that_were_meant(self) -> None:
        found = titles(sample("x_html_titles.xml"))
        assert found == ["Bold & italic", "AT&T <3", "5 < 6 & 7 > 2", 'Say "hi"', "Café 🎙️ evil"]

    def test_bare_ampersands_and_html_entities(self) -> None:
        assert titles(sample("x_unescaped_amp.xml")) == ["Rock & Roll", "Q&A", "Spaceé…"]

    def test_terminal_controls_are_gone(self) -> None:
        assert titles(sample("x_esc_in_charref.xml")) == ["x›31mC1 CSI", "tab newline end"]

    @pytest.mark.parametrize(
        "hostile",
        [
            "\x1b[2J",
            "&#27;[2J",
            "&#x9b;2J",
            "&#x1b;]0;t&#7;",
            "&amp;#27;[2J",
            "\u202e",
            "&#x202e;",
            "&#xD800;",
            "&#0;",
            "&#xfeff;",
        ],
    )
    def test_no_control_character_survives_anywhere(self, hostile: str) -> None:
        words = f"a{hostile}b"
        feed = parse_feed(
            rss(
                f"<title>{words}</title><guid>{words}</guid><description>{words}</description><podcast:person>{words}"
                f'</podcast:person><enclosure url="https://cdn.example/a.mp3" type="{words}"/><psc:chapters>'
                f'<psc:chapter start="0:00:01" title="{words}"/></psc:chapters>',
                show=f"<title>{words}</title><itunes:author>{words}</itunes:author><language>{words}</language>",
            ),
            URL,
        )
        (found,) = feed.items
        shown = [feed.title, feed.author, feed.language, found.title, found.guid, found.description, found.enclosure.type]
        shown += [*(person.name for person in found.persons), *(chapter.title for chapter in found.chapters)]
        assert all(text.isprintable() and "\ud800" not in text for text in shown), shown
        assert feed.title.startswith("a") and feed.title.endswith("b")

    def test_a_missing_title_is_the_files_name(self) -> None:
        assert titles(sample("x_no_title.xml")) == ["ep1", "ep2", "ep3"]
        assert item(url="https://cdn.example/Der%20Tee%20am%20Morgen.mp3").title == "Der Tee am Morgen"
        assert item(url="https://cdn.example/").title == "Untitled"
        assert item("<pubDate>2024-03-01</pubDate>", url="https://cdn.example/").title == "2024-03-01"

    def test_a_show_without_a_title_is_called_by_its_host(self) -> None:
        assert parse_feed(rss(show=""), URL).title == "pod.example"
        assert parse_feed(rss(show=""), "file:///home/ann/My%20feed.xml").title == "My feed.xml"

    def test_very_long_text_is_cut(self) -> None:
        found = item(f"<title>{'long ' * 5000}</title><description>{'notes ' * 50_000}</description><guid>{'g' * 9000}</guid>")
        assert len(found.title) <= 500 and len(found.description) <= 50_000 and len(found.guid) <= 500

    def test_wide_and_right_to_left_scripts_stay(self) -> None:
        assert len(titles(sample("x_zalgo_cjk_rtl.xml"))) == 7
        assert item("<title>日本語 עברית 👩‍👩‍👧</title>").title.startswith("日本語 עברית 👩")


def test_show_notes_are_text_with_their_links() -> None:
    (found,) = sample("x_html_notes.xml").items
    assert "bad()" not in found.description and "p{}" not in found.description and "<" not in found.description
    assert "here (https://example.org/a?b=1&c=2)" in found.description
    assert "- (01:30) – Topic & more" in found.description


class TestIdentity:
    def test_one_guid_on_several_episodes(self) -> None:
        feed = sample("x_dup_guid.xml")
        guids = [found.guid for found in feed.items]
        assert len(guids) == len(set(guids)) == 4
        assert [found.guid for found in sample("x_dup_guid.xml").items] == guids, "the same at every refresh"

    def test_a_shared_guids_names_do_not_depend_on_the_order(self) -> None:
        parts = [f'<guid>same</guid><enclosure url="https://cdn.example/{n}.mp3"/>' for n in range(3)]
        ones, others = parse_feed(rss(*parts), URL), parse_feed(rss(*reversed(parts)), URL)
        assert {found.guid: found.enclosure.url for found in ones.items} == {
            found.guid: found.enclosure.url for found in others.items
        }

    def test_blanks_around_a_guid_are_dropped_and_case_counts(self) -> None:
        feed = sample("x_guid_whitespace_case.xml")
        assert len({found.guid for found in feed.items}) == 2
        assert all(found.guid == found.guid.strip() for found in feed.items)

    def test_without_a_guid_the_file_stands_for_the_episode(self) -> None:
        assert item().guid == "https://cdn.example/a.mp3"

    def test_the_same_item_twice_is_one_episode(self) -> None:
        part = '<guid>g</guid><title>T</title><enclosure url="https://cdn.example/a.mp3"/>'
        assert len(parse_feed(rss(part, part), URL).items) == 1

    def test_two_episodes_with_one_file_and_no_guid_stay_two(self) -> None:
        parts = [f'<title>{title}</title><enclosure url="https://cdn.example/a.mp3"/>' for title in ("One", "Two")]
        assert len({found.guid for found in parse_feed(rss(*parts), URL).items}) == 2


class TestEnclosures:
    def test_audio_before_pictures_and_documents_are_not_played(self) -> None:
        feed = sample("x_multi_enclosure.xml")
        assert [found.enclosure.url.rpartition("/")[2] for found in reversed(feed.items)] == ["ep1.mp3", "ep2.mp3"]
        assert feed.skipped == 1

    @pytest.mark.parametrize(
        ("given", "absolute"),
        [
            ("a.mp3", "https://pod.example/shows/one/a.mp3"),
            ("/a.mp3", "https://pod.example/a.mp3"),
            ("//cdn.example/a.mp3", "https://cdn.example/a.mp3"),
            (" https://cdn.example/a b.mp3 ", "https://cdn.example/a%20b.mp3"),
            ("https://cdn.example/ä.mp3", "https://cdn.example/%C3%A4.mp3"),
            ("https://cdn.example/100%.mp3", "https://cdn.example/100%25.mp3"),
            ("HTTPS://CDN.example/A.mp3", "https://cdn.example/A.mp3"),
            ("https:\\\\cdn.example\\a.mp3", "https://cdn.example/a.mp3"),
        ],
    )
    def test_addresses_are_made_absolute_and_sound(self, given: str, absolute: str) -> None:
        assert item(url=given).enclosure.url == absolute

    @pytest.mark.parametrize(
        "given",
        ["", "javascript:alert(1).mp3", "file:///etc/passwd.mp3", "data:audio/mpeg;base64,AAAA", "magnet:?x.mp3", "https://"],
    )
    def test_what_cannot_be_fetched_is_skipped(self, given: str) -> None:
        feed = parse_feed(rss(f'<title>T</title><enclosure url="{given}" type="audio/mpeg"/>'), URL)
        assert (feed.items, feed.skipped) == ((), 1)

    @pytest.mark.parametrize("length", ["-5", "abc", "", "1e9", "9" * 400, "²"])
    def test_an_impossible_length_is_unknown_or_harmless(self, length: str) -> None:
        feed = parse_feed(rss(f'<enclosure url="https://cdn.example/a.mp3" length="{length}"/>'), URL)
        assert feed.items[0].enclosure.bytes is None or feed.items[0].enclosure.bytes < 2**63

    def test_media_rss_serves_where_there_is_no_enclosure(self) -> None:
        feed = parse_feed(rss('<media:content url="https://cdn.example/a.mp4" type="video/mp4" fileSize="9"/>'), URL)
        assert feed.items[0].enclosure == Enclosure("https://cdn.example/a.mp4", "video/mp4", 9)

    def test_relative_addresses_in_a_file_are_meant_against_the_feeds_own(self) -> None:
        inner = '<enclosure url="a.mp3" type="audio/mpeg"/>'
        own = '<atom:link rel="self" href="https://pod.example/x/feed.xml"/>'
        kept = parse_feed(rss(inner, show=f"<link>https://other.example/</link>{own}"), "file:///home/ann/feed.xml")
        assert kept.items[0].enclosure.url == "https://pod.example/x/a.mp3" and kept.url == "file:///home/ann/feed.xml"
        assert parse_feed(rss(inner, show=""), "file:///home/ann/feed.xml").items == ()


class TestForms:
    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("x_bom_blank_prolog.xml", 1),
            ("x_php_warning_prefix.xml", 2),
            ("x_truncated_mid_item.xml", 3),
            ("x_mismatched_tags.xml", 3),
            ("x_two_channels.xml", 2),
            ("x_uppercase_tags.xml", 2),
            ("x_value_splits.xml", 1),
            ("x_live_item.xml", 1),
            ("x_future_date.xml", 2),
            ("x_jsonfeed.json", 2),
            ("x_no_channel.xml", 0),
        ],
    )
    def test_odd_feeds_give_their_episodes(self, name: str, count: int) -> None:
        assert len(sample(name).items) == count

    def test_a_wrongly_declared_encoding(self) -> None:
        assert titles(sample("x_wrong_declared_encoding.xml")) == ["Café crème"]

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "cp1252", "koi8-r"]
    )
    def test_encodings(self, encoding: str) -> None:
        word = "чай" if encoding == "koi8-r" else "Café"
        text = rss(f'<title>{word}</title><enclosure url="https://cdn.example/a.mp3"/>').decode()
        content = text.replace('"1.0"?', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?').encode(encoding)
        assert titles(parse_feed(content, URL)) == [word]

    def test_a_charset_that_only_the_header_names(self) -> None:
        content = rss('<title>Café</title><enclosure url="https://cdn.example/a.mp3"/>').decode().encode("iso-8859-1")
        assert titles(parse_feed(content, URL, "application/rss+xml; charset=iso-8859-1")) == ["Café"]

    @pytest.mark.parametrize(
        "kind", ["application/rss+xml; charset=no-such", "text/xml; charset=", "\x00", "text/html", "audio/mpeg"]
    )
    def test_a_wrong_content_type_does_no_harm(self, kind: str) -> None:
        assert parse_feed(rss('<title>T</title><enclosure url="https://cdn.example/a.mp3"/>'), URL, kind).items[0].title == "T"

    def test_gzip_that_nobody_announced(self) -> None:
        assert parse_feed(gzip.compress(rss()), URL).title == "Show"

    def test_atom(self) -> None:
        feed = parse_feed(
            b"""<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">A &amp;amp; B</title>
            <entry><title>E</title><id>urn:1</id><updated>2024-01-02T03:04:05Z</updated><summary>s</summary>
            <link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="5"/></entry></feed>""",
            URL,
        )
        assert (feed.title, feed.items[0].guid, feed.items[0].enclosure.bytes) == ("A & B", "urn:1", 5)
        assert feed.items[0].published is not None

    def test_json_feed(self) -> None:
        feed = sample("x_jsonfeed.json")
        assert feed.title == "JSON Cast" and all(found.enclosure.url and found.guid for found in feed.items)

    def test_newest_first_and_undated_last(self) -> None:
        dates = ["2024-01-01", "2024-03-01", "nonsense", "2024-02-01"]
        feed = parse_feed(
            rss(*(f'<title>{d}</title><pubDate>{d}</pubDate><enclosure url="https://x.example/{d}.mp3"/>' for d in dates)), URL
        )
        assert [found.title for found in feed.items] == ["2024-03-01", "2024-02-01", "2024-01-01", "nonsense"]

    def test_a_live_item_is_no_episode_and_leaks_nothing(self) -> None:
        live = '<podcast:liveItem status="live"><title>LIVE</title><guid>live</guid></podcast:liveItem>'
        feed = parse_feed(
            rss('<title>E</title><guid>e</guid><enclosure url="https://x.example/a.mp3"/>', show=f"<title>S</title>{live}"), URL
        )
        assert (feed.title, [found.guid for found in feed.items]) == ("S", ["e"])


@pytest.fixture(scope="module")
def honest() -> float:
    """CPU seconds this machine needs for a feed of 5,000 episodes, half a megabyte: what the hostile ones are held against."""
    parts = [f'<title>{n}</title><guid>{n}</guid><enclosure url="https://x.example/{n}.mp3"/>' for n in range(5_000)]
    taken = []
    for _ in range(2):
        begun = time.process_time()
        assert len(parse_feed(rss(*parts), URL).items) == 5_000
        taken.append(time.process_time() - begun)
    return min(taken)


class TestHostile:
    """Each in the time a few large honest feeds take, and without much memory."""

    @pytest.mark.parametrize("name", ["x_bomb_billion_laughs.xml", "x_xxe_parameter.xml"])
    def test_entity_bombs_and_external_entities(self, name: str) -> None:
        tracemalloc.start()
        sample(name)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 50_000_000

    def test_an_external_entity_is_never_read(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("my secret")
        feed = parse_feed(
            f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]><rss><channel><title>a&x;b</title></channel></rss>'.encode(),
            URL,
        )
        assert "my secret" not in feed.title

    @pytest.mark.parametrize(
        "content",
        [
            b'<!DOCTYPE r [<!ENTITY a "'
            + b"A" * 60_000
            + b'">]><rss><channel><title>'
            + b"&a;" * 20_000
            + b"</title></channel></rss>",
            b"<rss><channel><title>T</title>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</channel></rss>",
            b"<rss><channel><title>T</title>" + b"<a>" * 100_000,
            b"<rss><channel><title>T</title><x " + b"".join(b'a%d="b" ' % n for n in range(30_000)) + b"/></channel></rss>",
            b"<rss><channel><title>T</title><x " + b"a " * 200_000 + b"/></channel></rss>",
            b"<rss><channel><title>T</title>" + b"<![CDATA[" * 100_000 + b"</channel></rss>",
            b"<rss><channel><title>T</title>" + b"<!--" * 100_000 + b"</channel></rss>",
            b"<rss><channel><title>T</title>" + b"<" * 300_000 + b"</channel></rss>",
            b"<rss><channel><title>T</title>" + b"&" * 300_000 + b"</channel></rss>",
            b"<rss><channel><title>" + b"<a" * 100_000 + b"</title></channel></rss>",
            b"<rss><channel><title>T</title><item><description>" + b"&lt;a " * 100_000 + b"</description></item></channel></rss>",
            b"<rss><channel><title>T</title>" + b"<podcast:liveItem>" * 20_000 + b"</channel></rss>",
            b"<rss><channel><title>T</title>" + b"<item>" * 50_000 + b"</channel></rss>",
            b"<!" * 200_000 + b"<rss><channel/></rss>",
            b"<!--" * 60_000 + b"<rss><channel/></rss>",
            b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 100_000,
        ],
        ids=lambda content: repr(content[-40:-20]),
    )
    def test_documents_made_to_be_slow(self, content: bytes, honest: float) -> None:
        begun = time.process_time()
        with contextlib.suppress(NotAFeed):
            parse_feed(content, URL)
        assert time.process_time() - begun < 6 * honest

    def test_thousands_of_episodes_in_a_few_seconds(self, honest: float) -> None:
        assert honest < 10


class TestNotAFeed:
    @pytest.mark.parametrize(
        ("content", "kind", "words"),
        [
            (b"<!DOCTYPE html><html><body>Log in</body></html>", "page", "a web page"),
            (b"<html><head><title>rss</title></head></html>", "page", "a web page"),
            (b"ID3\x04\0\0\0\0\0\0" + bytes(500), "audio", "an audio or video file"),
            (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture", "a picture"),
            (b'{"error": "nope"}', "json", "data of another kind"),
            (b"{" * 5000, "json", "data of another kind"),
            (b"Just some words", "text", "a text"),
            (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "opml", "a list of subscriptions (OPML)"),
            (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "text", "a text"),
            (bytes(range(256)) * 10, "unknown", "a file of an unknown kind"),
        ],
    )
    def test_what_it_is_instead_is_said(self, content: bytes, kind: str, words: str) -> None:
        with pytest.raises(NotAFeed) as told:
            parse_feed(content, URL)
        assert told.value.kind == kind and words in told.value.message and "pod.example" in told.value.message
        assert told.value.hint and told.value.exit_code == 2

    @pytest.mark.parametrize("content", [b"", b"  \n", b"\xef\xbb\xbf", b"\0\0\0\0"])
    def test_nothing_is_a_failure_of_the_server_not_an_empty_show(self, content: bytes) -> None:
        with pytest.raises(NetworkError, match="is empty"):
            parse_feed(content, URL)

    def test_a_feed_without_items_is_one(self) -> None:
        assert parse_feed(rss(), URL).items == ()
