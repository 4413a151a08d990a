"""Snips sent to accounts by themselves: a real settings file, a real worker, the real command, the services on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import EpisodeId, Job
from podcli.pipeline import exporting, lock, programs
from podcli.services import Services, open_services
from tests.accounts.api import Fault
from tests.accounts.kept import episode
from tests.accounts.notion_api import NotionApi
from tests.accounts.readwise_api import ReadwiseApi
from tests.conftest import Podcli
from tests.pipeline.test_programs import until


@pytest.fixture
def services(readwise: ReadwiseApi, notion: NotionApi) -> Iterator[Services]:
    """With both accounts connected, by the environment, and both exported to."""
    settings.set_value("work.idle_exit_s", 1.0)
    settings.set_value("export.auto", "notion readwise-account")
    with open_services() as opened:
        yield opened
        opened.jobs.kill()
        if pid := lock.holder("hook"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def ended(services: Services, count: int) -> list[Job]:
    """Wait, without starting any worker, until so many exports ended."""

    def exports() -> list[Job]:
        return sorted((job for job in services.jobs.recent(500) if job.kind == "export"), key=lambda job: job.id)

    until(lambda: len(found := exports()) == count and not any(job.active for job in found), within_s=120.0)
    return exports()


def test_each_new_snip_is_sent_and_each_change_where_changes_go(
    podcli: Podcli, services: Services, readwise: ReadwiseApi, notion: NotionApi
) -> None:
    one = episode(services)
    kept = services.snips.keep(one.id, 30.0, note="First thought").snip
    assert [(job.target, job.state) for job in ended(services, 2)] == [("notion", "done"), ("readwise-account", "done")]
    (page,) = notion.below()
    assert page["title"] == "One" and any("First thought" in words for words in notion.words(page["id"]))
    (highlight,) = readwise.highlights.values()
    assert "First thought" in highlight["note"]
    assert str(ended(services, 2)[0].result["said"]).startswith("1 page made: https://")
    services.snips.note(kept.id, "Second thought")
    assert {job.state for job in ended(services, 4)} == {"done"}
    assert "Second thought" in highlight["note"] and len(readwise.highlights) == 1 and len(notion.below()) == 1
    services.snips.remove([kept.id])
    assert [job.result for job in ended(services, 6)[4:]] == [{"said": "Nothing is kept of it any more."}] * 2
    assert len(readwise.highlights) == 1 and len(notion.below()) == 1, "what was sent stays there"
    for kind in ("notion", "readwise-account"):
        assert f"{kind} — One" in podcli("jobs", "--json").stdout


def test_what_was_missed_offline_is_sent_after_the_next_that_gets_through(
    podcli: Podcli, readwise: ReadwiseApi, notion: NotionApi, services: Services
) -> None:
    here = readwise.base, notion.base
    settings.set_value("export.readwise_url", "http://127.0.0.1:9/api/v2")
    settings.set_value("export.notion_url", "http://127.0.0.1:9/v1")
    one, two = episode(services), episode(services, "Two")
    for each in (one, two):
        assert services.snips.keep(each.id, 30.0, note=f"Thought of {each.title}").snip.id
    missed = ended(services, 4)
    assert {(job.state, job.exit_code) for job in missed} == {("failed", 3)}
    assert all("127.0.0.1" in job.message and job.hint and "\n" not in job.message for job in missed), missed
    shown = json.loads(podcli("jobs", "--json").stdout)
    assert [each["state"] for each in shown if each["kind"] == "export"] == ["failed"] * 4
    settings.set_value("export.readwise_url", here[0])
    settings.set_value("export.notion_url", here[1])
    done = podcli("jobs", "retry", str(missed[0].id))
    assert done.returncode == 0, done.stderr
    until(lambda: len(notion.below()) == 2, within_s=60.0)
    assert not readwise.highlights, "nothing got through to Readwise yet"
    services.snips.keep(episode(services, "Three").id, 30.0, note="Thought of Three")
    assert {job.state for job in ended(services, 6)} == {"done"}
    assert sorted(each["note"] for each in readwise.highlights.values()) == [f"Thought of {n}" for n in ("One", "Three", "Two")]
    assert sorted(page["title"] for page in notion.below()) == ["One", "Three", "Two"]


def test_many_changes_that_missed_an_account_are_sent_once(services: Services, readwise: ReadwiseApi) -> None:
    settings.set_value("export.auto", "readwise-account")
    here = readwise.base
    settings.set_value("export.readwise_url", "http://127.0.0.1:9/api/v2")
    one = episode(services)
    for count in range(1, 4):
        services.snips.keep(one.id, 100.0 * count)
        assert {job.state for job in ended(services, count)} == {"failed"}
    settings.set_value("export.readwise_url", here)
    services.snips.keep(episode(services, "Two").id, 30.0)
    until(lambda: len(readwise.highlights) == 4, within_s=60.0)
    assert [job.state for job in ended(services, 4)] == ["failed", "failed", "done", "done"]


def test_who_is_asked_for_more_patience_than_there_is_fails_and_is_tried_again(services: Services, readwise: ReadwiseApi) -> None:
    settings.set_value("export.auto", "readwise-account")
    readwise.faults.append(Fault(429, headers={"Retry-After": "3600"}, where="POST"))
    services.snips.keep(episode(services).id, 30.0)
    (job,) = ended(services, 1)
    assert (job.state, job.exit_code, job.message) == ("failed", 3, "Readwise asks for fewer requests.")
    assert "goes on from where it was" in job.hint
    services.snips.keep(episode(services, "Two").id, 30.0)
    assert [job.state for job in ended(services, 2)] == ["done", "done"] and len(readwise.highlights) == 2


def test_one_that_is_refused_is_told_and_not_tried_again_by_itself(services: Services, notion: NotionApi) -> None:
    settings.set_value("export.auto", "notion")
    notion.refuses = lambda words: "unwelcome" in words
    services.snips.keep(episode(services).id, 30.0, note="unwelcome")
    (job,) = ended(services, 1)
    assert (job.state, job.exit_code) == ("failed", 1) and job.message.startswith("Notion refuses snip 1"), job.message
    services.snips.keep(episode(services, "Two").id, 30.0)
    assert [job.state for job in ended(services, 2)] == ["failed", "done"]


def test_unless_connected_it_says_how(podcli: Podcli, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCLI_NOTION_TOKEN")
    monkeypatch.delenv("PODCLI_READWISE_TOKEN")
    settings.set_value("export.auto", "notion readwise-account anki")
    services.snips.keep(episode(services).id, 30.0)
    notion, readwise, _anki = ended(services, 3)
    assert (notion.message, readwise.message) == ("Notion is not connected.", "Readwise is not connected.")
    assert "`podcli connect notion`" in notion.hint and "`podcli connect readwise`" in readwise.hint
    (found,) = (each for each in json.loads(podcli("doctor", "--json").stdout) if each["name"] == "Automatic exports")
    assert not found["ok"] and found["says"] == (
        "notion: Notion is not connected. readwise-account: Readwise is not connected. "
        "anki: No folder is set for automatic exports to anki."
    )
    assert all(command in found["hint"] for command in ("podcli connect notion", "podcli connect readwise", "export.folder"))


def test_doctor_makes_nothing_and_reads_the_template(podcli: Podcli, services: Services, tmp_path: Path) -> None:
    notes, template = tmp_path / "notes", tmp_path / "template.md"
    settings.set_value("export.auto", "markdown logseq anki")
    settings.set_value("export.folder", str(notes))
    assert "✓ Automatic exports: markdown, logseq, anki" in podcli("doctor").stdout
    notes.mkdir()
    assert "✓ Automatic exports: markdown, logseq, anki" in podcli("doctor").stdout
    assert not list(notes.iterdir())
    settings.set_value("export.template", str(template))
    assert f"✗ Automatic exports: markdown: The template {template} cannot be read" in podcli("doctor").stdout
    template.write_text("{{snips_section}}")
    assert "✓ Automatic exports: markdown, logseq, anki" in podcli("doctor").stdout


def test_doctor_says_what_goes_by_itself(podcli: Podcli, services: Services) -> None:
    assert "✓ Automatic exports: notion, readwise-account" in podcli("doctor").stdout
    settings.set_value("export.notion_page", "")
    assert "✗ Automatic exports: notion: Nobody said below which page in Notion." in podcli("doctor").stdout
    settings.set_value("export.auto", "")
    assert "✓ Automatic exports: none set" in podcli("doctor").stdout


def test_one_that_is_ended_was_a_matter_of_the_network() -> None:
    error = exporting._failure("readwise-account", programs.Ended(None, b"", b"", 600.0))
    assert int(error.exit_code) == 3 and error.hint == "`podcli export readwise --send` tries it."
    assert exporting.command("readwise-account", EpisodeId(5))[-4:] == ["export", "readwise", "5", "--send"]
    assert exporting.command("notion", EpisodeId(5))[-3:] == ["export", "notion", "5"]
