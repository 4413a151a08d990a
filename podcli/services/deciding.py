"""What the listener decides about episodes and shows. Every act notes how it is undone, in the same transaction."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from podcli import paths
from podcli.domain import EpisodeId, Show, ShowId, ShowSettings, Triage
from podcli.errors import PodcliError, UsageError
from podcli.store import Store, require_episode
from podcli.store.undo import Step

_DONE: dict[Triage, str] = {"done": "Archived {}", "later": "Kept {} for later", "inbox": "Put {} into the inbox"}


class Deciding:
    """Verbs over inbox, marks, downloads and how shows are played."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def archive(self, ids: Sequence[EpisodeId]) -> int:
        """Out of the inbox: dealt with. Returns how many were not yet."""
        return self._triage(ids, "done")

    def later(self, ids: Sequence[EpisodeId]) -> int:
        """Keep to snip later. Returns how many were elsewhere."""
        return self._triage(ids, "later")

    def to_inbox(self, ids: Sequence[EpisodeId]) -> int:
        """Undecided again. Returns how many were elsewhere."""
        return self._triage(ids, "inbox")

    def dealt_with(self, ids: Sequence[EpisodeId]) -> None:
        """Out of the inbox because they are played; nothing to undo."""
        self._store.library.triage(ids, "done")

    def mark_heard(self, ids: Sequence[EpisodeId], heard: bool = True) -> int:
        """Mark heard (also out of inbox and queue) or not heard; positions stay. Returns how many were otherwise."""
        return self._mark(ids, heard, "heard" if heard else "not heard")

    def renew(self, ids: Sequence[EpisodeId]) -> int:
        """As if they had just come: not heard, and in the inbox. Returns how many were otherwise."""
        library = self._store.library
        with self._store.writing():
            heard, triaged = library.mark_finished(ids, False), library.triage(ids, "inbox")
            changed = {each[0] for each in heard} | {each for group in triaged.values() for each in group}
            if changed:
                steps: list[Step] = [{"do": "heard", "was": heard}, {"do": "triage", "was": triaged}]
                self._store.undo.push(f"Made {named(self._store, sorted(changed))} new again", steps)
        return len(changed)

    def mark_all_heard(self, show_id: ShowId | None = None) -> int:
        """Everything of a show, or of all shows. Returns how many were not heard."""
        show = self._store.library.show(show_id) if show_id is not None else None
        with self._store.writing():
            ids = self._store.library.unheard_ids(show_id)
            return self._mark(ids, True, f"of {show.title} heard" if show else "heard")

    def delete_audio(self, ids: Sequence[EpisodeId], *, for_good: bool = False) -> int:
        """Take downloads off the disk; returns how many files went. They wait in the trash for a day, unless `for_good`.

        Raises UsageError when there is nothing to delete; a listener's own file never is. Raises PodcliError when a file
        cannot be moved.
        """
        moves: list[tuple[Path, Path]] = []
        try:
            with self._store.writing():
                found = self._store.library.file_rows(ids)
                ours = [row for row in found if row["ours"]]
                if not ours:
                    raise self._nothing_to_delete(ids, found)
                moves = [(Path(row["path"]), _in_trash(row)) for row in ours]
                going = [EpisodeId(row["episode_id"]) for row in ours]
                for episode_id in going:
                    self._store.library.forget_file(episode_id)
                steps = [{"do": "audio", "file": row, "trash": str(moved[1])} for row, moved in zip(ours, moves, strict=True)]
                if not for_good:
                    self._store.undo.push(f"Deleted the audio of {named(self._store, going)}", steps)
                _move_all(moves)
        except BaseException:
            _move_all([(target, source) for source, target in moves])  # also when the library could not be written
            raise
        if for_good:
            for _, target in moves:
                target.unlink(missing_ok=True)
        return len(ours)

    def show_settings(self, show_id: ShowId) -> ShowSettings:
        """How a show is played; None where it follows the general settings."""
        return self._store.library.show_settings(show_id)

    def set_show_settings(self, show_id: ShowId, settings: ShowSettings) -> None:
        """How a show is played from now on. Raises UsageError when there is no such show, or a value makes no sense."""
        _check(settings)
        show = self._store.library.show(show_id)
        if show is None:
            raise UsageError(f"There is no show {show_id}.", "See `podcli shows` for the numbers.")
        with self._store.writing():
            was = self._store.library.show_settings(show_id)
            if was != settings:
                self._store.library.save_show_settings(show_id, settings)
                steps: list[Step] = [{"do": "show_settings", "show": show_id, "was": asdict(was)}]
                self._store.undo.push(f"Changed how {show.title} is played", steps)

    def hide(self, show: Show) -> None:
        """Remove a show; all of it comes back with undo."""
        with self._store.writing():
            self._store.library.remove_show(show.id)
            self._store.undo.push(f"Removed {show.title}", [{"do": "show", "show": show.id, "kind": show.kind}])

    def _triage(self, ids: Sequence[EpisodeId], state: Triage) -> int:
        with self._store.writing():
            was = self._store.library.triage(ids, state)
            changed = [each for group in was.values() for each in group]
            if changed:
                label = _DONE[state].format(named(self._store, changed))
                self._store.undo.push(label, [{"do": "triage", "was": was}])
        return len(changed)

    def _mark(self, ids: Sequence[EpisodeId], heard: bool, words: str) -> int:
        library = self._store.library
        triaged: dict[Triage, list[EpisodeId]] = {}
        with self._store.writing():
            was = library.mark_finished(ids, heard)
            steps: list[Step] = [{"do": "heard", "was": was}] if was else []
            if heard:
                steps += unqueue(self._store, ids)
                if triaged := library.triage(ids, "done"):
                    steps.append({"do": "triage", "was": triaged})
            if steps:
                changed = [each[0] for each in was] or [each for group in triaged.values() for each in group] or list(ids)
                self._store.undo.push(f"Marked {named(self._store, changed)} {words}", steps)
        return len(was)

    def _nothing_to_delete(self, ids: Sequence[EpisodeId], found: Sequence[dict[str, Any]]) -> UsageError:
        name = named(self._store, ids)
        if found:
            return UsageError(f"{name}: the audio is a file of yours, not a download.", "podcli deletes only what it downloaded.")
        return UsageError(f"{name}: there is no downloaded audio.", "`podcli download` fetches it.")


