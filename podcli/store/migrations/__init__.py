"""The schema, as numbered steps that are only ever added to. The README describes the result."""

from podcli.store.migrations import (
    m001_initial,
    m002_listening,
    m003_insights,
    m004_search,
    m005_answers,
    m006_pause,
    m007_heard,
    m008_snips,
    m009_hooks,
    m010_persons,
)
from podcli.store.migrations.steps import migrations

__all__ = [
    "m001_initial",
    "m002_listening",
    "m003_insights",
    "m004_search",
    "m005_answers",
    "m006_pause",
    "m007_heard",
    "m008_snips",
    "m009_hooks",
    "m010_persons",
    "migrations",
]
