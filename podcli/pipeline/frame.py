"""Where an episode's greeting ends and its sign-off begins: what is said there is manners, not content. English rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from podcli.domain import Sentence

INTRO_S = 75.0
OUTRO_S = 180.0
"""At most so much of an episode's start and end is looked at, and never more than a tenth and a sixth of it."""
_CLIP_S = 120.0
"""Shorter ones are all talk."""
_STEP_S = 30.0
"""Between two marks of one sign-off; a greeting's follow each other faster."""

_HELLO = re.compile(
    r"\bwelcome\b|^(?:hello|hi|hey|good (?:morning|evening|afternoon))\b|\bco-?hosts?\b|"
    r"\b(?:i'm|i am|we're|we are) (?:\w+ )?(?:joined|here with|your host)|\byour hosts?,? |"
    r"^(?:and |so |well,? )?(?:i'm|i am|my name is|this is) (?-i:[A-Z]\w+ [A-Z]\w+)|"
    r"\bhow(?:'s| is| are) (?:it|you|things|everyone|everybody)(?: all| guys)?(?: doing| going)?\b[^.]*\?|"
    r"\bthanks?(?: you)? (?:so much |very much )?for (?:having|joining|coming|tuning|listening)|"
    r"\b(?:great|good|happy|excited|glad|fun|pleasure) to (?:be here|be on|have you|be back)",
    re.IGNORECASE,
)
_PARTING = re.compile(
    r"\bthank(?:s| you)\b[^.!?]{0,60}? for (?:listening|tuning|joining|coming|being (?:here|on|with)|having (?:me|us)|"
    r"(?:taking|spending|making) (?:the |your |some |all )?time|your time|(?:the|this|a great) (?:conversation|discussion|chat)|"
    r"sharing|talking|chatting|watching|everything)|"
    r"\bappreciate (?:you|y'all|it|your)\b[^.!?]{0,30}(?:joining|coming|taking|time|listening|being)|"
    r"\b(?:been|was|it's) (?:really |so |such |a |an |my |real |great |absolute |truly )*(?:pleasure|honou?r|treat|blast)\b|"
    r"\bgood ?bye\b|\bbye[ -]bye\b|^bye\b|\bsee (?:you|ya|y'all) (?:next|later|soon|then|all|in|around)\b|\bsee ya\b|"
    r"\buntil next (?:time|week)\b|\btalk to (?:you|y'all|everyone) (?:again |all )?(?:later|soon|next)\b|"
    r"\btalk again (?:real )?soon\b|"
    r"\bthat's (?:all|it|our show|the show|the news)\b[^.!?]{0,20}\b(?:for|this|today|folks|everyone|now)\b|"
    r"\b(?:this|that) (?:has been|was|is the end of) (?:another |the |an? |our )?(?:\w+ )?(?:episode|show|podcast)\b|"
    r"\b(?:the|our) show ?notes\b|\b(?:rate and review|leave (?:us )?a (?:\S+ )?(?:review|rating)|subscribe (?:to|on|in|at|for)|"
    r"five[- ]star review)\b|\bhave a (?:good|great|nice) (?:one|week|weekend|day|evening)\b",
    re.IGNORECASE,
)


def outer(sentences: Sequence[Sentence], linked: Sequence[bool]) -> tuple[range, range]:
    """The places of the greeting's sentences, and of the sign-off's; what comes before the greeting is talk.

    `linked` says which sentences are of a sponsor message or make an offer: they stand between the marks of a sign-off.
    """
    if not sentences or (end := sentences[-1].end_s) - (start := sentences[0].start_s) < _CLIP_S:
        return range(0), range(0)
    intro, outro = min(INTRO_S, (end - start) / 10), min(OUTRO_S, (end - start) / 6)
    greeting, reached = range(0), start
    for place, sentence in enumerate(sentences):
        if sentence.start_s - start > intro or sentence.start_s - reached > _STEP_S / 2:
            break
        if _HELLO.search(sentence.text):
            greeting, reached = range(greeting.start if greeting else place, place + 1), sentence.end_s
    parting, reached = len(sentences), end
    for place in range(len(sentences) - 1, greeting.stop - 1, -1):
        sentence = sentences[place]
        if end - sentence.start_s > outro or reached - sentence.end_s > _STEP_S:
            break
        if _PARTING.search(sentence.text):
            parting, reached = place, sentence.start_s
        elif linked[place]:
            reached = sentence.start_s
    return greeting, range(parting, len(sentences))
