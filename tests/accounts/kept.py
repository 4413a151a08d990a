"""Snips in a real library, and what becomes of them when they are sent."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from podcli import settings
from podcli.domain import Episode, Snip
from podcli.services import Services
from podcli.services.accounts import AccountService
from podcli.services.exporting import ExportService, Sent, Wish
from tests.pipeline.readings import put_episode

BEGUN = datetime(2026, 8, 22, 10, 15, 30, tzinfo=UTC)


def keep(services: Services, episode: Episode, count: int, *, start: int = 0, **fields: Any) -> list[Snip]:  # noqa: ANN401
    """So many snips, each made a second after the one before."""
    made = []
    with services.store.writing():
        for number in range(start, start + count):
            snip = services.store.snips.add(episode.id, start_s=number * 40.0, end_s=number * 40.0 + 30, at_s=number * 40.0 + 30)
            moment = BEGUN + timedelta(seconds=number)
            services.store._db.execute("update snip set created_at = ? where id = ?", [moment.isoformat(), snip.id])
            said = {"text": f"What was said, number {number}.", "title": f"Snip {number}", "state": "written"}
            snip = replace(snip, created_at=moment, **said)  # type: ignore[arg-type]
            services.store.snips.save(replace(snip, **fields))
            made.append(replace(snip, **fields))
    return made


def change(services: Services, snip: Snip, **fields: Any) -> Snip:  # noqa: ANN401
    """The same snip, changed."""
    services.store.snips.save(replace(snip, **fields))
    return replace(snip, **fields)


def episode(services: Services, title: str = "One") -> Episode:
    return put_episode(services.store, title)


def send(services: Services, kind: str, *, force: bool = False, told: list[str] | None = None, **wish: Any) -> list[Sent]:  # noqa: ANN401
    """What `podcli export KIND --send` does, by the settings as they are now."""
    now = settings.load()
    export = ExportService(services.store, now, services.snips, services.insights)
    tell = functools.partial(list.append, [] if told is None else told)
    count, steps = export.send(Wish(kind, **wish), AccountService(services.store, now), tell, force=force)
    sent = list(steps)
    assert count == len([each for each in sent if each.snip_id is None or kind == "readwise"])
    return sent


def actions(sent: list[Sent]) -> list[str]:
    return [each.action for each in sent]
