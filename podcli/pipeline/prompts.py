"""What the language model is asked."""

PROMPT_VERSION = "1"
