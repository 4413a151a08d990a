"""A note that tells the day of its export tells that of its last change: a new day alone is none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from podcli.domain import Episode, Segment
from podcli.services import Services
from podcli.services.exporting import service
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_snipping import SAID
from tests.services.test_exporting import actions, export, facts

TEMPLATE = "Exported {{ episode_export_date }}\n\n{{snips_section}}\n<!-- snip -->\n{{snip_quote}}\n\n{{snip_note}}\n"


@pytest.fixture
def episode(services: Services) -> Episode:
    found = put_episode(services.store)
    put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
    services.snips.keep(found.id, 70.0)
    return found


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    class Today(date):
        @classmethod
        def today(cls) -> date:  # type: ignore[override]
            return date.fromisoformat(day)

    monkeypatch.setattr(service, "date", Today)


@pytest.mark.parametrize("kind", ["markdown", "obsidian"])
def test_another_day_alone_changes_nothing(
    services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    on(monkeypatch, "2026-11-01")
    assert actions(export(services, kind, notes, template=TEMPLATE)) == ["made"]
    before = facts(notes)
    assert "Exported 2026-11-01" in (notes / "One.md").read_text()
    for day in ("2026-11-02", "2026-11-03"):
        on(monkeypatch, day)
        assert actions(export(services, kind, notes, template=TEMPLATE)) == ["same"] and facts(notes) == before
        assert actions(export(services, kind, notes, template=TEMPLATE, force=True)) == ["same"] and facts(notes) == before
    services.snips.keep(episode.id, 40.0)
    assert actions(export(services, kind, notes, template=TEMPLATE)) == ["changed"]
    text = (notes / "One.md").read_text()
    assert "Exported 2026-11-03" in text and "Today we talk" in text
    on(monkeypatch, "2026-11-04")
    assert actions(export(services, kind, notes, template=TEMPLATE)) == ["same"] and (notes / "One.md").read_text() == text


def test_one_that_its_reader_changed_is_left_on_every_day(
    services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-11-01")
    export(services, "markdown", notes, template=TEMPLATE)
    mine = "MINE\n" + (notes / "One.md").read_text()
    (notes / "One.md").write_text(mine)
    on(monkeypatch, "2026-11-02")
    assert actions(export(services, "markdown", notes, template=TEMPLATE)) == ["yours"]
    assert (notes / "One.md").read_text() == mine
    assert actions(export(services, "markdown", notes, template=TEMPLATE, force=True)) == ["changed"]
    assert "Exported 2026-11-02" in (notes / "One.md").read_text()


def test_one_that_is_gone_is_made_with_the_day_it_is_made(
    services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, "2026-11-01")
    export(services, "markdown", notes, template=TEMPLATE)
    (notes / "One.md").unlink()
    on(monkeypatch, "2026-11-02")
    assert actions(export(services, "markdown", notes, template=TEMPLATE)) == ["made"]
    assert "Exported 2026-11-02" in (notes / "One.md").read_text()
