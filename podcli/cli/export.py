"""The command that hands what was kept to other programs, in files or over the network."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli import sending
from podcli.cli.arguments import as_json, complete_episode, complete_show, find_episodes
from podcli.cli.output import emit_document, emit_json, narrate
from podcli.domain import WrittenAction
from podcli.errors import PodcliError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcli.services import Services
    from podcli.services.exporting import Wish, Written
    from podcli.services.exporting.places import Place

KINDS = ("markdown", "obsidian", "logseq", "readwise", "notion", "anki", "srt", "vtt", "transcript-json", "chapters", "jsonl",
         "atom")  # fmt: skip
_TOLD = {
    "made": ("made", ""), "changed": ("brought up to date", ""), "same": ("as it was", "as they were"),
    "added": ("that you changed has what is new at its end", "that you changed have what is new at their end"),
    "yours": ("that you changed was left alone", "that you changed were left alone"),
}  # fmt: skip


class WrittenJson(TypedDict):
    """A file that was written, or left alone."""

    file: Annotated[str, "Its path."]
    episode: Annotated[int | None, "The number of its episode; null: of many."]
    action: Annotated[
        WrittenAction,
        "added: you changed it, and what is new stands at its end; yours: you changed it, and it was left alone.",
    ]


def written_json(written: Written) -> WrittenJson:
    """What became of a file, as every ``--json`` prints it."""
    return {"file": str(written.path), "episode": written.episode_id, "action": written.action}


@click.command()
@click.argument("kind", metavar="WHAT", type=click.Choice(KINDS))
@click.argument("episodes", metavar="[EPISODE]...", nargs=-1, shell_complete=complete_episode)
@click.option("--to", metavar="WHERE", help="A folder or a file; - is standard output.")
@click.option("--since", metavar="WHEN", help="Only snips made since then: 7d, 2w, 2026-11-01.")
@click.option("--show", metavar="SHOW", help="Only of this show.", shell_complete=complete_show)
@click.option("--tag", default="", metavar="TAG", help="Only snips with this tag.")
@click.option("--template", metavar="FILE", help="Your own words around them, in markdown and obsidian.")
@click.option("--words", is_flag=True, help="With the second of every word, in vtt and transcript-json.")
@click.option("--send", is_flag=True, help="To your account at Readwise, in the place of a file.")
@click.option("--force", is_flag=True, help="Write files anew that you changed; send again what was sent.")
@click.option("--auto", is_flag=True, help="Whereto and how it is done by itself (export.auto).")
@as_json(list[WrittenJson] | list[sending.SentJson])
def export(
    kind: str, episodes: tuple[str, ...], to: str | None, since: str | None, show: str | None, tag: str, template: str | None,
    words: bool, send: bool, force: bool, auto: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write notes, highlights, cards, subtitles or chapters: WHAT is one of markdown, obsidian, logseq (a note for each episode),
    readwise, anki, atom (all snips in one file), jsonl (the whole library), srt, vtt, transcript-json, chapters (of EPISODE), or
    notion (a page for each episode, sent to your account: see `podcli connect`).

    Without EPISODE: all episodes with snips; of jsonl every show and episode, with chapters, transcript, what models made and
    where you are in it, unless --since, --show or --tag choose among those with snips. Again, it writes only what is new, and no
    word you changed is lost. By itself it is done for each new snip, and each you change, with
    `podcli config set export.auto obsidian`; of jsonl that has the episodes with snips only.

    \b
      podcli export obsidian
      podcli export markdown --to ~/notes --since 7d
      podcli export readwise > snips.csv
      podcli export readwise --send
      podcli export notion --since 7d
      podcli export srt 12 --to talk.srt
    """
    from podcli.services import open_services

    with open_services() as services:
        wish = _wish(services, kind, episodes, since, show, tag, template, words)
        if send or kind == "notion":
            _require_sendable(wish, to, auto)
            sending.send(services, wish, force=force, as_json=as_json)
            return
        if auto and to:
            raise UsageError("--auto goes where the settings say, and --to says otherwise.", "Give one or the other.")
        place: Place | None
        if auto:
            wish, place = services.exporting.automatic(wish)
        else:
            place = services.exporting.place(wish, to)
        if place is None:
            if as_json:
                raise UsageError("--json tells of files, and none is written.", "Say where: --to FILE or --to FOLDER.")
            for document in services.exporting.documents(wish):
                for piece in document.pieces:
                    emit_document(piece)
            return
        written: list[Written] = []
        try:
            for each in services.exporting.write(wish, place, force=force):
                written.append(each)
        except PodcliError as error:
            done = [each for each in written if each.action in ("made", "changed", "added")]
            before = f"{_count(len(done))} before it {'was' if len(done) == 1 else 'were'} written. " if done else ""
            raise PodcliError(error.message, f"{before}{error.hint}", error.exit_code) from None
        if as_json:
            emit_json([written_json(each) for each in written])
        else:
            narrate(_told(written))
        if auto:
            _require_written(wish, written)


def _require_written(wish: Wish, written: Sequence[Written]) -> None:
    """Nobody reads what is told of what goes by itself, so a file of all snips that stays as it is must be a failure. A note that
    its reader changed is none: what is new is put below."""
    from podcli.pipeline.exporting import ONE_FILE

    for each in written:
        if each.action == "yours" and wish.kind in ONE_FILE:
            again = f"`podcli export {wish.kind} --auto --force` writes {each.path} anew."
            raise PodcliError(f"{each.path.name} was changed by hand and was left alone.", again)


def _require_sendable(wish: Wish, to: str | None, auto: bool) -> None:
    from podcli.services.exporting import SERVICES

    if wish.kind not in SERVICES:
        raise UsageError(f"{wish.kind} is sent to nobody.", "readwise and notion are.")
    if to is not None or auto or wish.template or wish.words:
        hint = "Leave --to, --auto, --template and --words out, or choose another WHAT."
        raise UsageError(f"What is sent to {wish.kind} goes into no file.", hint)


def _wish(
    services: Services, kind: str, episodes: tuple[str, ...], since: str | None, show: str | None, tag: str, template: str | None,
    words: bool,
) -> Wish:  # fmt: skip
    from podcli.services.exporting import FORMATS, Wish
    from podcli.services.exporting.template import read_template
    from podcli.services.query import moment

    chosen = template
    if chosen is None and kind in FORMATS and FORMATS[kind].template:
        chosen = services.settings.export.template
    return Wish(
        kind,
        tuple(find_episodes(services, episodes)),
        moment(since, datetime.now().astimezone()) if since else None,
        services.library.show(show).id if show else None,
        tag.lstrip("#"),
        read_template(chosen) if chosen else "",
        words,
    )


def _told(written: Sequence[Written]) -> str:
    if not written:
        return "Nothing to export: no snip fits. `podcli snip` keeps what was just said."
    counts = Counter(each.action for each in written)
    parts = []
    for action, (one, several) in _TOLD.items():
        if count := counts[action]:  # type: ignore[index]
            parts.append(f"{_count(count)} {one if count == 1 or not several else several}")
    hint = " `--force` writes them anew." if counts["yours"] or counts["added"] else ""
    where = written[0].path if len(written) == 1 else written[0].path.parent
    return f"{', '.join(parts)}: {where}.{hint}"


def _count(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
