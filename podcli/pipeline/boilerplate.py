"""Which sentences of a transcript are no content: sponsor messages, orders to a model, sounds, greetings. English rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from podcli.domain import Sentence
from podcli.pipeline import frame
from podcli.pipeline.injection import addresses_model

Kind = Literal["", "sponsor", "instruction", "sound", "greeting", "frame", "question", "scrap"]
UNTOLD: frozenset[Kind] = frozenset(["sponsor", "instruction", "sound"])
"""Kinds that are never told, and prove nothing."""
MANNERS: frozenset[Kind] = frozenset(["greeting", "frame"])
"""Kinds that are not told, but answer a question: who speaks, and where more is to be found."""

_SPONSOR = re.compile(
    r"\b(?:(?:brought|presented) to you (?:\w+ )?by|(?:our|today's|this (?:week|month|episode)'s) sponsors?\b|sponsored by|"
    r"sponsor(?:s|ing)? "
    r"(?:of )?(?:this|today's|the) (?:show|episode|podcast)|word from (?:our|today's|the|one of our) |"
    r"sponsored (?:news|message|segment|content|read)|"
    r"thanks?,? (?:you |again |once again |so much )*to [^.!?]{2,60} for (?:sponsoring|supporting|making this)|(?:promo|discount|"
    r"coupon|offer|referral) code|"
    r"use (?:the |my |our )(?:promo )?code\b|(?-i:use code [A-Z0-9]{3})|"
    r"with (?:the )?code [A-Z]{3}|message from our|support (?:for (?:this|the) (?:show|"
    r"podcast|episode)|comes from))",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:percent off|% off|dollars off|free trial|free shipping|first (?:order|month|purchase|box)|money[- ]back|check "
    r"?out|sign up (?:today|now|at)|"
    r"(?:go|head|head over|visit|check \w+ out at|learn more (?:and \w+ )?at|apply at|over) (?:to |at )?(?:\S+ ){0,4}?"
    r"(?:\S*\w\.(?:com|org|net|io|dev|fm|ai|co)\b|dot (?:com|org|net|io|dev|fm|ai|co|example)\b)|"
    r"dot com slash|\.com/\w+|terms (?:and conditions )?apply|link in the (?:show notes|description)|for a limited time)",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"\bto [^.!?]{2,60} for (?:sponsoring|supporting|making this)\b", re.IGNORECASE)
"""How a sponsor message ends."""
_BACK = re.compile(
    r"\b(?:(?:we're|we are|i'm|and) back\b(?! (?:to|in|when|from))|back to (?:the|our) (?:show|episode|conversation|"
    r"interview|program))",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\bwelcome (?:back )?(?:to|everyone)|\bthanks?(?: you)? (?:so much |very much )?for (?:listening|tuning|joining|"
    r"having|coming|being)|^(?:hello|hi|hey|good (?:morning|evening|afternoon))\b|"
    r"^(?:and |so |well,? )?(?:i'm|i am|my name is|this is) (?:[A-Z]\w+)(?: [A-Z]\w+)?[.!,]?$|\bgood ?bye\b|\bbye[ -]bye\b|"
    r"\bsee you (?:next|soon|in)|\buntil next (?:time|week)|\bhave a good one\b|"
    r"\btalk to (?:you|everyone) (?:later|soon)\b|"
    r"\bnext (?:time|week|episode),|\bthat's (?:all|it) for (?:this|today|now)|\b(?:subscribe|leave (?:us )?a (?:review|"
    r"rating)|rate and review|follow us|patreon|our newsletter)\b|"
    r"\b(?:this|our|the) (?:show|podcast)\b.{0,40}\b(?:about|hosted|you like|available|produced)|\bproduced by\b|\bour "
    r"guest (?:today|is)|\bjoin(?:ing|ed|s)? (?:me|us) (?:today|now|is|by)",
    re.IGNORECASE,
)
_SCRAP = re.compile(
    r"^(?:(?:so|and|now|okay|ok|well|right|yeah|yes|but|anyway),? )*(?:let's|let us|let me|we'll|we will|tell us|tell me|"
    r"tell the|now tell|remember,? (?:when|that)|i love|i like|"
    r"thank you|thanks|you promised|wait|exactly|of course|i (?:don't )?know|i mean|you know|that's (?:right|true|great|"
    r"interesting|the first thing|a (?:good|great))|we have (?:\w+ )?(?:stops|parts|topics|questions))\b",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"(?:\.\.\.|…|--|[,;:–—])[\"'”’]?$| -- ")
"""A sentence that was given up."""
_SOUND = re.compile(r"\[[^\[\]]{0,60}\]|\(\W*\w+(?: \w+){0,3}\W*\)|\*\w+(?: \w+){0,3}\*|[♪♫♬♩]+")
"""What transcripts write for music, laughter and silence."""
_LONGEST_AD_S = 180.0
_NEAR = 4
"""Sentences between two parts of one sponsor message."""
_NAMED = 4
"""In so many sentences a message that is longer than that names its brand before its offer."""


def kinds(sentences: Sequence[Sentence]) -> list[Kind]:
    """What each sentence is, besides content. Sponsor messages are masked whole, from announcement to "we're back".

    So is what follows an order to a model: often it is what the model shall say. What else is said while one greets or
    takes leave is the frame.
    """
    ads = _sponsored(sentences)
    found: list[Kind] = [("sponsor" if ad else kind(sentence.text)) for ad, sentence in zip(ads, sentences, strict=True)]
    orders = [place for place, what in enumerate(found[:-1]) if what == "instruction"]
    for place in orders:
        found[place + 1] = "instruction"
    greeting, parting = frame.outer(sentences, [ad or offers(sentence.text) for ad, sentence in zip(ads, sentences, strict=True)])
    for place in (*greeting, *parting):
        if found[place] != "greeting" and found[place] not in UNTOLD:
            found[place] = "frame"
    return found


def kind(text: str) -> Kind:
    """What a sentence is when one looks at nothing around it."""
    if _SPONSOR.search(text):
        return "sponsor"
    if addresses_model(text):
        return "instruction"
    if not re.search(r"\w", _SOUND.sub("", text)):
        return "sound"
    if text.rstrip("\"'”’») !.").endswith(("?", "？", "؟")):
        return "question"
    if _GREETING.search(text) or _BACK.search(text):
        return "greeting"
    return "scrap" if _SCRAP.search(text) or _is_short(text) or _BROKEN.search(text) else ""


def offers(text: str) -> bool:
    """Whether a sentence makes an offer, as sponsor messages do, and others too."""
    return bool(_OFFER.search(text))


def _is_short(text: str) -> bool:
    """Fewer than four words, or than eight characters where words are not spaced."""
    return len(text.split()) < 4 and len(re.findall(r"\w", text)) < (8 if any(char > "\u2e80" for char in text) else 99)


def _sponsored(sentences: Sequence[Sentence]) -> list[bool]:
    """Sentences of sponsor messages: an announcement, the offers near it, the brand's name, and what is between these."""
    ads = [bool(_SPONSOR.search(sentence.text)) for sentence in sentences]
    seeds = [place for place, ad in enumerate(ads) if ad]
    for seed in seeds:
        brands = _brands(sentences[seed].text)
        last = seed
        for place in range(seed + 1, len(sentences)):
            text = sentences[place].text
            if place - last > _NEAR or sentences[place].start_s - sentences[seed].start_s > _LONGEST_AD_S:
                break
            if _BACK.search(text):
                last = place
                break
            if ads[place] or _OFFER.search(text) or any(brand in text.casefold() for brand in brands):
                last = place
        last = max(last, _offered(sentences, seed, brands))
        # The slogan at the end names nothing: "we're back" just after it tells where the message was over.
        ads[seed : last + 1] = [True] * (last + 1 - seed)
        if _CLOSING.search(sentences[seed].text):
            _back_to_brand(sentences, ads, seed)
        for place in range(seed - 1, max(-1, seed - 3), -1):
            if not _OFFER.search(sentences[place].text) and not re.search(
                r"\b(?:in a moment|but first|quick break|right after)\b", sentences[place].text, re.IGNORECASE
            ):
                break
            ads[place] = True
    return ads


