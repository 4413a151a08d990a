"""A quote to hand on: as text, and as links that open a message with it.

Sources: docs.x.com (“Post intent”, “Counting characters”), faq.whatsapp.com (“Click to chat”), RFC 6068 (``mailto:``).
"""

from __future__ import annotations

from urllib.parse import quote

from podcli.domain import SnipCard
from podcli.exports.cutting import cut, tweet_length
from podcli.exports.links import time_link
from podcli.exports.wording import snip_title, source_line, span
from podcli.text import clean, clean_line

_TWEET = 280
_MESSAGE = 1200
"""Characters of a quote in a link: mail programs and browsers take addresses of about 2,000 characters when they are ASCII."""


def quote_text(card: SnipCard, limit: int | None = None) -> str:
    """The quote, where it is from, and a link to the second; `limit` cuts the quote (in characters) and nothing else."""
    words = clean_line(card.snip.text) or snip_title(card.snip)
    shown = words if limit is None else cut(words, limit)
    speaker = f" — {clean_line(card.snip.speaker)}" if card.snip.speaker.strip() else ""
    link = time_link(card.episode, card.snip.start_s)
    quoted = f"“{shown}”{speaker}" if card.snip.text.strip() else shown
    return "\n".join(part for part in (quoted, source_line(card), link) if part)


def tweet_text(card: SnipCard) -> str:
    """`quote_text` in at most 280 characters as X counts them: the quote is cut first, then show and episode, never the link."""
    text = quote_text(card)
    if tweet_length(text) <= _TWEET:
        return text
    link = time_link(card.episode, card.snip.start_s)
    tail = f"\n{link}" if link and tweet_length(link) < _TWEET else ""
    source = cut(source_line(card), 100)
    while source and tweet_length(f"“…”\n{source}{tail}") > _TWEET - 40:
        source = cut(source, len(source) - 5) if len(source) > 5 else ""
    tail = f"\n{source}{tail}" if source else tail
    words = clean_line(card.snip.text) or snip_title(card.snip)
    low, high = 0, min(len(words), _TWEET)
    while low < high:
        middle = (low + high + 1) // 2
        fits = tweet_length(f"“{cut(words, middle)}”{tail}") <= _TWEET
        low, high = (middle, high) if fits else (low, middle - 1)
    return f"“{cut(words, low)}”{tail}" if low else tail.strip()


def x_link(card: SnipCard) -> str:
    """Opens X with `tweet_text` written."""
    return f"https://x.com/intent/post?text={quote(tweet_text(card), safe='')}"


def whatsapp_link(card: SnipCard) -> str:
    """Opens WhatsApp with the quote written; whom to send it to is asked there."""
    return f"https://wa.me/?text={quote(quote_text(card, _MESSAGE), safe='')}"


def mail_link(card: SnipCard) -> str:
    """Opens a mail to nobody yet, with subject and body."""
    subject = cut(clean_line(f"{snip_title(card.snip)} ({span(card.snip)}, {card.show.title})"), 200)
    body = clean(quote_text(card, _MESSAGE)).replace("\n", "\r\n")
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}"
