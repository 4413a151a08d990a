"""Snips at Readwise: there once, brought up to date, never over its reader's words, whatever the network does."""

from __future__ import annotations

import pytest

from podcli.accounts import calls
from podcli.errors import ExitCode, NetworkError, PodcliError
from podcli.services import Services, open_services
from podcli.services.exporting import Wish
from podcli.services.exporting.sent import Ledger
from tests.accounts.api import Fault
from tests.accounts.kept import actions, change, episode, keep, send
from tests.accounts.readwise_api import ReadwiseApi
from tests.exports.kept import _AWKWARD


def texts(api: ReadwiseApi) -> list[str]:
    return [row["text"] for row in api.highlights.values()]


def test_a_second_time_asks_for_nothing(services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 3, tags=("idea", "two words"))
    sent = send(services, "readwise")
    assert actions(sent) == ["made"] * 3 and [int(each.id) for each in sent] == list(readwise.highlights)
    first = next(iter(readwise.highlights.values()))
    assert first["note"] == ".idea .two-words" and first["location"] == 0 and first["highlighted_at"] == "2026-08-22T10:15:30Z"
    asked = len(readwise.calls)
    assert actions(send(services, "readwise")) == ["same"] * 3 and len(readwise.calls) == asked == 1


def test_what_is_new_and_what_changed_is_all_that_is_sent(services: Services, readwise: ReadwiseApi) -> None:
    found = episode(services)
    first, *_ = keep(services, found, 2)
    send(services, "readwise")
    keep(services, found, 1, start=2)
    change(services, first, note="Mine.", text="Other words.", start_s=1.0)
    assert sorted(actions(send(services, "readwise"))) == ["changed", "made", "same"]
    assert texts(readwise) == ["Other words.", "What was said, number 1.", "What was said, number 2."]
    row = readwise.highlights[501]
    assert row["note"] == "Mine." and row["location"] == 1 and row["url"].endswith("#t=1,30")
    assert set(readwise.made("PATCH")[0].body) == {"text", "note", "location", "url"}
    assert actions(send(services, "readwise")) == ["same"] * 3


def test_a_note_that_was_emptied_is_empty_there(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1, note="Away with it")
    send(services, "readwise")
    change(services, snip, note="")
    assert actions(send(services, "readwise")) == ["changed"] and readwise.highlights[501]["note"] == ""


def test_what_its_reader_changed_there_stays(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1, note="Mine.")
    send(services, "readwise")
    readwise.highlights[501].update(text="A reader's words.", note="A reader's note.")
    changed = change(services, snip, note="Mine, again.", text="Ours, again.")
    assert actions(send(services, "readwise")) == ["yours"] and not readwise.made("PATCH")
    assert actions(send(services, "readwise")) == ["same"]
    change(services, changed, text="Ours, a third time.")
    assert actions(send(services, "readwise")) == ["yours"]
    assert (readwise.highlights[501]["text"], readwise.highlights[501]["note"]) == ("A reader's words.", "A reader's note.")
    assert actions(send(services, "readwise", force=True)) == ["changed"]
    assert (readwise.highlights[501]["text"], readwise.highlights[501]["note"]) == ("Ours, a third time.", "Mine, again.")


def test_what_its_reader_left_alone_is_changed_beside_what_they_changed(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1, note="Mine.")
    send(services, "readwise")
    readwise.highlights[501]["note"] = "A reader's note."
    change(services, snip, note="Mine, again.", text="Ours, again.")
    assert actions(send(services, "readwise")) == ["yours"]
    assert (readwise.highlights[501]["text"], readwise.highlights[501]["note"]) == ("Ours, again.", "A reader's note.")


def test_tags_that_readwise_took_out_of_a_note_are_no_change_of_its_reader(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1, note="Mine.", tags=("idea",))
    send(services, "readwise")
    readwise.highlights[501]["note"] = "Mine."
    change(services, snip, note="Mine, again.")
    assert actions(send(services, "readwise")) == ["changed"] and readwise.highlights[501]["note"] == ".idea Mine, again."


def test_what_was_deleted_there_is_made_anew_once_it_changes(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1)
    send(services, "readwise")
    readwise.highlights.clear()
    assert actions(send(services, "readwise")) == ["same"] and not readwise.highlights, "its reader wanted it away"
    change(services, snip, note="New")
    assert actions(send(services, "readwise")) == ["again"] and len(readwise.highlights) == 1


