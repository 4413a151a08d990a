"""Less memory for the same work: what glibc and the system keep for a process that does not need it.

Asks glibc (mallopt(3), malloc_trim(3)) and Linux (madvise(2)); does nothing where they are not.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of parameters in ``<malloc.h>`` (mallopt(3))."""
_FOR_GOOD = 128 << 10
"""Bytes: while a model loads, pieces of 128 kB and more lie outside the heap."""
_FOR_A_WHILE = 2 << 20
"""Bytes: afterwards only those of 2 MB and more do."""
_KEPT = 32 << 20
"""Bytes: so much free memory at the end of the heap is kept for what comes, until `give_back`; the rest goes back."""
_MADV_DONTNEED = 4
"""In ``<sys/mman.h>`` (madvise(2))."""
_FILES = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) (?:r-xp .*/[^/\n]+\.so[.\d]*|r..p .*/[^/\n]+\.safetensors)\n(?:\w+:.*\n)*?"
    r"Anonymous: +0 kB\n(?:\w+:.*\n)*?Swap: +0 kB$",
    re.MULTILINE,
)
"""In proc_pid_smaps(5): code of a library, or weights, as they are in their file, nothing written over."""


@contextmanager
def thrift() -> Iterator[None]:
    """Around the loading of a model: its weights lie outside the heap, and what only loading needs goes back to the system.

    By itself glibc makes a heap for each thread, and takes ever larger pieces from it, 32 MB at last, the more such pieces have
    come and gone: speech recognition then holds 100 MB that nobody uses. From here on all threads share one heap, and pieces of
    2 MB and more stay outside. Smaller ones, which come and go with each layer, do not: the system fills fresh memory with
    zeros, and that would take a tenth of all time. No other thread may load or unload a library meanwhile.
    """
    _call("mallopt", ctypes.c_int(_ARENA_MAX), ctypes.c_int(1))
    _call("mallopt", ctypes.c_int(_MMAP_THRESHOLD), ctypes.c_int(_FOR_GOOD))
    try:
        yield
    finally:
        _call("mallopt", ctypes.c_int(_MMAP_THRESHOLD), ctypes.c_int(_FOR_A_WHILE))
        _call("mallopt", ctypes.c_int(_TRIM_THRESHOLD), ctypes.c_int(_KEPT))
        give_back()
        give_back_files()


def zeros(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A tensor of this shape outside the heap, which takes no memory where nothing is written.

    For what stays while others come and go: in the heap it would hold open what lies around it.
    """
    import torch

    return torch.frombuffer(mmap.mmap(-1, math.prod(shape) * dtype.itemsize), dtype=dtype).view(*shape)


def give_back() -> None:
    """What was freed inside the heap goes back to the system: after work that leaves many holes in it. Takes milliseconds."""
    _call("malloc_trim", ctypes.c_size_t(0))


def give_back_files() -> None:
    """Code and weights that are as they are in their files go back to the system, which maps what is needed again from its cache.

    To register its operators torch goes once through 80 MB of code, to compute anything for the first time through 40 MB more.
    Takes some 30 ms.
    """
    try:
        maps = Path("/proc/self/smaps").read_text("utf-8", "replace")
    except OSError:  # no Linux, or a sandbox that hides it
        return
    for begin, end in _FILES.findall(maps):
        first, last = int(begin, 16), int(end, 16)
        _call("madvise", ctypes.c_void_p(first), ctypes.c_size_t(last - first), ctypes.c_int(_MADV_DONTNEED))


def _call(name: str, *arguments: ctypes.c_int | ctypes.c_size_t | ctypes.c_void_p) -> None:
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (OSError, TypeError, AttributeError):
        return
    function(*arguments)
