"""What is thrown away for good, and when: deleted audio after a day, removed shows after a week, ended jobs after a month."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from podcli import paths
from podcli.store import Store

KEEP_AUDIO_S = 24 * 3600.0


def tidy(store: Store) -> None:
    """Throw away what nobody asked back in time. Costs milliseconds when there is nothing."""
    store.jobs.prune()
    for path in store.library.purge_removed():
        with contextlib.suppress(OSError):
            Path(path).unlink(missing_ok=True)
    empty_trash()


def empty_trash(*, keep_s: float = KEEP_AUDIO_S) -> int:
    """Delete files that have been in the trash for longer; their names begin with when they came. Returns how many went."""
    gone = 0
    for path in paths.trash().glob("*-*"):
        since = path.name.partition("-")[0]
        if since.isdigit() and int(since) / 1e9 <= time.time() - keep_s:
            with contextlib.suppress(OSError):
                path.unlink()
                gone += 1
    return gone
