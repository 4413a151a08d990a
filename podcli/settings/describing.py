"""What settings.toml may say, for people (a commented file) and for editors (a JSON Schema)."""

from __future__ import annotations

from podcli.settings.sections import Settings, bounds, choices, default, describe, names, sections
from podcli.settings.values import in_toml, text_of

SCHEMA = "settings.schema.json"
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
_COMMANDS: dict[str, object] = {"type": "array", "items": {"type": "array", "minItems": 1, "items": {"type": "string"}}}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def template() -> str:
    """A settings.toml that changes nothing: every setting with its sentence and its default, commented out."""
    lines = [
        f"#:schema ./{SCHEMA}",
        "# What podcli can be told. Every line that begins with #name is a default: take the # away to change it.",
        "# `podcli config show` lists what is in force, `podcli config keys` every command and its keys.",
    ]
    for section, kind in sections().items():
        lines += ["", f"# {(kind.__doc__ or '').strip()}", f"[{section}]"]
        for name in names():
            if name.startswith(f"{section}."):
                lines += [f"# {describe(name)}{_limits(name)}", f"#{name.partition('.')[2]} = {text_of(Settings(), name)}"]
    lines += ["", "# Keys instead of the preset's, by command.", "[keys]", '#episode.archive = ["c", "f5"]', "#app.undo = []", ""]
    return "\n".join(lines)


def _limits(name: str) -> str:
    if (low_high := bounds(name)) is not None:
        return f" From {low_high[0]:g} to {low_high[1]:g}."
    which = "Any of" if isinstance(default(name), tuple) else "One of"
    return f" {which} {', '.join(map(in_toml, choices(name)))}." if choices(name) else ""


def schema() -> dict[str, object]:
    """A JSON Schema (draft 2020-12) of settings.toml, as editors with a TOML language server read it."""
    keys = {"type": ["string", "array", "object"], "description": "A key, or a list of keys."}
    tables = {
        section: {
            "type": "object",
            "description": (kind.__doc__ or "").strip(),
            "additionalProperties": False,
            "properties": {name.partition(".")[2]: _property(name) for name in names() if name.startswith(f"{section}.")},
        }
        for section, kind in sections().items()
    }
    return {
        "$schema": _DRAFT,
        "title": "podcli settings.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {**tables, "keys": {"type": "object", "additionalProperties": keys}},
    }


def _property(name: str) -> dict[str, object]:
    value = default(name)
    allowed: dict[str, object] = {"enum": list(choices(name))} if choices(name) else {}
    if not isinstance(value, tuple):
        kind: dict[str, object] = {"type": _TYPES[type(value)], **allowed}
    else:
        kind = {"type": "array", "items": {"type": "string", **allowed}, "uniqueItems": True} if allowed else _COMMANDS
    found: dict[str, object] = {**kind, "description": describe(name), "default": value}
    if (low_high := bounds(name)) is not None:
        found["minimum"], found["maximum"] = low_high
    return found
