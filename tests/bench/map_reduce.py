"""The plain way: every part of the transcript is summed up in turn, then the notes are; what people write first."""

from __future__ import annotations

from podcli.engines.llama import LlamaWriter
from tests.bench.talks import Talk

_PART_TOKENS = 2000
_SYSTEM = "You are a helpful assistant."
_MAP = "Summarize this part of a podcast transcript in bullet points:\n\n{text}"
_REDUCE = {
    "summary": "These are notes on the parts of a podcast episode. Write a summary of about 120 words:\n\n{text}",
    "takeaways": "These are notes on the parts of a podcast episode. List the 7 most important takeaways:\n\n{text}",
    "chapters": "These are notes on the parts of a podcast episode. Give each part a chapter title:\n\n{text}",
}


def insights(talk: Talk, writer: LlamaWriter) -> dict[str, str]:
    """Summary, takeaways and chapter titles of a talk."""
    notes = [writer.write(system=_SYSTEM, text=_MAP.format(text=part), max_tokens=256).text for part in _parts(talk, writer)]
    room = writer.context_tokens - 700
    while len(notes) > 1 and writer.count("\n".join(notes)) > room:
        joined = ["\n".join(notes[place : place + 4]) for place in range(0, len(notes), 4)]
        notes = [writer.write(system=_SYSTEM, text=_MAP.format(text=part), max_tokens=256).text for part in joined]
    text = "\n\n".join(f"Part {number}:\n{note}" for number, note in enumerate(notes, 1))
    return {kind: writer.write(system=_SYSTEM, text=ask.format(text=text), max_tokens=400).text for kind, ask in _REDUCE.items()}


def _parts(talk: Talk, writer: LlamaWriter) -> list[str]:
    parts: list[str] = [""]
    held = 0
    for sentence in talk.sentences:
        size = writer.count(sentence.text) + 1
        if held + size > _PART_TOKENS:
            parts.append("")
            held = 0
        parts[-1] += sentence.text + " "
        held += size
    return parts
