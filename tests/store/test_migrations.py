from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from podcli import paths
from podcli.errors import PodcliError
from podcli.store import connection, open_store
from podcli.store.migrations import migrations
from podcli.store.passages import Scope

DATABASES = Path(__file__).parent.parent / "samples" / "databases"
STEPS = [step.name for step in migrations._migrations]


def place(fixture: Path) -> Path:
    target = paths.database()
    target.parent.mkdir(parents=True)
    shutil.copy(fixture, target)
    return target


def test_every_released_step_has_a_fixture() -> None:
    assert [f"{file.stem}" for file in sorted(DATABASES.glob("m*.db"))] == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_library_of_every_earlier_version_opens_with_its_rows(step: str) -> None:
    place(DATABASES / f"{step}.db")
    with open_store() as store:
        episode = store.library.episodes()[0]
        assert (episode.title, episode.position_s, episode.finished) == ("Kept", 61.5, False)
        transcript = store.insights.find(episode.id, complete=True)
        assert transcript is not None
        assert [sentence.text for sentence in store.insights.sentences(transcript.id)] == ["Kept for good."]
        insight = store.insights.insight(transcript.id, "takeaways")
        assert insight is not None and insight.items[0].sentences == (1,)
        assert store.passages.worded('"good"', ranked=True, limit=2) == [(transcript.id, 1)]
        assert store.check() == "ok"


def test_what_was_being_transcribed_goes_on_where_it_was() -> None:
    with sqlite3.connect(place(DATABASES / "m006_pause.db")) as old:
        old.execute("update transcript set complete = 0")
    old.close()
    with open_store() as store:
        transcript = store.insights.find(store.library.episodes()[0].id)
        assert transcript is not None and not transcript.complete and transcript.heard == ((0.0, 2.0),)


def test_a_new_library_has_every_step_and_readable_views() -> None:
    with open_store() as store:
        names = set(store._db.table_names())
        views = set(store._db.view_names())
    assert {"show", "episode", "file", "transcript", "segment", "sentence", "chapter", "insight", "evidence", "job"} <= names
    assert {"episode_overview", "takeaway_overview"} <= views


def test_wal_and_foreign_keys_are_on() -> None:
    with open_store() as store:
        assert store._db.execute("pragma journal_mode").fetchone()[0] == "wal"
        assert store._db.execute("pragma foreign_keys").fetchone()[0] == 1


def test_a_verified_copy_is_made_before_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store() as store:
        store.library.put_on_shelf("file", "file:///kept.mp3")
    steps = list(migrations._migrations)
    monkeypatch.setattr(migrations, "_migrations", steps)

    @migrations(name="m999_test")
    def m999_test(db: Database) -> None:
        db.execute("alter table show add column colour text")

    with open_store() as store:
        assert "colour" in store._db.table("show").columns_dict
    copies = list(paths.backups().glob("*.db"))
    assert len(copies) == 1
    assert [row[0] for row in sqlite3.connect(copies[0]).execute("select title from show")] == ["Files"]


def test_a_failed_migration_leaves_the_library_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store() as store:
        store.library.put_on_shelf("file", "file:///kept.mp3")
    monkeypatch.setattr(migrations, "_migrations", list(migrations._migrations))

    @migrations(name="m999_broken")
    def m999_broken(db: Database) -> None:
        db.execute("alter table show add column colour text")
        db.execute("select nonsense from nowhere")

    with pytest.raises(PodcliError):
        open_store()
    connection_ = sqlite3.connect(paths.database())
    assert "colour" not in [row[1] for row in connection_.execute("pragma table_info(show)")]
    connection_.close()


def test_a_newer_library_is_refused_and_untouched() -> None:
    with open_store() as store:
        store._db.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('podcli', 'm900_future', 'x')"
        )
    with pytest.raises(PodcliError, match="newer podcli"):
        open_store()


