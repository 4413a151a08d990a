"""Episodes, shows and snips as JSON: the same objects on stdout with ``--json`` and on the standard input of hooks."""

from __future__ import annotations

from typing import Annotated, TypedDict

from podcli.domain.insights import PointKind
from podcli.domain.schema import Seconds, When
from podcli.domain.shows import Episode, Loudness, Person, Show, ShowKind, ShowSettings, Triage
from podcli.domain.snips import SnipCard, SnipState

TriageField = Annotated[Triage, "inbox: new and undecided; later: kept for later; done: dealt with."]
SourceField = Annotated[str, "embedded, feed, json or notes: the publisher's; podcli: made here."]
"""Where chapters come from."""
PointKindField = Annotated[PointKind, "claim: the model worded it; quote: it is itself what was said; question, chapter, "
                                      "highlight; of what is mentioned: what it is."]  # fmt: skip
SpeakerField = Annotated[str | None, "Who said it; null: several did, or the transcript does not know."]


class EpisodeJson(TypedDict):
    """An episode."""

    number: Annotated[int, "What other commands take as EPISODE; another library may have another one."]
    id: Annotated[str, "Stable: the same on every machine. Commands take it as EPISODE, too."]
    title: Annotated[str, "Its title."]
    show: Annotated[str, "The title of its show."]
    published: Annotated[When | None, "When it was published; null: the feed does not say."]
    duration: Annotated[Seconds | None, "How long it is, as feed or audio say; null: unknown."]
    audio_url: Annotated[str, "Where the publisher has the audio; of a local file a file: address."]
    file: Annotated[str | None, "The path of the audio on this machine; null: not downloaded."]
    link: Annotated[str | None, "Its web page; null: none."]
    position: Annotated[Seconds, "Where the listener is."]
    finished: Annotated[bool, "Heard to the end, or marked so."]
    triage: TriageField
    has_transcript: Annotated[bool, "Whether its transcript is here, whole."]
    has_takeaways: Annotated[bool, "Whether a model read it."]


class PersonJson(TypedDict):
    """Somebody who takes part in an episode, as the feed says (`podcast:person`)."""

    name: Annotated[str, "Their name."]
    role: Annotated[str, "What they do: host, guest, or another role of the Podcast Taxonomy, in small letters."]
    group: Annotated[str, "The group of that role: cast, writing and so on."]
    link: Annotated[str | None, "Their web page; null: none."]
    image: Annotated[str | None, "The address of their picture; null: none."]


PersonsField = Annotated[list[PersonJson], "Hosts, guests and others; of the show where the episode names none."]


class ShowJson(TypedDict):
    """A show."""

    id: Annotated[int, "Its number, which commands take as SHOW; another library may have another one."]
    title: Annotated[str, "Its title."]
    url: Annotated[str, "The address of its feed; of the shelves for single files and links podcli:file and podcli:link."]
    kind: Annotated[ShowKind, "feed: a subscription; file, link: the shelf for single files, or links."]
    author: Annotated[str, "Who makes it; '': the feed does not say."]
    link: Annotated[str, "Its web page; '': none."]
    episodes: Annotated[int, "How many are stored."]
    unheard: Annotated[int, "How many of them were not heard to the end."]
    problem: Annotated[str | None, "Why it could not be refreshed the last time; null: it could."]
    fetched: Annotated[When | None, "When the feed was fetched last; null: never."]


class SettingsJson(TypedDict):
    """How a show is played."""

    speed: Annotated[float | None, "1.5 is half as fast again; null: as the general settings say."]
    skip_intro: Annotated[Seconds | None, "Left out at the beginning; null: as the general settings say."]
    skip_outro: Annotated[Seconds | None, "Left out at the end; null: as the general settings say."]
    voice_boost: Annotated[bool | None, "Clearer speech; null: as the general settings say."]
    loudness: Annotated[Loudness | None, "Which filter evens it, or off; null: as the general settings say."]
    smart_speed: Annotated[bool | None, "Jump over silence; null: as the general settings say."]


class PlayLineJson(TypedDict):
    """One change of what plays; each is printed on a line of its own (JSON Lines)."""

    episode: Annotated[int, "The number of the episode."]
    position: Annotated[Seconds, "Where in it."]
    duration: Annotated[Seconds | None, "How long it is; null: not known yet."]
    paused: Annotated[bool, "Whether it waits."]
    speed: Annotated[float, "1.5 is half as fast again."]
    ended: Annotated[bool, "Heard to its end."]
    problem: Annotated[str, "Why it cannot be played; '': it can."]


