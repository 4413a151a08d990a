"""The listener's accounts at other services: their tokens, and what their APIs can be asked to do."""
