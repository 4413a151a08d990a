"""Snips exported by themselves: a real settings file, a real worker, the real command, files on the disk."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import paths, settings
from podcli.domain import Episode, Job, Segment
from podcli.pipeline import exporting, lock, programs
from podcli.pipeline.events import changed
from podcli.services import Services, open_services, undo
from podcli.services.exporting import FORMATS
from podcli.settings.values import in_toml
from podcli.store import Store
from tests.conftest import Podcli
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_programs import until
from tests.pipeline.test_snipping import SAID
from tests.toy_models import install_writer

WRITER = "smollm2-135m"


def set_auto(*kinds: str, **export: object) -> None:
    lines = [f"{name} = {in_toml(value)}" for name, value in {"auto": kinds, **export}.items()]
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text("\n".join(["[work]", "idle_exit_s = 1.0", "[export]", *lines, ""]))


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    set_auto()
    with open_services() as opened:
        yield opened
        opened.jobs.kill()
        if pid := lock.holder("hook"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


@pytest.fixture
def episode(services: Services) -> Episode:
    found = put_episode(services.store)
    put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
    return found


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one Obsidian has open."""
    own = tmp_path / "config" / "obsidian"
    own.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own.parent))
    made = tmp_path / "vault"
    made.mkdir()
    (own / "obsidian.json").write_text(json.dumps({"vaults": {"a": {"path": str(made), "ts": 1, "open": True}}}))
    return made


@pytest.fixture
def nobody() -> Iterator[None]:
    """No worker of this lane comes up: what it would do is done by the test."""
    held = lock.take("hook")
    yield
    assert held is not None
    os.close(held)


def exports(services: Services) -> list[Job]:
    return sorted((job for job in services.jobs.recent(500) if job.kind == "export"), key=lambda job: job.id)


def ended(services: Services, count: int, within_s: float = 60.0) -> list[Job]:
    """Wait, without starting any worker: whoever caused the export must have seen to that."""
    until(lambda: len(found := exports(services)) == count and not any(job.active for job in found), within_s=within_s)
    return exports(services)


def test_what_is_set_is_what_can_be_written_for_snips() -> None:
    kinds = {name for name, kind in FORMATS.items() if kind.scope in ("note", "snips", "library")}
    assert kinds <= set(settings.choices("export.auto"))
    assert set(exporting.ONE_FILE) == {name for name in kinds if FORMATS[name].scope != "note"}


def test_from_the_snip_to_the_vault_and_every_change_after_it(
    podcli: Podcli, services: Services, episode: Episode, vault: Path
) -> None:
    set_auto("obsidian")
    made = podcli("snip", str(episode.id), "--at", "1:10", "--tag", "idea", "--no-wait")
    assert made.returncode == 0, made.stderr
    file = vault / "Podcasts" / "One.md"
    (job,) = ended(services, 1)
    assert (job.state, job.lane, job.title) == ("done", "hook", "obsidian — One"), job.message
    assert str(job.result["said"]).startswith("1 file made: ") and job.episode_id == episode.id
    assert "> Malcom McLean" in file.read_text() and '- "idea"' in file.read_text()
    for count, change in enumerate(
        (["--note", "Ask Ann"], ["--title", "Cheap loading"], ["--tag", "ports"], ["--begin", "1"], ["--star"]), 2
    ):
        assert podcli("snips", "edit", "1", *change).returncode == 0
        assert ended(services, count)[-1].state == "done"
    text = file.read_text()
    assert all(words in text for words in ("Ask Ann", "Cheap loading", '- "ports"')) and "> Malcom McLean" not in text
    podcli("snips", "edit", "1", "--star")
    assert len(exports(services)) == 6, "nothing changed, nothing is written"

    mine = "MY OWN LINE\n" + text.replace("Cheap loading", "Dear loading")
    file.write_text(mine)
    podcli("snip", str(episode.id), "--at", "0:12", "--no-wait")
    assert ended(services, 7)[-1].state == "done"
    assert file.read_text().startswith(mine) and "Today we talk" in file.read_text()[len(mine) :]

    vault.rename(vault.with_name("moved"))
    kept = podcli("snip", str(episode.id), "--at", "1:20", "--no-wait")
    assert kept.returncode == 0, "the snip is kept whatever becomes of its export"
    failed = ended(services, 8)[-1]
    assert (failed.state, failed.exit_code) == ("failed", 1)
    assert failed.message == f"Obsidian's vault is not at {vault} any more."
    assert failed.hint.startswith("Open it in Obsidian again.") and "podcli config set export.folder" in failed.hint
    assert "Obsidian's vault is not at" in " ".join(podcli("jobs").stdout.split())
    (shown,) = [row for row in json.loads(podcli("jobs", "--json").stdout) if row["state"] == "failed"]
    assert (shown["job"], shown["message"], shown["hint"]) == (failed.id, failed.message, failed.hint)
    again = podcli("jobs", "retry", str(failed.id))
    assert again.returncode == 1 and failed.message in again.stderr and "Traceback" not in again.stderr
    vault.with_name("moved").rename(vault)
    done = podcli("jobs", "retry", str(failed.id))
    assert done.returncode == 0 and "is done" in done.stdout, done.stderr
    assert file.read_text().startswith(mine) and len(services.snips.cards()) == 3


