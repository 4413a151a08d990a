"""Notion's API of pages and blocks.

Sources: developers.notion.com, “Create a page”, “Append block children”, “Retrieve block children”, “Status codes” and
“Request limits”. It knows no idempotency key: a page sent twice is there twice, so creating and appending raise Unsure where it
cannot be told whether they were done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from podcli.accounts.calls import Refused, Service, Tell, Unsure, moment
from podcli.accounts.tokens import TITLES
from podcli.errors import NetworkError, UsageError
from podcli.text import clean_line

_ID = re.compile(r"(?<![0-9a-f])([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?![0-9a-f])")
_MOST_PAGES = 1000
_GONE = ("archived", "in_trash")


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its id, where a browser finds it, its title."""

    id: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Child:
    """A block of a page. `words` is its text without marks; of a page below it the title. `made_at` is in UTC, by the minute."""

    id: str
    kind: str
    words: str
    made_at: datetime


class Notion:
    """An integration's account. Every verb raises as `Service.call`."""

    def __init__(self, token: str, base_url: str, version: str, tell: Tell) -> None:
        self.service = Service("notion", TITLES["notion"], base_url, "Bearer", token, tell, {"Notion-Version": version})

    def __enter__(self) -> Notion:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.service.close()

    def prove(self) -> str:
        """The name of the integration whose token this is; raises when it is not accepted."""
        answer = self.service.call("GET", "/users/me")
        if not isinstance(answer, dict):
            raise self.service.misunderstood()
        return clean_line(str(answer.get("name") or "the integration"), limit=80)

    def page(self, page_id: str) -> Page | None:
        """A page; None when it is gone, in the trash, or not shared with the integration."""
        try:
            answer = self.service.call("GET", f"/pages/{page_id}")
        except Refused as refused:
            if refused.gone:
                return None
            raise
        return self._page(answer)

    def create(self, body: Mapping[str, object]) -> Page:
        """Make a page. Raises Unsure when it may have been made."""
        answer = self.service.call("POST", "/pages", body, again=False)
        try:
            made = self._page(answer)
        except NetworkError as strange:
            raise Unsure(strange, over=True) from None
        if made is None:
            raise Refused(self.service.title, 404, "the new page was put into the trash at once")
        return made

    def append(self, page_id: str, blocks: Sequence[Mapping[str, object]]) -> None:
        """Put `blocks` (at most 100) below all that is on a page. Raises Unsure when that may have been done."""
        self.service.call("PATCH", f"/blocks/{page_id}/children", {"children": list(blocks)}, again=False)

    def children(self, page_id: str) -> Iterator[Child]:
        """What is on a page, from its top; nothing of what is inside of other blocks."""
        query = {"page_size": "100"}
        for _ in range(_MOST_PAGES):
            answer = self.service.call("GET", f"/blocks/{page_id}/children", query=query)
            rows = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(answer, dict) or not isinstance(rows, list):
                raise self.service.misunderstood()
            yield from (child for child in map(_child, rows) if child is not None)
            if not answer.get("has_more") or not isinstance(answer.get("next_cursor"), str):
                return
            query = {"page_size": "100", "start_cursor": answer["next_cursor"]}

    def _page(self, answer: object) -> Page | None:
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or not _ID.fullmatch(answer["id"]):
            raise self.service.misunderstood()
        if any(answer.get(name) for name in _GONE):
            return None
        properties = answer.get("properties")
        titles = (
            [each.get("title") for each in properties.values() if isinstance(each, dict)] if isinstance(properties, dict) else []
        )
        title = next((_plain(each) for each in titles if isinstance(each, list)), "")
        url = clean_line(str(answer.get("url") or ""), limit=500)
        return Page(answer["id"], url if url.startswith(("https://", "http://")) else "", clean_line(title, limit=200))


def page_id(text: str) -> str:
    """The id in the address of a page, or in `text` itself. Raises UsageError when there is none."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        parts = urlsplit("")
    over = parse_qs(parts.query).get("p", [])  # a page that lies over another
    for place in (*over, parts.path.rpartition("/")[2]):
        if found := _ID.findall(place.lower()):
            return "-".join(found[-1])
    raise UsageError(
        f"“{clean_line(text, limit=80)}” is no page of Notion.", "Copy its address: Share, then Copy link, on the page in Notion."
    )


def _child(row: object) -> Child | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or any(row.get(name) for name in _GONE):
        return None
    kind = str(row.get("type") or "")
    inside = row.get(kind)
    inside = inside if isinstance(inside, dict) else {}
    words = str(inside.get("title") or "") if kind == "child_page" else _plain(inside.get("rich_text"))
    return Child(row["id"], kind, words, moment(row.get("created_time")) or datetime.fromtimestamp(0, UTC))


def _plain(rich: object) -> str:
    """The words of rich text as Notion answers it (``plain_text``)."""
    if not isinstance(rich, list):
        return ""
    return "".join(str(each.get("plain_text") or "") for each in rich if isinstance(each, dict))
