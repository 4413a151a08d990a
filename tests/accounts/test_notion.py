"""Notes at Notion: a page for each episode, once; what is new below what is there; not a word of its reader changed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from podcli import settings
from podcli.accounts import calls
from podcli.accounts.notion import page_id
from podcli.domain import Chapter
from podcli.errors import ExitCode, NetworkError, PodcliError, UsageError
from podcli.services import Services
from podcli.services.exporting import to_notion
from podcli.services.exporting.to_notion import ToNotion
from tests.accounts.api import Fault
from tests.accounts.kept import actions, change, episode, keep, send
from tests.accounts.notion_api import NotionApi
from tests.exports.kept import _AWKWARD

VERSIONS = ["2026-03-11", "2025-09-03", "2022-06-28"]


def page(api: NotionApi) -> dict[str, Any]:
    """The one page that an episode has."""
    (found,) = api.below()
    return found


def snips_on(api: NotionApi, found: dict[str, Any]) -> list[str]:
    return [words for words in api.words(found["id"]) if re.fullmatch(r"(⭐ )?Snip \d+", words)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_time_asks_for_nothing(services: Services, notion: NotionApi, version: str) -> None:
    settings.set_value("export.notion_version", version)
    keep(services, episode(services), 3, tags=("idea",))
    (sent,) = send(services, "notion")
    assert sent.action == "made" and sent.url == f"https://www.notion.so/{page(notion)['id'].replace('-', '')}"
    assert page(notion)["title"] == "One" and snips_on(notion, page(notion)) == ["Snip 0", "Snip 1", "Snip 2"]
    assert [call.headers["notion-version"] for call in notion.calls] == [version] and len(notion.calls) == 1
    body = {"markdown"} if version >= "2025-09-03" else {"properties", "children"}
    assert set(notion.calls[0].body) == {"parent"} | body
    assert actions(send(services, "notion")) == ["same"] and len(notion.calls) == 1


def test_what_is_new_is_put_below_what_its_reader_wrote(services: Services, notion: NotionApi) -> None:
    found = episode(services)
    keep(services, found, 2)
    send(services, "notion")
    notion.write(page(notion)["id"], "A reader's own words.")
    before = notion.words(page(notion)["id"])
    keep(services, found, 2, start=2)
    assert actions(send(services, "notion")) == ["added"]
    after = notion.words(page(notion)["id"])
    assert after[: len(before)] == before and snips_on(notion, page(notion)) == [f"Snip {n}" for n in range(4)]
    assert actions(send(services, "notion")) == ["same"] and len(notion.below()) == 1


def test_a_snip_that_changed_stays_as_it_is_there_until_it_is_forced(services: Services, notion: NotionApi) -> None:
    snip, _ = keep(services, episode(services), 2)
    send(services, "notion")
    before = notion.words(page(notion)["id"])
    change(services, snip, title="Snip 99", note="Mine.")
    assert actions(send(services, "notion")) == ["kept"] and notion.words(page(notion)["id"]) == before
    assert actions(send(services, "notion", force=True)) == ["added"]
    assert notion.words(page(notion)["id"])[: len(before)] == before and "Snip 99" in notion.words(page(notion)["id"])
    assert actions(send(services, "notion")) == ["same"]


def test_what_a_model_makes_later_of_an_episode_is_not_put_between_snips(services: Services, notion: NotionApi) -> None:
    found = episode(services)
    keep(services, found, 1)
    send(services, "notion")
    services.store.library.save_chapters(found.id, "podcli", [Chapter(0.0, None, "Later")])
    assert actions(send(services, "notion")) == ["same"]


@pytest.mark.parametrize("how", ["trash", "deleted"])
def test_a_page_that_is_gone_is_made_anew(services: Services, notion: NotionApi, how: str) -> None:
    found = episode(services)
    keep(services, found, 2)
    send(services, "notion")
    old = page(notion)["id"]
    if how == "trash":
        notion.pages[old]["in_trash"] = True
    else:
        del notion.pages[old]
    assert actions(send(services, "notion")) == ["same"], "nothing is new, so nothing is asked"
    keep(services, found, 1, start=2)
    assert actions(send(services, "notion")) == ["again"]
    assert page(notion)["id"] != old and snips_on(notion, page(notion)) == ["Snip 0", "Snip 1", "Snip 2"]
    page(notion)["in_trash"] = True
    assert actions(send(services, "notion", episodes=(found,))) == ["again"], "an episode that is named is looked for"


def test_a_notion_that_takes_no_markdown_gets_blocks(services: Services, notion: NotionApi) -> None:
    notion.takes_markdown = False
    keep(services, episode(services), 2)
    keep(services, episode(services, "Other"), 1, start=5)
    assert actions(send(services, "notion")) == ["made"] * 2 and len(notion.below()) == 2
    assert [set(call.body) - {"parent"} for call in notion.made("POST")] == [{"markdown"}, *[{"properties", "children"}] * 2]


@pytest.mark.parametrize("version", VERSIONS)
def test_many_snips_and_chapters_go_in_small_requests(services: Services, notion: NotionApi, version: str) -> None:
    settings.set_value("export.notion_version", version)
    found = episode(services)
    services.store.library.save_chapters(found.id, "podcli", [Chapter(n, None, f"Chapter {n}") for n in range(250)])
    keep(services, found, 600, text="Said. " * 100)
    assert actions(send(services, "notion")) == ["made"]
    assert snips_on(notion, page(notion)) == [f"Snip {n}" for n in range(600)]
    assert len([words for words in notion.words(page(notion)["id"]) if "Chapter " in words]) == 250
    assert actions(send(services, "notion")) == ["same"]


def test_hostile_words_arrive(services: Services, notion: NotionApi) -> None:
    found = episode(services, "T\x1b[31m\u202e# x")
    for number, words in enumerate(each for each in _AWKWARD if each != "\ud800"):
        keep(services, found, 1, start=number, text=f"{words} {number}", title=words, note=words * 3, tags=(words,))
    keep(services, found, 1, start=900, text="🚢日" * 100_000, note="y\n\n" * 6000)
    assert actions(send(services, "notion")) == ["made"] and actions(send(services, "notion")) == ["same"]


def test_what_is_too_large_after_all_is_halved(services: Services, notion: NotionApi) -> None:
    found = episode(services)
    keep(services, found, 3)
    notion.faults.extend([Fault(413, b"<html>"), Fault(413)])
    assert actions(send(services, "notion")) == ["made"]
    keep(services, found, 20, start=3)
    notion.faults.extend([Fault(413, where="PATCH"), Fault(413, where="PATCH")])
    assert actions(send(services, "notion")) == ["added"]
    assert snips_on(notion, page(notion)) == [f"Snip {n}" for n in range(23)]


def test_what_arrives_late_is_waited_for(services: Services, notion: NotionApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection was lost while Notion was still at work; the page is there at the second look."""
    keep(services, episode(services), 2)
    notion.faults.append(Fault(504, done=True, where="POST"))
    looked: list[int] = []
    looks = ToNotion._look_for

    def late(self: ToNotion, *arguments: Any) -> object:  # noqa: ANN401
        looked.append(1)
        return looks(self, *arguments) if len(looked) > 1 else None

    monkeypatch.setattr(ToNotion, "_look_for", late)
    told: list[str] = []
    assert actions(send(services, "notion", told=told)) == ["made"] and len(notion.below()) == 1
    assert len(looked) == 2 and "Looking again" in told[0] and len(notion.made("POST")) == 1


