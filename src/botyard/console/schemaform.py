"""What a table looks like, as a form: a line for each field, and what must be unique together."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core.tables import MAX_FIELDS, Definition, Field
from botyard.core.tables.model import FieldType, NumberType, OnDelete
from botyard.web import Form

TYPES: tuple[str, ...] = get_args(FieldType)
NUMBERS: tuple[str, ...] = get_args(NumberType)
ON_DELETE: tuple[str, ...] = get_args(OnDelete)
_SPARE = 3
_TEXTS = ("was", "name", "label", "to", "display_field", "default", "choices")
_CHOICES = ("type", "number", "on_delete")
_TICKS = ("required", "unique", "index", "gone")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it is typed; `was` is the name that it has now, empty for a new one."""

    at: int
    was: str = ""
    name: str = ""
    type: str = "text"
    label: str = ""
    number: str = "numeric"
    to: str = ""
    on_delete: str = "restrict"
    display_field: str = ""
    default: str = ""
    choices: str = ""
    required: bool = False
    unique: bool = False
    index: bool = False
    gone: bool = False


class SchemaForm(msgspec.Struct, frozen=True, kw_only=True):
    """The whole form."""

    lines: list[Line]
    title: str = ""
    name: str = ""
    together: str = ""
    search: str = ""
    version: str = ""


def of_definition(definition: Definition, *, title: str, version: int) -> SchemaForm:
    """Return the form of a table as it is, with room for more fields."""
    lines = [_line(at, field) for at, field in enumerate(definition.fields)]
    return SchemaForm(
        lines=[*lines, *_spare(len(lines))],
        title=title,
        together="\n".join(", ".join(names) for names in definition.unique_together),
        search=", ".join(definition.search_fields),
        version=str(version),
    )


def empty() -> SchemaForm:
    """Return the form of a table that is not there yet."""
    return SchemaForm(lines=_spare(0))


def sent(form: Form) -> SchemaForm:
    """Return the form as it was sent."""
    known = form.names()
    lines = [_sent_line(form, at) for at in range(MAX_FIELDS + _SPARE) if f"f.{at}.name" in known]
    named = {key: form.text(key).strip() for key in ("title", "name", "together", "search", "version")}
    return SchemaForm(lines=lines, **named)


def _sent_line(form: Form, at: int) -> Line:
    typed: dict[str, Any] = {key: form.text(f"f.{at}.{key}").strip() for key in _TEXTS}
    chosen = {key: form.text(f"f.{at}.{key}") for key in _CHOICES if f"f.{at}.{key}" in form.names()}
    ticked = {key: bool(form.text(f"f.{at}.{key}")) for key in _TICKS}
    return Line(at=at, **{**typed, **chosen, **ticked})


def definition_of(form: SchemaForm, present: Definition) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the definition that a form describes and which fields have other names. Raises Invalid."""
    fields: list[dict[str, Any]] = []
    renames: dict[str, str] = {}
    for line in form.lines:
        if line.gone or not (line.name or line.was):
            continue
        fields.append(_field(line, present.find(line.was)))
        if line.was and line.name != line.was:
            renames[line.was] = line.name
    together = [_names(text) for text in form.together.splitlines() if text.strip()]
    return {"fields": fields, "unique_together": together, "search_fields": _names(form.search)}, renames


def _field(line: Line, before: Field | None) -> dict[str, Any]:
    # What the form does not show stays as it is.
    kept: dict[str, Any] = {}
    if before is not None:
        kept = {key: value for key, value in msgspec.to_builtins(before).items() if key in _UNSEEN}
    found = {**kept, "name": line.name, "type": line.type, "label": line.label}
    found |= {key: True for key in ("required", "unique", "index") if getattr(line, key)}
    if line.type == "number":
        found["number"] = line.number
    if line.type in ("foreign_key", "many_to_many"):
        found |= {"to": line.to, "display_field": line.display_field}
    if line.type == "foreign_key":
        found["on_delete"] = line.on_delete
    if line.type == "select":
        found["choices"] = [_choice(text) for text in line.choices.splitlines() if text.strip()]
    if line.default:
        found["default"] = _default(line)
    return found


_UNSEEN = ("help_text", "items", "fields")


def _default(line: Line) -> Any:
    if line.type in ("boolean", "tags", "array", "embedded", "number"):
        try:
            return jsontext.decode(line.default)
        except Invalid:
            raise Invalid(
                f'The default of "{line.name[:80]}" cannot be read.', hint="Write it as JSON, such as true or 12.5."
            ) from None
    return line.default


def _choice(text: str) -> dict[str, str]:
    value, _, label = text.partition("=")
    return {"value": value.strip(), "label": label.strip()} if label.strip() else {"value": value.strip()}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _line(at: int, field: Field) -> Line:
    default = field.default
    return Line(
        at=at,
        was=field.name,
        name=field.name,
        type=field.type,
        label=field.label,
        number=field.number,
        to=field.to,
        on_delete=field.on_delete,
        display_field=field.display_field,
        default="" if default is None else default if isinstance(default, str) else jsontext.encode(default),
        choices="\n".join(f"{one.value} = {one.label}" if one.label else one.value for one in field.choices),
        required=field.required,
        unique=field.unique,
        index=field.index,
    )


def _spare(start: int) -> list[Line]:
    return [Line(at=start + more) for more in range(_SPARE)]
