"""Sentence embeddings without torch: WordLlama's static token vectors, averaged (https://github.com/dleemiller/WordLlama)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DIMENSIONS = 256


class WordLlamaEmbedder:
    """The 256-dimension vectors that the wordllama package carries (protocol `Embedder`); needs no network and no download."""

    model_id = "wordllama-l2-supercat-256"

    def __init__(self) -> None:
        self._model: Any = None

    def load(self) -> None:
        """Bring the vectors into memory (0.2 s, 40 MB); does nothing when they are there.

        Raises ModelError when the package is not whole.
        """
        if self._model is not None:
            return
        spec = find_spec("wordllama")
        try:
            if spec is None or spec.origin is None:
                raise ImportError("wordllama")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from wordllama import WordLlama

                # The loader looks for weights/ and tokenizers/ below its cache folder: the package has both.
                self._model = WordLlama.load(dim=_DIMENSIONS, cache_dir=Path(spec.origin).parent, disable_download=True)
        except (ImportError, OSError, ValueError) as error:
            raise ModelError(
                "The sentence embeddings cannot be loaded: the package wordllama is not whole.",
                "Run `pip install --force-reinstall wordllama==0.4.0.post1`.",
            ) from error

    def embed(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length vectors, shape ``(len(sentences), 256)``; a sentence without a known token gets zeros."""
        import numpy as np

        if not sentences:
            return np.zeros((0, _DIMENSIONS), np.float32)
        self.load()
        vectors = np.asarray(self._model.embed([text or " " for text in sentences], norm=False), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(np.nan_to_num(vectors / np.maximum(lengths, 1e-9)), np.float32)
