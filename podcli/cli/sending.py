"""Sending what was kept to an account, and what is told of it."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, TypedDict

from podcli.cli.output import ProgressLine, describe_progress, emit_json, narrate
from podcli.domain import Progress, SentAction
from podcli.errors import PodcliError

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.exporting import Sent, Wish

_QUIET_S = 1.0
_THINGS = {"readwise": ("snip", "snips"), "notion": ("page", "pages")}
_TOLD = {
    "made": ("made", "made"), "again": ("that you had deleted there made anew",) * 2, "changed": ("brought up to date",) * 2,
    "added": ("that has what is new at its end", "that have what is new at their end"), "same": ("as it was", "as they were"),
    "kept": ("without what you changed here since", "without what you changed here since"),
    "yours": ("that you changed there was left alone", "that you changed there were left alone"),
}  # fmt: skip


class SentJson(TypedDict):
    """What became of a snip or a page at an account of yours."""

    episode: Annotated[int, "The number of its episode."]
    snip: Annotated[int | None, "The number of the snip; null: the page of an episode."]
    action: Annotated[
        SentAction,
        "again: it was deleted there, and made anew; added: what is new stands at its end; kept: what you changed here since is "
        "not there; yours: you changed it there, and it was left alone; refused: the service does not take it.",
    ]
    id: Annotated[str | None, "Its name there; null: it is not there."]
    url: Annotated[str | None, "Its address there; null: none is known."]
    problem: Annotated[str | None, "Why it was refused; null: it was not."]


def send(services: Services, wish: Wish, *, force: bool, as_json: bool) -> None:
    """Send what `wish` means and tell of it.

    Raises PodcliError when something is refused, after all else was sent, and for what stops it: with how far it came.
    """
    from podcli.services.exporting import DONE, TITLES

    line, begun = ProgressLine(), time.monotonic()
    sent: list[Sent] = []
    one, several = _THINGS[wish.kind]
    title = TITLES[wish.kind]

    def tell(text: str) -> None:
        line.clear()
        narrate(text)

    try:
        total, steps = services.exporting.send(wish, services.accounts, tell, force=force)
        for each in steps:
            sent.append(each)
            if total > 1 and (each.action != "same" or time.monotonic() - begun > _QUIET_S):
                stage = f"Sending to {title}, {len(sent):,} of {total:,} {several}"
                line.draw(describe_progress(Progress(len(sent), total, "steps", stage)), wish.kind)
    except PodcliError as error:
        done = sum(each.action in DONE for each in sent)
        before = f"{done:,} {one if done == 1 else several} before it {'was' if done == 1 else 'were'} sent. " if done else ""
        raise PodcliError(error.message, f"{before}{error.hint}", error.exit_code) from None
    finally:
        line.clear()
    if as_json:
        emit_json([_json(each) for each in sent])
    elif told := _told(sent, wish.kind, title):
        narrate(told)
    if refused := [each for each in sent if each.action == "refused"]:
        raise _refusal(refused, title)


def _told(sent: list[Sent], kind: str, title: str) -> str:
    if not sent:
        return "Nothing to send: no snip fits. `podcli snip` keeps what was just said."
    counts, parts = Counter(each.action for each in sent), []
    for action, (one, several) in _TOLD.items():
        if count := counts[action]:  # type: ignore[index]
            parts.append(f"{count:,} {_THINGS[kind][count != 1]} {one if count == 1 else several}")
    if not parts:
        return ""
    forced = {"notion": " `--force` puts that below.", "readwise": " `--force` writes over it."}
    hint = forced[kind] if counts["yours"] or counts["kept"] else ""
    where = sent[0].url if len(sent) == 1 and sent[0].url else title
    return f"{', '.join(parts)}: {where}.{hint}"


def _refusal(refused: list[Sent], title: str) -> PodcliError:
    first = refused[0]
    more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
    number = f"snip {first.snip_id} “{first.title}”" if first.snip_id else f"“{first.title}”"
    why = f": {first.problem.rstrip('.')}" if first.problem else ""
    return PodcliError(f"{title} refuses {number}{more}{why}.", "All else was sent. Change it, and run the same command again.")


def _json(each: Sent) -> SentJson:
    return {
        "episode": each.episode_id, "snip": each.snip_id, "action": each.action, "id": each.id or None, "url": each.url or None,
        "problem": each.problem or None,
    }  # fmt: skip
