"""JSON Schemas of what podcli prints, read off the types of its documents, so that nothing is described twice.

A document is a TypedDict. Each field is ``Annotated[type, "what it means"]``; `Seconds` and `When` add unit and format.
Source: JSON Schema, draft 2020-12 (json-schema.org/draft/2020-12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class Meaning:
    """What a kind of value has in common wherever it stands: words for its description, and keywords of its schema."""

    words: str
    keywords: Mapping[str, object] = field(default_factory=dict, hash=False)  # typing keeps Annotated types by hash


Seconds = Annotated[float, Meaning("In seconds.")]
When = Annotated[str, Meaning("ISO 8601, in UTC.", {"format": "date-time", "pattern": r"(Z|\+00:00)$"})]


class Schemas:
    """Makes schemas, and collects those of TypedDicts in `defs` by the name of their class, without its ``Json``.

    With `closed` no object may have more than is described: for tests. What is published leaves room for what comes.
    """

    def __init__(self, *, closed: bool = False) -> None:
        self.defs: dict[str, dict[str, Any]] = {}
        self._closed = closed
        self._classes: dict[str, object] = {}

    def of(self, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any form a type hint may have
        """The schema of a type. Raises TypeError for a type JSON has no like of."""
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in _SIMPLE:
            return {"type": _SIMPLE[kind]}
        if kind is object:
            return {}
        if isinstance(kind, NewType):
            return self.of(kind.__supertype__)
        if is_typeddict(kind):
            return self._reference(kind)
        if origin is Annotated:
            return _described(self.of(arguments[0]), arguments[1:])
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin in (list, Sequence):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin in (Union, UnionType):
            return self._either(arguments)
        raise TypeError(f"{kind} has no JSON Schema")

    def _either(self, arguments: Sequence[Any]) -> dict[str, Any]:
        options = [self.of(each) for each in arguments if each is not NoneType]
        null = NoneType in arguments
        if null and len(options) == 1 and isinstance(options[0].get("type"), str):
            (only,) = options
            nullable = {**only, "type": [only["type"], "null"]}
            return nullable | ({"enum": [*only["enum"], None]} if "enum" in only else {})
        return {"anyOf": [*options, *([{"type": "null"}] if null else [])]}

    def _reference(self, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a TypedDict
        name = kind.__name__.removesuffix("Json")
        if self._classes.setdefault(name, kind) is not kind:
            raise TypeError(f"two documents are called {name}")
        if name not in self.defs:
            self.defs[name] = {}  # known before its fields are read, one of which may hold it
            hints = get_type_hints(kind, include_extras=True)
            needed = [field for field, hint in hints.items() if get_origin(hint) is not NotRequired]
            fields = {field: self.of(get_args(hint)[0] if field not in needed else hint) for field, hint in hints.items()}
            self.defs[name] = {
                "type": "object", "description": " ".join((kind.__doc__ or "").split()), "properties": fields,
                "required": needed, **({"additionalProperties": False} if self._closed else {}),
            }  # fmt: skip
        return {"$ref": f"#/$defs/{name}"}


def _described(schema: dict[str, Any], notes: Sequence[object]) -> dict[str, Any]:
    meanings = [note for note in notes if isinstance(note, Meaning)]
    words = [note for note in notes if isinstance(note, str)] + [each.words for each in meanings]
    keywords = {name: value for each in meanings for name, value in each.keywords.items()}
    inner = [schema["description"]] if "description" in schema else []
    return {**schema, **keywords, "description": " ".join([*words, *inner])}


def document(title: str, kind: object, *, closed: bool = False) -> dict[str, Any]:
    """The whole schema of one document, with all it refers to in ``$defs``; `closed` as in `Schemas`.

    Raises TypeError for a type JSON has no like of, and for two different documents of one name.
    """
    schemas = Schemas(closed=closed)
    top = schemas.of(kind)
    return {"$schema": DIALECT, "title": title, **top, "$defs": dict(sorted(schemas.defs.items()))}


def together(title: str, kinds: Mapping[str, tuple[str, object]]) -> dict[str, Any]:
    """One schema with a definition for each name in `kinds` (with its title and type), and for all they refer to.

    Raises as `document`. No object is closed.
    """
    schemas = Schemas()
    named = {name: {"title": words, **schemas.of(kind)} for name, (words, kind) in kinds.items()}
    return {"$schema": DIALECT, "title": title, "$defs": {**named, **dict(sorted(schemas.defs.items()))}}
