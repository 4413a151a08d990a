from __future__ import annotations

from dataclasses import replace

from podcli.pipeline.spellings import spellings
from podcli.store import open_store
from tests.pipeline.readings import put_episode


def test_names_come_from_titles_and_notes_and_nothing_else_does() -> None:
    with open_store() as store:
        episode = replace(
            put_episode(store), title="514: Running Kubernetes at Zalando with Ilona Szücs", show_title="Talk Ship",
            description="Today we talk to Ilona Szücs about Kubernetes.\nToday was fun. We use GitHub, at https://zalando.test, "
            "and see docs.python.org. Then: Kubernetes again.",
        )  # fmt: skip
    found = spellings(episode)
    assert {"Ilona Szücs", "Zalando", "GitHub"} <= set(found) and found[-1] == "Talk Ship"
    assert not {"Today", "We", "Then", "docs.python.org"} & set(found)
    assert spellings(replace(episode, title="", show_title="", description="")) == []
