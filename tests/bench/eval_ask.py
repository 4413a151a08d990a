"""Questions over six real episodes, half of them on what nobody said, beside a search that never refuses. Part of ``make eval``.

``python -m tests.bench.eval_ask [MODEL] [--gguf FILE] [--json FILE] [--part dev|held-out] [--scope episode|all]
[--questions FILE] [--verbose]``: every question of ask_questions.json is asked of its episode alone and of all six. An answer is
right when one of its citations holds a fragment of ``proof``; a question without one has to be refused. The baseline shows the
passage found first. What was measured is added to FILE question by question, and is not asked again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from podcli.domain import Enclosure, Episode, Feed, FeedItem, Segment
from podcli.pipeline import figures, words
from podcli.pipeline.asking_prompts import ASK_VERSION
from podcli.pipeline.retrieval import index, retrieve
from podcli.pipeline.seeking import Search
from podcli.pipeline.sentences import sentences
from podcli.store import Store
from podcli.store.passages import Scope
from tests.bench.eval_insights import _alone, open_writer
from tests.bench.reading import EMBEDDER, Counting
from tests.bench.talks import talk

QUESTIONS = Path(__file__).with_name("ask_questions.json")
SCOPES = ("episode", "all")


@dataclass
class Asked:
    """What came of one question."""

    id: str
    scope: str
    answerable: bool
    held_out: bool
    right: bool
    answered: bool
    baseline: bool
    """Whether the passage found first holds the proof."""
    searches: int
    passages: int
    tokens: int
    seconds: float
    verbatim: bool
    """Whether every citation is in its episode, word for word."""
    absent: int
    """Sentences with a number or name that their citation does not have."""
    told: list[str]
    cited: list[str]


def put(store: Store, names: Iterable[str]) -> dict[str, Episode]:
    """A library of these episodes, by name."""
    names = list(names)
    items = tuple(FeedItem(name, name, Enclosure(f"https://cdn.example.org/{name}.mp3", "audio/mpeg", 1)) for name in names)
    url = "https://feeds.example.org/six.xml"
    store.library.save_feed(Feed(url, "Six", items), url=url)
    episodes = {episode.title: episode for episode in store.library.episodes(limit=len(items))}
    for name in names:
        segments = [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in talk(name).sentences]
        made = store.insights.begin(episodes[name].id, audio_sha256=name, source="publisher", model="p", decode_version="1")
        store.insights.add_segments(made.id, segments)
        store.insights.finish(made.id, sentences(segments))
        index(store, made.id, EMBEDDER)
    return episodes


def ask(store: Store, question: dict[str, Any], episode: Episode, scope_name: str, writer: Counting) -> Asked:
    """Ask one question, and look at what comes back."""
    scope = Scope(episode_id=episode.id) if scope_name == "episode" else Scope()
    started, read = time.monotonic(), writer.read
    search = Search(store, EMBEDDER, writer, question["question"], scope)  # type: ignore[arg-type]
    told = search.run()
    seconds = time.monotonic() - started
    inside = [each.shown.quote for each in told if each.evidence.episode_id == episode.id]
    right = any(proof in quote for proof in question["proof"] for quote in inside) if question["answerable"] else not told
    said = {each.evidence.episode_id: _said(store, each.evidence.transcript_id) for each in told}
    return Asked(
        question["id"], scope_name, question["answerable"], question["held_out"], right, bool(told),
        _baseline(store, question, episode, scope), len(search.searches), len(search.read), writer.read - read, round(seconds, 1),
        all(each.shown.quote in said[each.evidence.episode_id] for each in told),
        sum(_absent(each.shown.text, each.shown.quote, said[each.evidence.episode_id]) for each in told),
        [each.shown.text for each in told], [each.shown.quote for each in told],
    )  # fmt: skip


def _said(store: Store, transcript_id: Any) -> str:  # noqa: ANN401
    return " ".join(sentence.text for sentence in store.insights.sentences(transcript_id))


def _absent(text: str, quote: str, said: str) -> bool:
    known, _ = words.squeezed(quote)
    return figures.missing(text, quote) or any(name not in known for name in words.names(text, words.written_small([said])))


def _baseline(store: Store, question: dict[str, Any], episode: Episode, scope: Scope) -> bool:
    found = retrieve(store, EMBEDDER, question["question"], scope, limit=1)
    if not question["answerable"]:
        return not found
    text = " ".join(row["text"] for each in found for row in store.passages.said(each.transcript_id, each.first, each.last))
    return bool(found) and found[0].episode_id == episode.id and any(proof in text for proof in question["proof"])


def totals(rows: list[Asked]) -> dict[str, Any]:
    """The bounds over some questions."""
    can, cannot = [row for row in rows if row.answerable], [row for row in rows if not row.answerable]
    return {
        "questions": len(rows),
        "answered_with_correct_citation": _share(row.right for row in can),
        "unanswerable_refused": _share(row.right for row in cannot),
        "answered_wrongly": _share(row.answered and not row.right for row in can),
        "baseline_correct": _share(row.baseline for row in can),
        "baseline_refused": _share(row.baseline for row in cannot),
        "citations_verbatim_and_inside": _share(row.verbatim for row in rows),
        "numbers_or_names_absent": sum(row.absent for row in rows),
        "tokens_each": round(statistics.mean(row.tokens for row in rows)),
        "seconds_each": round(statistics.mean(row.seconds for row in rows), 1),
    }


def _share(found: Iterable[bool]) -> float | None:
    all_of = list(found)
    return round(sum(all_of) / len(all_of), 3) if all_of else None


def main() -> None:
    """Ask, print a line a question, then the totals of each scope, of development and held-out questions, and of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.eval_ask")
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=["dev", "held-out"])
    parser.add_argument("--scope", choices=SCOPES)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    questions = json.loads(options.questions.read_text("utf-8"))
    writer = Counting(open_writer(options.model, options.gguf))
    version = f"{ASK_VERSION} of {writer.model_id}"
    rows = _measured(options.json, version)
    known = {(row.id, row.scope) for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PODCLI_HOME"] = folder
        from podcli.store import open_store

        with open_store() as store:
            episodes = put(store, dict.fromkeys(question["episode"] for question in questions))
            for question in questions:
                if options.part and (options.part == "held-out") != question["held_out"]:
                    continue
                for scope in [options.scope] if options.scope else SCOPES:
                    if (question["id"], scope) in known:
                        continue
                    with _alone():
                        row = ask(store, question, episodes[question["episode"]], scope, writer)
                    rows.append(row)
                    _print(row, question["question"], options.verbose)
                    if options.json:
                        kept = {"version": version, "rows": [asdict(row) for row in rows]}
                        options.json.write_text(json.dumps(kept, ensure_ascii=False, indent=1))
    parts = {
        **{f"{scope}, {part}": [row for row in rows if row.scope == scope and row.held_out == (part == "held out")]
           for scope in SCOPES for part in ("development", "held out")},
        **{scope: [row for row in rows if row.scope == scope] for scope in SCOPES}, "everything": rows,
    }  # fmt: skip
    print(json.dumps({name: totals(part) for name, part in parts.items() if part}, indent=2))


def _measured(file: Path | None, version: str) -> list[Asked]:
    """What was measured before with the prompts of today and the same model."""
    kept = json.loads(file.read_text("utf-8")) if file and file.exists() else {}
    return [Asked(**row) for row in kept["rows"]] if kept.get("version") == version else []


def _print(row: Asked, question: str, verbose: bool) -> None:
    kind = "said" if row.answerable else "not said"
    print(f"{'right' if row.right else 'WRONG'} {row.id:<22} {row.scope:<8} {kind:<9} {row.searches} searches {row.passages:>2} "
          f"passages {row.tokens:>5} tokens {row.seconds:>6} s  {question}", flush=True)  # fmt: skip
    for text, quote in zip(row.told, row.cited, strict=True) if verbose or not row.right else ():
        print(f"      {text}" + (f"\n        “{quote}”" if quote != text else ""), flush=True)


if __name__ == "__main__":
    main()
