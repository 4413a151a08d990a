"""The podcast namespace, which feedparser keeps only the last element of."""

from __future__ import annotations

import pytest

from podcli.feeds.namespaces import Extras, read_document, read_extras

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
    (found,) = read_extras(DECLARED.format("<item>" + '<podcast:transcript url="a"/>' * 5000 + "</item>"))
    assert len(found.elements) == 2000


@pytest.mark.parametrize("cut_off", [False, True], ids=["well-formed", "cut off"])
def test_ten_thousand_persons_crowd_nothing_out(cut_off: bool) -> None:
    crowd = "<podcast:person>A</podcast:person>" * 10_000
    document = DECLARED.format(f'{crowd}<item>{crowd}<podcast:transcript url="a.vtt"/></item><item>{crowd}</item>{crowd}')
    show, (first, second) = read_document(document[:-9] if cut_off else document)
    assert [len(found.of("person")) for found in (show, first, second)] == [200] * 3
    assert [given["url"] for given, _ in first.of("transcript")] == ["a.vtt"]


@pytest.mark.parametrize("cut_off", [False, True], ids=["well-formed", "cut off"])
def test_the_persons_of_the_show_stand_outside_of_items(cut_off: bool) -> None:
    ann, bob, cay, dee = (f'<podcast:person role="{role}">{role}</podcast:person>' for role in "abcd")
    live = f"<podcast:liveItem><title>Now</title>{dee}</podcast:liveItem>"
    document = DECLARED.format(
        f"{ann}{live}<item><podcast:season>1</podcast:season>{bob}</item>{cay}<podcast:season>2</podcast:season>"
    )
    show, (found,) = read_document(document[:-9] if cut_off else document)
    assert [text for _, text in show.of("person")] == ["a", "c"] and show.elements == [("person", {"role": r}, r) for r in "ac"]
    assert found.of("person") == [({"role": "b"}, "b")]
