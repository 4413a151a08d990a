"""Turning feeds into episodes and episodes into insight: stages, the child process that runs them, and its parent side."""
