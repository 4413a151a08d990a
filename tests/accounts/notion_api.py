"""Notion's API as developers.notion.com documents it: versions, parents, block and request limits, trash, errors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.accounts.api import Api, Call, Json, Wrong

VERSIONS = ("2022-06-28", "2025-09-03", "2026-03-11")
KINDS = ("paragraph", "heading_1", "heading_2", "heading_3", "bulleted_list_item", "quote")
_MARKS = re.compile(r"\\(.)|\[((?:\\.|[^\]\\])*)\]\([^)]*\)|<(https?://[^>]*)>")


class NotionApi(Api):
    """A workspace in which one page is shared with the integration. `pages` may be edited as a reader would."""

    root = "/v1"

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, dict[str, Any]] = {}
        self.parent = self.add(None, "Podcasts")
        self.takes_markdown = True
        self.may_insert = True
        self.refuses: Callable[[str], bool] = lambda _words: False

    def add(self, parent: str | None, title: str, blocks: list[Json] | None = None) -> str:
        """A page, by hand."""
        id_ = str(uuid.uuid4())
        self.pages[id_] = {"id": id_, "title": title, "parent": parent, "in_trash": False, "blocks": [], "made": _minute()}
        self.pages[id_]["blocks"] = [self._block(block) for block in blocks or []]
        if parent:
            child = {"id": id_, "type": "child_page", "child_page": {"title": title}, "created_time": _minute()}
            self.pages[parent]["blocks"].append(child)
        return id_

    def write(self, page: str, words: str) -> None:
        """What its reader writes at the end of a page."""
        block = {"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": words}}]}}
        self.pages[page]["blocks"].append(self._block(block))

    def words(self, page: str) -> list[str]:
        """The text of each block of a page."""
        return [_plain(block) for block in self.pages[page]["blocks"]]

    def below(self) -> list[dict[str, Any]]:
        """The pages that episodes have, without those in the trash."""
        return [page for page in self.pages.values() if page["parent"] == self.parent and not page["in_trash"]]

    def throttled(self, seconds: int) -> Json:
        return _error(429, "rate_limited", "You have been rate limited. Please try again in a few minutes.")

    def answer(self, call: Call) -> tuple[int, Json]:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise Wrong(401, _error(401, "unauthorized", "API token is invalid."))
        version = call.headers.get("notion-version", "")
        if version not in VERSIONS:
            self.complain(f"the version {version!r}")
            raise Wrong(400, _error(400, "missing_version", "Notion-Version header should be defined."))
        if int(call.headers["bytes"]) > 500_000:
            self.complain("a body above 500 kB")
            raise Wrong(413, _error(413, "validation_error", "Payload too large."))
        match call.method, call.path.split("/")[1:]:
            case "GET", ["users", "me"]:
                return 200, {"object": "user", "id": str(uuid.uuid4()), "name": "podcli", "type": "bot", "bot": {}}
            case "GET", ["pages", id_]:
                return 200, self._shown(self._page(id_), version)
            case "POST", ["pages"]:
                return 200, self._shown(self._create(call.body, version), version)
            case "PATCH", ["blocks", id_, "children"]:
                return 200, self._append(self._page(id_), call.body)
            case "GET", ["blocks", id_, "children"]:
                return 200, self._children(self._page(id_), call.query)
        self.complain(f"no such request: {call.method} {call.path}")
        raise Wrong(400, _error(400, "invalid_request_url", "Invalid request URL."))

    def _page(self, id_: str) -> dict[str, Any]:
        try:
            return self.pages[str(uuid.UUID(id_))]
        except (KeyError, ValueError):
            words = f"Could not find page with ID: {id_}. Make sure the relevant pages and databases are shared."
            raise Wrong(404, _error(404, "object_not_found", words)) from None

    def _create(self, body: Json, version: str) -> dict[str, Any]:
        if set(body) - {"parent", "properties", "children", "markdown"} or set(body["parent"]) != {"page_id"}:
            self.complain(f"a page with {sorted(body)}")
        parent = self._page(body["parent"]["page_id"])
        if not self.may_insert:
            raise Wrong(403, _error(403, "restricted_resource", "Insufficient permissions for this endpoint."))
        if "markdown" in body:
            if "children" in body:
                self.complain("markdown beside children")
            if not self.takes_markdown or version < "2025-09-03":
                raise Wrong(400, _invalid("body.markdown should be not present, instead was a string."))
            title, blocks = _read(body["markdown"])
        else:
            title = "".join(each["text"]["content"] for each in body["properties"]["title"]["title"])
            blocks = body.get("children", [])
        self._check(blocks, most=1000 if "markdown" in body else 100)
        return self.pages[self.add(parent["id"], title, blocks)]

    def _append(self, page: dict[str, Any], body: Json) -> Json:
        if set(body) != {"children"}:
            self.complain(f"children with {sorted(body)}")
        if page["in_trash"]:
            raise Wrong(400, _invalid("Can't edit block that is archived. You must unarchive the block before editing."))
        self._check(body["children"])
        made = [self._block(block) for block in body["children"]]
        page["blocks"] += made
        return {"object": "list", "type": "block", "results": made, "next_cursor": None, "has_more": False}

    def _check(self, blocks: list[Json], most: int = 100) -> None:
        if len(blocks) > most:
            self._no(f"body.children.length should be ≤ `{most}`, instead was `{len(blocks)}`.")
        for block in blocks:
            rich = block[block["type"]]["rich_text"]
            if block["type"] not in KINDS or not 0 < len(rich) <= 100:
                self._no(f"body.children[0].{block['type']} is wrong.")
            for each in rich:
                content, link = each["text"]["content"], each["text"].get("link")
                if not 0 < len(content.encode("utf-16-le", "surrogatepass")) // 2 <= 2000:
                    self._no("text.content.length should be ≤ `2000`.")
                if link and (len(link["url"]) > 2000 or not link["url"].startswith(("https://", "http://"))):
                    self._no("text.link.url should be a valid URL.")
                if self.refuses(content):
                    raise Wrong(400, _invalid("text.content is not welcome."))

    def _no(self, words: str) -> None:
        self.complain(words)
        raise Wrong(400, _invalid(words))

    def _children(self, page: dict[str, Any], query: dict[str, str]) -> Json:
        size = int(query.get("page_size", "100"))
        if set(query) - {"page_size", "start_cursor"} or not 1 <= size <= 100:
            self.complain(f"children by {query}")
        ids = [block["id"] for block in page["blocks"]]
        start = ids.index(query["start_cursor"]) if "start_cursor" in query else 0
        more = len(ids) > start + size
        rows = page["blocks"][start : start + size]
        return {"object": "list", "results": rows, "has_more": more, "next_cursor": ids[start + size] if more else None}

    @staticmethod
    def _block(block: Json) -> Json:
        inside = block[block["type"]]
        rich = [{**each, "type": "text", "plain_text": each["text"]["content"]} for each in inside["rich_text"]]
        return {"object": "block", "id": str(uuid.uuid4()), "type": block["type"], block["type"]: {"rich_text": rich},
                "created_time": _minute(), "in_trash": False}  # fmt: skip

    def _shown(self, page: dict[str, Any], version: str) -> Json:
        trash = {"in_trash": page["in_trash"]} if version >= "2026-03-11" else {"archived": page["in_trash"]}
        title = {"id": "title", "type": "title", "title": [{"plain_text": page["title"]}]}
        return {"object": "page", "id": page["id"], "created_time": page["made"], **trash, "properties": {"title": title},
                "url": f"https://www.notion.so/{page['id'].replace('-', '')}"}  # fmt: skip


def _read(markdown: str) -> tuple[str, list[Json]]:
    """A little Markdown: enough to tell headings, items, quotes and paragraphs, and their words."""
    title, blocks = "", []
    for line in markdown.splitlines():
        words = _MARKS.sub(lambda found: found[1] or found[2] or found[3] or "", line).strip()
        words = re.sub(r"\\(.)", r"\1", words)
        found = re.match(r"(#{1,3}|-|>) +", words)
        if found and found[1] == "#" and not title:
            title = words[2:]
            continue
        kind = {"#": "heading_1", "##": "heading_2", "###": "heading_3", "-": "bulleted_list_item", ">": "quote"}
        words = words[found.end() :] if found else words
        if words.strip("> "):
            chosen = kind[found[1]] if found else "paragraph"
            blocks.append({"type": chosen, chosen: {"rich_text": [{"text": {"content": words[:2000]}}]}})
    return title, blocks


def _plain(block: Json) -> str:
    if block["type"] == "child_page":
        return str(block["child_page"]["title"])
    return "".join(each["plain_text"] for each in block[block["type"]]["rich_text"])


def _invalid(words: str) -> Json:
    return _error(400, "validation_error", f"body failed validation: {words}")


def _error(status: int, code: str, message: str) -> Json:
    return {"object": "error", "status": status, "code": code, "message": message, "request_id": str(uuid.uuid4())}


def _minute() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M}:00.000Z"