def test_each_kind_has_its_file_and_no_two_share_one(services: Services, episode: Episode, tmp_path: Path) -> None:
    kinds = settings.choices("export.auto")
    local = [kind for kind in kinds if kind in FORMATS]
    set_auto(*local, folder=str(tmp_path / "notes"))
    services.snips.keep(put_episode(services.store, "Another").id, 30.0, note="n")
    ended(services, len(local))
    services.snips.keep(episode.id, 70.0)
    assert {job.state for job in ended(services, 2 * len(local))} == {"done"}
    found = {str(each.relative_to(tmp_path / "notes")) for each in (tmp_path / "notes").rglob("*") if each.is_file()}
    notes = {f"{folder}{name}.md" for folder in ("", "markdown/", "logseq/") for name in ("One", "Another")}
    assert found == notes | {"readwise.csv", "anki.txt", "snips.jsonl", "snips.atom"}
    assert "Malcom McLean" in (tmp_path / "notes" / "readwise.csv").read_text()
    assert len((tmp_path / "notes" / "readwise.csv").read_text().splitlines()) >= 3, "that of another episode too"
    assert (tmp_path / "notes" / "One.md").read_text().startswith("---\n"), "the first of them has the folder itself"


def test_a_file_of_all_snips_that_its_reader_changed_is_shown_as_a_failure(
    services: Services, episode: Episode, tmp_path: Path, podcli: Podcli
) -> None:
    set_auto("readwise", folder=str(tmp_path))
    services.snips.keep(episode.id, 70.0)
    assert ended(services, 1)[-1].state == "done"
    file = tmp_path / "readwise.csv"
    file.write_text(file.read_text().replace("McLean", "MacLean"))
    services.snips.keep(episode.id, 40.0)
    job = ended(services, 2)[-1]
    assert (job.state, job.exit_code) == ("failed", 1) and "MacLean" in file.read_text()
    assert job.message == "readwise.csv was changed by hand and was left alone."
    assert job.hint == f"`podcli export readwise --auto --force` writes {file} anew."
    assert podcli("export", "readwise", "--auto", "--force").returncode == 0
    done = podcli("jobs", "retry", str(job.id))
    assert done.returncode == 0 and "MacLean" not in file.read_text() and "Today we talk" in file.read_text(), done.stderr


