"""Search titles, show notes, and every word that was said."""

from __future__ import annotations

import click

from podcli.cli.arguments import as_json, complete_show
from podcli.cli.output import emit, emit_json, narrate, wrap
from podcli.text import clean_line, timecode

_WHERE = {"title": "title", "notes": "notes"}


@click.command(short_help="Search titles, notes and what was said.")
@click.argument("words", nargs=-1, required=True)
@click.option("--show", help="Only in this show.", shell_complete=complete_show)
@click.option("--limit", "-n", default=20, show_default=True, help="How many, of each kind.")
@as_json
def search(words: tuple[str, ...], show: str | None, limit: int, as_json: bool) -> None:
    """Find WORDS, all of them: in titles, in what was said (where a transcript exists) and in show notes.

    \b
      podcli search container ship
      podcli search "suez canal" --json
    """
    from podcli.services import open_services

    with open_services() as services:
        chosen = services.library.show(show) if show else None
        hits = services.library.search(" ".join(words), show_id=chosen.id if chosen else None, limit=max(1, limit))
        if as_json:
            emit_json([
                {"number": hit.episode_id, "title": hit.episode_title, "show": hit.show_title, "where": hit.where,
                 "start": hit.start_s, "text": hit.text}
                for hit in hits
            ])  # fmt: skip
            return
        if not hits:
            narrate("Nothing was found. What was said can be searched once an episode has a transcript.")
        for hit in hits:
            place = timecode(hit.start_s) if hit.start_s is not None else _WHERE[hit.where]
            emit(f"{hit.episode_id:>5}  {clean_line(hit.episode_title)} ({clean_line(hit.show_title)}), {place}")
            if hit.where != "title":
                emit(wrap(f"“{clean_line(hit.text)}”" if hit.where == "said" else clean_line(hit.text), indent="       "))
