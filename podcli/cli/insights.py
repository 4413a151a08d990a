"""Commands that answer what an episode says."""

from __future__ import annotations

from typing import Literal

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode
from podcli.cli.output import emit, emit_json, follow, narrate, wrap
from podcli.cli.rows import episode_json
from podcli.domain import Episode, Insight, Point, Transcript
from podcli.errors import PodcliError
from podcli.text import clean_line, timecode

_again = click.option("--again", is_flag=True, help="Make it anew.")
_model = click.option("--model", default="", metavar="ID", help="Use this model instead of the chosen one.")
_markdown = click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")


@click.command(short_help="The points of an episode, each with its proof.")
@episode_argument
@_markdown
@_again
@_model
@as_json
def takeaways(episode: str, as_markdown: bool, again: bool, model: str, as_json: bool) -> None:
    """What EPISODE says, in a few points; each with the second it was said and the words that prove it.

    Downloads and transcribes first when needed. The answer is kept: asking again costs nothing.

    \b
      podcli takeaways "Example Show/latest"
      podcli takeaways talk.mp3 --json
    """
    _insight("takeaways", episode, as_markdown=as_markdown, again=again, model=model, as_json=as_json)


@click.command(short_help="A short summary with its sources.")
@episode_argument
@_markdown
@_again
@_model
@as_json
def summary(episode: str, as_markdown: bool, again: bool, model: str, as_json: bool) -> None:
    """About 120 words on EPISODE, written from checked takeaways only; every sentence has its second.

    \b
      podcli summary 12
    """
    _insight("summary", episode, as_markdown=as_markdown, again=again, model=model, as_json=as_json)