@pytest.mark.parametrize("turned", [False, True])
def test_each_change_finds_its_own_highlight(services: Services, readwise: ReadwiseApi, turned: bool) -> None:
    """The order of ids is documented nowhere, and of two snips with the same words only one highlight is made."""
    readwise.turned = turned
    found = episode(services)
    snips = [*keep(services, found, 4), *keep(services, episode(services, "Other"), 3, start=4, text="The same.")]
    send(services, "readwise")
    assert len(readwise.highlights) == 5
    for snip in snips[:5]:
        change(services, snip, note=f"Note of {snip.id}")
    assert actions(send(services, "readwise")).count("changed") == 5
    assert [row["note"] for row in readwise.highlights.values()] == [f"Note of {snip.id}" for snip in snips[:5]]


def test_ten_thousand_go_in_batches_within_the_rate(services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 10_000)
    readwise.limit, readwise.window_s = 60, 2.0
    told: list[str] = []
    queries: list[str] = []
    services.store._db.conn.set_trace_callback(lambda sql: queries.append(sql) if sql.startswith("select") else None)
    assert actions(send(services, "readwise", told=told)) == ["made"] * 10_000
    services.store._db.conn.set_trace_callback(None)
    assert len(readwise.highlights) == 10_000 and len(readwise.made("POST")) <= 105
    assert len(queries) < 100, "a query for each snip"
    assert told and all("asks for fewer requests: going on in" in line for line in told)
    asked = len(readwise.calls)
    assert set(actions(send(services, "readwise"))) == {"same"} and len(readwise.calls) == asked


def test_hostile_words_are_highlights_as_any(services: Services, readwise: ReadwiseApi) -> None:
    found = episode(services, "T\x1b[31m\u202e=1+1 " + "x" * 600)
    for number, words in enumerate(each for each in _AWKWARD if each != "\ud800"):
        keep(services, found, 1, start=number, text=f"{words} {number}", title=words, note=words * 3, tags=(words,))
    keep(services, found, 1, start=900, text="🚢 word " * 4000, note="y" * 20_000)
    assert set(actions(send(services, "readwise"))) == {"made"}
    assert set(actions(send(services, "readwise"))) == {"same"}


def test_one_that_is_refused_is_named_and_the_others_are_sent(services: Services, readwise: ReadwiseApi) -> None:
    snips = keep(services, episode(services), 150)
    readwise.refuses = lambda fields: "number 77." in fields.get("text", "")
    sent = send(services, "readwise")
    (refused,) = [each for each in sent if each.action == "refused"]
    assert refused.snip_id == snips[77].id and "This text is not welcome." in refused.problem and len(readwise.highlights) == 149
    assert len(readwise.made("POST")) < 20
    readwise.refuses = lambda _fields: False
    assert sorted(actions(send(services, "readwise"))) == ["made"] + ["same"] * 149


def test_a_422_leaves_out_what_is_wrong_and_no_more(services: Services, readwise: ReadwiseApi) -> None:
    snips = keep(services, episode(services), 4)
    no = b'{"highlights": [{"text": ["Not processable."]}]}'
    readwise.faults.extend([Fault(422, no, where="POST")] * 3)  # all four, the first two, the first
    sent = send(services, "readwise")
    assert actions(sent) == ["refused", "made", "made", "made"] and sent[0].snip_id == snips[0].id
    assert "Not processable." in sent[0].problem and len(readwise.highlights) == 3
    assert sorted(actions(send(services, "readwise"))) == ["made", "same", "same", "same"] and len(readwise.highlights) == 4


def test_a_change_that_is_refused_is_named(services: Services, readwise: ReadwiseApi) -> None:
    snips = keep(services, episode(services), 2)
    send(services, "readwise")
    change(services, snips[0], note="bad")
    change(services, snips[1], note="good")
    readwise.refuses = lambda fields: fields.get("note") == "bad"
    assert sorted(actions(send(services, "readwise"))) == ["changed", "refused"]


def test_a_service_that_refuses_everything_is_not_asked_ten_thousand_times(services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 1000)
    readwise.refuses = lambda _fields: True
    with pytest.raises(PodcliError, match="refuses every snip"):
        send(services, "readwise")
    assert len(readwise.calls) < 100


