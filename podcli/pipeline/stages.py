"""What each kind of job does. Runs only in the worker process."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli import paths
from podcli.domain import Job, JobKind
from podcli.errors import ExitCode, PodcliError
from podcli.pipeline.reporter import Reporter
from podcli.settings import Settings
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.engines.base import Embedder, Transcriber, Writer
    from podcli.engines.llama import LlamaWriter

Result = dict[str, object]


class Models:
    """The models this process has in memory; each is loaded when first asked for."""

    def __init__(self, context_tokens: int = 0) -> None:
        """`context_tokens` is what a language model shall hold at once; 0 lets it find out."""
        self._context_tokens = context_tokens
        self._transcriber: Transcriber | None = None
        self._writer: LlamaWriter | None = None
        self._embedder: Embedder | None = None

    def transcriber(self, model_id: str, threads: int) -> Transcriber:
        """The Whisper model `model_id`, run by its engine. Raises ModelError when either is missing, or the model damaged."""
        if self._transcriber is None or self._transcriber.model_id != model_id:
            if self._transcriber is not None:
                self._transcriber.close()
                self._transcriber = None
            self._transcriber = _loaded_transcriber(model_id, threads)
        return self._transcriber

    def has_writer(self, model_id: str) -> bool:
        """Whether `model_id` is in memory: asking for it takes no time."""
        return self._writer is not None and self._writer.model_id == model_id

    def writer(self, model_id: str, threads: int) -> Writer:
        """The language model `model_id` with the adapters it has now. Raises ModelError when any is missing or damaged."""
        from podcli.engines import adapters, install
        from podcli.engines.llama import LlamaWriter

        ready = adapters.ready(model_id)
        if self._writer is None or self._writer.model_id != model_id:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            file = install.model_file(model_id)
            writer = LlamaWriter(file, model_id=model_id, context_tokens=self._context_tokens, threads=threads or None)
            writer.load()
            self._writer = writer
        self._writer.use(ready)
        return self._writer

    def embedder(self) -> Embedder:
        """The sentence embedder that comes with podcli."""
        from podcli.engines.embed import WordLlamaEmbedder

        if self._embedder is None:
            self._embedder = WordLlamaEmbedder()
        return self._embedder


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may use."""

    store: Store
    settings: Settings
    report: Reporter
    models: Models


def engine_of(job: Job) -> str:
    """The native library a job brings into the process; '' for none.

    whisper.cpp's and llama.cpp's are two builds of ggml: in one process, one would call the other's functions.
    """
    if job.kind in ("transcribe", "snip"):
        return _speech_engine(str(job.options.get("model", "")))
    return {"insights": "llama", "ask": "llama", "retell": "llama"}.get(job.kind, "")


def _speech_engine(model_id: str) -> str:
    from podcli.engines.catalogue import load_catalogue

    return next((card.engine for card in load_catalogue().cards if card.id == model_id), "whisper")


def _loaded_transcriber(model_id: str, threads: int) -> Transcriber:
    from podcli.engines import install

    file = install.model_file(model_id)
    transcriber: Transcriber
    if _speech_engine(model_id) == "whispercpp":
        from podcli.engines.whispercpp import WhisperCppTranscriber

        transcriber = WhisperCppTranscriber(file, threads=threads or None)
    else:
        from podcli.engines.whisper import WhisperTranscriber

        transcriber = WhisperTranscriber(file, threads=threads or None)
    transcriber.load()
    return transcriber


def run(job: Job, context: Context) -> Result:
    """Do `job` and return what its follower wants to know. Raises PodcliError in words for a person."""
    return _stage(job.kind)(job, context)


def _stage(kind: JobKind) -> Callable[[Job, Context], Result]:
    """Imported when first needed: a download has no use for what a transcription loads."""
    if kind == "transcribe":
        from podcli.pipeline import transcribing

        return transcribing.transcribe
    if kind == "insights":
        from podcli.pipeline import reading

        return reading.read
    if kind == "ask":
        from podcli.pipeline import asking

        return asking.ask
    if kind in ("snip", "retell"):
        from podcli.pipeline import keeping

        return keeping.snip if kind == "snip" else keeping.retell
    if kind == "hook":
        from podcli.pipeline import hooks

        return hooks.run
    if kind == "export":
        from podcli.pipeline import exporting

        return exporting.run
    if kind == "gaps":
        from podcli.pipeline import measuring

        return measuring.gaps
    from podcli.pipeline import gather

    return {
        "add": gather.add,
        "refresh": gather.refresh,
        "download": gather.download,
        "pull": gather.pull,
        "chapters": gather.chapters,
    }[kind]


def explain(error: Exception) -> tuple[str, str, int]:
    """Message, hint and exit code for a failure nobody foresaw."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full.", "Make room and run the command again; nothing stored is lost.", int(ExitCode.FAILED)
    if isinstance(error, MemoryError):
        return (
            "This machine ran out of memory.",
            "Close other programs or choose a smaller model with `podcli models use`.",
            int(ExitCode.MODEL),
        )
    hint = f"The details are in {paths.log_file('worker-ml').parent}; please report them."
    return f"Something went wrong that podcli did not foresee ({type(error).__name__}).", hint, int(PodcliError.exit_code)
