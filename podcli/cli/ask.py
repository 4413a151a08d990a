"""Ask what was said: an answer from transcripts alone, every sentence of it with the second it was said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import click

from podcli.cli.arguments import as_json, complete_episode, complete_show, find_episode
from podcli.cli.output import emit, emit_json, follow, narrate, wrap
from podcli.domain import Answer, AnswerId, Citation, Job
from podcli.domain.documents import PlayLineJson, SpeakerField
from podcli.domain.schema import Seconds, When
from podcli.errors import PodcliError, UsageError
from podcli.exports.escaping import markdown_text
from podcli.text import clean_line, timecode

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.store.passages import Scope

NOT_SAID = "Not said in these episodes."


class CitationJson(TypedDict):
    """A sentence of an answer, with its proof."""

    text: Annotated[str, "The sentence."]
    quote: Annotated[str, "The words that prove it, copied from the transcript."]
    kind: Annotated[Literal["claim", "quote"], "claim: the model worded it; quote: it is itself what was said."]
    number: Annotated[int, "The number of the episode."]
    episode: Annotated[str, "The title of the episode."]
    show: Annotated[str, "The title of its show."]
    start: Annotated[Seconds, "Where the words begin."]
    end: Annotated[Seconds, "Where they end; 0: the transcript has no times."]
    speaker: SpeakerField
    sentences: Annotated[list[int], "Which sentences of the transcript prove it, from 1."]


class AnswerJson(TypedDict):
    """What episodes say to a question."""

    id: Annotated[int, "The number of the answer."]
    question: Annotated[str, "As it was asked."]
    understood: Annotated[str, "A follow-up as it stands alone; else the question."]
    follows: Annotated[int | None, "The answer it goes on from; null: none."]
    scope: Annotated[str, "Which episodes were asked, in words."]
    transcripts: Annotated[int, "How many that were."]
    answered: Annotated[bool, "Whether it is said in them."]
    text: Annotated[str, "The whole answer."]
    sentences: Annotated[list[CitationJson], "Its sentences; empty: it is not said in these episodes."]
    searches: Annotated[list[str], "The words that were looked for, in turn."]
    model: Annotated[str, "Which model answered."]
    adapters: Annotated[str | None, "The LoRA adapters that took part, with their scales; null: none."]
    prompt_version: Annotated[str, "Of the instructions the model had."]
    asked: Annotated[When | None, "When it was asked; null: not known."]
    notice: Annotated[str | None, "A sentence on what is odd about it; null: nothing."]


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--episode", metavar="EPISODE", help="Ask this episode; without a transcript it gets one first.",
              shell_complete=complete_episode)  # fmt: skip
@click.option("--show", metavar="SHOW", help="Ask the episodes of this show.", shell_complete=complete_show)
@click.option("--all", "everything", is_flag=True, help="Ask every episode that has a transcript (the default).")
@click.option("--since", metavar="WHEN", help="Ask only episodes since then: 7d, 2w, yesterday, 2026-11-01.")
@click.option("--speaker", metavar="NAME", help="Ask only where somebody of this name speaks, if the transcript knows.")
@click.option("--follow", "follows", is_flag=True, help="Go on from the last question, in the same episodes.")
@click.option("--again", is_flag=True, help="Find the answer anew.")
@click.option("--model", default="", metavar="ID", help="Use this model instead of the chosen one.")
@click.option("--play", "play_number", type=int, metavar="N", help="Play where the Nth sentence of the answer was said.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@as_json(AnswerJson | PlayLineJson)
@click.pass_context
def ask(
    context: click.Context,
    question: tuple[str, ...],
    episode: str | None,
    show: str | None,
    everything: bool,
    since: str | None,
    speaker: str | None,
    follows: bool,
    again: bool,
    model: str,
    play_number: int | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Answer QUESTION from what was said in episodes that have a transcript, each sentence with its second and its proof.

    Nothing else is an answer: what nobody said is "Not said in these episodes." Answers are kept: asking again costs nothing.

    \b
      podcli ask "Why did shipping get cheap?"
      podcli ask "How much sleep do we need?" --episode 12
      podcli ask "And children?" --follow
      podcli ask "Who wrote diff?" --show "Changelog News" --json
    """
    from podcli.services import open_services

    if everything and (episode or show):
        raise UsageError("--all and --episode or --show cannot both be meant.", "Leave one of them out.")
    with open_services() as services:
        narrow = bool(episode or show or since or speaker)
        asked = services.ask.check(" ".join(question))
        earlier = _last(services) if follows else None
        scope = None if earlier and not (narrow or everything) else _scope(services, episode, show, since, speaker)
        answer = _answer(services, asked, scope, earlier, again=again, model=model, tell=not (narrow or everything))
        if play_number is not None:
            cited = _chosen(answer, play_number)
            target = (str(cited.episode_id), timecode(cited.start_s))
    if play_number is not None:
        from podcli.cli.listen import play
        from podcli.cli.search import playing

        context.invoke(play, **playing(context, *target))
        return
    if answer.notice:
        narrate(answer.notice)
    if as_json:
        emit_json(_json(answer))
    else:
        emit(_markdown(answer) if as_markdown else _plain(answer))


def _last(services: Services) -> Answer:
    before = services.ask.history(limit=1)
    if not before:
        raise UsageError("There is no question to go on from.", "Ask without --follow.")
    return before[0]


