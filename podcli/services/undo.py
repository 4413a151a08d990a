"""Taking back what was done last, in this podcli or another: acts are kept as data, and one function here undoes each kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from podcli.domain import EpisodeId, ShowId, ShowSettings, Undo
from podcli.errors import PodcliError, UsageError
from podcli.pipeline.events import changed
from podcli.store import Store
from podcli.store.undo import Step


class UndoService:
    """Verbs over what can be undone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last(self) -> Undo | None:
        """What `undo` would take back."""
        return next(iter(self._store.undo.last()), None)

    def list(self, limit: int = 20) -> list[Undo]:
        """What can be taken back, one after the other, newest first."""
        return self._store.undo.last(limit)

    def undo(self) -> str:
        """Take back the newest act, all of it or nothing; returns what it was in words, such as “Archived 3 episodes”.

        Raises UsageError when there is nothing to undo, PodcliError when a newer podcli did it.
        """
        with self._store.writing():
            taken = self._store.undo.take()
            if taken is None:
                raise UsageError(
                    "There is nothing to undo.", "Archiving, marking, deleting, removing and changes of the queue can be undone."
                )
            act, steps = taken
            remarks = [remark for step in reversed(steps) if (remark := _interpreter(step)(self._store, step))]
        snips = [step["was"]["id"] for step in steps if step["do"] == "snip"]
        for episode in self._store.library.episodes_of({self._store.snips.episode_of(number) for number in snips}).values():
            changed(self._store, episode)
        return " ".join([act.label, *dict.fromkeys(remarks)])


def _interpreter(step: Step) -> Callable[[Store, Step], str]:
    try:
        return _STEPS[step["do"]]
    except KeyError:
        raise PodcliError(
            "That was done by a newer podcli, so this one cannot undo it.", "Get the newest podcli and try again."
        ) from None


def _triage(store: Store, step: Step) -> str:
    store.library.restore_triage(step["was"])
    return ""


def _heard(store: Store, step: Step) -> str:
    store.library.restore_heard(step["was"])
    return ""


def _queue(store: Store, step: Step) -> str:
    """`was`: the order before. `back`: who had left. `out`: who had come. What was queued since stays, at the end."""
    now = store.library.queued_ids()
    kept = ({*now, *step.get("back", ())}) - set(step.get("out", ()))
    was: list[EpisodeId] = [each for each in step["was"] if each in kept]
    store.library.place([*was, *(each for each in now if each in kept and each not in set(was))])
    return ""


def _audio(store: Store, step: Step) -> str:
    path, trash = Path(step["file"]["path"]), Path(step["trash"])
    if not trash.is_file():
        return "(its file is gone for good; download it again)"
    if not store.library.restore_file(step["file"]):
        return ""  # downloaded again meanwhile; the trash is emptied by itself
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(trash, path)
    except OSError as error:
        raise PodcliError(f"{path} cannot be written: {error.strerror}.", "Check the permissions of its folder.") from error
    return ""


def _show(store: Store, step: Step) -> str:
    return "" if store.library.bring_back_show(ShowId(step["show"]), step["kind"]) else "(it is gone for good; add it again)"


def _show_settings(store: Store, step: Step) -> str:
    store.library.save_show_settings(ShowId(step["show"]), ShowSettings(**step["was"]))
    return ""


def _jobs(store: Store, step: Step) -> str:
    store.jobs.restore(step["was"])
    return ""


def _snip(store: Store, step: Step) -> str:
    """`was`: its columns before. `jobs`: what was made of it then, and was given up with it."""
    was = step["was"]
    store.snips.restore(was)
    if was.get("removed_at"):
        store.jobs.forsake(was["id"])
    for job_id in step.get("jobs", ()):
        store.jobs.requeue(job_id)
    return ""


_STEPS: dict[str, Callable[[Store, Step], str]] = {
    "triage": _triage, "heard": _heard, "queue": _queue, "audio": _audio, "show": _show, "show_settings": _show_settings,
    "jobs": _jobs, "snip": _snip,
}  # fmt: skip
