"""Web addresses as people type them and feeds spell them (RFC 3986), made fit to be requested."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from podcli.errors import UsageError
from podcli.text import clean_line

# Podcast apps hand over links with these; each stands for an ordinary web address.
_PODCAST_SCHEMES = {"feed", "feeds", "itpc", "pcast", "podcast", "rss"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:[/?#]|$))")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/?#@\\%<>\"'`{}|^]+)")
# Everything RFC 3986 allows in a path or query; "%" stays because the address may already be encoded.
_SAFE = "/%:=&?~#+!$,;'@()*[]"
_LONGEST = 4000


def normalise_url(text: str) -> str:
    """The http(s) address meant by `text`: scheme added, podcast schemes mapped, blanks and non-ASCII percent-encoded.

    A user name and password in front of the host are kept. Raises UsageError when `text` cannot be a web address.
    """
    text = clean_line(text).strip("<>\"'")
    scheme, rest = _split_scheme(text)
    if scheme not in ("http", "https"):
        raise UsageError(
            f"“{clean_line(text, limit=80)}” is not a web address podcli can open.",
            "Give an address that starts with https:// or http://.",
        )
    user, rest = _split_user(rest.lstrip("/"))
    host, path = _split_host(rest, text)
    return f"{scheme}://{user}{host}{_encode(path) or '/'}"


def _split_scheme(text: str) -> tuple[str, str]:
    """Scheme and the rest; ``feed:https://…`` and ``feed://…`` are unwrapped, no scheme means https."""
    match = _SCHEME.match(text)
    for _ in range(3):
        if not match or match[1].lower() not in _PODCAST_SCHEMES:
            break
        text = text[match.end() :].lstrip("/")
        match = _SCHEME.match(text)
    return (match[1].lower(), text[match.end() :]) if match else ("https", text)


def _split_user(rest: str) -> tuple[str, str]:
    """``name:password@`` percent-encoded, and what follows. Passwords hold ``#`` and ``?`` in practice."""
    authority = rest.split("/", 1)[0]
    if "@" not in authority:
        return "", rest
    userinfo = authority.rsplit("@", 1)[0]
    if re.search(r"[?#]", userinfo.split(":", 1)[0]):
        return "", rest
    name, colon, password = userinfo.partition(":")
    encoded = quote(unquote(name), safe="") + colon + quote(unquote(password), safe="")
    return f"{encoded}@", rest[len(userinfo) + 1 :]


def _split_host(rest: str, text: str) -> tuple[str, str]:
    hopeless = UsageError(
        f"“{clean_line(text, limit=80)}” is not a web address.",
        "Give the address of a feed, such as https://example.com/feed.xml.",
    )
    match = _HOST.match(rest)
    if not match or len(rest) > _LONGEST:
        raise hopeless
    host, after = match[0].lower().rstrip("."), rest[match.end() :].removeprefix(".")
    port = re.match(r":(\d{0,5})(?=[/?#]|$)", after)
    if port:
        after = after[port.end() :]
        if port[1] and not 0 < int(port[1]) < 65536:
            raise hopeless
    if not host or (after and after[0] not in "/?#"):
        raise hopeless
    if "://" not in text and not port and "." not in host and ":" not in host and host != "localhost":
        raise hopeless
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        raise hopeless from None
    # Encoding takes letters apart: U+2100 becomes "a/c", which would be another host.
    if not _HOST.fullmatch(ascii_host):
        raise hopeless
    return ascii_host + (f":{port[1]}" if port and port[1] else ""), after


def _encode(path: str) -> str:
    """Percent-encode what may not stand in a path; drop the fragment; a lone ``%`` becomes ``%25``."""
    path = path.split("#", 1)[0]
    if path and not path.startswith("/"):
        path = "/" + path
    path = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path)
    return quote(path, safe=_SAFE)


def resolve(base: str, reference: str) -> str:
    """`reference` from a feed made absolute against `base` (RFC 3986 §5); '' when it is no http(s) address."""
    reference = clean_line(reference).replace("\\", "/")
    if re.fullmatch(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?/{2,}|", reference):
        # RFC 3986 would read an address without a host as the base itself.
        return ""
    try:
        absolute = urljoin(without_user(base), reference)
        return normalise_url(absolute) if re.match(r"https?://", absolute, re.I) else ""
    except (UsageError, ValueError):
        return ""


def host_of(url: str) -> str:
    """The host of `url` in lower case, '' when it has none: what to put in ``trusted_hosts`` for a typed address."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def name_of(url: str) -> str:
    """What to call the thing at `url` in a sentence or as a last title: its host, or the name of a local file."""
    return host_of(url) or clean_line(unquote(url.rpartition("/")[2]), limit=120) or "this file"


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must agree before a password is sent (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def user_of(url: str) -> tuple[str, str] | None:
    """User name and password in `url`, decoded, or None."""
    parts = urlsplit(url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))


def without_user(url: str) -> str:
    """`url` without user name and password: fit for messages, logs and exports."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]))


def with_user_of(url: str, source: str) -> str:
    """`url` with the user name and password of `source` when both have the same origin; private feeds need it for audio."""
    parts, user = urlsplit(url), urlsplit(source).netloc.rpartition("@")[0]
    if not user or "@" in parts.netloc or origin_of(url) != origin_of(source):
        return url
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))
