"""How questions and their answers read: each sentence, and beneath it where and in which words it was said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from podcli.domain import Answer, AnswerId, Citation, Job
from podcli.text import clean_line, timecode
from podcli.tui.phrases import title
from podcli.tui.rows import Row, Tone

NOT_SAID = "Not said in these episodes."


@dataclass
class Turn:
    """A question of this sitting, and what came back so far."""

    number: int
    question: str
    answer: Answer | None = None
    job: Job | None = None
    problem: str = ""

    @property
    def working(self) -> bool:
        """Whether more is to come."""
        return not self.problem and (self.job.active if self.job is not None else self.answer is None)

    @property
    def goes_on(self) -> AnswerId | None:
        """What the next question follows: this one, once it is answered."""
        return self.answer.id if self.answer is not None and self.answer.complete else None


def turn_rows(turn: Turn) -> list[Row]:
    """A question and what is known of its answer."""
    n, answer = turn.number, turn.answer
    understood = f"Understood as: {clean_line(answer.understood)}" if answer is not None and answer.understood else ""
    rows = [Row(("question", n), clean_line(turn.question), tone="head", note=understood, live=False, gap=True)]
    sentences = answer.sentences if answer is not None and (answer.answered or not answer.complete) else ()
    rows += [_sentence(n, place, each) for place, each in enumerate(sentences)]
    rows += [Row(("end", n, place), text, tone=tone, live=False, gap=True) for place, (text, tone) in enumerate(_end(turn))]
    return rows


def _sentence(number: int, place: int, each: Citation) -> Row:
    who = f" — {title(each.speaker)}" if each.speaker else ""
    text, quote = clean_line(each.text), f"“{clean_line(each.quote)}”{who}"
    if each.kind == "quote":
        text, quote = f"“{text}”{who}", ""
    where = f"{timecode(each.start_s)}–{timecode(each.end_s)} · {title(each.show_title)} — {title(each.episode_title)}"
    note = " · ".join(part for part in (where, quote) if part)
    return Row(("said", number, place, each.episode_id), text, lead=f"{place + 1}.", note=note, start_s=each.start_s, gap=True)


def _end(turn: Turn) -> list[tuple[str, Tone]]:
    answer, job = turn.answer, turn.job
    if turn.problem:
        return [(f"! {clean_line(turn.problem)}", "text")]
    if job is not None and not job.active and job.state != "done":
        why = clean_line(f"{job.message} {job.hint}") if job.message else f"This was {job.state}; ask again to go on."
        return [(f"! {why}", "text")]
    if answer is None or not answer.complete:
        return [("Looking for an answer…", "dim")] if answer is None or not answer.sentences else [("More may come…", "dim")]
    by = f"by {clean_line(answer.model)}, on this machine"
    notice: list[tuple[str, Tone]] = [(clean_line(answer.notice), "dim")] if answer.notice else []
    if answer.answered:
        return [*notice, (f"Answered {by}, from {clean_line(answer.scope)}.", "dim")]
    sought = ", ".join(f"“{clean_line(each)}”" for each in answer.searches)
    looked = f"Looked through {clean_line(answer.scope)} {by}" + (f", for {sought}." if sought else ".")
    return [(NOT_SAID, "text"), *notice, (looked, "dim")]


def offers(transcripts: int, single: bool, key: str, examples: Sequence[str], before: Sequence[Answer]) -> list[Row]:
    """What stands there before the first question; `single` when one episode is asked, `key` makes a transcript."""
    if not transcripts:
        lines = ["This episode has no transcript yet.", "Ask all the same: its words are written down first, on this machine."]
        if not single:
            lines = ["Nothing was transcribed here yet, so nothing can be asked.", f"{key} on an episode makes its transcript."]
        rows = [Row(("words", n), text, tone="dim" if n else "text", live=False) for n, text in enumerate(lines)]
    else:
        many = "this episode" if single else f"{transcripts:,} episode{'s' if transcripts != 1 else ''}"
        text = f"Ask what was said in {many}. The answer is made of nothing else: Enter on a sentence plays where it was said."
        rows = [Row(("words", 0), text, live=False)]
    rows[-1] = Row(rows[-1].key, rows[-1].text, tone=rows[-1].tone, live=False, gap=True)
    if examples:
        rows.append(Row("examples", "For example", tone="head", live=False))
        rows += [Row(("example", text), clean_line(text)) for text in examples]
        rows.append(Row("gap", "", live=False))
    if before:
        rows.append(Row("before", "Asked before", tone="head", live=False))
        rows += [Row(("before", each.id), clean_line(each.question), note=_short(each), wrap=False) for each in before]
    return rows


def _short(answer: Answer) -> str:
    return clean_line(answer.sentences[0].text) if answer.answered and answer.sentences else NOT_SAID
