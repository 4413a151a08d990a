"""What speakers say, and what they are, where a new part of an episode begins. English phrases; other languages score 0."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcli.domain import Sentence
from podcli.pipeline.boilerplate import Kind

_LEAD = r"^(?:(?:so|and|now|okay|ok|well|right|all right|alright|but|yeah|anyway|anyways|cool|great|awesome|um|uh),? )*"
_STRONG = re.compile(
    _LEAD
    + r"(?:(?:let's|let us|let me|we should|i want to|i wanted to|i'd like to|i'd love to|we'll|can we|maybe we can|shall we) "
    r"(?:\w+ ){0,2}?(?:talk|move|turn|switch|shift|jump|dive|dig|get (?:in)?to|go (?:in)?to|start|begin|change|transition|"
    r"pivot|look at|discuss|close|wrap|end|finish|round)\b|"
    r"(?:moving|turning|switching|shifting) (?:on|along|to|gears|over)\b|next up\b|up next\b|coming up\b|speaking of\b|"
    r"on to\b|our (?:next|first|second|third|last|final) \w+|the (?:next|second|third|last|final) (?:thing|topic|story|question|"
    r"item|one|part|section|point|piece|tip|step|reason|subject|segment)\b|one (?:more|last|final) (?:thing|question|topic)|"
    r"(?:first|second|third|fourth|fifth|last|final)(?:ly)?,|first (?:of all|up|off)\b|number (?:one|two|three|four|five|six)\b|"
    r"before we (?:go|get|start|wrap|end|close|let|jump|dive|move|leave)|(?:it's |it is )?(?:now )?time (?:for|to)\b|"
    r"in (?:other|sponsored) news|"
    r"tell (?:us|me|everyone|people|(?:the |our )?\w+) (?:\w+ )?(?:about|how|what|who|where)|"
    r"(?:a different|another|new) (?:topic|subject|question|story|thing)\b|chapter \w+|part (?:one|two|three|four|\d)|"
    r"(?:we're|we are|and we're|and) back\b|welcome (?:back|to)\b|as we (?:wrap|close|get (?:close|near)|start to wrap))",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:switch(?:ing)? gears|chang(?:e|ing) (?:the )?(?:topic|subject|gears)|(?:next|last|final) (?:topic|question|segment)\b|"
    r"mov(?:e|ing) on to|segue|pick your brain|background|get(?:ting)? started in|how did you (?:get|start|come|become|first)|"
    r"wrap(?:ping)? (?:things |it |this )?up|(?:let's|let us) (?:talk|move on|dive|dig|jump|shift|switch|turn|get into)\b|"
    r"i(?:'m| am) (?:curious|wondering|interested)|"
    r"i(?:'d| would)? (?:want|wanted|like|love) to (?:ask|talk|know|hear|dig|dive|go)\b)",
    re.IGNORECASE,
)
_RUNS_ON = re.compile(
    r"^(?:and|but|because|or|yeah|yes|yep|right|exactly|no|which|mm-?hm+|uh-huh|it|they|he|she|that's|that|those|these|this)\b",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\bthat's (?:it|all|the \w+|our \w+) for (?:now|today|this|us)\b|"
    r"\bthanks?(?: you)? (?:so much |very much )?for (?:listening|tuning|joining|having|coming|being|watching)|"
    r"\bhave a (?:great|good|nice|wonderful)\b|\b(?:see|talk to|catch) you (?:next|soon|in|later|then|all)\b|"
    r"\buntil next (?:time|week)|\bgood ?bye\b|\bbye[ -]bye\b|\bleave (?:us )?a (?:\S+ )?(?:review|rating)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\bthank(?:s| you)\b.* for sponsoring\b", re.IGNORECASE)
_FEW = 6
"""Words; a sentence of fewer opens nothing by itself."""
_LONG_ANSWER = 60
"""Words of a turn that answers at length."""


def cues(sentences: Sequence[Sentence], kinds: Sequence[Kind]) -> list[float]:
    """How much each sentence sounds like the opening of a part, from about -2 to 3."""
    return [_phrases(sentence.text) + _sponsor(sentences, kinds, place) for place, sentence in enumerate(sentences)]


def _phrases(text: str) -> float:
    worth = (0.75 if _STRONG.search(text) else 0.0) + (0.75 if _WITHIN.search(text) else 0.0)
    if not worth and len(text.split()) < _FEW:
        worth -= 0.2
    return worth - (0.3 if _RUNS_ON.search(text) else 0.0) - (1.5 if _FAREWELL.search(text) else 0.0)


def _sponsor(sentences: Sequence[Sentence], kinds: Sequence[Kind], place: int) -> float:
    """A message begins or has just ended; there is no boundary inside one, nor at the thanks that end it."""
    if place == 0:
        return 0.0
    now, before = kinds[place] == "sponsor", kinds[place - 1] == "sponsor"
    if now and not before:
        return -0.5 if _THANKS.search(sentences[place].text) else 1.5
    return 1.0 if before and not now else (-1.5 if now else 0.0)


def questions(sentences: Sequence[Sentence]) -> list[float]:
    """1 where a turn begins that asks something after another speaker spoke at length; 0 elsewhere. Needs speakers."""
    found = [0.0] * len(sentences)
    start = 0
    spoken = 0
    for place in range(1, len(sentences) + 1):
        if place < len(sentences) and sentences[place].speaker == sentences[start].speaker:
            continue
        turn = sentences[start:place]
        if start and spoken >= _LONG_ANSWER and any(s.text.rstrip().endswith(("?", "？", "؟")) for s in turn):
            found[start] = 1.0
        spoken = sum(len(s.text.split()) for s in turn)
        start = place
    return found
