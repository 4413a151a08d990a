"""A page for Logseq: properties of the page first, then everything as blocks.

Source: docs.logseq.com, “Markdown” and “Properties”: a line ``name:: value`` is a property, ``- `` starts a block, a tab goes one
deeper, and further lines of a block are indented by two blanks.
"""

from __future__ import annotations

from collections.abc import Iterator

from podcli.domain import EpisodeNotes, SnipCard
from podcli.exports.escaping import markdown_lines, markdown_link, markdown_text
from podcli.exports.links import episode_link, time_link
from podcli.exports.merge import Block, Rendering
from podcli.exports.wording import snip_title, span, tag_words, told
from podcli.text import clean_line, human_duration, timecode


def episode_page(notes: EpisodeNotes) -> Rendering:
    """The page of an episode; each snip is a block that `merge` can put below a changed page."""
    snips = [Block(card.key, "\n".join(_snip(card))) for card in notes.cards]
    lines = [*_properties(notes), "", *_sections(notes)]
    if snips:
        lines += ["- ## Snips", *("\n".join(f"\t{line}" for line in block.text.split("\n")) for block in snips)]
    return Rendering("\n".join(lines), tuple(snips))


def _properties(notes: EpisodeNotes) -> Iterator[str]:
    episode = notes.episode
    yield "type:: podcast"
    yield f"podcast:: {_page(notes.show.title)}".rstrip()
    yield f"episode:: {markdown_text(episode.title)}".rstrip()
    if episode.published:
        yield f"date:: {episode.published:%Y-%m-%d}"
    if episode.duration_s:
        yield f"length:: {human_duration(episode.duration_s)}"
    for role, names in (("hosts", notes.hosts), ("guests", notes.guests)):
        if pages := [page for name in names if (page := _page(name))]:
            yield f"{role}:: {', '.join(pages)}"
    if link := markdown_link("Listen", episode_link(episode)) if episode_link(episode) else "":
        yield f"link:: {link}"


def _sections(notes: EpisodeNotes) -> Iterator[str]:
    if summary := notes.points("summary"):
        yield "- ## Summary"
        yield f"\t- {' '.join(markdown_text(point.text) for point in summary)}"
    if takeaways := notes.points("takeaways"):
        yield "- ## Takeaways"
        for point in takeaways:
            yield f"\t- {markdown_text(point.text)}"
            if point.quote:
                yield f"\t\t- > {markdown_text(point.quote)}"
    if notes.chapters:
        yield "- ## Chapters"
        for chapter in notes.chapters:
            link = markdown_link(timecode(chapter.start_s), time_link(notes.episode, chapter.start_s))
            yield f"\t- {link} {markdown_text(chapter.title)}"


def _snip(card: SnipCard) -> Iterator[str]:
    snip = card.snip
    tags = "".join(f" #{tag}" for tag in tag_words(snip.tags))
    star = "⭐ " if snip.starred else ""
    when = markdown_link(span(snip), time_link(card.episode, snip.start_s, snip.end_s))
    yield f"- {star}{when} **{markdown_text(snip_title(snip))}**{tags}"
    for paragraph in _paragraphs(told(snip)):
        yield f"\t- {paragraph}"
    words = " ".join(markdown_lines(snip.text)).strip()
    if words:
        yield f"\t- > “{words}”" + (f" — {markdown_text(snip.speaker)}" if snip.speaker.strip() else "")


def _paragraphs(text: str) -> list[str]:
    return [line for line in markdown_lines(text) if line]


def _page(name: str) -> str:
    """A link to a page; its name is no Markdown, and what would end or split the link is left out of it."""
    inner = " ".join(clean_line(name).translate({ord(mark): " " for mark in "[]#^|,<>{}"}).split())
    return f"[[{inner}]]" if inner else ""
