"""Readwise's API as readwise.io/api_deets documents it: fields, lengths, what makes a highlight the same, limits, errors."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.accounts.api import Api, Call, Json, Wrong

LENGTHS = {"text": 8191, "title": 511, "author": 1024, "image_url": 2047, "source_url": 2047, "source_type": 64,
           "category": 20, "note": 8191, "location_type": 20, "highlighted_at": 40, "highlight_url": 4095}  # fmt: skip
CATEGORIES = ("books", "articles", "tweets", "podcasts")
LOCATION_TYPES = ("page", "order", "time_offset")
CHANGEABLE = {"text": str, "note": str, "location": int, "url": str, "color": str}


class ReadwiseApi(Api):
    """An account. `highlights` is what is in it; a test may edit or delete there as a reader would."""

    root = "/api/v2"

    def __init__(self) -> None:
        super().__init__()
        self.highlights: dict[int, dict[str, Any]] = {}
        self.largest_body = 2_000_000
        self.refuses: Callable[[Json], bool] = lambda _fields: False
        self.turned = False
        """Whether it answers ids in another order than the highlights were sent in; nothing documents one."""
        self._ids = itertools.count(501)
        self._by_text: dict[tuple[Any, str], int] = {}
        self._by_url: dict[tuple[Any, Any], int] = {}

    def throttled(self, seconds: int) -> Json:
        return {"detail": f"Request was throttled. Expected available in {seconds} seconds."}

    def answer(self, call: Call) -> tuple[int, Json]:
        if call.headers.get("authorization") != f"Token {self.token}":
            raise Wrong(401, {"detail": "Invalid token."})
        if int(call.headers["bytes"]) > self.largest_body:
            raise Wrong(413, {})
        match call.method, call.path.split("/")[1:]:
            case "GET", ["auth", ""]:
                return 204, None
            case "POST", ["highlights", ""]:
                return 200, self._create(call.body)
            case "GET", ["highlights", ""]:
                return 200, self._list(call.query)
            case "GET", ["highlights", number, ""]:
                return 200, self._shown(self._known(number))
            case "PATCH", ["highlights", number, ""]:
                return 200, self._change(self._known(number), call.body)
        self.complain(f"no such request: {call.method} {call.path}")
        raise Wrong(404, {"detail": "Not found."})

    def _known(self, number: str) -> dict[str, Any]:
        found = self.highlights.get(int(number))
        if found is None:
            raise Wrong(404, {"detail": "No Highlight matches the given query."})
        return found

    def _create(self, body: Json) -> Json:
        if not isinstance(body, dict) or set(body) != {"highlights"} or not body["highlights"]:
            self.complain("not {highlights: […]}")
            raise Wrong(400, {"highlights": ["This field is required."]})
        problems = [self._wrong(fields) for fields in body["highlights"]]
        for problem in filter(None, problems):
            self.complain(f"{problem}")
        refused = [{"text": ["This text is not welcome."]} if self.refuses(fields) else {} for fields in body["highlights"]]
        if any(problems) or any(refused):
            raise Wrong(400, {"highlights": problems if any(problems) else refused})
        books: dict[tuple[str, str, str], list[int]] = {}
        for fields in body["highlights"]:
            book = (fields.get("title", ""), fields.get("author", ""), fields.get("source_url", ""))
            modified = books.setdefault(book, [])
            url = fields.get("highlight_url")
            same = self.highlights.get(self._by_text.get((book, fields["text"]), 0))
            named = self.highlights.get(self._by_url.get((book, url), 0)) if url else None
            if same and same["text"] == fields["text"]:
                continue
            if named and named["url"] == url:
                named["text"] = fields["text"]
                self._by_text[book, fields["text"]] = named["id"]
                modified.append(named["id"])
                continue
            made = {
                "id": next(self._ids), "text": fields["text"], "note": fields.get("note", ""), "location": fields.get("location"),
                "location_type": fields.get("location_type", "order"), "highlighted_at": fields.get("highlighted_at"),
                "url": url, "color": "", "book_id": hash(book) % 10_000, "tags": [], "book": book,
            }  # fmt: skip
            self.highlights[made["id"]] = made
            self._by_text[book, fields["text"]] = self._by_url[book, url] = made["id"]
            modified.append(made["id"])
        return [
            {"id": hash(book) % 10_000, "title": book[0], "author": book[1], "category": "podcasts", "source": "podcli",
             "num_highlights": len(ids), "source_url": book[2] or None, "tags": [],
             "modified_highlights": ids[::-1] if self.turned else ids}
            for book, ids in books.items()
        ]  # fmt: skip

    def _wrong(self, fields: Json) -> dict[str, list[str]]:
        if not isinstance(fields, dict):
            return {"non_field_errors": ["Invalid data."]}
        found: dict[str, list[str]] = {}
        if not str(fields.get("text", "")).strip():
            found["text"] = ["This field may not be blank."]
        for name, value in fields.items():
            if name == "location":
                if not isinstance(value, int) or value < 0:
                    found[name] = ["A valid integer is required."]
            elif name not in LENGTHS:
                found[name] = ["Unknown field."]
            elif not isinstance(value, str) or len(value) > LENGTHS[name]:
                found[name] = [f"Ensure this field has no more than {LENGTHS[name]} characters."]
        kind = fields.get("source_type", "abc")
        if len(kind) < 3 or " " in kind or fields.get("category", "books") not in CATEGORIES:
            found["source_type"] = ["Not a valid choice."]
        if fields.get("location_type", "order") not in LOCATION_TYPES:
            found["location_type"] = ["Not a valid choice."]
        for name in ("image_url", "source_url", "highlight_url"):
            if not fields.get(name, "https://x").startswith(("https://", "http://")):
                found[name] = ["Enter a valid URL."]
        if "highlighted_at" in fields and datetime.fromisoformat(fields["highlighted_at"]).tzinfo is None:
            found["highlighted_at"] = ["No time zone."]
        return found

    def _change(self, row: dict[str, Any], body: Json) -> Json:
        if not isinstance(body, dict) or not body or any(not isinstance(body[n], CHANGEABLE.get(n, bytes)) for n in body):
            self.complain(f"a change of {body}")
            raise Wrong(400, {"detail": "Bad fields."})
        if len(body.get("text", "")) > 8191 or len(body.get("note", "")) > 8191:
            self.complain("a change that is too long")
        if self.refuses(body):
            raise Wrong(422, {"text": ["This text is not welcome."]})
        row.update(body)
        return self._shown(row)

    def _list(self, query: dict[str, str]) -> Json:
        known = {"page_size", "page", "book_id", "updated__lt", "updated__gt", "highlighted_at__lt", "highlighted_at__gt"}
        if set(query) - known or not 1 <= int(query.get("page_size", "100")) <= 1000:
            self.complain(f"a list with {query}")
        rows = list(self.highlights.values())
        for name, ahead in (("highlighted_at__gt", 1), ("highlighted_at__lt", -1)):
            if name in query:
                bound = datetime.fromisoformat(query[name])
                rows = [r for r in rows if r["highlighted_at"] and (_at(r) - bound).total_seconds() * ahead > 0]
        size, page = int(query.get("page_size", "100")), int(query.get("page", "1"))
        after = f"{self.base}/highlights/?page={page + 1}" if len(rows) > page * size else None
        shown = [self._shown(row) for row in rows[(page - 1) * size : page * size]]
        return {"count": len(rows), "next": after, "previous": None, "results": shown}

    @staticmethod
    def _shown(row: dict[str, Any]) -> Json:
        return {name: value for name, value in row.items() if name != "book"}


def _at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["highlighted_at"])