@pytest.mark.parametrize(
    ("kind", "export", "says", "hint"),
    [
        ("obsidian", {}, "Obsidian has no vault on this machine.", "podcli config set export.folder FOLDER"),
        ("markdown", {}, "No folder is set for automatic exports to markdown.", "podcli config set export.folder FOLDER"),
        ("anki", {}, "No folder is set for automatic exports to anki.", "podcli config set export.folder FOLDER"),
        ("atom", {"folder": "Inbox"}, "lies in a vault", "podcli config set export.folder FOLDER"),
        ("logseq", {"folder": "/there/is/none"}, "There is no folder /there/is.", "check whether it moved"),
        ("markdown", {"template": "/there/is/none.md"}, "The template /there/is/none.md cannot be read", "Check its path"),
    ],
)
def test_without_a_place_it_says_which_setting_makes_one(
    services: Services, episode: Episode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    kind: str, export: dict[str, str], says: str, hint: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("HOME", str(tmp_path))
    set_auto(kind, **export)
    services.snips.keep(episode.id, 70.0)
    (job,) = ended(services, 1)
    assert job.state == "failed" and says in job.message and hint in job.hint and job.exit_code in (1, 2), (job.message, job.hint)
    assert "podcli:" not in job.message and "\n" not in job.message + job.hint


def test_nothing_is_exported_unless_it_is_set_and_a_broken_file_harms_nothing(services: Services, episode: Episode) -> None:
    services.snips.keep(episode.id, 70.0)
    paths.settings_file().write_text("[export]\nauto = 3\n")
    services.snips.star(services.snips.keep(episode.id, 40.0).snip.id)
    assert not exports(services) and lock.holder("hook") is None and len(services.snips.cards()) == 2


def test_it_waits_for_the_title_and_for_that_of_another_snip(services: Services, episode: Episode, nobody: None) -> None:
    install_writer(WRITER)
    settings.set_value("models.write", WRITER)
    set_auto("obsidian", "readwise")
    paths.settings_file().write_text(paths.settings_file().read_text() + f'[models]\nwrite = "{WRITER}"\n')
    jobs = services.store.jobs
    with open_services() as fresh:
        first, second = (fresh.snips.keep(episode.id, at) for at in (70.0, 40.0))
    assert [job.target for job in exports(services)] == ["obsidian", "readwise"], "one for both snips"
    assert not jobs.unfinished("hook") and jobs.claim("hook") is None
    title = jobs.claim("ml")
    assert title is not None and title.id == first.jobs[0].id
    jobs.fail(title.id, "Out of memory.", "", 4)
    assert jobs.claim("hook") is None, "the other snip has no title yet"
    assert jobs.claim("ml") is not None
    jobs.finish(second.jobs[0].id)
    assert jobs.unfinished("hook")
    job = jobs.claim("hook")
    assert job is not None and job.target == "obsidian"


def test_one_that_waits_does_for_a_change_and_one_that_runs_does_not(
    services: Services, episode: Episode, tmp_path: Path
) -> None:
    """The template is a pipe: the command stands still until somebody writes into it, and nobody else does meanwhile."""
    pipe = tmp_path / "template"
    os.mkfifo(pipe)
    set_auto("markdown", folder=str(tmp_path / "notes"), template=str(pipe))
    begun = time.monotonic()
    snip = services.snips.keep(episode.id, 70.0).snip
    assert time.monotonic() - begun < 1.0
    until(lambda: exports(services)[0].state == "running", within_s=30.0)
    template = os.open(pipe, os.O_WRONLY)  # it was opened by the other side, which reads until we close
    services.snips.note(snip.id, "one")
    services.snips.note(snip.id, "two")
    assert [job.state for job in exports(services)] == ["running", "queued"]
    for end in (template, None):
        end = os.open(pipe, os.O_WRONLY) if end is None else end
        os.write(end, b"{{episode_title}}\n{{snips_section}}\n<!-- snip -->\n{{snip_note}}\n")
        os.close(end)
        until(lambda: exports(services)[0].state == "done", within_s=30.0)
    assert [job.state for job in ended(services, 2)] == ["done", "done"]
    assert "two" in (tmp_path / "notes" / "One.md").read_text()


def test_cancelled_it_ends_with_all_it_started(services: Services, episode: Episode, tmp_path: Path) -> None:
    pipe = tmp_path / "template"
    os.mkfifo(pipe)
    set_auto("markdown", folder=str(tmp_path / "notes"), template=str(pipe))
    services.snips.keep(episode.id, 70.0)
    end = os.open(pipe, os.O_WRONLY)  # returns once the command has opened it
    services.jobs.cancel(exports(services)[0].id)

    def nobody_reads() -> bool:
        try:
            os.write(end, b"x")
        except BrokenPipeError:
            return True
        return False

    until(nobody_reads)
    os.close(end)
    assert [job.state for job in exports(services)] == ["cancelled"] and not (tmp_path / "notes" / "One.md").exists()


def test_what_is_taken_back_at_once_leaves_no_file_and_what_goes_later_leaves_the_file(
    services: Services, episode: Episode, tmp_path: Path, nobody: None
) -> None:
    from podcli.pipeline.stages import run
    from tests.pipeline.readings import context
    from tests.pipeline.talks import Told, copied

    def work() -> None:
        job = services.store.jobs.claim("hook")
        assert job is not None
        services.store.jobs.finish(job.id, run(job, context(services.store, job, Told(copied))))

    set_auto("markdown", folder=str(tmp_path / "notes"))
    services.snips.keep(episode.id, 70.0)
    services.undo.undo()
    assert len(exports(services)) == 1, "the one that waits does"
    work()
    assert exports(services)[0].result == {"said": "Nothing is kept of it any more."} and not (tmp_path / "notes").exists()
    kept = services.snips.keep(episode.id, 70.0).snip
    work()
    assert "Malcom McLean" in (tmp_path / "notes" / "One.md").read_text()
    services.snips.remove([kept.id])
    work()
    assert "Malcom McLean" not in (tmp_path / "notes" / "One.md").read_text()
    services.undo.undo()
    work()
    assert "Malcom McLean" in (tmp_path / "notes" / "One.md").read_text()


def test_what_goes_leaves_the_files_of_all_snips_too(services: Services, tmp_path: Path, nobody: None) -> None:
    """They were written when another episode changed, so its mark must not be that of an episode."""
    from podcli.pipeline.stages import run
    from tests.pipeline.readings import context
    from tests.pipeline.talks import Told, copied

    def work() -> None:
        while job := services.store.jobs.claim("hook"):
            services.store.jobs.finish(job.id, run(job, context(services.store, job, Told(copied))))

    notes = tmp_path / "notes"
    set_auto(*exporting.ONE_FILE, folder=str(notes))
    gone = services.snips.keep(put_episode(services.store, "One").id, 30.0, note="Leaves").snip
    with services.store.writing():
        services.store._db.execute("update job set state = 'cancelled' where kind = 'export'")
    services.snips.keep(put_episode(services.store, "Two").id, 30.0, note="Remains")
    work()
    assert all("Leaves" in each.read_text() for each in notes.iterdir()) and len(list(notes.iterdir())) == 4
    services.snips.remove([gone.id])
    work()
    assert not [each.name for each in notes.iterdir() if "Leaves" in each.read_text() or "Remains" not in each.read_text()]


def test_taking_back_many_is_one_export_of_each_episode(
    services: Services, monkeypatch: pytest.MonkeyPatch, nobody: None
) -> None:
    one, two = put_episode(services.store, "One"), put_episode(services.store, "Two")
    snips = [services.snips.keep(each.id, at).snip.id for each in (one, two) for at in (10.0, 30.0, 50.0)]
    services.snips.remove(snips)
    told: list[str] = []

    def changed(store: Store, found: Episode) -> None:
        assert not store._db.conn.in_transaction
        told.append(found.title)

    monkeypatch.setattr(undo, "changed", changed)
    services.undo.undo()
    assert sorted(told) == ["One", "Two"] and len(services.snips.cards()) == 6


def test_what_is_no_longer_set_is_not_done(services: Services, episode: Episode, nobody: None) -> None:
    set_auto("markdown")
    changed(services.store, episode)
    set_auto()
    job = services.store.jobs.claim("hook")
    assert job is not None
    with pytest.raises(exporting.PodcliError, match="markdown is no longer in export"):
        exporting.run(job, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "err", "message", "hint", "exit_code"),
    [
        (3, b"so far\npodcli: The server is gone.\n  Try later.\n  Ask.\n", "The server is gone.", "Try later. Ask.", 3),
        (2, b"podcli: Two\x1b[31m words\x07.", "Two words.", "", 2),
        (1, b"Traceback\nBoom: x\n", "The export to anki ended with 1: Boom: x", "`podcli export anki --auto` tries it.", 1),
        (-9, b"", "The export to anki ended with -9.", "`podcli export anki --auto` tries it.", 1),
        (99, b"podcli: No.\n", "The export to anki ended with 99: podcli: No.", "`podcli export anki --auto` tries it.", 1),
        (None, b"", "The export to anki still ran after 600 seconds and was ended.", "`podcli export anki --auto` tries it.", 1),
        (1, "podcli: \ud83d".encode("utf-8", "surrogatepass"), "���", "", 1),
    ],
)  # fmt: skip
def test_its_words_are_those_of_the_command(code: int | None, err: bytes, message: str, hint: str, exit_code: int) -> None:
    error = exporting._failure("anki", programs.Ended(code, b"", err, 1.0))
    assert (error.message, error.hint, int(error.exit_code)) == (message, hint, exit_code)
