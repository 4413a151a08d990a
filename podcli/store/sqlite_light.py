"""sqlite-utils, imported without numpy: it would take that only to recognise its numbers, for 12 MB and a tenth of a second."""

from __future__ import annotations

import sys

_unseen = "numpy" not in sys.modules
if _unseen:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # what is None there cannot be imported
try:
    from sqlite_utils import Database, Migrations
finally:
    if _unseen:
        del sys.modules["numpy"]

__all__ = ["Database", "Migrations"]