def test_a_batch_that_is_too_large_is_halved(services: Services, readwise: ReadwiseApi) -> None:
    keep(services, episode(services), 100, note="n" * 2000)
    readwise.largest_body = 60_000
    assert set(actions(send(services, "readwise"))) == {"made"} and len(readwise.highlights) == 100


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500), Fault(502, b"<html>"), Fault(503, headers={"Retry-After": "0"}), Fault(429, headers={"Retry-After": "0"}),
        Fault(429), Fault(cut=0), Fault(cut=20), Fault(cut=0, done=True), Fault(cut=20, done=True), Fault(500, done=True),
    ],
    ids=str,
)  # fmt: skip
def test_what_passes_is_tried_again_and_nothing_is_there_twice(services: Services, readwise: ReadwiseApi, fault: Fault) -> None:
    keep(services, episode(services), 5)
    readwise.faults.append(fault)
    assert actions(send(services, "readwise")) == ["made"] * 5 and len(readwise.highlights) == 5


@pytest.mark.parametrize(
    ("fault", "says", "code"),
    [
        (Fault(500), "Readwise has a problem of its own (500).", ExitCode.NETWORK),
        (Fault(cut=20), "broke the connection off", ExitCode.NETWORK),
        (Fault(200, b"[{"), "does not understand", ExitCode.NETWORK),
        (Fault(200, b"[" * 100_000), "does not understand", ExitCode.NETWORK),
        (Fault(200, b'{"a": 1}'), "does not understand", ExitCode.NETWORK),
        (Fault(200, b'[{"modified_highlights": ["x"]}]'), "does not understand", ExitCode.NETWORK),
        (Fault(401, b'{"detail": "Invalid token."}'), "does not accept the token", ExitCode.FAILED),
        (Fault(403, b'{"detail": "\\u001b[31mno tok-Secret_123456"}'), "(403: no …)", ExitCode.FAILED),
        (Fault(302, headers={"Location": "https://evil.example/"}), "a token does not go along", ExitCode.FAILED),
        (Fault(429, headers={"Retry-After": "7200"}), "asks for fewer requests", ExitCode.NETWORK),
    ],
    ids=str,
)  # fmt: skip
def test_what_stays_is_a_sentence_and_the_next_time_goes_on(
    services: Services, readwise: ReadwiseApi, fault: Fault, says: str, code: int
) -> None:
    keep(services, episode(services), 250)
    fault.where = "POST"
    readwise.faults.append(Fault(status=200, done=True, where="POST", cut=None, body=b"[]"))  # the first batch arrives
    readwise.faults.extend([fault] * 4)
    with pytest.raises(PodcliError) as raised:
        send(services, "readwise")
    told = f"{raised.value.message} {raised.value.hint}"
    assert says in told and raised.value.exit_code == code and readwise.token not in told and "\x1b" not in told
    assert len(readwise.highlights) == 100
    readwise.faults.clear()
    before = len(readwise.made("POST"))
    assert actions(send(services, "readwise")).count("same") == 100
    assert len(readwise.highlights) == 250 and len(readwise.made("POST")) == before + 2


def test_a_lost_answer_and_a_change_after_it_are_one_highlight(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1)
    readwise.faults.extend([Fault(cut=0, done=True)] + [Fault(cut=0)] * 3)
    with pytest.raises(NetworkError):
        send(services, "readwise")
    change(services, snip, text="Other words.", start_s=3.0)
    assert actions(send(services, "readwise")) == ["changed"] and texts(readwise) == ["Other words."]


def test_a_highlight_of_the_same_second_that_is_not_ours_stays(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1)
    readwise.faults.extend([Fault(cut=0)] * 4)
    with pytest.raises(NetworkError):
        send(services, "readwise")
    theirs = {"id": 77, "text": "Of a book.", "note": "", "location": 12, "highlighted_at": "2026-08-22T10:15:30Z", "url": None}
    readwise.highlights[77] = dict(theirs)
    change(services, snip, text="Other words.")
    assert actions(send(services, "readwise")) == ["made"]
    assert readwise.highlights.pop(77) == theirs and texts(readwise) == ["Other words."]


def test_what_changes_before_it_is_our_turn_is_sent_as_it_is_then(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1, note="Before")
    with open_services() as now:
        count, steps = now.exporting.send(Wish("readwise"), now.accounts, print)
        change(services, snip, note="Meanwhile")
        sent = list(steps)
    assert count == 1 and actions(sent) == ["made"] and readwise.highlights[501]["note"] == "Meanwhile"


