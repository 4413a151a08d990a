"""Readwise's API of highlights.

Source: readwise.io/api_deets. 240 requests a minute, lists 20; highlights are told apart by title, author, text and source,
so sending one again does not double it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from podcli.accounts.calls import Refused, Service, Tell, moment
from podcli.accounts.tokens import TITLES

Fields = Mapping[str, object]
_PAGE, _MOST_PAGES = 200, 20
_TIMES = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Highlight:
    """A highlight as Readwise has it now. `made_at` is when it was made here, in UTC; None when Readwise does not say."""

    id: int
    text: str
    note: str
    location: int | None
    url: str
    made_at: datetime | None


class Readwise:
    """An account. Every verb raises as `Service.call`."""

    def __init__(self, token: str, base_url: str, tell: Tell) -> None:
        self.service = Service("readwise", TITLES["readwise"], base_url, "Token", token, tell)

    def __enter__(self) -> Readwise:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.service.close()

    def prove(self) -> None:
        """Whether it accepts the token; raises when not."""
        self.service.call("GET", "/auth/")

    def create(self, highlights: Sequence[Fields]) -> list[int | None]:
        """Send highlights; of each the id it has there, None where the answer does not tell which is whose."""
        answer = self.service.call("POST", "/highlights/", {"highlights": list(highlights)})
        if not isinstance(answer, list) or not all(isinstance(book, dict) for book in answer):
            raise self.service.misunderstood()
        found: dict[tuple[str, str], list[int]] = {}
        for book in answer:
            ids = book.get("modified_highlights")
            if not isinstance(ids, list) or not all(isinstance(each, int) for each in ids):
                raise self.service.misunderstood()
            found[str(book.get("title") or ""), str(book.get("author") or "")] = ids
        places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, sent in enumerate(highlights):
            places[str(sent.get("title", "")), str(sent.get("author", ""))].append(place)
        known: list[int | None] = [None] * len(highlights)
        for book_of, own in places.items():
            ids = found.get(book_of, [])
            if len(ids) == len(own):
                for place, each in zip(own, ids, strict=True):
                    known[place] = each
        return known

    def get(self, highlight_id: int) -> Highlight | None:
        """A highlight; None when it is not there any more."""
        try:
            answer = self.service.call("GET", f"/highlights/{highlight_id}/")
        except Refused as refused:
            if refused.gone:
                return None
            raise
        found = _highlight(answer)
        if found is None:
            raise self.service.misunderstood()
        return found

    def made_at(self, moment: datetime) -> list[Highlight]:
        """Highlights that were made in that very second, whichever program sent them."""
        moment = moment.astimezone(UTC).replace(microsecond=0)
        query = {
            "highlighted_at__gt": f"{moment - timedelta(seconds=1):{_TIMES}}",
            "highlighted_at__lt": f"{moment + timedelta(seconds=1):{_TIMES}}",
            "page_size": str(_PAGE),
        }
        found: list[Highlight] = []
        for page in range(1, _MOST_PAGES + 1):
            answer = self.service.call("GET", "/highlights/", query={**query, "page": str(page)})
            rows = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(answer, dict) or not isinstance(rows, list):
                raise self.service.misunderstood()
            found += [each for each in map(_highlight, rows) if each is not None]
            if not answer.get("next"):
                break
        return found

    def update(self, highlight_id: int, fields: Fields) -> bool:
        """Change `text`, `note`, `location` or `url` of a highlight; False when it is not there any more."""
        try:
            self.service.call("PATCH", f"/highlights/{highlight_id}/", fields)
        except Refused as refused:
            if refused.gone:
                return False
            raise
        return True


def _highlight(row: object) -> Highlight | None:
    if not isinstance(row, dict) or not isinstance(row.get("id"), int) or not isinstance(row.get("text"), str):
        return None
    location = row.get("location")
    return Highlight(
        row["id"], row["text"], str(row.get("note") or ""), location if isinstance(location, int) else None,
        str(row.get("url") or ""), moment(row.get("highlighted_at")),
    )  # fmt: skip
