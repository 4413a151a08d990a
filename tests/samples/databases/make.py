"""Writes the fixture of the newest migration: ``python tests/samples/databases/make.py``. Older ones are never written again."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PODCLI_HOME"] = folder
        from podcli.domain import (
            Answer,
            AnswerId,
            Citation,
            Enclosure,
            Feed,
            FeedItem,
            Insight,
            Listened,
            Person,
            Point,
            Segment,
            Sentence,
            ShowSettings,
            Word,
        )
        from podcli.store import open_store
        from podcli.store.migrations import migrations
        from podcli.store.passages import Passage, Scope

        url = "https://feeds.example.org/kept.xml"
        with open_store() as store:
            item = FeedItem("kept", "Kept", Enclosure("https://cdn.example.org/kept.mp3", "audio/mpeg", 10),
                            persons=(Person("Ann", "guest"),))  # fmt: skip
            store.library.save_feed(Feed(url, "Kept show", (item,), persons=(Person("Bob"),)), url=url)
            episode = store.library.episodes()[0]
            store.library.save_position(episode.id, 61.5)
            store.library.enqueue(episode.id)
            store.library.save_file(episode.id, path="/nowhere/kept.mp3", sha256="0" * 64, bytes=10)
            made = store.insights.begin(
                episode.id, audio_sha256="0" * 64, source="whisper", model="whisper-base", decode_version="1"
            )
            words = (Word(0.0, 0.7, "Kept"), Word(0.7, 1.1, "for"), Word(1.1, 2.0, "good."))
            store.insights.add_segments(made.id, [Segment(0.0, 2.0, "Kept for good.", words=words)])
            store.insights.finish(made.id, [Sentence(1, 0.0, 2.0, "Kept for good.")])
            claim = Point("It is kept.", "Kept for good.", 0.0, 2.0, (1,))
            store.insights.save_insight(made.id, Insight("takeaways", "qwen2.5-coder-1.5b", "1", (claim,)))
            store.passages.save(made.id, "m", [Passage(1, 1, 0.0, 2.0)], bytes(range(256)))
            said = Citation("It is kept.", "Kept for good.", episode.id, "Kept", "Kept show", 0.0, 2.0, (1,))
            asked = store.answers.begin(Answer(AnswerId(0), "Is it kept?", "1 episode", model="m", prompt_version="1"),
                                        Scope(episode_id=episode.id), "one")  # fmt: skip
            store.answers.save(replace(asked, sentences=(said,), answered=True, complete=True, searches=("kept",), transcripts=1))
            store.snips.add(episode.id, start_s=0.0, end_s=2.0, at_s=2.5)
            store.jobs.enqueue("download", episode_id=episode.id)
            store.library.triage([episode.id], "later")
            store.library.save_show_settings(episode.show_id, ShowSettings(speed=1.25, skip_intro_s=30.0, smart_speed=True))
            store.listening.save_heard(episode.id, [(0.0, 61.5)])
            store.listening.add_listened("2026-03-01", episode.show_id, Listened(61.5, 49.2, 12.3))
            store.library.remember("tui.view", "inbox")
            store.undo.push("Kept “Kept” for later", [{"do": "triage", "was": {"inbox": [episode.id]}}])
            path = store.path
        target = Path(__file__).parent / f"{migrations._migrations[-1].name}.db"
        target.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        connection.execute("vacuum into ?", [str(target)])
        connection.close()


if __name__ == "__main__":
    main()
