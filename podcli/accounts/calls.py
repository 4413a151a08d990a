"""Requests to a service the listener has an account with: JSON there and back, patience where it is asked for.

A token goes to the host it is meant for and nowhere else: no redirect is followed, and without TLS only this machine is
spoken to. What fails comes in plain words, and never with the token in it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from podcli.errors import NetworkError, PodcliError, UsageError
from podcli.feeds import transport
from podcli.feeds.urls import host_of, normalise_url, user_of
from podcli.text import clean_line, human_duration

if TYPE_CHECKING:
    import httpx

Tell = Callable[[str], None]
"""Is told, in a sentence, what is waited for."""
Method = Literal["GET", "POST", "PATCH"]

WAITS_S = (1.0, 3.0, 9.0)
"""Before each further try after a failure, or after a refusal that does not say how long to wait."""
LONGEST_WAIT_S = 300.0
"""Whoever asks for more patience than that is not waited for."""
_MOST_WAITS = 10
_LONGEST_ANSWER_S, _LARGEST_ANSWER = 120.0, 32_000_000
_HERE = ("localhost", "127.0.0.1", "::1")
_BUSY = (429, 529)


class Refused(PodcliError):
    """The service understood the request and does not do it; `status` is the HTTP code, `says` its own words."""

    def __init__(self, service: str, status: int, says: str) -> None:
        words = f": {says.rstrip('.')}" if says else ""
        super().__init__(f"{service} refuses the request ({status}{words}).", "Nothing is lost; the same command tries it again.")
        self.status = status
        self.says = says

    @property
    def gone(self) -> bool:
        """What was asked for is not there, or not any more (RFC 9110, 15.5.5 and 15.5.11)."""
        return self.status in (404, 410)

    @property
    def of_content(self) -> bool:
        """It takes what was sent for wrong or for too large, so a part of it may be right (RFC 9110, 15.5.1, .14, .21)."""
        return self.status in (400, 413, 422)


class Unsure(NetworkError):
    """The connection broke, or the service failed, after a request that must not be done twice: it may have been done.

    `over` says that the service has ended with it, so that it will not be done any more.
    """

    def __init__(self, trouble: NetworkError, *, over: bool) -> None:
        super().__init__(trouble.message, trouble.hint)
        self.over = over


class Service:
    """A service at `base_url`, asked with `token` by the scheme of its ``Authorization`` header."""

    def __init__(
        self, name: str, title: str, base_url: str, scheme: str, token: str, tell: Tell, headers: Mapping[str, str] | None = None
    ) -> None:
        """Raises UsageError for an address that a token must not be sent to."""
        self.title, self.tell, self._name, self._token = title, tell, name, token
        self._base = _address(name, base_url)
        self._headers = {
            "User-Agent": transport.USER_AGENT, "Accept": "application/json", "Authorization": f"{scheme} {token}",
            **(headers or {}),
        }  # fmt: skip
        self._client: httpx.Client | None = None

    def call(
        self, method: Method, path: str, body: object = None, *, query: Mapping[str, str] | None = None, again: bool = True
    ) -> object:
        """What the service answers, parsed from JSON; None for an answer without content.

        It waits when it is asked to, at most `LONGEST_WAIT_S`, and tries again after failures, but with ``again=False`` only
        where the request certainly was not done. Raises Refused, Unsure (only then), PodcliError for a token that is not
        accepted, NetworkError for the rest.
        """
        failures = waits = 0
        while True:
            status, headers, content = 0, dict[str, str](), b""
            trouble: NetworkError | None = None
            try:
                status, headers, content = self._once(method, path, body, query)
            except transport.ConnectionDropped as problem:
                trouble = problem
            if trouble is None and status < 500 and status != 409 and status not in _BUSY:
                return self._answer(status, content, again)
            if status in _BUSY:
                wait = self._patience(headers.get("retry-after", ""), waits)
                waits += 1
            else:
                trouble = trouble or NetworkError(f"{self.title} has a problem of its own ({status}).", "Try again later.")
                if not again and status != 409:  # Notion's conflict_error: the transaction was not done
                    raise Unsure(trouble, over=status in (500, 502))
                if failures >= len(WAITS_S):
                    raise trouble
                asked = transport.retry_after(headers.get("retry-after", "")) or 0.0
                wait = max(WAITS_S[failures], min(asked, LONGEST_WAIT_S))
                failures += 1
                self.tell(f"{trouble.message} Trying again in {human_duration(wait)}…")
            time.sleep(wait)

    def misunderstood(self) -> NetworkError:
        """The error for an answer that is not what the service documents."""
        return NetworkError(f"{self.title} answered something podcli does not understand.", "Try again later.")

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _once(
        self, method: Method, path: str, body: object, query: Mapping[str, str] | None
    ) -> tuple[int, dict[str, str], bytes]:
        """One request. Raises ConnectionDropped when it may have arrived, NetworkError when it did not."""
        import httpx

        url = self._base + path
        try:
            if self._client is None:
                self._client = transport.client_for(url, frozenset({host_of(url)}))
            content = None if body is None else json.dumps(body).encode("ascii")
            headers = self._headers if content is None else {**self._headers, "Content-Type": "application/json"}
            with self._client.stream(method, url, params=query, content=content, headers=headers) as response:
                if 300 <= response.status_code < 400:
                    raise PodcliError(
                        f"{host_of(url)} sends requests on to another address, and a token does not go along.",
                        f"Check `podcli config get export.{self._name}_url`.",
                    )
                return response.status_code, dict(response.headers), self._read(response)
        except httpx.HTTPError as problem:
            self.close()
            told = transport.failure(problem, url)
            if isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.UnsupportedProtocol):
                raise NetworkError(told.message, told.hint) from None
            raise transport.ConnectionDropped(told.message, told.hint) from None

    def _read(self, response: httpx.Response) -> bytes:
        content, begun = bytearray(), time.monotonic()
        for piece in response.iter_bytes():
            content += piece
            if len(content) > _LARGEST_ANSWER or time.monotonic() - begun > _LONGEST_ANSWER_S:
                self.close()
                raise transport.ConnectionDropped(f"{self.title} never stopped answering.", "Try again later.")
        return bytes(content)

    def _answer(self, status: int, content: bytes, again: bool) -> object:
        if status == 401:
            raise PodcliError(
                f"{self.title} does not accept the token.", f"Get a new one and connect again: `podcli connect {self._name}`."
            )
        try:
            found: object = json.loads(content) if content.strip() else None
        except (ValueError, RecursionError):
            found = _NO_JSON
        if status >= 400:
            raise Refused(self.title, status, self._words(found))
        if found is _NO_JSON or status < 200:
            strange = self.misunderstood()
            raise strange if again else Unsure(strange, over=True)
        return found

    def _words(self, found: object) -> str:
        """Why it refuses, in its own words: Notion's ``message``, Readwise's ``detail`` or what it says of each field."""
        if isinstance(found, dict):
            found = found.get("message") or found.get("detail") or found
        if found is None or found is _NO_JSON:
            return ""
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)[:2000]
        return clean_line(text.replace(self._token, "…"), limit=200)

    def _patience(self, retry_after: str, waits: int) -> float:
        """Seconds to wait when the service asks for fewer requests; tells of it. Raises NetworkError when that is too long."""
        asked = transport.retry_after(retry_after)
        wait = max(0.2, asked) if asked is not None else WAITS_S[min(waits, len(WAITS_S) - 1)]
        if wait > LONGEST_WAIT_S or waits >= _MOST_WAITS:
            raise NetworkError(
                f"{self.title} asks for fewer requests.", f"Try again in {human_duration(wait)}; it goes on from where it was."
            )
        self.tell(f"{self.title} asks for fewer requests: going on in {human_duration(wait)}…")
        return wait


_NO_JSON = object()


def moment(text: object) -> datetime | None:
    """A time as services write it (ISO 8601, UTC where no zone is said), in UTC; None for what is none."""
    try:
        found = datetime.fromisoformat(str(text))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # in the year 1 or 9999, beyond what there is in UTC
        return None


def _address(name: str, base_url: str) -> str:
    setting = f"export.{name}_url"
    url = normalise_url(base_url).rstrip("/")
    if user_of(url) or "?" in url:
        raise UsageError(f"The setting {setting} has a user name or a query in it.", "It is an address such as https://host/api.")
    if url.startswith("http:") and host_of(url) not in _HERE:
        raise UsageError(
            f"The setting {setting} is an address without TLS, and a token is not sent there.", "Write https:// in front of it."
        )
    return url
