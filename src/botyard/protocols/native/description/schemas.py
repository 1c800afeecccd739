"""The schemas of the wire's types: what msgspec derives of them, with words and an example each."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.protocols.native.description import words
from botyard.protocols.native.description.samples import sample

_REFERENCE = "#/components/schemas/{name}"


def schemas(kinds: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the schema of each type, in their order, and the components that these refer to."""
    made, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    named = {kind.__name__: kind for kind in _structs(kinds)}
    for name, schema in components.items():
        _describe(name, schema)
        if name in named:
            schema["examples"] = [sample(named[name])]
    return list(made), dict(sorted(components.items()))


def _structs(kinds: Sequence[Any]) -> list[Any]:
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]


def _describe(name: str, schema: dict[str, Any]) -> None:
    schema.pop("title", None)
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])
    for field, inner in schema.get("properties", {}).items():
        about = words.field(name, field)
        if about and "description" not in inner:
            inner["description"] = about
        if _is_moment(field):
            _mark(inner)


def _is_moment(field: str) -> bool:
    return field == "at" or field.endswith("_at")


def _mark(schema: dict[str, Any]) -> None:
    """Say of a moment, or of each alternative of one, that it is one."""
    for each in (schema, *schema.get("anyOf", ())):
        if each.get("type") == "string":
            each["format"] = "date-time"