class MomentLineJson(PlayLineJson):
    """The same while single moments are played."""

    moment: Annotated[str | None, "What the moment is about; null: the whole episode plays."]


class KeptJson(TypedDict):
    """What snips have in common wherever they are written out."""

    id: Annotated[str, "Stable: the same on every machine, through edits and exports."]
    title: Annotated[str | None, "The model's, or the listener's own; null: none yet."]
    summary: Annotated[str | None, "What is said in it, by the model; null: none yet."]
    takeaway: Annotated[str | None, "What to take from it, by the model; null: none."]
    speaker: Annotated[str | None, "Who said them; null: several did, or the transcript does not know."]
    model: Annotated[str | None, "Which model wrote title, summary and takeaway; null: none did."]
    note: Annotated[str | None, "The listener's own words; null: none."]
    tags: Annotated[list[str], "The listener's tags, without #."]
    starred: Annotated[bool, "One of the best."]
    created: Annotated[When, "When it was kept."]
    edited: Annotated[When | None, "When the listener changed it last; null: never."]
    state: Annotated[SnipState, "kept: only the range is known; transcribed: its words, too; written: a model titled it; failed: "
                                "its words could not be had."]  # fmt: skip


class SnipJson(KeptJson):
    """A snip: a stretch of an episode that was kept."""

    number: Annotated[int, "What other commands take as NUMBER; another library may have another one."]
    episode: Annotated[int, "The number of its episode."]
    text: Annotated[str | None, "The words that were said; null: not transcribed yet."]
    start: Annotated[Seconds, "Where in the episode it begins."]
    end: Annotated[Seconds, "Where in the episode it ends."]
    at: Annotated[Seconds, "Where the listener was when they kept it."]
    episode_title: Annotated[str, "The title of its episode."]
    show: Annotated[str, "The title of its show."]
    url: Annotated[str, "Where the publisher has the audio."]


def episode_json(episode: Episode) -> EpisodeJson:
    """An episode as every ``--json`` prints it. Times are seconds, dates ISO 8601 UTC."""
    return {
        "number": episode.id,
        "id": episode.key,
        "title": episode.title,
        "show": episode.show_title,
        "published": episode.published.isoformat() if episode.published else None,
        "duration": episode.duration_s,
        "audio_url": episode.enclosure.url,
        "file": episode.audio_path or None,
        "link": episode.link or None,
        "position": episode.position_s,
        "finished": episode.finished,
        "triage": episode.triage,
        "has_transcript": episode.has_transcript,
        "has_takeaways": episode.has_takeaways,
    }


def person_json(person: Person) -> PersonJson:
    """Somebody who takes part."""
    return {
        "name": person.name, "role": person.role, "group": person.group, "link": person.link or None,
        "image": person.image_url or None,
    }  # fmt: skip


def show_json(show: Show) -> ShowJson:
    """A show as every ``--json`` prints it."""
    return {
        "id": show.id, "title": show.title, "url": show.url, "kind": show.kind, "author": show.author, "link": show.link,
        "episodes": show.episodes, "unheard": show.unheard, "problem": show.problem or None,
        "fetched": show.fetched_at.isoformat() if show.fetched_at else None,
    }  # fmt: skip


def settings_json(settings: ShowSettings) -> SettingsJson:
    """How a show is played; null where it follows the general settings."""
    return {
        "speed": settings.speed, "skip_intro": settings.skip_intro_s, "skip_outro": settings.skip_outro_s,
        "voice_boost": settings.voice_boost, "loudness": settings.loudness, "smart_speed": settings.smart_speed,
    }  # fmt: skip


def snip_json(card: SnipCard) -> SnipJson:
    """A snip as it is printed; what is not there is null."""
    kept = card.snip
    return {
        "number": kept.id, "id": card.key, "episode": kept.episode_id, "title": kept.title or None,
        "summary": kept.summary or None, "takeaway": kept.takeaway or None, "text": kept.text or None,
        "speaker": kept.speaker or None,
        "start": round(kept.start_s, 2), "end": round(kept.end_s, 2), "at": round(kept.at_s, 2), "note": kept.note or None,
        "tags": list(kept.tags), "starred": kept.starred, "state": kept.state, "model": kept.model or None,
        "created": kept.created_at.isoformat(), "edited": kept.edited_at.isoformat() if kept.edited_at else None,
        "episode_title": card.episode.title, "show": card.show.title, "url": card.episode.enclosure.url,
    }  # fmt: skip