@pytest.mark.parametrize(("where", "look"), [("POST", "_look_for"), ("PATCH", "_arrived")])
def test_a_second_try_that_arrives_late_is_waited_for_too(
    services: Services, notion: NotionApi, monkeypatch: pytest.MonkeyPatch, where: str, look: str
) -> None:
    """The first try is lost, and by then too old to arrive; the second arrives only at the second look for it."""
    found = episode(services)
    keep(services, found, 2)
    if where == "PATCH":
        assert actions(send(services, "notion")) == ["made"]
        keep(services, found, 1, start=2)
    notion.calls.clear()
    notion.faults.extend([Fault(504, where=where), Fault(504, done=True, where=where)])
    now = datetime.now(UTC)
    monkeypatch.setattr(to_notion, "_now", lambda: (now if notion.made(where) else now - timedelta(minutes=2)).isoformat())
    looked: list[int] = []
    looks = getattr(ToNotion, look)

    def late(self: ToNotion, *arguments: Any) -> object:  # noqa: ANN401
        looked.append(1)
        return looks(self, *arguments) if len(looked) > 2 else None

    monkeypatch.setattr(ToNotion, look, late)
    assert actions(send(services, "notion")) == ["made" if where == "POST" else "added"]
    assert len(looked) == 3 and len(notion.made(where)) == 2
    assert snips_on(notion, page(notion)) == ["Snip 0", "Snip 1", "Snip 2"][: 2 + (where == "PATCH")]


