"""Exports on the disk: whole or not at all, the same a second time, and never over a word somebody wrote."""

from __future__ import annotations

import errno
import json
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Episode, Insight, Point, Segment, Snip
from podcli.errors import PodcliError, UsageError
from podcli.services import Services, open_services
from podcli.services.exporting import Wish, Written
from podcli.services.exporting.files import Files
from podcli.services.exporting.places import vault
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_snipping import SAID

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def episode(services: Services) -> Episode:
    found = put_episode(services.store)
    put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
    services.snips.keep(found.id, 70.0, tags=["idea"])
    return found


def export(services: Services, kind: str, to: Path | None, *, force: bool = False, **wish: object) -> list[Written]:
    wished = Wish(kind, **wish)  # type: ignore[arg-type]
    at = services.exporting.place(wished, str(to) if to else None)
    assert at is not None
    return list(services.exporting.write(wished, at, force=force))


def actions(written: list[Written]) -> list[str]:
    return [each.action for each in written]


def snip(services: Services, episode: Episode) -> Snip:
    return services.snips.cards(episode_id=episode.id)[0].snip


def facts(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def test_a_note_has_what_a_model_made_and_what_was_kept(services: Services, episode: Episode, notes: Path) -> None:
    transcript = services.store.insights.find(episode.id)
    assert transcript is not None
    point = Point("Boxes made ports poor.", "lost their dockers", 70.0, 80.0)
    services.store.insights.save_insight(transcript.id, Insight("takeaways", "m", "1", (point,)))
    assert actions(export(services, "obsidian", notes)) == ["made"]
    text = (notes / "One.md").read_text()
    assert text.startswith('---\npodcast: "A"\n') and "Boxes made ports poor." in text and "> Malcom McLean" in text
    assert '- "idea"' in text and "(m)" in text


@pytest.mark.parametrize("kind", ["markdown", "obsidian", "logseq", "readwise", "anki", "jsonl", "atom"])
def test_a_second_export_touches_nothing(services: Services, episode: Episode, notes: Path, kind: str) -> None:
    assert actions(export(services, kind, notes)) == ["made"]
    before = facts(notes)
    assert actions(export(services, kind, notes)) == ["same"] and facts(notes) == before
    services.snips.keep(episode.id, 40.0)
    assert actions(export(services, kind, notes)) == ["changed"]
    assert [path.name for path in notes.iterdir()] == list(before), "and no leftovers"


def test_words_of_the_reader_stay_and_what_is_new_comes_below(services: Services, episode: Episode, notes: Path) -> None:
    export(services, "markdown", notes)
    file = notes / "One.md"
    mine = "MY OWN LINE\r\n" + file.read_text().replace("# One", "# Mine").replace("\n", "\r\n")
    file.write_bytes(mine.encode())
    file.chmod(0o640)
    assert actions(export(services, "markdown", notes)) == ["yours"] and file.read_bytes() == mine.encode()
    services.snips.keep(episode.id, 40.0)
    assert actions(export(services, "markdown", notes)) == ["added"]
    assert file.read_bytes().startswith(mine.encode()) and b"Today we talk" in file.read_bytes()[len(mine) :]
    assert file.stat().st_mode & 0o777 == 0o640
    assert actions(export(services, "markdown", notes)) == ["yours"]
    assert actions(export(services, "markdown", notes, force=True)) == ["changed"] and "MY OWN" not in file.read_text()


def test_other_files_that_were_changed_are_left_alone(services: Services, episode: Episode, notes: Path) -> None:
    file = notes / "talk.srt"
    assert actions(export(services, "srt", file, episodes=(episode,))) == ["made"]
    file.write_text(file.read_text().replace("boxes", "foxes"))
    assert actions(export(services, "srt", file, episodes=(episode,))) == ["yours"] and "foxes" in file.read_text()
    assert actions(export(services, "srt", file, episodes=(episode,), force=True)) == ["changed"]
    assert "foxes" not in file.read_text()
    (notes / "readwise.csv").write_text("somebody's own")
    assert actions(export(services, "readwise", notes)) == ["yours"]


def test_tags_and_shows_choose_snips_in_one_file_and_episodes_of_notes(services: Services, episode: Episode, notes: Path) -> None:
    other = put_episode(services.store, "Another")
    services.snips.keep(other.id, 30.0, note="n")
    services.snips.keep(episode.id, 40.0)
    export(services, "jsonl", notes, tag="idea")
    records = [json.loads(line) for line in (notes / "podcli.jsonl").read_text().splitlines()]
    assert [each["type"] for each in records] == ["episode", "snip", "snip"], "an episode has all its snips"
    export(services, "readwise", notes, tag="idea")
    assert len((notes / "readwise.csv").read_text().splitlines()) == 2
    future = snip(services, episode).created_at + timedelta(days=1)
    assert export(services, "markdown", notes, since=future) == []
    assert {each.path.name for each in export(services, "markdown", notes)} == {"One.md", "Another.md"}


def test_two_episodes_of_one_title_have_a_file_each(services: Services, episode: Episode, notes: Path) -> None:
    link = services.library.episode(services.store.library.put_on_shelf("link", "https://e.example.org/One.mp3"))
    services.store.library._db.execute("update episode set title = 'ONE' where id = ?", [link.id])
    services.snips.keep(link.id, 30.0, note="n")
    alone = export(services, "markdown", notes, episodes=(services.library.episode(link.id),))
    both = export(services, "markdown", notes)
    names = [each.path.name.casefold() for each in both]
    assert len(set(names)) == 2 and alone[0].path in [each.path for each in both], "named alike whether alone or with others"


def test_a_name_leads_nowhere_else(services: Services, episode: Episode, notes: Path, tmp_path: Path) -> None:
    services.store.library._db.execute("update episode set title = '../../../tmp/x' where id = ?", [episode.id])
    (written,) = export(services, "markdown", notes)
    assert written.path.parent == notes
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    written.path.unlink()
    written.path.symlink_to(secret)
    with pytest.raises(PodcliError, match="leads out of its folder"):
        export(services, "markdown", notes)
    assert secret.read_text() == "secret" and written.path.is_symlink()


def test_what_is_missing_is_said_with_the_command_that_makes_it(services: Services, episode: Episode, notes: Path) -> None:
    other = put_episode(services.store, "Another")
    for kind, command in (("srt", "podcli transcript 2"), ("chapters", "podcli chapters 2")):
        with pytest.raises(PodcliError) as error:
            export(services, kind, notes, episodes=(other,))
        assert command in error.value.hint
    with pytest.raises(UsageError, match="Whose transcript"):
        export(services, "vtt", notes)
    with pytest.raises(UsageError, match="no template"):
        export(services, "logseq", notes, template="x")
    with pytest.raises(UsageError, match="choose episodes"):
        export(services, "markdown", notes, tag="idea", episodes=(episode,))
    with pytest.raises(UsageError, match="Nobody said where"):
        export(services, "markdown", None)


def test_a_template_of_ones_own_with_one_for_snips(services: Services, episode: Episode, notes: Path) -> None:
    template = "EPISODE {{episode_title}}\n{{snips_section}}\n<!-- snip -->\nSNIP {{snip_start_time}} {{snip_transcript}}\n"
    export(services, "markdown", notes, template=template)
    text = (notes / "One.md").read_text()
    assert text.startswith("EPISODE One\nSNIP 0:32 **Ben**: Malcom McLean") and "<!-- snip -->" not in text
    with pytest.raises(UsageError, match="snip_titel"):
        export(services, "markdown", notes, template="x\n<!-- snip -->\n{{snip_titel}}")


def test_the_vault_obsidian_has_open_is_found(
    services: Services, episode: Episode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with pytest.raises(PodcliError, match="no vault"):
        vault()
    snap = tmp_path / "snap/obsidian/current/.config/obsidian"
    flatpak = tmp_path / ".var/app/md.obsidian.Obsidian/config/obsidian"
    mac = tmp_path / "Library/Application Support/obsidian"
    plain, own = tmp_path / ".config/obsidian", tmp_path / "own/obsidian"
    for place in (snap, flatpak, plain, mac, own):  # each is looked at before the one before
        mine = tmp_path / f"vault of {'-'.join(place.relative_to(tmp_path).parts)}"
        mine.mkdir()
        place.mkdir(parents=True)
        (place / "obsidian.json").write_text(json.dumps({"vaults": {"a": {"path": str(mine), "ts": 1, "open": True}}}))
        if place == own:
            monkeypatch.setenv("XDG_CONFIG_HOME", str(own.parent))
        assert vault() == mine
    assert [each.path for each in export(services, "obsidian", None)] == [mine / "Podcasts" / "One.md"]
    settings.set_value("export.folder", "Inbox")
    with open_services() as fresh:
        assert [each.path for each in export(fresh, "obsidian", None)] == [mine / "Inbox" / "One.md"]
    mine.rename(tmp_path / "moved")
    with pytest.raises(PodcliError, match=r"not at .* any more") as moved:
        export(services, "obsidian", None)
    assert "--to FOLDER" in moved.value.hint
    (own / "obsidian.json").write_text("{")
    with pytest.raises(PodcliError, match="damaged"):
        vault()


def test_a_folder_or_a_strange_file_in_the_way_is_named(
    services: Services, episode: Episode, notes: Path, tmp_path: Path
) -> None:
    (notes / "One.md").mkdir()
    with pytest.raises(PodcliError, match=r"One\.md is a folder, where a file should be"):
        export(services, "markdown", notes)
    (notes / "One.md").rmdir()
    (notes / "One.md").write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(PodcliError, match="something else than text"):
        export(services, "markdown", notes)
    (notes / "One.md").unlink()
    os.mkfifo(notes / "One.md")
    with pytest.raises(PodcliError, match="no ordinary file"):
        export(services, "markdown", notes)
    with pytest.raises(PodcliError, match="There is no folder"):
        export(services, "markdown", tmp_path / "gone" / "notes")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(PodcliError, match="is a file, where a folder should be"):
        export(services, "markdown", file)


def test_a_folder_that_goes_away_meanwhile_is_said(services: Services, episode: Episode, notes: Path) -> None:
    wish = Wish("markdown")
    at = services.exporting.place(wish, str(notes))
    notes.rename(notes.with_name("moved"))
    assert at is not None
    with pytest.raises(PodcliError, match=r"folder of .* is not there any more"):
        list(services.exporting.write(wish, at))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_said(services: Services, episode: Episode, notes: Path) -> None:
    notes.chmod(0o500)
    with pytest.raises(PodcliError, match="may not read and write"):
        export(services, "markdown", notes)


@pytest.mark.parametrize(("code", "says"), [(errno.EACCES, "may not read and write"), (errno.EROFS, "can only be read"),
                                            (errno.ENOSPC, "no room on the disk"), (errno.EIO, "cannot be written")])  # fmt: skip
def test_whatever_the_disk_says_is_one_sentence_and_leaves_the_old_file(
    services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    export(services, "markdown", notes)
    before = facts(notes)
    services.snips.keep(episode.id, 40.0)

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(PodcliError, match=says):
        export(services, "markdown", notes)
    assert facts(notes) == before, "and nothing half-written beside it"


def test_after_a_full_disk_it_goes_on(services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for title in ("Second", "Third", "Fourth"):
        services.snips.keep(put_episode(services.store, title).id, 30.0, note="n")
    real, written = os.fsync, []

    def full_after_two(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 4:  # a file and its folder each
            raise FULL
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_after_two)
    with pytest.raises(PodcliError, match="no room") as error:
        export(services, "markdown", notes)
    assert "goes on from there" in error.value.hint and len(list(notes.iterdir())) == 2
    monkeypatch.undo()
    assert sorted(actions(export(services, "markdown", notes))) == ["made", "made", "same", "same"]


def test_a_file_changed_between_reading_and_writing_keeps_its_words(
    services: Services, episode: Episode, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(services, "markdown", notes)
    services.snips.keep(episode.id, 40.0)
    file, real = notes / "One.md", os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        file.write_text("typed just now")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(PodcliError, match="changed by another program"):
        export(services, "markdown", notes)
    assert facts(notes).keys() == {"One.md"} and file.read_text() == "typed just now"
    file.unlink()
    with pytest.raises(PodcliError, match="changed by another program"):
        Files(services.store).document(file, b"x")


@pytest.mark.parametrize("kind", ["markdown", "jsonl", "readwise"])
def test_ten_times_the_episodes_are_no_more_queries(services: Services, notes: Path, kind: str) -> None:
    counts = list[int]()
    for episodes in (20, 180):
        with services.store.writing():
            for n in range(episodes):
                found = put_episode(services.store, f"Episode {episodes} {n:03}")
                put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
                transcript = services.store.insights.find(found.id)
                assert transcript is not None
                for made in ("takeaways", "summary"):
                    point = Point(f"Of {n}.", "lost their dockers", 70.0, 80.0)
                    services.store.insights.save_insight(transcript.id, Insight(made, "m", "1", (point,)))  # type: ignore[arg-type]
                services.store.snips.add(found.id, start_s=0.0, end_s=30.0, at_s=30.0)
        asked = list[str]()
        services.store._db.conn.set_trace_callback(asked.append)
        export(services, kind, notes)
        services.store._db.conn.set_trace_callback(None)
        counts.append(sum(each.lstrip().startswith("select") for each in asked))
    if kind == "jsonl":  # of a whole library words are read too: those of one episode at a time fit into memory
        counts = [counts[0] - 20, counts[1] - 200]
    assert counts[0] <= 16 and counts[1] <= counts[0] + 2, "all are read together; a file's digest is asked for"
    assert kind != "markdown" or "Of 7." in (notes / "Episode 180 007.md").read_text()


def test_ten_thousand_snips_are_exported(services: Services, episode: Episode, notes: Path) -> None:
    kept = snip(services, episode)
    with services.store.writing():
        for n in range(200):
            item = put_episode(services.store, f"Episode {n:03}").id if n else episode.id
            for second in range(50):
                made = services.store.snips.add(item, start_s=second * 60, end_s=second * 60 + 30, at_s=second * 60 + 30)
                services.store.snips.save(replace(kept, id=made.id, episode_id=item, start_s=made.start_s, end_s=made.end_s))
    begun = time.monotonic()
    assert len(export(services, "markdown", notes)) == 200
    assert set(actions(export(services, "markdown", notes))) == {"same"}
    export(services, "readwise", notes)
    assert (notes / "readwise.csv").read_text().count("Malcom McLean owned") == 10_001
    assert time.monotonic() - begun < 60