@click.command(short_help="The words, with times.")
@episode_argument
@click.option("--own", is_flag=True, help="Listen with Whisper even when the publisher offers a transcript.")
@_again
@_model
@_markdown
@as_json
def transcript(episode: str, own: bool, again: bool, model: str, as_markdown: bool, as_json: bool) -> None:
    """The transcript of EPISODE: the publisher's when the feed has one, else made here by Whisper.

    \b
      podcli transcript 12 > words.txt
      podcli transcript talk.mp3 --own --json
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episode(services, episode)
        jobs = services.insights.request(found.id, "transcribe", own=own, again=again, model=model, priority=1)
        follow(services, jobs)
        made = services.insights.transcript(found.id, own=own or bool(model))
        if made is None:
            raise PodcliError("The transcript is not there although the work ended well.", "Run the command again with --again.")
        fresh = services.library.episode(found.id)
        if made.notice:
            narrate(made.notice)
        if as_json:
            emit_json(_transcript_json(fresh, made))
        else:
            _print_transcript(fresh, made, as_markdown)


def _insight(
    kind: Literal["takeaways", "summary"], text: str, *, as_markdown: bool, again: bool, model: str, as_json: bool
) -> None:
    from podcli.services import open_services

    with open_services() as services:
        episode = find_episode(services, text)
        jobs = services.insights.request(episode.id, kind, again=again, model=model, priority=1)
        follow(services, jobs)
        made = services.insights.insight(episode.id, kind, model=model)
        if made is None:
            raise PodcliError("The answer is not there although the work ended well.", "Run the command again with --again.")
        episode = services.library.episode(episode.id)
        if made.notice:
            narrate(made.notice)
        if as_json:
            emit_json(insight_json(episode, made))
        elif as_markdown:
            emit(_markdown_text(episode, made))
        else:
            emit(plain(episode, made))


def plain(episode: Episode, made: Insight) -> str:
    """An insight for a terminal: each statement with when and in which words it was said."""
    head = wrap(clean_line(f"{episode.show_title} — {episode.title}"))
    by = f"{'Summary' if made.kind == 'summary' else 'Takeaways'} by {made.model}, made on this machine."
    if made.kind == "summary":
        body = [wrap(" ".join(item.text for item in made.items)), ""]
        body += [wrap(f"{_span(item)}  “{item.quote}”", indent=" " * 15, first="  ") for item in made.items]
    else:
        body = []
        for number, item in enumerate(made.items, 1):
            body.append(wrap(item.text if item.kind == "claim" else f"“{item.text}”", indent="    ", first=f"{number:2}. "))
            quote = f"{_span(item)}  “{item.quote}”" if item.kind == "claim" else _span(item)
            body += [wrap(quote, indent=" " * 6, first=" " * 4), ""]
    nothing = [] if made.items else ["Nothing was said that could be quoted."]
    return "\n".join([head, by, "", *body, *nothing]).rstrip()


def _span(item: Point) -> str:
    return f"{timecode(item.start_s)}–{timecode(item.end_s)}"


def _markdown_text(episode: Episode, made: Insight) -> str:
    lines = [f"# {_escape(episode.title)}", "", f"*{_escape(episode.show_title)}* · {made.kind} by {made.model}", ""]
    if made.kind == "summary":
        lines += [" ".join(_escape(item.text) for item in made.items), ""]
    for item in made.items:
        if made.kind == "takeaways":
            lines.append(f"- **{_escape(item.text)}**" if item.kind == "claim" else f"- “{_escape(item.text)}”")
        lines.append(f"  > `{timecode(item.start_s)}` “{_escape(item.quote)}”" if item.kind == "claim" else f"  `{_span(item)}`")
    return "\n".join(lines)


def _escape(text: str) -> str:
    """Words that cannot be taken for Markdown or HTML."""
    for char in "\\`*_[]<>#|":
        text = text.replace(char, "\\" + char if char not in "<>" else {"<": "&lt;", ">": "&gt;"}[char])
    return clean_line(text)


def insight_json(episode: Episode, made: Insight) -> dict[str, object]:
    """Takeaways or a summary as every ``--json`` prints them: times in seconds, `kind` claim or quote."""
    items = [
        {"text": i.text, "quote": i.quote, "start": round(i.start_s, 2), "end": round(i.end_s, 2), "kind": i.kind}
        for i in made.items
    ]
    whole: dict[str, object] = {"text": " ".join(item.text for item in made.items)} if made.kind == "summary" else {}
    return {
        "episode": episode_json(episode),
        "model": made.model,
        "prompt_version": made.prompt_version,
        **whole,
        "sentences" if made.kind == "summary" else "takeaways": items,
        "notice": made.notice or None,
    }


def _transcript_json(episode: Episode, made: Transcript) -> dict[str, object]:
    return {
        "episode": episode_json(episode),
        "source": made.source,
        "model": made.model if made.source == "whisper" else None,
        "language": made.language or None,
        "segments": [
            {
                "start": round(s.start_s, 2), "end": round(s.end_s, 2), "text": s.text, "speaker": s.speaker or None,
                "words": [{"start": round(w.start_s, 2), "end": round(w.end_s, 2), "text": w.text} for w in s.words],
            }
            for s in made.segments
        ],
        "notice": made.notice or None,
    }  # fmt: skip


def _print_transcript(episode: Episode, made: Transcript, as_markdown: bool) -> None:
    made_by = "the publisher" if made.source == "publisher" else f"{made.model}, on this machine"
    if as_markdown:
        emit(f"# {_escape(episode.title)}\n\n*{_escape(episode.show_title)}* · transcript by {made_by}\n")
    else:
        narrate(f"{clean_line(f'{episode.show_title} — {episode.title}')}\nTranscript by {made_by}.")
    speaker = ""
    for segment in made.segments:
        who = f"{segment.speaker}: " if segment.speaker and segment.speaker != speaker else ""
        speaker = segment.speaker
        if as_markdown:
            emit(f"`{timecode(segment.start_s)}` {_escape(who + segment.text)}  ")
        else:
            emit(clean_line(f"[{timecode(segment.start_s)}] {who}{segment.text}"))
    if not made.segments:
        narrate("No speech was heard in this audio.")
