"""The stage that finds the gaps of an episode in its sound, for listeners who jump over them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Job
from podcli.errors import PodcliError
from podcli.store import require_episode

if TYPE_CHECKING:
    from podcli.pipeline.stages import Context, Result


def gaps(job: Job, context: Context) -> Result:
    """Measure and store them. Raises PodcliError when there is no audio on this machine."""
    from podcli.engines.silences import silences

    assert job.episode_id is not None
    episode = require_episode(context.store.library, job.episode_id)
    if not episode.audio_path or not Path(episode.audio_path).is_file():
        raise PodcliError(f"“{episode.title}” is not downloaded, so its gaps cannot be found.", f"`podcli download {episode.id}`")
    context.report.stage("Finding gaps", unit="seconds", total=episode.duration_s)
    found = silences(Path(episode.audio_path), context.report.advance)
    context.store.listening.save_gaps(episode.audio_sha256, found)
    return {"gaps": len(found), "seconds": round(sum(end - start for start, end in found), 1)}
