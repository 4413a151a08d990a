"""What plays next, and changing it. Every change can be undone to the exact order."""

from __future__ import annotations

import os
from collections.abc import Sequence

from podcli.domain import Episode, EpisodeId
from podcli.errors import UsageError
from podcli.services.deciding import counted, named, unqueue
from podcli.store import Store, require_episode
from podcli.store.undo import Step


class QueueService:
    """Verbs over the queue. What is queued counts as dealt with: it leaves the inbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def episodes(self) -> list[Episode]:
        """In the order they will play."""
        return self._store.library.queue()

    def add(self, ids: Sequence[EpisodeId]) -> int:
        """Put episodes at the end; those already queued keep their place. Returns how many are new in it."""
        with self._store.writing():
            before = self._store.library.queued_ids()
            new = [each for each in dict.fromkeys(ids) if each not in set(before)]
            self._change(before, [*before, *new], new, f"Queued {self._named(new or ids)}")
        return len(new)

    def play_next(self, ids: Sequence[EpisodeId]) -> None:
        """Put episodes, in this order, right behind the one that plays; at the head when it is not in the queue."""
        with self._store.writing():
            before = self._store.library.queued_ids()
            playing = self._playing()
            chosen = [each for each in dict.fromkeys(ids) if each != playing]
            rest = [each for each in before if each not in set(chosen)]
            at = rest.index(playing) + 1 if playing in rest else 0
            label = f"Put {self._named(chosen or ids)} next in the queue"
            self._change(before, [*rest[:at], *chosen, *rest[at:]], chosen, label)

    def remove(self, ids: Sequence[EpisodeId]) -> int:
        """Take episodes out; returns how many were in it."""
        with self._store.writing():
            steps = unqueue(self._store, ids)
            gone: list[EpisodeId] = steps[0]["back"] if steps else []
            if gone:
                self._store.undo.push(f"Took {self._named(gone)} out of the queue", steps)
        return len(gone)

    def move(self, episode_id: EpisodeId, by: int) -> int:
        """Move an episode up (negative) or down; returns its place, the first being 1. Moves in a row are undone as one.

        Raises UsageError when it is not in the queue.
        """
        with self._store.writing():
            before = self._store.library.queued_ids()
            if episode_id not in before:
                title = require_episode(self._store.library, episode_id).title
                raise UsageError(f"“{title}” is not in the queue.", f"`podcli queue add {episode_id}` puts it there.")
            old = before.index(episode_id)
            rest = [each for each in before if each != episode_id]
            at = max(0, min(len(rest), old + by))
            if at != old:
                self._store.library.place([*rest[:at], episode_id, *rest[at:]])
                newest = self._store.undo.steps()
                if not newest or newest[0].get("moved") != episode_id:
                    step: Step = {"do": "queue", "was": before, "moved": episode_id}
                    self._store.undo.push(f"Moved {self._named([episode_id])} in the queue", [step])
        return at + 1

    def clear(self) -> int:
        """Empty it; returns how many were in it."""
        with self._store.writing():
            before = self._store.library.queued_ids()
            if before:
                self._store.library.clear_queue()
                step: Step = {"do": "queue", "was": before, "back": before}
                self._store.undo.push(f"Emptied the queue of {counted(len(before))}", [step])
        return len(before)

    def next_after(self, episode_id: EpisodeId) -> Episode | None:
        """What plays after this episode: the one behind it, or the first when it is not in the queue; None at the end."""
        queue = self.episodes()
        at = next((place for place, each in enumerate(queue, 1) if each.id == episode_id), 0)
        return queue[at] if at < len(queue) else None

    def _change(self, before: Sequence[EpisodeId], after: Sequence[EpisodeId], chosen: Sequence[EpisodeId], label: str) -> None:
        """Make the queue `after`, and take `chosen` out of the inbox."""
        steps: list[Step] = []
        if list(before) != list(after):
            self._store.library.place(after)
            steps.append({"do": "queue", "was": list(before), "out": [each for each in chosen if each not in set(before)]})
        if triaged := self._store.library.triage(chosen, "done"):
            steps.append({"do": "triage", "was": triaged})
        if steps:
            self._store.undo.push(label, steps)

    def _named(self, ids: Sequence[EpisodeId]) -> str:
        return named(self._store, ids)

    def _playing(self) -> EpisodeId | None:
        """What some podcli plays now."""
        row = self._store.listening.playing()
        if row is None:
            return None
        try:
            os.kill(row.pid, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            pass  # it lives, as somebody else's
        return row.episode_id