def test_what_is_remembered_is_on_the_disk_at_once(services: Services) -> None:
    said: list[str] = []
    connection = services.store._db.conn
    connection.set_trace_callback(lambda sql: said.append(sql.lower()))
    Ledger(services.store, "readwise").put({"a": 1})
    connection.set_trace_callback(None)
    assert said.index("pragma synchronous = full") < said.index("begin immediate") < said.index("commit")
    assert connection.execute("pragma synchronous").fetchone()[0] == 1, "all else need not wait for the disk"
    with pytest.raises(ZeroDivisionError), services.store.writing_for_good():
        assert connection.execute("pragma synchronous").fetchone()[0] == 2
        raise ZeroDivisionError
    assert connection.execute("pragma synchronous").fetchone()[0] == 1 and Ledger(services.store, "readwise").all() == {"a": 1}


def test_killed_between_two_requests_it_goes_on(
    services: Services, readwise: ReadwiseApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(services, episode(services), 300)
    sends = calls.Service.call

    def killed(self: calls.Service, *arguments: object, **more: object) -> object:
        if len(readwise.made("POST")) == 2:
            raise KeyboardInterrupt
        return sends(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(calls.Service, "call", killed)
    with pytest.raises(KeyboardInterrupt):
        send(services, "readwise")
    monkeypatch.setattr(calls.Service, "call", sends)
    assert len(readwise.highlights) == 200
    assert actions(send(services, "readwise")).count("made") == 100 and len(readwise.highlights) == 300


def test_two_snips_of_the_same_second_of_a_page_are_two_highlights(services: Services, readwise: ReadwiseApi) -> None:
    """Readwise takes a `highlight_url` it knows for a change of that highlight."""
    found = episode(services)
    services.store._db.execute("update episode set link = 'https://www.youtube.com/watch?v=x' where id = ?", [found.id])
    keep(services, found, 1, start_s=12.1)
    keep(services, found, 1, start=1, start_s=12.8)
    assert actions(send(services, "readwise")) == ["made"] * 2 and len(readwise.highlights) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"[]", b"3", b"{}", b'{"id": "x", "text": "y"}', b'{"id": 501, "text": 3}', b'{"results": 3}', b'{"results": [3]}', b"",
        b"9" * 5000,
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_a_sentence(services: Services, readwise: ReadwiseApi, answer: bytes) -> None:
    (snip,) = keep(services, episode(services), 1)
    send(services, "readwise")
    change(services, snip, note="Mine.")
    readwise.faults.append(Fault(200, answer, where="GET"))
    with pytest.raises(NetworkError, match="does not understand"):
        send(services, "readwise")
    assert actions(send(services, "readwise")) == ["changed"] and readwise.highlights[501]["note"] == "Mine."
    assert len(readwise.highlights) == 1


def test_fields_that_make_no_sense_are_as_if_they_were_not_there(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1)
    send(services, "readwise")
    change(services, snip, note="Mine.")
    strange = b'{"id": 501, "text": "x", "location": "y", "highlighted_at": "never", "note": null, "url": 7}'
    readwise.faults.append(Fault(200, strange, where="GET"))
    assert actions(send(services, "readwise")) == ["yours"], "its words are not those that were sent"
    assert (readwise.highlights[501]["text"], readwise.highlights[501]["note"]) == ("What was said, number 0.", "Mine.")


def test_a_library_whose_memory_was_spoilt_still_sends(services: Services, readwise: ReadwiseApi) -> None:
    (snip,) = keep(services, episode(services), 1)
    key = services.snips.card(snip.id).key
    for spoilt in ("x", [1], {"whole": 3}, {"whole": "a", "text": "b", "note": "c", "id": "x", "sure": 1}):
        services.store.library.remember(f"sent.readwise.{key}", spoilt)
        assert len(actions(send(services, "readwise"))) == 1 and len(readwise.highlights) == 1


def test_only_what_is_wished_for_is_sent(services: Services, readwise: ReadwiseApi) -> None:
    one, two = episode(services), episode(services, "Other")
    keep(services, one, 2, tags=("idea",))
    keep(services, two, 3, start=5)
    assert len(send(services, "readwise", tag="idea")) == 2 and len(send(services, "readwise", episodes=(two,))) == 3
    assert len(readwise.highlights) == 5


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://readwise.example/api", "without TLS"), ("https://me:secret@127.0.0.1/api", "user name"),
        ("ftp://127.0.0.1/", "not a web address"), ("https://127.0.0.1/?a=1", "query"),
    ],
)  # fmt: skip
def test_a_token_goes_nowhere_else(services: Services, readwise: ReadwiseApi, address: str, says: str) -> None:
    from podcli import settings

    keep(services, episode(services), 1)
    settings.set_value("export.readwise_url", address)
    with pytest.raises(PodcliError, match=says):
        send(services, "readwise")
    assert not readwise.calls
