"""An episode as a Markdown note: what a model made of it, and its snips. Made from templates that can be replaced."""

from __future__ import annotations

from datetime import date

from podcli.domain import EpisodeNotes
from podcli.exports.merge import Block, Rendering
from podcli.exports.templates import SECTION_VARIABLES, SNIP_VARIABLES, read_template
from podcli.exports.variables import episode_values, snip_values

EPISODE_TEMPLATE = """\
# {{episode_title}}

- Show: {{show_title}}
- By: {{show_author}}
- Hosts: {{hosts}}
- Guests: {{guests}}
- Published: {{episode_publish_date}}
- Length: {{episode_duration}}
- Link: <{{episode_url}}>
- Books: {{mentioned_books}}

{{episode_summary}}[[## Summary]]

{{episode_takeaways}}[[## Takeaways]]

{{episode_chapters}}[[## Chapters]]

{{snips_section}}[[## Snips]]
"""
SNIP_TEMPLATE = """\
### {{snip_favorite_star}} {{snip_link}}

{{snip_start_time}}–{{snip_end_time}} {{snip_tags}}

{{snip_note}}

{{snip_quote}}
"""
_SECTIONS = {"summary": "episode_summary", "takeaways": "episode_takeaways", "chapters": "episode_chapters"}


def episode_markdown(
    notes: EpisodeNotes, exported_on: date, episode_template: str = EPISODE_TEMPLATE, snip_template: str = SNIP_TEMPLATE
) -> Rendering:
    """The note of an episode, with each snip and section as a part that `merge` can put below a changed file.

    `exported_on` is the day that ``{{episode_export_date}}`` names. Raises UsageError for a template with an unknown variable.
    """
    whole = read_template(episode_template, SECTION_VARIABLES)
    one = read_template(snip_template, SNIP_VARIABLES)
    values = episode_values(notes, exported_on)
    snips = [Block(card.key, one.render(snip_values(card, notes.segments))) for card in notes.cards]
    values["snips_section"] = "\n\n".join(block.text for block in snips)
    sections = [
        Block(key, text) for key, name in _SECTIONS.items() if values[name] and (text := whole.section(name, values[name]))
    ]
    shown = snips if whole.section("snips_section", "x") is not None else []
    return Rendering(whole.render(values), (*sections, *shown))
