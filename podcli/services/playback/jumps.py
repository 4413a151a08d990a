"""Undo seek: where the listener was before each jump."""

from __future__ import annotations

FAR_S = 2.0
"""A jump over no more than this is not worth undoing."""
_TOGETHER_S = 1.5
"""Relative jumps that follow each other within this long are one."""
_KEPT = 100


class Jumps:
    """The stack of positions before jumps; times are monotonic seconds."""

    def __init__(self) -> None:
        self._stack: list[float] = []
        self._origin = 0.0
        self._last: float | None = None
        """When the last relative jump was made; None once anything else came between."""
        self._counted = False

    def jumped(self, from_s: float, to_s: float, now: float, *, relative: bool = False) -> None:
        """A jump was made; keys held down (`relative` ones in quick succession) count once, from where they began."""
        if not (relative and self._last is not None and now - self._last <= _TOGETHER_S):
            self._origin, self._counted = from_s, False
        self._last = now if relative else None
        if not self._counted and abs(to_s - self._origin) > FAR_S:
            self._stack.append(self._origin)
            del self._stack[:-_KEPT]
            self._counted = True

    def undo(self) -> float | None:
        """Where to go back to; None when there is nothing to undo."""
        self._last = None
        return self._stack.pop() if self._stack else None

    def clear(self) -> None:
        """Another episode plays."""
        self._stack.clear()
        self._last = None
