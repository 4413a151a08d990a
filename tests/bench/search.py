"""Search over 430 real episodes (3.5 million words): how long indexing takes, and each query. Part of ``make bench``."""

from __future__ import annotations

import os
import statistics
import tempfile
import time

from podcli.domain import Enclosure, Feed, FeedItem, Segment
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.retrieval import index
from podcli.pipeline.sentences import sentences
from tests.bench.talks import names, talk

QUERIES = (
    "kubernetes", "vector database", "the", "and", "how do you deploy on friday", "what is the future of open source",
    "transformers attention", "incident post mortem culture", "sleeping badly", "reinforcement learning from human feedback",
    "privacy of medical data", "a", "postgres migration", "nobody ever said this zyzzyva", "latency between regions", "日本語",
)  # fmt: skip


def main() -> None:
    """Index, then ask each query five times; print seconds, medians and the 95th percentile."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PODCLI_HOME"] = folder
        from podcli.services.search import SearchService
        from podcli.store import open_store

        pack = [name for name in names() if name.startswith(("practical-ai-", "ship-it-"))]
        items = tuple(FeedItem(name, name, Enclosure(f"https://cdn.example.org/{name}.mp3", "audio/mpeg", 1)) for name in pack)
        url = "https://feeds.example.org/pack.xml"
        with open_store() as store:
            store.library.save_feed(Feed(url, "Pack", items), url=url)
            episodes = {episode.title: episode for episode in store.library.episodes(limit=len(items))}
            talks = {name: [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in talk(name).sentences] for name in episodes}
            embedder = WordLlamaEmbedder()
            started, words = time.monotonic(), 0
            for name, segments in talks.items():
                made = store.insights.begin(
                    episodes[name].id, audio_sha256=name, source="publisher", model="publisher", decode_version="1"
                )
                store.insights.add_segments(made.id, segments)
                store.insights.finish(made.id, sentences(segments))
                index(store, made.id, embedder)
                words += sum(len(segment.text.split()) for segment in segments)
            took = time.monotonic() - started
            print(f"indexed {len(talks)} episodes, {words:,} words, in {took:.0f} s (bound 180)")
            search = SearchService(store)
            search.search("warm")
            times: list[float] = []
            for query in QUERIES:
                runs = []
                for _ in range(5):
                    started = time.perf_counter()
                    hits = search.search(query)
                    runs.append(1000 * (time.perf_counter() - started))
                times += runs
                print(f"  {statistics.median(runs):6.1f} ms  {len(hits):3} hits  {query}")
            times.sort()
            late = times[int(0.95 * len(times))]
            print(f"query: median {statistics.median(times):.0f} ms, 95th percentile {late:.0f} ms (bound 100)")


if __name__ == "__main__":
    main()
