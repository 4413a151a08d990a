"""The listener's own commands: what they are given, and what is said of how they ended."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypedDict, get_args

from podcli import __version__
from podcli import settings as settings_file
from podcli.domain import Enclosure, Episode, EpisodeId, HookEvent, Job, Show, ShowId, Snip, SnipCard, SnipId
from podcli.domain.documents import EpisodeJson, ShowJson, SnipJson, episode_json, show_json, snip_json
from podcli.domain.schema import When
from podcli.errors import PodcliError
from podcli.pipeline import programs
from podcli.pipeline.events import name_of
from podcli.store import require_episode
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.pipeline.stages import Context, Result
    from podcli.store import Store

_LONGEST_LINE = 200
_PROBED = "https://example.org/"


class HookDocumentJson(TypedDict):
    """What a hook reads on its standard input."""

    event: Annotated[HookEvent, "What happened."]
    time: Annotated[When, "When it did."]
    podcli: Annotated[str, "The version of podcli."]
    test: Annotated[bool, "Whether it is an example, of `podcli hooks test`."]
    episode: Annotated[EpisodeJson, "The episode, as the library has it when the hook runs; of new ones the newest."]
    show: Annotated[ShowJson, "Its show."]


class NewEpisodeDocumentJson(HookDocumentJson):
    """What a hook of new_episode reads on its standard input."""

    episodes: Annotated[list[EpisodeJson], "The newest 50, the newest first."]
    count: Annotated[int, "How many there are."]


class SnipDocumentJson(HookDocumentJson):
    """What a hook of snip reads on its standard input."""

    snip: SnipJson


_OWN: dict[str, type] = {"new_episode": NewEpisodeDocumentJson, "snip": SnipDocumentJson}
DOCUMENTS: dict[HookEvent, type] = {event: _OWN.get(event, HookDocumentJson) for event in get_args(HookEvent)}
"""The type of what `document` makes, by event."""


def run(job: Job, context: Context) -> Result:
    """Run the command of ``job.options`` on event ``job.target``. Raises PodcliError when it fails, or is no longer set."""
    event, command = job.target, _words(job.options["command"])
    hooks = settings_file.load().hooks
    if command not in getattr(hooks, event, ()):
        raise PodcliError(f"The hook {name_of(command)} is no longer set for {event}.", "`podcli hooks` lists those that are.")
    context.report.stage(f"Running {name_of(command)}")
    ended = run_command(command, event, _document(job, context.store), hooks.timeout_s)
    return {"took": round(ended.took_s, 3), "said": last_line(ended.out)}


def run_command(command: Sequence[str], event: str, document: Mapping[str, object], timeout_s: float) -> programs.Ended:
    """Run one command with `document` as JSON on its standard input and the event in ``PODCLI_EVENT``.

    Raises PodcliError with words for a person when it cannot be started, takes longer than `timeout_s` or does not end with 0.
    """
    name, try_it = name_of(command), f"`podcli hooks test {event}` tries it with an example."
    given = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        ended = programs.run(command, given, timeout_s=timeout_s, environment={"PODCLI_EVENT": event})
    except PodcliError as error:
        raise PodcliError(f"The hook {name} did not run: {error.message}.", error.hint) from None
    if ended.code is None:
        hint = "hooks.timeout_s in settings.toml gives it longer."
        raise PodcliError(f"The hook {name} still ran after {timeout_s:g} seconds and was ended, with all it had started.", hint)
    last = last_line(ended.err)
    if ended.code < 0:
        raise PodcliError(f"The hook {name} was ended by {_signal(-ended.code)}{f': {last}' if last else '.'}", try_it)
    if ended.code:
        raise PodcliError(f"The hook {name} ended with {ended.code}{f': {last}' if last else '.'}", try_it)
    return ended


def document(
    event: str, at: str, episode: Episode, show: Show, *, snip: Snip | None = None, episodes: Sequence[Episode] = (),
    count: int = 0, test: bool = False,
) -> dict[str, object]:  # fmt: skip
    """What a command reads, of the type in `DOCUMENTS`; `at` is ISO 8601, UTC."""
    found: dict[str, object] = {"event": event, "time": at, "podcli": __version__, "test": test,
                                "episode": episode_json(episode), "show": show_json(show)}  # fmt: skip
    if snip is not None:
        found["snip"] = snip_json(SnipCard(snip, episode, show))
    if event == "new_episode":
        found |= {"episodes": [episode_json(each) for each in episodes], "count": count}
    return found


def example(event: HookEvent) -> dict[str, object]:
    """A document of an episode that does not exist, with a title nobody would give one: a hook should stand it."""
    now = datetime.now(UTC)
    title = 'An example: "quotes", $(dollars), `backticks` and; semicolons'
    show = Show(ShowId(1), f"{_PROBED}feed.xml", "Example Show", link=_PROBED, episodes=1, unheard=1)
    episode = Episode(
        EpisodeId(1), "000000000000", show.id, show.title, title, "example", Enclosure(f"{_PROBED}example.mp3", "audio/mpeg"),
        published=now, duration_s=1800.0, link=f"{_PROBED}example", finished=event == "finished",
    )  # fmt: skip
    snip = Snip(SnipId(1), episode.id, 60.0, 90.0, 95.0, now, text="These words are an example.", title="An example") \
        if event == "snip" else None  # fmt: skip
    at = now.isoformat(timespec="milliseconds")
    return document(event, at, episode, show, snip=snip, episodes=[episode], count=1, test=True)


def last_line(said: bytes) -> str:
    """The last line with something in it, cleaned and cut."""
    lines = (clean_line(line, limit=_LONGEST_LINE).strip() for line in reversed(said.decode("utf-8", "replace").splitlines()))
    return next((line for line in lines if line), "")


def _document(job: Job, store: Store) -> dict[str, object]:
    """As the library has it now: whoever waited for its turn shall not act on what is past."""
    assert job.episode_id is not None
    episode = require_episode(store.library, job.episode_id)
    show = store.library.show(episode.show_id)
    snip = store.snips.get(SnipId(int(str(job.options["snip"])))) if "snip" in job.options else None
    if show is None or ("snip" in job.options and snip is None):
        raise PodcliError("What this hook was to tell of was removed meanwhile.", "`podcli undo` brings it back.")
    numbers = job.options.get("episodes", [])
    listed = [store.library.episode(EpisodeId(number)) for number in numbers] if isinstance(numbers, list) else []
    return document(
        job.target, str(job.options["at"]), episode, show, snip=snip, episodes=[each for each in listed if each is not None],
        count=int(str(job.options.get("count", 0))),
    )  # fmt: skip


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _signal(number: int) -> str:
    try:
        return f"the signal {signal.Signals(number).name}"
    except ValueError:
        return f"signal {number}"
