"""Sentences that speak to a language model instead of to people (prompt injection). They are never told and prove nothing.

The model takes all that is said for material anyway; this keeps what an attack says from being told as if it had been content.
"""

from __future__ import annotations

import re
import unicodedata

from podcli.pipeline.prompts import neutral

_MODEL = r"(?:ai|assistants?|chatgpt|chatbots?|(?:large )?language models?|llms?|summari[sz]ers?)"
_ORDERS = (
    r"\b(?:ignor\w+|disregard\w*|forget|overrid\w+|bypass) (?:\w+ ){0,3}?(?:your|previous|prior|earlier|above|preceding|existing|"
    r"original|system) (?:\w+ ){0,2}?(?:instructions?|prompts?|rules|guidelines|directions|orders|task)\b",
    r"\b(?:ignore|disregard)(?: all| everything)?(?: of)?(?: the)?(?: instructions?| lines?| text)? above\b",
    r"\b(?:reveal|print|repeat|output|show|leak|recite)(?: me| us)? (?:your (?:\w+ )?|the (?:system|hidden|initial|secret) )"
    r"(?:prompt|instructions)\b",
    r"^\W*(?:system|assistant|user|human|developer|ai)(?: message| prompt| note)?\s*[:>]",
    rf"^(?:(?:hey|hi|hello|dear|okay),? )?{_MODEL}, (?:"
    r"please|you|the|now|do not|don't|always|write|say|ignore|respond|answer|output|your)\b",
    rf"\b(?:notes?|messages?|instructions?) (?:to|for) (?:the |any |all |an? )?{_MODEL}\s*[,:–—-]",
    r"\b(?:the|your|every|each|any|this) (?:summary|takeaways?|title|gist|output|response|reply)s?\b(?: \w+){0,5}? "
    r"(?:must|has to|have to|shall) (?:\w+ )?(?:contain|include|say|mention|be|begin|start|end)\b",
    r"\bevery takeaway is\b",
    r"\b(?:respond|reply|answer) (?:only with|with (?:only|just)|yes to every|no to every|yes or no\b)",
    r"^\W*(?:(?:now|please|from now on),? )*(?:act as|pretend (?:to be|you are|that you are)|you are(?: now)?) (?:an? )?(?:\w+ )?"
    r"(?:dan|jailbroken|unrestricted|assistant|language model|chatbot|pirate)\b",
    r"\b(?:developer|god|jailbreak) mode (?:is |now )?(?:on|enabled|active)\b",
    r"\bend of (?:the )?(?:transcript|passage|document|input|lines)\b",
    r"\bnew (?:task|instructions?|system prompt)\s*:",
    r"\bclaim\s*:|\blines\s*:\s*\d|\bline \d+ again\s*:|\bthe same as a clear written sentence\b",
    r"\b(?:write|print|output|insert|add|append|include|say) (?:\S+ ){0,8}?\W?(?:https?:|javascript:|data:|!\[)",
    r"\bignor(?:iere|ez|a|ieren sie) (?:\w+ ){0,3}?(?:anweisungen|instructions|instrucciones|istruzioni)\b",
)
_ORDER = re.compile("|".join(_ORDERS), re.IGNORECASE)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\U000e0000-\U000e0fff]"
)
_LOOKALIKES = str.maketrans("аеорсухіјѕԁɡαορυνιΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХІЈЅ", "aeopcyxijsdgaopuviABEZHIKMNOPTYXABEKMHOPCTYXIJS")


def addresses_model(text: str) -> bool:
    """Whether a sentence gives a language model orders, or imitates what a prompt or an answer is made of."""
    if neutral(text) != " ".join(text.split())[:600]:
        return True  # marks of a chat template
    plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", text))
    return bool(_ORDER.search(plain) or (not plain.isascii() and _ORDER.search(plain.translate(_LOOKALIKES))))
