"""What is thrown away for good, and what not yet."""

from __future__ import annotations

import time
from pathlib import Path

from podcli import paths
from podcli.pipeline.tidy import empty_trash, tidy
from podcli.store import open_store
from tests.store.examples import URL, feed, item

DAY_NS = 24 * 3600 * 10**9


def test_the_trash_is_emptied_of_what_is_older_than_a_day() -> None:
    paths.trash().mkdir(parents=True)
    then = time.time_ns() - DAY_NS
    old, new, strange = (paths.trash() / name for name in (f"{then - 1}-1-e.mp3", f"{then + 10**11}-2-e.mp3", "a-b.mp3"))
    for file in (old, new, strange):
        file.write_bytes(b"x")
    assert empty_trash() == 1
    assert not old.exists() and new.exists() and strange.exists()


def test_a_removed_shows_files_go_with_it_a_week_later(tmp_path: Path) -> None:
    with open_store() as store:
        tidy(store)  # an empty library has no folders yet
        audio = tmp_path / "one.mp3"
        audio.write_bytes(b"x")
        store.library.save_feed(feed(item()), url=URL)
        episode = store.library.episodes()[0]
        store.library.save_file(episode.id, path=str(audio), sha256="0" * 64, bytes=1)
        store.library.remove_show(episode.show_id)
        tidy(store)
        assert audio.exists() and store.library.bring_back_show(episode.show_id)
        store._db.execute("update show set removed_at = '2026-01-01T00:00:00+00:00'")
        tidy(store)
        assert not audio.exists() and not store.library.bring_back_show(episode.show_id)


def test_a_refresh_that_ends_after_its_show_was_removed_does_not_bring_it_back() -> None:
    from podcli import settings
    from podcli.feeds.fetch import Fetched
    from podcli.feeds.subscribe import Loaded
    from podcli.pipeline.gather import _keep
    from podcli.pipeline.reporter import Reporter
    from podcli.pipeline.stages import Context, Models

    with open_store() as store:
        store.library.save_feed(feed(item()), url=URL)
        show = store.library.shows()[0]
        context = Context(store, settings.load(), Reporter(store, store.jobs.enqueue("refresh")), Models())
        store.library.remove_show(show.id)
        row = _keep(show, Loaded(feed(item(), item("two")), Fetched(200, URL, "", b"", "", "", "")), context)
        assert row["new"] == 0 and store.library.shows() == []