def _scope(services: Services, episode: str | None, show: str | None, since: str | None, speaker: str | None) -> Scope:
    from podcli.services.query import moment
    from podcli.store.passages import Scope

    now = datetime.now(UTC).astimezone()
    chosen = services.library.show(show) if show else None
    found = find_episode(services, episode) if episode else None
    if found is not None:
        follow(services, services.insights.request(found.id, "transcribe", priority=1))
    return Scope(
        chosen.id if chosen else None, found.id if found else None, moment(since, now) if since else None, None, speaker or ""
    )


def _answer(
    services: Services, question: str, scope: Scope | None, earlier: Answer | None, *, again: bool, model: str, tell: bool
) -> Answer:
    """The answer, found now when it is not known. Raises PodcliError."""
    follows: AnswerId | None = earlier.id if earlier else None
    found = services.ask.ask(question, scope, follows=follows, model=model, again=again, priority=1)
    if tell and not earlier:
        count = services.ask.transcripts(scope)
        narrate(f"Asking {count} transcript{'s' if count != 1 else ''}; --episode or --show ask fewer.")
    if not isinstance(found, Job):
        return found
    (done,) = follow(services, [found])
    answer = services.ask.answer_of(done)
    if answer is None:
        raise PodcliError("The answer is not there although the work ended well.", "Run the command again with --again.")
    return answer


def _chosen(answer: Answer, number: int) -> Citation:
    if not answer.answered:
        raise UsageError(f"{NOT_SAID} So there is nothing to play.", "Ask in other words.")
    if not 1 <= number <= len(answer.sentences):
        raise UsageError(
            f"There is no sentence {number}: the answer has {len(answer.sentences)}.", "Ask without --play to see them."
        )
    return answer.sentences[number - 1]


def _plain(answer: Answer) -> str:
    """An answer for a terminal: each sentence with where and in which words it was said."""
    head = [wrap(clean_line(answer.understood or answer.question)), f"Answered by {_maker(answer)} from {_from(answer)}.", ""]
    if not answer.answered:
        return "\n".join([*head, NOT_SAID])
    lines: list[str] = []
    for number, each in enumerate(answer.sentences, 1):
        text = each.text if each.kind == "claim" else f"“{each.text}”{_voice(each)}"
        lines.append(wrap(clean_line(text), indent="    ", first=f"{number:2}. "))
        place = f"{clean_line(each.episode_title)} ({clean_line(each.show_title)}), {_span(each)} · episode {each.episode_id}"
        lines.append(wrap(place, indent=" " * 6, first=" " * 4))
        if each.kind == "claim":
            lines.append(wrap(clean_line(f"“{each.quote}”{_voice(each)}"), indent=" " * 6, first=" " * 4))
        lines.append("")
    return "\n".join([*head, *lines]).rstrip()


def _maker(answer: Answer) -> str:
    return f"{answer.model} with {answer.adapters}" if answer.adapters else answer.model


def _from(answer: Answer) -> str:
    if answer.transcripts == 1:
        return answer.scope
    return f"{answer.scope} ({answer.transcripts} transcripts)"


def _voice(each: Citation) -> str:
    return f" — {clean_line(each.speaker)}" if each.speaker else ""


def _span(each: Citation) -> str:
    return f"{timecode(each.start_s)}–{timecode(each.end_s)}"


def _markdown(answer: Answer) -> str:
    by = f"answered by {markdown_text(_maker(answer))} from {markdown_text(_from(answer))}"
    lines = [f"# {markdown_text(answer.understood or answer.question)}", "", f"*{by}*", ""]
    if not answer.answered:
        return "\n".join([*lines, NOT_SAID])
    for each in answer.sentences:
        where = f"{markdown_text(each.episode_title)}, `{timecode(each.start_s)}`"
        if each.kind == "claim":
            proof = f"“{markdown_text(each.quote)}”{markdown_text(_voice(each))}"
            lines += [f"- {markdown_text(each.text)}  ", f"  > {where} {proof}"]
        else:
            lines += [f"- “{markdown_text(each.text)}”{markdown_text(_voice(each))}  ", f"  {where}"]
    return "\n".join(lines)


def _json(answer: Answer) -> AnswerJson:
    """An answer as ``--json`` prints it: times in seconds, `sentences` of a citation by number in the transcript."""
    return {
        "id": answer.id, "question": answer.question, "understood": answer.understood or answer.question,
        "follows": answer.follows, "scope": answer.scope, "transcripts": answer.transcripts, "answered": answer.answered,
        "text": " ".join(each.text for each in answer.sentences) if answer.answered else NOT_SAID,
        "sentences": [
            {
                "text": each.text, "quote": each.quote, "kind": each.kind, "number": each.episode_id,
                "episode": each.episode_title, "show": each.show_title, "start": round(each.start_s, 2),
                "end": round(each.end_s, 2), "speaker": each.speaker or None, "sentences": list(each.sentences),
            }
            for each in answer.sentences
        ],
        "searches": list(answer.searches), "model": answer.model, "adapters": answer.adapters or None,
        "prompt_version": answer.prompt_version,
        "asked": answer.asked_at.isoformat() if answer.asked_at else None, "notice": answer.notice or None,
    }  # fmt: skip