def named(store: Store, ids: Sequence[EpisodeId]) -> str:
    """One episode by its title, several by their number."""
    return f"“{require_episode(store.library, ids[0]).title}”" if len(ids) == 1 else counted(len(ids))


def counted(number: int) -> str:
    """``1 episode``, ``5,000 episodes``."""
    return f"{number:,} episode{'' if number == 1 else 's'}"


def unqueue(store: Store, ids: Sequence[EpisodeId]) -> list[Step]:
    """Take episodes out of the queue; the step that undoes it, or none when they were not in it."""
    before = store.library.queued_ids()
    gone = set(before) & set(ids)
    if not gone:
        return []
    store.library.place([each for each in before if each not in gone])
    return [{"do": "queue", "was": before, "back": sorted(gone)}]


def _in_trash(row: dict[str, Any]) -> Path:
    """Where a deleted file waits; its name says since when."""
    return paths.make_private(paths.trash()) / f"{time.time_ns()}-{Path(row['path']).name}"


def _move_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move the files that are there. Raises PodcliError at the first that cannot be."""
    for source, target in moves:
        try:
            if source.is_file():
                shutil.move(source, target)
        except OSError as error:
            raise PodcliError(f"{source} cannot be deleted: {error.strerror}.", "Check the permissions of its folder.") from error


def _check(settings: ShowSettings) -> None:
    """Raise UsageError for a value no player can follow."""
    if settings.speed is not None and not 0.5 <= settings.speed <= 4.0:
        raise UsageError(f"A speed of {settings.speed:g} is not possible.", "Give a number from 0.5 to 4.")
    for seconds in (settings.skip_intro_s, settings.skip_outro_s):
        if seconds is not None and not 0.0 <= seconds <= 3600.0:
            raise UsageError(f"{seconds:g} seconds cannot be skipped.", "Give 0 to 3600 seconds.")
    if settings.loudness not in (None, "off", "dynaudnorm", "loudnorm"):
        raise UsageError(f"There is no loudness {settings.loudness!r}.", "Choose off, dynaudnorm or loudnorm.")
