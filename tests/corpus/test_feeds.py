"""Every feed, list, transcript and chapter file of the corpus, as a listener would give it to podcli."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from podcli.errors import PodcliError
from podcli.feeds.published import parse_chapters, parse_transcript
from tests import loopback
from tests.conftest import Podcli
from tests.corpus.conftest import CORPUS, Run
from tests.loopback import Site

LIMIT_S = 10.0


def files(folder: str, *endings: str) -> list[Path]:
    found = sorted((CORPUS / folder).iterdir()) if (CORPUS / folder).is_dir() else []
    kept = [path for path in found if path.is_file() and not path.name.endswith((".expected.json", ".py", ".gz"))]
    return [path for path in kept if not endings or path.suffix in endings]


def facts() -> dict[str, dict[str, object]]:
    """What the manifest says must be found, for well-formed feeds."""
    manifest = CORPUS / "manifest.json"
    entries = json.loads(manifest.read_text()) if manifest.is_file() else []
    return {entry["path"]: entry["facts"] for entry in entries if entry.get("facts", {}).get("wellformed")}


FACTS = facts()


@pytest.fixture(scope="module")
def web() -> Iterator[Site]:
    """The corpus on a loopback server, under paths without the files' names in them."""
    with loopback.site() as served:
        for number, path in enumerate(files("feeds")):
            kind = {".json": "application/json", ".html": "text/html"}.get(path.suffix, "text/xml")
            served.put(f"/{number}", path.read_bytes(), type=kind)
        yield served


def added(podcli: Podcli, runs: list[Run], path: Path, target: str | Path) -> dict[str, object] | None:
    """What ``podcli add`` stored, or None when it refused in words; fails for anything else."""
    begun = time.monotonic()
    done = podcli("add", target, "--json", timeout=LIMIT_S * 3)
    seconds = time.monotonic() - begun
    told = done.stderr[max(0, done.stderr.find("podcli: ")) :].strip() if done.returncode else ""
    # Without the names of files and shows the same sentence is counted as one.
    sentence = re.sub(r"[\w.+-]+\.(?:xml|rss|atom|json|html|opml)|127\.0\.0\.1(?::\d+)?", "FILE", told.partition("\n")[0])
    sentence = re.sub(
        r"^podcli: .* has no playable episode: none of its \d+", "podcli: SHOW has no playable episode: none of its N", sentence
    )
    runs.append(Run(f"{path.parent.name}/{path.name}", done.returncode, seconds, sentence))
    assert seconds < LIMIT_S
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr)
    if done.returncode:
        assert done.stdout == ""
        cause, _, hint = told.partition("\n")
        assert cause.startswith("podcli: ") and cause.endswith(".") and hint.strip() and "\n" not in hint
        assert "did not foresee" not in told
        return None
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def check_facts(path: Path, answer: dict[str, object] | None) -> None:
    """A long well-formed feed loses no episode (in short ones of test suites an enclosure may be a picture or no address)."""
    known = FACTS.get(f"feeds/{path.name}")
    if known is None or int(str(known["with_enclosure"])) < 30:
        return
    assert answer is not None and answer["episodes"] == known["with_enclosure"]
    show = answer["show"]
    assert isinstance(show, dict) and show["title"] == known["title"]


@pytest.mark.parametrize("path", files("feeds"), ids=lambda path: path.name)
def test_a_feed_by_its_address(podcli: Podcli, runs: list[Run], web: Site, path: Path) -> None:
    number = files("feeds").index(path)
    check_facts(path, added(podcli, runs, path, f"{web.base}/{number}"))


@pytest.mark.parametrize("path", files("feeds"), ids=lambda path: path.name)
def test_a_feed_by_its_path(podcli: Podcli, runs: list[Run], path: Path) -> None:
    check_facts(path, added(podcli, runs, path, path))


@pytest.mark.parametrize("path", files("opml"), ids=lambda path: path.name)
def test_a_list_of_subscriptions_is_refused_in_words(podcli: Podcli, runs: list[Run], path: Path) -> None:
    assert added(podcli, runs, path, path) is None


def transcripts() -> list[Path]:
    return files("transcripts") + files("audio", ".vtt") + files("real_transcripts", ".txt", ".json", ".md")


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.name)
def test_a_transcript_is_read_or_refused_in_words(path: Path) -> None:
    begun = time.process_time()
    try:
        segments = parse_transcript(path.read_bytes(), "", path.as_uri())
    except PodcliError as refusal:
        assert "transcript" in refusal.message and refusal.hint
        assert path.parent.name != "transcripts" or path.name == "x_not_a_transcript.vtt", refusal.message
        return
    assert time.process_time() - begun < LIMIT_S
    assert all(0 <= part.start_s <= part.end_s and part.text and part.text.isprintable() for part in segments)
    assert all(before.start_s <= after.start_s for before, after in pairwise(segments))


@pytest.mark.parametrize("path", files("chapters"), ids=lambda path: path.name)
def test_chapters_are_read_or_refused_in_words(path: Path) -> None:
    try:
        chapters = parse_chapters(path.read_bytes())
    except PodcliError as refusal:
        assert "chapters" in refusal.message and refusal.hint
        assert not path.name.startswith("jb_"), "a publisher's own file"
        return
    assert all(chapter.title and chapter.title.isprintable() for chapter in chapters)
    assert all(before.start_s <= after.start_s for before, after in pairwise(chapters))


def test_every_published_set_of_chapters() -> None:
    pack = CORPUS / "chapters" / "jb_all_chapters.jsonl.gz"
    if not pack.is_file():
        pytest.skip("this corpus has no pack of chapters")
    with gzip.open(pack, "rt") as lines:
        sets = [json.loads(line) for line in lines]
    for given in sets:
        document = {"version": "1.2.0", "chapters": [{"startTime": start, "title": title} for start, title in given["chapters"]]}
        read = parse_chapters(json.dumps(document).encode())
        assert [chapter.start_s for chapter in read] == sorted(
            {(start, title): start for start, title in given["chapters"]}.values()
        )


WITH_PERSONS = [path for path in files("feeds") if b"podcast:person" in path.read_bytes()]


@pytest.mark.parametrize("path", WITH_PERSONS, ids=lambda path: path.name)
def test_whoever_a_feed_names_is_found(path: Path) -> None:
    """Held against another reader of XML, where the feed is well-formed."""
    from xml.etree import ElementTree

    from podcli.feeds.parse import parse_feed

    feed = parse_feed(path.read_bytes(), "https://feeds.example.org/x.xml")
    named = [feed.persons, *(item.persons for item in feed.items)]
    for person in (each for persons in named for each in persons):
        assert person.name and person.role and all(text.isprintable() for text in (person.name, person.role, person.group))
    try:
        channel = ElementTree.fromstring(path.read_bytes()).find("channel")
    except ElementTree.ParseError:
        return
    assert channel is not None
    person = "{https://podcastindex.org/namespace/1.0}person"
    theirs = {" ".join((each.text or "").split()) for item in channel.findall("item") for each in item.findall(person)}
    assert {each.name for item in feed.items for each in item.persons} >= {name for name in theirs if name.isalpha()}
    assert {each.name for each in feed.persons} == {" ".join((each.text or "").split()) for each in channel.findall(person)}