def test_the_limit_is_kept_to(services: Services, notion: NotionApi) -> None:
    for number in range(12):
        keep(services, episode(services, "E" * (number + 1)), 1, start=number)
    notion.limit, notion.window_s = 3, 1.0
    told: list[str] = []
    assert actions(send(services, "notion", told=told)) == ["made"] * 12
    assert any("Notion asks for fewer requests: going on in" in line for line in told)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500), Fault(503), Fault(504), Fault(529, headers={"Retry-After": "0"}), Fault(429, headers={"Retry-After": "0"}),
        Fault(409, b'{"code": "conflict_error"}'), Fault(cut=0), Fault(cut=20), Fault(200, b"{"), Fault(200, b'{"id": 3}'),
        Fault(500, done=True), Fault(cut=0, done=True), Fault(cut=20, done=True), Fault(200, b"{", done=True),
        Fault(200, b'{"id": 3}', done=True),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("version", ["2026-03-11", "2022-06-28"])
def test_nothing_is_there_twice_whether_it_arrived_or_not(
    services: Services, notion: NotionApi, fault: Fault, version: str
) -> None:
    settings.set_value("export.notion_version", version)
    found = episode(services)
    keep(services, found, 3)
    fault.where = "POST"
    notion.faults.append(fault)
    assert actions(send(services, "notion")) == ["made"]
    assert snips_on(notion, page(notion)) == ["Snip 0", "Snip 1", "Snip 2"]
    keep(services, found, 30, start=3)
    if fault.status != 200:  # the answer to appending is not read
        notion.faults.append(Fault(fault.status, fault.body, fault.headers, fault.cut, fault.done, "PATCH"))
    assert actions(send(services, "notion")) == ["added"]
    assert snips_on(notion, page(notion)) == [f"Snip {n}" for n in range(33)]
    assert actions(send(services, "notion")) == ["same"]


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("where", ["POST", "PATCH"])
def test_the_next_time_looks_what_arrived(services: Services, notion: NotionApi, where: str, done: bool) -> None:
    """The connection is lost for good, and while nobody knows its reader edits the page and makes another of the same title."""
    settings.set_value("export.notion_version", "2022-06-28")
    found = episode(services)
    keep(services, found, 100)
    notion.add(notion.parent, "Two")
    notion.faults.extend([Fault(cut=0, done=done, where=where)] + [Fault(500, where="GET")] * 4)
    with pytest.raises(NetworkError):
        send(services, "notion")
    notion.faults.clear()
    first = next((each for each in notion.below() if each["title"] == "One"), None)
    assert (first is not None) == (where == "PATCH" or done)
    if first:
        notion.write(first["id"], "A reader's own words.")
        first["blocks"][-2]["quote"] = {"rich_text": [{"plain_text": "Changed by its reader."}]}
        first["blocks"][-2]["type"] = "quote"
    keep(services, found, 1, start=100)
    assert len(send(services, "notion")) == 1
    (only,) = [each for each in notion.below() if each["title"] == "One"]
    assert sorted(snips_on(notion, only)) == sorted(f"Snip {n}" for n in range(101))
    assert not first or "A reader's own words." in notion.words(only["id"])
    assert actions(send(services, "notion")) == ["same"]


