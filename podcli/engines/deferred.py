"""openai-whisper without numba, until something of it is called that numba compiles.

Its ``timing`` module decorates two functions with ``numba.jit``, and the whole package imports that module. podcli calls neither
(see `alignment`), and numba with its LLVM is 60 MB that stay in memory.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FunctionType, ModuleType

_NUMBA = "numba"
_Compiled = Callable[..., object]


@contextmanager
def numba_when_called() -> Iterator[None]:
    """Around an import: ``numba.jit`` there is a promise, kept by numba itself at the first call of such a function."""
    if _NUMBA in sys.modules:
        yield
        return
    stand_in = ModuleType(_NUMBA)
    stand_in.__dict__["jit"] = _promises()
    sys.modules[_NUMBA] = stand_in
    try:
        yield
    finally:
        del sys.modules[_NUMBA]


def _promises() -> Callable[..., Callable[[FunctionType], _Compiled]]:
    promised: list[tuple[FunctionType, dict[str, object]]] = []

    def jit(**options: object) -> Callable[[FunctionType], _Compiled]:
        def decorate(function: FunctionType) -> _Compiled:
            promised.append((function, options))

            @wraps(function)
            def call(*arguments: object) -> object:
                # All at once: one calls the other by its name, and compiled code can only call compiled code.
                numba = importlib.import_module(_NUMBA)
                while promised:
                    each, its_options = promised.pop()
                    each.__globals__[each.__name__] = numba.jit(**its_options)(each)
                compiled: _Compiled = function.__globals__[function.__name__]
                return compiled(*arguments)

            return call

        return decorate

    return jit
