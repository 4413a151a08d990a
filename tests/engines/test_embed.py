from __future__ import annotations

import sys

import numpy as np
import pytest

from podcli.engines.embed import WordLlamaEmbedder
from podcli.errors import ModelError

_EMBEDDER = WordLlamaEmbedder()


def test_vectors_have_unit_length_and_one_row_a_sentence() -> None:
    vectors = _EMBEDDER.embed(["The cat sat.", "Ports were slow and dear.", "船"])
    assert vectors.shape == (3, 256) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_likeness_follows_meaning() -> None:
    cat, other_cat, linter = _EMBEDDER.embed(
        ["The cat sat on a mat.", "A cat was sitting on the rug.", "The linter found five bugs."]
    )
    assert cat @ other_cat > 0.5 > cat @ linter


def test_a_sentence_has_one_vector_whatever_stands_beside_it() -> None:
    alone = _EMBEDDER.embed(["Ports were slow."])
    beside = _EMBEDDER.embed(["A much longer sentence about something else entirely.", "Ports were slow."])
    assert np.allclose(alone[0], beside[1], atol=1e-6)


def test_nothing_and_empty_text() -> None:
    assert _EMBEDDER.embed([]).shape == (0, 256)
    vectors = _EMBEDDER.embed(["", "\n"])
    assert vectors.shape == (2, 256) and np.isfinite(vectors).all()


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcli.engines.embed.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="not whole") as caught:
        WordLlamaEmbedder().load()
    assert "pip install" in caught.value.hint


def test_it_needs_no_torch() -> None:
    import subprocess

    code = "import sys; from podcli.engines.embed import WordLlamaEmbedder as E; E().embed(['a']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
