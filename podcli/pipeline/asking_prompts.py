"""What the language model is asked when a listener asks a question."""

from __future__ import annotations

ASK_VERSION = "1"
"""Part of what an answer is kept under: change it with anything here, and with what the model is shown."""
