"""What is taken out of a feed's text before a parser sees it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.feeds.scrub import find_root, is_cut_off, scrub


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel>&a;</channel></rss>", "<rss><channel>&amp;a;</channel></rss>"),
        ("<rss><channel>AT&T &nbsp;&eacute; 5 < 6</channel></rss>", "<rss><channel>AT&amp;T \xa0é 5 &lt; 6</channel></rss>"),
        ("<rss><channel>&#27;&#0;&#xD800;&#x41;</channel></rss>", "<rss><channel>\ufffd\ufffdA</channel></rss>"),
        ("<rss><channel><![CDATA[a & <b>]]></channel></rss>", "<rss><channel><![CDATA[a & <b>]]></channel></rss>"),
        ("<rss><channel><!-- <item> -->x</channel></rss>", "<rss><channel>x</channel></rss>"),
        ("<rss><item>x</item></rss>", "<rss><channel><item>x</item></rss>"),
        ("<b>Warning</b>: oops\n<rss><channel></channel></rss>", "<rss><channel></channel></rss>"),
        ("<rss><channel><podcast:liveItem><a/></podcast:liveItem>x</channel></rss>", "<rss><channel>x</channel></rss>"),
        ("<rss><channel><podcast:liveItem a='b'/>x</channel></rss>", "<rss><channel>x</channel></rss>"),
        ("<rss><channel><item>a</item><item>b", "<rss><channel><item>a</item>"),
    ],
)
def test_repairs(given: str, left: str) -> None:
    assert scrub(given) == left


def test_a_root_in_a_comment_is_none() -> None:
    assert find_root("<!-- <rss> --> <feed >") == 15
    assert find_root("<!-- <rss>") == 5, "a comment that never ends hides nothing"
    assert find_root("no feed <rssx>") == -1


def test_the_end_of_a_feed_is_recognised() -> None:
    assert not is_cut_off("…</channel></RSS>\n<!-- cached -->") and is_cut_off("<rss><channel><item>")


@given(st.text("abc &<>\"'=/!-[]CDATA;#x0", max_size=200))
def test_text_stays_well_formed_inside_an_element(text: str) -> None:
    """Whatever a careless author writes between two tags without tags of its own, a strict parser takes the result."""
    words = text.replace("<", " ").replace("]]>", "")
    ElementTree.fromstring(scrub(f"<rss><channel>{words}</channel></rss>"))


@given(st.text(max_size=300) | st.text("<>!-[]CDATA/rssitem =\"'&;#x0", max_size=300))
def test_nothing_makes_it_raise(text: str) -> None:
    scrub("<rss><channel>" + text)
