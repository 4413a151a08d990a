"""``podcli digest``: what is new, and what to hear first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypedDict

import click

from podcli.cli.arguments import as_json, complete_show
from podcli.cli.output import emit, emit_json, narrate, wrap
from podcli.domain.documents import TriageField
from podcli.domain.schema import Seconds, When
from podcli.text import clean_line, human_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcli.services.digest import Digest, DigestItem


class DigestItemJson(TypedDict):
    """An episode of a digest."""

    number: Annotated[int, "What other commands take as EPISODE."]
    title: Annotated[str, "Its title."]
    show: Annotated[str, "The title of its show."]
    published: Annotated[When | None, "When it was published; null: the feed does not say."]
    duration: Annotated[Seconds | None, "How long it is; null: unknown."]
    position: Annotated[Seconds, "Where the listener is."]
    queued: Annotated[bool, "Whether it is in the queue."]
    triage: TriageField
    gist: Annotated[str | None, "The episode in a sentence, by a model; null: none yet."]
    because: Annotated[list[str], "Why it stands where it does, in words."]


class DigestJson(TypedDict):
    """What is new, and what to hear first."""

    since: Annotated[When, "Since when."]
    personal: Annotated[bool, "Whether the order comes from what you did; else the newest come first."]
    notice: Annotated[str | None, "A sentence on the order; null: nothing is to say."]
    models: Annotated[list[str], "Whose gists are shown."]
    hear_first: Annotated[list[DigestItemJson], "What to hear first, the best first."]
    also_new: Annotated[list[DigestItemJson], "What else is new."]
    complete: Annotated[bool, "Whether that is all there is."]


@click.command()
@click.option("--since", default="7d", show_default=True, metavar="WHEN", help="7d, 24h, 2w, or a date such as 2026-11-01.")
@click.option("--show", metavar="SHOW", help="Only this show.", shell_complete=complete_show)
@click.option("--limit", "-n", default=20, show_default=True, help="How many below those to hear first.")
@as_json(DigestJson)
def digest(since: str, show: str | None, limit: int, as_json: bool) -> None:
    """What your shows brought since WHEN, a line each, and what to hear first, with the reason.

    The order comes from what you finished, queued, kept, left and archived. All of that stays on this machine;
    `podcli config set digest.personal false` switches it off: then the newest come first.

    \b
      podcli digest
      podcli digest --since 24h --json
    """
    from podcli.services import open_services
    from podcli.services.digest import since_when

    moment = since_when(since, datetime.now().astimezone())
    with open_services() as services:
        found = services.digest.digest(moment, show_id=services.library.show(show).id if show else None)
        if as_json:
            emit_json(digest_json(found))
        elif not found.items:
            narrate(f"Nothing new since {moment:%Y-%m-%d %H:%M}. `podcli refresh` looks for new episodes.")
        else:
            emit(plain(found, max(0, limit)))
            if found.notice:
                narrate(found.notice)


def plain(found: Digest, limit: int) -> str:
    """A digest for a terminal."""
    lines: list[str] = []
    if found.first:
        lines += ["Hear first", "", *_written(found.first), "Also new", ""]
    rest = found.rest[:limit]
    lines += _written(rest)
    if len(found.rest) > len(rest):
        lines.append(
            f"And {len(found.rest) - len(rest):,} more{' at least' if found.more else ''}: see `podcli inbox`, or give -n."
        )
    elif not rest and found.first:
        lines = lines[:-2]
    if found.models:
        lines.append(f"What episodes say is told by {clean_line(', '.join(found.models))} where it was read here.")
    return "\n".join(lines).rstrip()


def _written(items: Sequence[DigestItem]) -> list[str]:
    lines = []
    for item in items:
        episode = item.episode
        facts = [clean_line(episode.show), human_duration(episode.duration_s) if episode.duration_s else ""]
        facts += [f"{episode.published.astimezone():%a %d %b}" if episode.published else ""]
        lines.append(wrap(clean_line(episode.title), first=f"{episode.id:>5}  ", indent=" " * 7))
        lines.append(wrap(" · ".join(fact for fact in facts if fact), first=" " * 7, indent=" " * 7))
        lines += [wrap(words, first=" " * 7, indent=" " * 7) for words in (item.gist, _sentence(item.because)) if words]
        lines.append("")
    return lines


def _sentence(reasons: Sequence[str]) -> str:
    words = "; ".join(reasons)
    return f"→ {words[:1].upper()}{words[1:]}." if words else ""


def digest_json(found: Digest) -> DigestJson:
    """A digest as ``--json`` prints it; dates ISO 8601 UTC, durations in seconds."""
    return {
        "since": found.since.astimezone(UTC).isoformat(timespec="seconds"),
        "personal": found.personal,
        "notice": found.notice or None,
        "models": list(found.models),
        "hear_first": [_item_json(item) for item in found.first],
        "also_new": [_item_json(item) for item in found.rest],
        "complete": not found.more,
    }


def _item_json(item: DigestItem) -> DigestItemJson:
    episode = item.episode
    return {
        "number": episode.id,
        "title": episode.title,
        "show": episode.show,
        "published": episode.published.isoformat() if episode.published else None,
        "duration": episode.duration_s,
        "position": episode.position_s,
        "queued": episode.queued,
        "triage": episode.triage,
        "gist": item.gist or None,
        "because": list(item.because),
    }
