"""What this machine's build of whisper.cpp (package pywhispercpp) can do. Its library is never loaded in this process.

``python -m podcli.engines.whispercpp_build`` prints the graphics card it can use, as ggml calls it; nothing when there is none.
Source: ggml's ``include/ggml-backend.h`` (the functions and ``ggml_backend_dev_type``).
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib.util import find_spec

from podcli.errors import ModelError

MODULE = "_pywhispercpp"
"""whisper.cpp's C functions, as pywhispercpp documents them."""
_GRAPHICS = (1, 2)
"""GGML_BACKEND_DEVICE_TYPE_GPU, and _IGPU for one that shares the machine's memory."""
_PATIENCE_S = 20


def is_installed() -> bool:
    """Whether whisper.cpp is here."""
    return find_spec(MODULE) is not None


def require(model_id: str) -> None:
    """Raises ModelError with the command that installs it when whisper.cpp, which `model_id` needs, is missing."""
    if not is_installed():
        hint = 'Run `pip install "podcli-offline[whispercpp]"`.'
        raise ModelError(f"{model_id} needs whisper.cpp, which is not installed.", hint)


@cache
def graphics_card() -> str:
    """The graphics card whisper.cpp would use (Metal, CUDA, Vulkan); '' when it was built without, finds none, or is missing.

    Asked of ggml itself, in a process of its own, once: a driver that crashes takes only that down.
    """
    if not is_installed():
        return ""
    command = [sys.executable, "-P", "-m", __name__]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip().rpartition("\n")[2] if told.returncode == 0 else ""


def _ask() -> str:
    import ctypes

    spec = find_spec(MODULE)
    if spec is None or spec.origin is None:
        return ""
    # Looks names up in the libraries it was linked with, too: ggml's.
    ggml = ctypes.CDLL(spec.origin)
    if hasattr(ggml, "ggml_backend_load_all"):
        ggml.ggml_backend_load_all()
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.argtypes, ggml.ggml_backend_dev_get.restype = [ctypes.c_size_t], ctypes.c_void_p
    ggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    ggml.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    ggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    for number in range(ggml.ggml_backend_dev_count()):
        device = ggml.ggml_backend_dev_get(number)
        if ggml.ggml_backend_dev_type(device) in _GRAPHICS:
            return bytes(ggml.ggml_backend_dev_description(device)).decode("utf-8", "replace")
    return ""


if __name__ == "__main__":
    print(_ask())