@pytest.mark.parametrize("at", range(1, 7))
def test_killed_between_any_two_requests_it_goes_on(
    services: Services, notion: NotionApi, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    settings.set_value("export.notion_version", "2022-06-28")
    for number, title in enumerate(("One", "Other", "Third")):
        keep(services, episode(services, title), 60, start=100 * number)
    sends, count = calls.Service._once, iter(range(100))

    def killed(self: calls.Service, *arguments: Any) -> object:  # noqa: ANN401
        if next(count) + 1 == at:
            sends(self, *arguments)  # it arrives, and its answer is never seen
            raise KeyboardInterrupt
        return sends(self, *arguments)

    monkeypatch.setattr(calls.Service, "_once", killed)
    with pytest.raises(KeyboardInterrupt):
        send(services, "notion")
    monkeypatch.setattr(calls.Service, "_once", sends)
    send(services, "notion")
    assert sorted(each["title"] for each in notion.below()) == ["One", "Other", "Third"]
    for each in notion.below():
        assert len(snips_on(notion, each)) == len(set(snips_on(notion, each))) == 60
    assert set(actions(send(services, "notion"))) == {"same"}


@pytest.mark.parametrize("version", ["2026-03-11", "2022-06-28"])
def test_a_snip_that_is_refused_is_named_and_the_others_are_sent(services: Services, notion: NotionApi, version: str) -> None:
    settings.set_value("export.notion_version", version)
    snips = keep(services, episode(services), 50)
    notion.refuses = lambda words: "number 31." in words
    sent = send(services, "notion")
    assert actions(sent) == ["made", "refused"] and sent[1].snip_id == snips[31].id and "not welcome" in sent[1].problem
    assert len(snips_on(notion, page(notion))) == 49
    notion.refuses = lambda _words: False
    assert actions(send(services, "notion")) == ["added"] and len(snips_on(notion, page(notion))) == 50


@pytest.mark.parametrize("version", ["2026-03-11", "2022-06-28"])
def test_a_422_leaves_out_what_is_wrong_and_no_more(services: Services, notion: NotionApi, version: str) -> None:
    settings.set_value("export.notion_version", version)
    found = episode(services)
    keep(services, found, 1)
    no = b'{"object": "error", "status": 422, "code": "x", "message": "Not processable."}'
    notion.faults.extend([Fault(422, no, where="POST")] * 20)
    (refused,) = send(services, "notion")
    assert refused.action == "refused" and refused.problem == "Not processable." and not notion.below()
    notion.faults.clear()
    assert actions(send(services, "notion")) == ["made"]
    snips = keep(services, found, 2, start=3)
    notion.faults.extend([Fault(422, no, where="PATCH")] * 2)  # both, the first
    sent = send(services, "notion")
    assert actions(sent) == ["added", "refused"] and sent[1].snip_id == snips[0].id
    assert len(snips_on(notion, page(notion))) == 2
    assert actions(send(services, "notion")) == ["added"] and len(snips_on(notion, page(notion))) == 3


def test_an_episode_that_is_refused_keeps_no_other_back(services: Services, notion: NotionApi) -> None:
    keep(services, episode(services, "One"), 1)
    keep(services, episode(services, "Bad"), 1, start=3)
    keep(services, episode(services, "Good"), 1, start=6)
    notion.refuses = lambda words: "Bad show" in words
    services.store._db.execute("update show set title = 'Bad show'")
    assert actions(send(services, "notion")) == ["refused"] * 3 and not notion.below()
    services.store._db.execute("update show set title = 'A'")
    assert actions(send(services, "notion")) == ["made"] * 3


def test_a_service_that_refuses_everything_is_not_asked_for_every_episode(services: Services, notion: NotionApi) -> None:
    for number in range(12):
        keep(services, episode(services, "E" * (number + 1)), 1, start=number)
    notion.refuses = lambda _words: True
    with pytest.raises(PodcliError, match="Notion refuses the request"):
        send(services, "notion")
    assert len(notion.calls) <= 15


@pytest.mark.parametrize(
    "answer",
    [
        b"[]", b"3", b'{"results": 3}', b'{"id": "1", "properties": []}', b'{"id": null}', b'{"id": "\\ud800"}',
        b'"' + b"9" * 5000 + b'"', b"9" * 5000,
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_a_sentence(services: Services, notion: NotionApi, answer: bytes) -> None:
    found = episode(services)
    keep(services, found, 1)
    notion.faults.append(Fault(500, done=True, where="POST"))
    notion.faults.append(Fault(200, answer, where="GET"))
    with pytest.raises(NetworkError, match="does not understand"):
        send(services, "notion")
    assert not notion.faults
    assert actions(send(services, "notion", episodes=(found,))) == ["same"] and len(notion.below()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b'{"results": [1, {}, {"id": 2}], "has_more": true, "next_cursor": 5}',
        b'{"results": [{"id": "x", "type": "paragraph", "paragraph": 3, "created_time": 5}], "has_more": "x"}',
    ],
)
def test_what_makes_no_sense_in_a_list_is_passed_over(services: Services, notion: NotionApi, answer: bytes) -> None:
    """What is hidden from the look is made once more."""
    keep(services, episode(services), 1)
    notion.faults.append(Fault(500, done=True, where="POST"))
    notion.faults.append(Fault(200, answer, where="GET"))
    assert actions(send(services, "notion")) == ["made"] and not notion.faults
    assert actions(send(services, "notion")) == ["same"] and len(notion.below()) == 2


@pytest.mark.parametrize(
    ("fault", "says", "code"),
    [
        (Fault(401, b'{"code": "unauthorized"}'), "does not accept the token", ExitCode.FAILED),
        (Fault(404, b'{"code": "object_not_found"}'), "below the page that episodes go below", ExitCode.FAILED),
        (Fault(403, b'{"code": "restricted_resource"}'), "Connections", ExitCode.FAILED),
        (Fault(429, headers={"Retry-After": "7200"}), "Try again in 2 h", ExitCode.NETWORK),
        (Fault(307, headers={"Location": "https://evil.example/"}), "a token does not go along", ExitCode.FAILED),
    ],
    ids=str,
)  # fmt: skip
def test_what_stays_is_a_sentence_and_the_next_time_goes_on(
    services: Services, notion: NotionApi, fault: Fault, says: str, code: int
) -> None:
    found = episode(services)
    keep(services, found, 2)
    notion.faults.append(fault)
    with pytest.raises(PodcliError) as raised:
        send(services, "notion")
    told = f"{raised.value.message} {raised.value.hint}"
    assert says in told and raised.value.exit_code == code and notion.token not in told
    assert actions(send(services, "notion")) == ["made"] and len(notion.below()) == 1
    keep(services, found, 1, start=3)
    notion.faults.append(replace(fault, where="PATCH"))
    with pytest.raises(PodcliError):
        send(services, "notion")
    assert actions(send(services, "notion")) == ["added"] and len(snips_on(notion, page(notion))) == 3
    assert not notion.made("GET", "/children"), "it certainly did not arrive, so nobody looks or waits"


def test_a_page_nobody_named_is_asked_for(services: Services, notion: NotionApi) -> None:
    keep(services, episode(services), 1)
    settings.set_value("export.notion_page", "")
    with pytest.raises(UsageError, match="below which page"):
        send(services, "notion")
    settings.set_value("export.notion_page", "somewhere")
    with pytest.raises(UsageError, match="is no page of Notion"):
        send(services, "notion")


@pytest.mark.parametrize(
    "text",
    [
        "1429989fe8ac4effbc8f57f56486db54", "1429989F-E8AC-4EFF-BC8F-57F56486DB54",
        "https://www.notion.so/My-Page-1429989fe8ac4effbc8f57f56486db54?pvs=4",
        "https://www.notion.so/me/feed-1429989fe8ac4effbc8f57f56486db54#abc",
        "https://www.notion.so/me/00000000000000000000000000000000?v=1&p=1429989fe8ac4effbc8f57f56486db54",
        "https://me.notion.site/deadbeef-1429989fe8ac4effbc8f57f56486db54",
    ],
)  # fmt: skip
def test_a_page_is_known_by_its_address(text: str) -> None:
    assert page_id(text) == "1429989f-e8ac-4eff-bc8f-57f56486db54"


@pytest.mark.parametrize("text", ["", "podcasts", "https://www.notion.so/", "1429989fe8ac4effbc8f57f56486db5", "http://[::1"])
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        page_id(text)


def test_a_library_whose_memory_was_spoilt_still_sends(services: Services, notion: NotionApi) -> None:
    found = episode(services)
    keep(services, found, 1)
    for spoilt in ("x", [1], {"page": 3}, {"trying": {"about": "x"}, "since": "never"}):
        services.store.library.remember(f"sent.notion.{found.key}", spoilt)
        assert len(send(services, "notion")) == 1
