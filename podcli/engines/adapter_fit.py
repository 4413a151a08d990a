"""Whether a LoRA file fits a model, asked before llama.cpp, which would not say why it does not; on some files ggml aborts.

A LoRA file holds two thin matrices for each weight it changes, ``NAME.lora_a`` and ``NAME.lora_b``:
https://github.com/ggml-org/llama.cpp/blob/master/src/llama-adapter.cpp
"""

from __future__ import annotations

from pathlib import Path

from podcli.engines.gguf import BLOCKS, FLOAT32, STRING, Gguf, Tensor, read_gguf
from podcli.errors import ModelError
from podcli.text import clean_line

_A, _B, _NORM = ".lora_a", ".lora_b", "_norm.weight"
_WORDS, _OUTPUT = "token_embd.weight", "output.weight"
"""A model without the second says its words by the first, and there llama.cpp multiplies the two matrices the wrong way round."""
_WHOLE_NUMBERS = range(24, 29)
"""ggml's types that nothing can be multiplied with."""


def check_adapter(path: Path, model: Gguf, model_id: str) -> Gguf:
    """The head of a LoRA file that fits `model`. Raises ModelError with one sentence for anything else."""
    found = read_gguf(path, "adapter")
    problem, hint = _kind(found)
    if not problem and found.architecture != model.architecture:
        problem = f"is for {clean_line(found.architecture, limit=40)} models; {model_id} is of the kind {model.architecture}"
        hint = "Add it for the model it was made for: `--model ID`."
    if not problem:
        problem = _weights(found, model, model_id)
        hint = "It was made for another model: name that with `--model ID`."
    if problem:
        raise ModelError(f"The file {path.name} {problem}.", hint)
    return found


def _kind(found: Gguf) -> tuple[str, str]:
    """What is wrong with the kind of file, and what to do about it."""
    if not found.is_adapter:
        return "is a model, not an adapter", "Models come from the catalogue: see `podcli models list`."
    texts = ("general.type", "general.architecture", "adapter.type")
    if any(found.kinds.get(name) != STRING for name in texts) or found.kinds.get("adapter.lora.alpha", FLOAT32) != FLOAT32:
        return "is damaged: it does not say what it is in the usual form", "Get it again."
    if found.fields["adapter.type"] != "lora":
        return "is an adapter, but no LoRA", "podcli can use LoRA adapters only."
    if "adapter.alora.invocation_tokens" in found.fields:
        return "is an adapter that waits for a word of its own (aLoRA)", "podcli can use plain LoRA adapters only."
    return "", ""


def _weights(found: Gguf, model: Gguf, model_id: str) -> str:
    """What does not fit; '' when all does."""
    pairs: dict[str, dict[str, Tensor]] = {}
    for name, tensor in found.tensors.items():
        if name.endswith((_A, _B)):
            pairs.setdefault(name[: -len(_A)], {})[name[-len(_A) :]] = tensor
        elif not name.endswith(_NORM):
            return f"is damaged: {name[:80]!r} is no part of a LoRA"
    if not pairs:
        return "is damaged: it changes nothing"
    for name, pair in pairs.items():
        if len(pair) < 2:
            return f"is damaged: half of what changes {name[:80]!r} is missing"
        weight = model.tensors.get(name)
        turned = name == _WORDS
        if weight is None:
            return f"does not fit {model_id}, which has no weight {name[:80]!r}"
        if not _fits(pair[_A], pair[_B], weight, turned=turned):
            return f"does not fit {model_id}: its {name[:80]!r} has another shape"
        if turned and _OUTPUT not in model.tensors:
            return f"changes the table of words, which llama.cpp cannot do in {model_id}"
    return ""


def _fits(a: Tensor, b: Tensor, weight: Tensor, *, turned: bool) -> bool:
    """Whether b·a has the shape of `weight`; for the table of words the two have changed places."""
    if any(tensor.kind not in BLOCKS or tensor.kind in _WHOLE_NUMBERS for tensor in (a, b)):
        return False
    if any(len(tensor.shape) < 2 for tensor in (a, b, weight)):
        return False
    if turned:
        outer = (weight.shape[0], weight.shape[1]) == (b.shape[1], a.shape[1]) and a.shape[0] == b.shape[0]
    else:
        outer = (weight.shape[0], weight.shape[1]) == (a.shape[0], b.shape[1]) and a.shape[1] == b.shape[0]
    return outer and a.shape[2:] == b.shape[2:] == weight.shape[2:]
