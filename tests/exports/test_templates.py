"""Templates: Snipd's own work here, and what is wrong in one is said with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from podcli.errors import UsageError
from podcli.exports.markdown import episode_markdown
from podcli.exports.templates import EPISODE_VARIABLES, SECTION_VARIABLES, SNIP_VARIABLES, read_template
from podcli.exports.variables import episode_values, snip_values
from tests.exports.kept import NOTES, TODAY, hostile

SNIPD_EPISODE = """# {{episode_title}}

{{episode_image}}

## Episode metadata
- Owner / Host: {{show_author}}
- Guests: {{guests}}
- Mentioned books: {{mentioned_books}}
- Episode URL: [Open]({{episode_url}})
- Export date: {{episode_export_date}}

{{snips_section}}[[## Snips]]
"""
SNIPD_SNIP = """### {{snip_favorite_star}} [{{snip_title}}]({{snip_url}}) {{snip_tags}}

🎧 {{snip_start_time}} - {{snip_end_time}} ({{snip_duration}})

{{snip_audio_player}}

{{snip_note}}

{{snip_quote}}[[#### Quote]]

{{snip_transcript}}[[#### Transcript]]

---
"""

# As Snipd's plugin for Obsidian documents them (its formatting guide): what its users' templates may name.
SNIPD_EPISODE_NAMES = {
    "episode_title", "episode_image", "show_title", "show_author", "guests", "episode_publish_date", "episode_ai_description",
    "mentioned_books", "episode_duration", "episode_url", "show_url", "episode_export_date", "snips_section",
}  # fmt: skip
SNIPD_SNIP_NAMES = {
    "snip_title", "snip_url", "snip_tags", "snip_favorite_star", "snip_start_time", "snip_end_time", "snip_duration", "snip_note",
    "snip_quote", "snip_transcript",
}  # fmt: skip


def test_every_name_of_snipd_is_known_and_means_something() -> None:
    assert set(SECTION_VARIABLES) >= SNIPD_EPISODE_NAMES and set(SNIP_VARIABLES) >= SNIPD_SNIP_NAMES
    card = replace(NOTES, snips=(replace(NOTES.snips[0], note="Mine", start_s=3.0, end_s=13.0),)).cards[0]
    values = {**episode_values(NOTES, TODAY), "snips_section": "x", **snip_values(card, NOTES.segments)}
    for name in SNIPD_EPISODE_NAMES | SNIPD_SNIP_NAMES:
        shown = read_template(f"{{{{{name}}}}}[[# Over it]]", [*SECTION_VARIABLES, *SNIP_VARIABLES]).render(values)
        assert shown.startswith("# Over it\n\n") and shown.removeprefix("# Over it\n\n").strip(), name


def test_templates_made_for_snipd_work() -> None:
    text = episode_markdown(NOTES, TODAY, SNIPD_EPISODE, SNIPD_SNIP).text
    assert "![](https://example.org/cover%20%281%29.jpg)" in text
    assert "- Export date: 2026-08-23" in text
    assert "### ⭐ [From a week to a day](https://cdn.example.org/box.mp3?x=1#t=374,401.5) #trade #history-of-ships" in text
    assert '<audio controls src="https://cdn.example.org/box.mp3?x=1#t=374,401.5"></audio>' in text
    assert text.count("#### Quote\n\n> ") == 2
    assert "#### Transcript" not in text, "nothing of the transcript is in these seconds"


def test_every_variable_has_a_value() -> None:
    assert set(episode_values(NOTES, TODAY)) == set(EPISODE_VARIABLES)
    assert set(snip_values(NOTES.cards[0])) == set(SNIP_VARIABLES)


def test_the_transcript_of_a_snip_is_its_turns() -> None:
    card = replace(NOTES, snips=(replace(NOTES.snips[0], start_s=3.0, end_s=13.0),)).cards[0]
    turns = snip_values(card, NOTES.segments)["snip_transcript"].split("\n\n")
    assert [turn.split(":")[0] for turn in turns] == ["**Ann Marlowe**", "**Tom &lt;b&gt;**"]
    assert "Yes" not in turns[-1]


def test_a_heading_comes_only_with_something_under_it() -> None:
    template = read_template("{{snip_note}}[[#### Note]]\nend", SNIP_VARIABLES)
    assert template.render({"snip_note": "words"}) == "#### Note\n\nwords\nend"
    assert template.render({"snip_note": " "}) == "end"


def test_a_line_of_nothing_is_left_out_and_other_text_stays() -> None:
    template = read_template("- Guests: {{guests}}\n[[{{show_title}}]] by {{ show_author }}\n{not} {{a}", EPISODE_VARIABLES)
    assert template.render({"show_title": "A"}) == "[[A]] by \n{not} {{a}"


@given(hostile)
def test_values_are_never_read_as_templates(text: str) -> None:
    value = "{{snip_title}}" + text.replace("\n", "")
    assert read_template("<{{snip_note}}>", SNIP_VARIABLES).render({"snip_note": value, "snip_title": "no"}) == f"<{value}>"


def test_an_unknown_variable_is_named_with_its_line_and_names_like_it() -> None:
    with pytest.raises(UsageError) as caught:
        read_template("# {{episode_title}}\n\n{{epsiode_duration}}", SECTION_VARIABLES)
    assert caught.value.message == "Line 3 of the template has the variable “epsiode_duration”, which does not exist."
    assert caught.value.hint.startswith("Did you mean episode_duration")
    with pytest.raises(UsageError, match="snips_section"):
        read_template("{{snips_section}}", SNIP_VARIABLES)
    with pytest.raises(UsageError, match="Line 1"):
        read_template("{{}}", SNIP_VARIABLES)
