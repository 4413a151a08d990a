"""Dates and lengths in every spelling met in the wild."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.feeds.times import MAX_SECONDS, parse_date, parse_duration


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Tue, 02 Jan 2024 10:00:00 +0100", "2024-01-02T09:00:00"),
        ("Mon, 02 Jan 2024 10:00:00 GMT", "2024-01-02T10:00:00"),
        ("2 Jan 24 10:00 EST", "2024-01-02T15:00:00"),
        ("Sat, 28 Mar 2015 01:31:04 EST", "2015-03-28T06:31:04"),
        ("Sat, 28 March 2015 08:16:12 -0400", "2015-03-28T12:16:12"),
        ("Wed, 25 May 2011 12:33:00", "2011-05-25T12:33:00"),
        ("Tue,  23 Mar   2010 01:06:26 -0500", "2010-03-23T06:06:26"),
        ("Mon, 8 Sept 2014 00:00:00 GMT", "2014-09-08T00:00:00"),
        ("Sun 01 Mar 2015 01:00:00 GMT-0400 (EDT)", "2015-03-01T05:00:00"),
        ("Thu, 31 Dec 1998 23:59:60 GMT", "1999-01-01T00:00:00"),
        ("Thu, 31 Dec 1998 24:00:00 GMT", "1999-01-01T00:00:00"),
        ("2024-05-08T22:18:52.485Z", "2024-05-08T22:18:52"),
        ("2017-02-22T14:28:00.002-08:00", "2017-02-22T22:28:00"),
        ("2015-03-28T13:31:04.963870 +0700", "2015-03-28T06:31:04"),
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("March 3, 2024", "2024-03-03T00:00:00"),
        ("1700000000", "2023-11-14T22:13:20"),
        (" Tue, 02 Jan 2024\n 10:00:00 +0000 ", "2024-01-02T10:00:00"),
    ],
)
def test_dates(text: str, utc: str) -> None:
    found = parse_date(text)
    assert found is not None and found.isoformat() == utc + "+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "30 Feb 2024",
        "2024-13-01",
        "2023-02-29",
        "0000-00-00T00:00:00",
        "Mon, 02 Jan 0024 00:00:00 GMT",
        "2024-01-01T25:00Z",
        "9999-01-01",
        "1969-12-31",
        "Fri, 31 Foo 2024",
        "99999999999",
        "2024",
        "Tue, 02 Jan 2024 10:61:00 GMT",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45", 45),
        ("05:10", 310),
        ("2:15:45", 8145),
        ("1h 20m", 4800),
        ("00:00:00", 0),
        ("", None),
        ("3600.5", 3600.5),
        ("-5", None),
        ("99:99", 6039),
        ("12:34:56:78", None),
        ("PT1H2M3S", 3723),
        ("P1DT1S", 86401),
        ("PT", None),
        ("P", None),
        ("abc", None),
        ("7200000", None),
        ("00:00:00.123", 0.123),
        ("1:02:03,5", 3723.5),
        ("12 min", 720),
        ("inf", None),
        ("nan", None),
        ("1e3", None),
        ("١٢", 12),
        ("9" * 5000, None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@given(st.text(max_size=60) | st.text("0123456789:.,-+TZPHMS JanGMT", max_size=60))
def test_nothing_makes_them_raise(text: str) -> None:
    parse_date(text)
    seconds = parse_duration(text)
    assert seconds is None or (math.isfinite(seconds) and 0 <= seconds <= MAX_SECONDS)
