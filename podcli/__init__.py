"""podcli: the AI podcast player that needs no cloud."""

__version__ = "0.1.0"
