"""The command that tells what was said."""

from __future__ import annotations

from typing import Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, episode_argument, find_episode
from podcli.cli.output import emit, emit_json, follow, narrate
from podcli.domain import Episode, Transcript, TranscriptSource
from podcli.domain.documents import EpisodeJson, episode_json
from podcli.domain.schema import Seconds
from podcli.errors import PodcliError
from podcli.exports.escaping import markdown_text
from podcli.text import clean_line, timecode


class WordJson(TypedDict):
    """A spoken word."""

    start: Annotated[Seconds, "Where it begins."]
    end: Annotated[Seconds, "Where it ends."]
    text: Annotated[str, "The word, with what is put behind it."]


class SegmentJson(TypedDict):
    """A stretch of speech."""

    start: Annotated[Seconds, "Where it begins."]
    end: Annotated[Seconds, "Where it ends; 0: the transcript has no times."]
    text: Annotated[str, "What is said."]
    speaker: Annotated[str | None, "Who says it; null: the transcript does not know."]
    words: Annotated[list[WordJson], "Its words with their times; empty: only the stretch has some."]


class TranscriptJson(TypedDict):
    """The words of an episode."""

    episode: EpisodeJson
    source: Annotated[TranscriptSource, "publisher: it came with the feed; whisper: made here."]
    model: Annotated[str | None, "Which model listened; null: none, it is the publisher's."]
    language: Annotated[str | None, "Which is spoken, as a code such as en; null: unknown."]
    translated: Annotated[bool, "Whether the words are English for what is said in another language."]
    segments: Annotated[list[SegmentJson], "In order of time."]
    notice: Annotated[str | None, "A sentence on what is odd about it; null: nothing."]


@click.command()
@episode_argument
@click.option("--own", is_flag=True, help="Listen with Whisper even when the publisher offers a transcript.")
@click.option("--translate", is_flag=True, help="In English, whatever is spoken (needs a multilingual model).")
@click.option("--again", is_flag=True, help="Make it anew.")
@click.option("--model", default="", metavar="ID", help="Use this model instead of the chosen one.")
@click.option("--md", "as_markdown", is_flag=True, help="Print Markdown.")
@as_json(TranscriptJson)
def transcript(episode: str, own: bool, translate: bool, again: bool, model: str, as_markdown: bool, as_json: bool) -> None:
    """The transcript of EPISODE: the publisher's when the feed has one, else made here by Whisper.

    \b
      podcli transcript 12 > words.txt
      podcli transcript talk.mp3 --own --json
      podcli transcript 12 --translate
    """
    from podcli.services import open_services

    with open_services() as services:
        found = find_episode(services, episode)
        jobs = services.insights.request(
            found.id, "transcribe", own=own, again=again, model=model, priority=1, translate=translate
        )
        follow(services, jobs)
        made = services.insights.transcript(found.id, own=own or translate or bool(model), translated=translate)
        if made is None:
            raise PodcliError("The transcript is not there although the work ended well.", "Run the command again with --again.")
        fresh = services.library.episode(found.id)
        if made.notice:
            narrate(made.notice)
        if as_json:
            emit_json(_transcript_json(fresh, made))
        else:
            _print_transcript(fresh, made, as_markdown)


def _transcript_json(episode: Episode, made: Transcript) -> TranscriptJson:
    return {
        "episode": episode_json(episode),
        "source": made.source,
        "model": made.model if made.source == "whisper" else None,
        "language": made.language or None,
        "translated": made.translated,
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
        emit(f"# {markdown_text(episode.title)}\n\n*{markdown_text(episode.show_title)}* · transcript by {made_by}\n")
    else:
        narrate(f"{clean_line(f'{episode.show_title} — {episode.title}')}\nTranscript by {made_by}.")
    speaker = ""
    for segment in made.segments:
        who = f"{segment.speaker}: " if segment.speaker and segment.speaker != speaker else ""
        speaker = segment.speaker
        if as_markdown:
            emit(f"`{timecode(segment.start_s)}` {markdown_text(who + segment.text)}  ")
        else:
            emit(clean_line(f"[{timecode(segment.start_s)}] {who}{segment.text}"))
    if not made.segments:
        narrate("No speech was heard in this audio.")
