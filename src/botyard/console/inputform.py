"""The form that runs an action: a field for each property of its input schema, the rest as one JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.web import Form

_MAX_FIELDS = 60


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One property; `kind` is text, lines, number, choice or json, and `problem` what is wrong with it."""

    name: str
    label: str
    kind: str
    hint: str = ""
    value: str = ""
    options: Sequence[str] = ()
    required: bool = False
    problem: str = ""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a form gives: the input of the run, or what is wrong by the field."""

    values: dict[str, Any]
    faults: dict[str, str]


def fields_of(schema: Any, form: Form | None = None, faults: Mapping[str, str] | None = None) -> list[Field]:
    """Return the fields of a schema as it is, or as somebody filled them in."""
    properties = _properties(schema)
    required = _required(schema)
    made = []
    for name, each in properties.items():
        value = form.text(f"u.{name}") if form is not None else _written(each.get("default"))
        made.append(_field(name, each, value, name in required, (faults or {}).get(name, "")))
    return made


def read(schema: Any, form: Form) -> Given:
    """Return what somebody filled in."""
    faults: dict[str, str] = {}
    values = _object(form.text("json"), faults)
    for field in fields_of(schema, form):
        try:
            given = _given(field)
        except Invalid as error:
            faults[field.name] = f"{error.message} {error.hint}".strip()
            continue
        if given is not None:
            values[field.name] = given
        elif field.required and field.name not in values:
            faults[field.name] = f"{field.label} is needed."
    return Given(values=values, faults=faults)


def _properties(schema: Any) -> dict[str, dict[str, Any]]:
    found = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(found, dict):
        return {}
    known = [(str(name), each) for name, each in found.items() if isinstance(each, dict)]
    return dict(known[:_MAX_FIELDS])


def _required(schema: Any) -> set[str]:
    found = schema.get("required") if isinstance(schema, dict) else None
    return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()


def _field(name: str, each: Mapping[str, Any], value: str, required: bool, problem: str) -> Field:
    choices = each.get("enum")
    kind = _KINDS.get(str(each.get("type")), "json")
    options: tuple[str, ...] = ()
    if isinstance(choices, list) and choices:
        kind, options = "choice", tuple(_written(choice) for choice in choices)
    elif each.get("type") == "boolean":
        kind, options = "choice", ("true", "false")
    elif kind == "text" and ("\n" in value or each.get("format") in ("textarea", "multiline")):
        kind = "lines"
    title, hint = each.get("title"), each.get("description")
    return Field(
        name=name,
        label=title if isinstance(title, str) and title else name,
        kind=kind,
        hint=hint[:500] if isinstance(hint, str) else "",
        value=value,
        options=options,
        required=required,
        problem=problem,
    )


_KINDS = {"string": "text", "integer": "number", "number": "number"}


def _given(field: Field) -> Any:
    typed = field.value.replace("\r\n", "\n")
    if not typed.strip():
        return None
    if field.kind == "choice":
        if typed not in field.options:
            raise Invalid(f'"{typed[:40]}" is not offered.', hint="Choose again.")
        return _json_or_text(typed)
    if field.kind == "number":
        return _number(typed.strip())
    return jsontext.decode(typed) if field.kind == "json" else typed


def _json_or_text(typed: str) -> Any:
    """Return what a choice stands for: true, 3 and null are not texts, unless they cannot be read."""
    try:
        found = jsontext.decode(typed)
    except Invalid:
        return typed
    return found if not isinstance(found, (dict, list, str)) else typed


def _number(typed: str) -> int | float:
    try:
        found = jsontext.decode(typed)
    except Invalid:
        found = None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise Invalid(f'"{typed[:40]}" is no number.', hint="Write digits, such as 12 or 0.5.")
    return found


def _object(typed: str, faults: dict[str, str]) -> dict[str, Any]:
    try:
        found = jsontext.decode(typed) if typed.strip() else {}
    except Invalid as error:
        faults["json"] = f"The JSON cannot be read. {error.message} {error.hint}".strip()
        return {}
    if not isinstance(found, dict):
        faults["json"] = 'The JSON is not an object. Write {"name": "value"}.'
        return {}
    return found


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.encode(value)
