"""What podcli can do, in verbs. Both front ends call only this."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from podcli import settings as settings_file
from podcli.services.insights import InsightService
from podcli.services.jobs import JobService
from podcli.services.library import LibraryService
from podcli.settings import Settings
from podcli.store import Store, open_store

if TYPE_CHECKING:
    from podcli.services.accounts import AccountService
    from podcli.services.ask import AskService
    from podcli.services.digest import DigestService
    from podcli.services.exporting import ExportService
    from podcli.services.hooks import HookService
    from podcli.services.models import ModelService
    from podcli.services.playback import PlaybackService
    from podcli.services.queue import QueueService
    from podcli.services.search import SearchService
    from podcli.services.sharing import ShareService
    from podcli.services.snips import SnipService
    from podcli.services.undo import UndoService

__all__ = ["Services", "open_services"]


class Services:
    """The verbs, grouped; one per thread, since its store belongs to the thread that opened it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.jobs = JobService(store)

    @cached_property
    def library(self) -> LibraryService:
        """Shows and episodes."""
        return LibraryService(self.store, self.jobs)

    @cached_property
    def insights(self) -> InsightService:
        """Transcripts, takeaways, summaries."""
        return InsightService(self.store, self.settings, self.models)

    @cached_property
    def models(self) -> ModelService:
        """Installed and available models."""
        from podcli.services.models import ModelService

        return ModelService(self.settings)

    @cached_property
    def playback(self) -> PlaybackService:
        """Listening."""
        from podcli.services.playback import PlaybackService

        return PlaybackService(self.store, self.settings)

    @cached_property
    def queue(self) -> QueueService:
        """What plays next."""
        from podcli.services.queue import QueueService

        return QueueService(self.store)

    @cached_property
    def digest(self) -> DigestService:
        """What is new, and what to hear first."""
        from podcli.services.digest import DigestService

        return DigestService(self.store, self.settings)

    @cached_property
    def search(self) -> SearchService:
        """What was said, by words and by meaning."""
        from podcli.services.search import SearchService

        return SearchService(self.store)

    @cached_property
    def words(self) -> SearchService:
        """The same by words alone, for where memory matters."""
        from podcli.services.search import SearchService

        return SearchService(self.store, meaning=False)

    @cached_property
    def ask(self) -> AskService:
        """Questions to what was said."""
        from podcli.services.ask import AskService

        return AskService(self.store, self.models, self.insights)

    @cached_property
    def snips(self) -> SnipService:
        """Moments that were kept."""
        from podcli.services.snips import SnipService

        return SnipService(self.store, self.models)

    @cached_property
    def hooks(self) -> HookService:
        """The listener's own commands."""
        from podcli.services.hooks import HookService

        return HookService(self.settings)

    @cached_property
    def accounts(self) -> AccountService:
        """Readwise and Notion."""
        from podcli.services.accounts import AccountService

        return AccountService(self.store, self.settings)

    @cached_property
    def exporting(self) -> ExportService:
        """Files for other programs, and what is sent to accounts."""
        from podcli.services.exporting import ExportService

        return ExportService(self.store, self.settings, self.snips, self.insights)

    @cached_property
    def sharing(self) -> ShareService:
        """Pictures and clips of what was kept."""
        from podcli.services.sharing import ShareService

        return ShareService(self.store)

    @cached_property
    def undo(self) -> UndoService:
        """Taking back what was done."""
        from podcli.services.undo import UndoService

        return UndoService(self.store)

    def close(self) -> None:
        """Let go of workers and the library."""
        if "playback" in self.__dict__:
            self.playback.close()
        self.jobs.close()
        self.store.close()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_services() -> Services:
    """Read the settings and open the library. Raises PodcliError in words a person can act on."""
    return Services(settings_file.load(), open_store())