def _offered(sentences: Sequence[Sentence], seed: int, brands: Sequence[str]) -> int:
    """Where the message announced at `seed` makes its last offer, if it comes to one and names the brand over and over: a long
    message tells of somebody's troubles before it names what mends them."""
    last, named = seed, 0
    for place in range(seed + 1, len(sentences)):
        text = sentences[place].text
        if sentences[place].start_s - sentences[seed].start_s > _LONGEST_AD_S or _BACK.search(text):
            break
        named += any(re.search(rf"\b{re.escape(brand)}\b", text, re.IGNORECASE) for brand in brands)
        if named >= _NAMED and _OFFER.search(text):
            last = place
    return last


def _back_to_brand(sentences: Sequence[Sentence], ads: list[bool], seed: int) -> None:
    """Mask what comes before "thanks to … for sponsoring": from its announcement, else from where the brand was first named."""
    brands = _brands(sentences[seed].text)
    first = seed
    for place in range(seed - 1, -1, -1):
        text = sentences[place].text.casefold()
        if sentences[seed].start_s - sentences[place].start_s > _LONGEST_AD_S or _BACK.search(text):
            break
        named = any(brand in text for brand in brands)
        if _SPONSOR.search(text) and not _CLOSING.search(text) and (named or "sponsored" in text):
            first = place
            break
        if first - place <= _NEAR and named:
            first = place
    ads[first:seed] = [True] * (seed - first)


def _brands(text: str) -> list[str]:
    """Who pays: what follows "brought to you by" and its like, and its capitalised words alone."""
    found = re.findall(
        r"\b(?:you by|sponsored by|sponsor,?|sponsor is|message from|support (?:\w+ )?from) ([^.,;:!?]{3,40}?)(?= and | "
        r"for |[.,;:!?]|$)",
        text,
    )
    found += re.findall(r"\bto ([^.,;:!?]{3,40}?) for (?:sponsoring|supporting|making)", text)
    found += re.findall(r"\b(?:by|from|at|sponsor,?|is) ((?:[A-Z][\w'&-]*)(?: [A-Z][\w'&-]*){0,3})", text)
    return [name.casefold() for name in found if len(name) > 3]
