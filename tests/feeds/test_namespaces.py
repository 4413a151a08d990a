"""The podcast namespace, which feedparser keeps only the last element of."""

from __future__ import annotations

import pytest

from podcli.feeds.namespaces import Extras, read_extras

ITEM = """<item><guid> g </guid><podcast:transcript url="a.vtt" type="text/vtt"/><podcast:transcript url="b.json"/>
<podcast:person>Ann &amp; Bob</podcast:person><itunes:explicit>yes</itunes:explicit>
<psc:chapters><psc:chapter start="0" title="A &lt;b&gt;"/></psc:chapters></item>"""
DECLARED = '<rss xmlns:podcast="p" xmlns:itunes="i" xmlns:psc="s"><channel>{}</channel></rss>'


def check(found: Extras) -> None:
    assert found.guid == "g"
    assert [given["url"] for given, _ in found.of("transcript")] == ["a.vtt", "b.json"]
    assert found.of("person") == [({}, "Ann & Bob")] and found.of("explicit") == [({}, "yes")]
    assert found.chapters == [("0", "A <b>")]


@pytest.mark.parametrize(
    "document",
    [
        DECLARED.format(ITEM),
        f"<rss><channel>{ITEM}</channel></rss>",
        f"<rss><channel><b>{ITEM}</channel></rss>",
        f"<rss><channel>{ITEM}",
        f"<rss><channel>{ITEM.upper().replace('A.VTT', 'a.vtt').replace('B.JSON', 'b.json')}".replace(
            "ANN &AMP; BOB", "Ann &amp; Bob"
        )
        .replace("YES", "yes")
        .replace("> G <", "> g <")
        .replace("A &LT;B&GT;", "A &lt;b&gt;"),
    ],
    ids=["well-formed", "undeclared", "mismatched", "cut off", "upper case"],
)
def test_all_elements_of_an_item_however_badly_it_is_written(document: str) -> None:
    (found,) = read_extras(document)
    check(found)


def test_every_item_has_its_own() -> None:
    first, second, third = read_extras(DECLARED.format(ITEM + "<item/>" + ITEM))
    check(first)
    check(third)
    assert second == Extras()


def test_what_stands_outside_items_is_not_theirs() -> None:
    assert read_extras(DECLARED.format("<podcast:person>Ann</podcast:person><item></item>")) == [Extras()]


def test_an_entity_declaration_is_refused_not_expanded() -> None:
    bomb = (
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><item><podcast:person>&b;</podcast:person></item></rss>'
    )
    (found,) = read_extras(bomb)
    assert "aaaa" not in str(found)


def test_an_item_with_too_many_elements_is_cut() -> None:
    (found,) = read_extras(DECLARED.format("<item>" + "<podcast:person>A</podcast:person>" * 5000 + "</item>"))
    assert len(found.elements) == 2000