def test_a_database_of_another_program_is_refused() -> None:
    paths.database().parent.mkdir(parents=True)
    other = sqlite3.connect(paths.database())
    other.execute("create table notes (text)")
    other.commit()
    other.close()
    with pytest.raises(PodcliError, match="another program"):
        open_store()


@pytest.mark.parametrize("content", [b"this is not a database at all" * 50, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_library_is_named_with_the_next_step(content: bytes) -> None:
    paths.database().parent.mkdir(parents=True)
    paths.database().write_bytes(content)
    with pytest.raises(PodcliError, match="damaged") as caught:
        open_store()
    assert str(paths.backups()) in caught.value.hint
    assert paths.database().read_bytes() == content


def test_a_locked_library_is_waited_for_and_then_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    open_store().close()
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.2)
    holder = sqlite3.connect(paths.database(), isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(PodcliError, match="locked"), open_store() as store, store.writing():
        pass
    holder.execute("rollback")
    holder.close()


def test_writers_in_several_threads_take_turns() -> None:
    open_store().close()

    def write(number: int) -> None:
        with open_store() as store:
            for step in range(20):
                store.library.put_on_shelf("link", f"https://example.org/{number}-{step}")
                store.jobs.enqueue("add", target=f"{number}-{step}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_store() as store:
        assert len(store.jobs.recent(1000)) == 80


def test_of_a_library_of_before_each_shows_newest_few_unheard_go_to_the_inbox() -> None:
    with sqlite3.connect(place(DATABASES / "m001_initial.db")) as raw:
        raw.execute("insert into show (id, url, title, added_at) values (7, 'u', 'Long', ''), (8, 'v', 'Short', '')")
        raw.execute("insert into show (id, url, kind, title, added_at) values (9, 'podcli:file', 'file', 'Files', '')")
        rows = [(7, n) for n in range(1, 9)] + [(8, 1), (9, 1)]
        raw.executemany(
            """insert into episode (key, show_id, guid, title, published_at, enclosure_url, added_at)
            values (:s || '-' || :n, :s, :n, :s || '-' || :n, '2026-01-0' || :n, '', '')""",
            [{"s": show, "n": number} for show, number in rows],
        )
        raw.execute("insert into playback (episode_id, finished, updated_at) select id, 1, '' from episode where key = '7-7'")
    raw.close()
    with open_store() as store:
        found = {episode.title: episode.triage for episode in store.library.episodes()}
        assert sorted(title for title, triage in found.items() if triage == "inbox") == ["7-5", "7-6", "7-8", "8-1"]
        seq, cards = store.cards.all()
        assert len(cards) == len(found) == 11
        store.library.save_position(cards[0].id, 5.0)
        assert [card.id for card in store.cards.since(seq)[1]] == [cards[0].id]
        assert store.check() == "ok"


def test_the_second_migration_keeps_what_it_brought() -> None:
    place(DATABASES / "m002_listening.db")
    with open_store() as store:
        episode = store.library.episodes()[0]
        assert episode.triage == "later" and store.listening.heard(episode.id) == ((0.0, 61.5),)
        settings = store.library.show_settings(episode.show_id)
        assert (settings.speed, settings.skip_intro_s, settings.smart_speed, settings.loudness) == (1.25, 30.0, True, None)
        assert store.listening.listened().heard_s == 61.5
        assert store.library.remembered("tui.view") == "inbox"
        assert [act.label for act in store.undo.last(5)] == ["Kept “Kept” for later"]
        assert [card.triage for card in store.cards.all()[1]] == ["later"]


def test_answers_are_kept_with_their_sources() -> None:
    place(DATABASES / "m005_answers.db")
    with open_store() as store:
        episode = store.library.episodes()[0]
        (answer,) = store.answers.recent(Scope(episode_id=episode.id))
        assert (answer.question, answer.answered, answer.searches, answer.transcripts) == ("Is it kept?", True, ("kept",), 1)
        (said,) = answer.sentences
        assert (said.quote, said.episode_id, said.episode_title, said.sentences) == ("Kept for good.", episode.id, "Kept", (1,))
        assert store.answers.recent(Scope()) == []
