"""The form that starts a task: a field per declared parameter, the rest as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from typing import Any

import msgspec

from botyard.base import clock, jsontext
from botyard.base.exceptions import Invalid
from botyard.core.automations import Automation
from botyard.core.tasks import Task
from botyard.web import Form

_TRUTH = {"true": True, "false": False}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One declared parameter and what the person typed so far."""

    name: str
    type: str
    array: bool
    value: str
    description: str = ""


class RunForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it is shown; `wrong` names the field that `problem` is about."""

    fields: list[Field]
    json: str = ""
    priority: str = ""
    not_before: str = ""
    test: bool = False
    problem: str = ""
    hint: str = ""
    wrong: str | None = None


def empty_form(automation: Automation, source: Task | None = None) -> RunForm:
    """Return the form to start from, filled with the parameters of `source` if there is one."""
    values = dict(source.parameters) if source is not None else {}
    fields = [
        Field(name=each["name"], type=each["type"], array=each["array"], value=shown(values.pop(each["name"], None)))
        for each in inputs(automation)
    ]
    rest = msgspec.json.format(jsontext.encode(values), indent=2) if values else ""
    return RunForm(fields=fields, json=rest, test=source.test if source is not None else False)


def sent_form(automation: Automation, form: Form, error: Invalid) -> RunForm:
    """Return the form as it was sent, with what was wrong about it."""
    fields = [
        Field(name=each["name"], type=each["type"], array=each["array"], value=form.text(f"p.{each['name']}"))
        for each in inputs(automation)
    ]
    return RunForm(
        fields=fields,
        json=form.text("json"),
        priority=form.text("priority"),
        not_before=form.text("not_before"),
        test=bool(form.text("test")),
        problem=error.message,
        hint=error.hint,
        wrong=error.field,
    )


def inputs(automation: Automation) -> list[dict[str, Any]]:
    """Return the parameters that a person may give."""
    return [each for each in automation.parameters if each["scope"] != "Out"]


def order_of(automation: Automation, form: Form) -> dict[str, Any]:
    """Return the keyword arguments of a new task as the form orders it. Raises Invalid naming the field."""
    priority = form.text("priority").strip()
    not_before = form.text("not_before").strip()
    if priority and not (priority.isascii() and priority.isdigit() and len(priority) < 4):
        raise Invalid(f'Priority "{priority[:20]}" is not a whole number.', hint="Use 0 to 10.", field="priority")
    return {
        "automation": automation.label,
        "parameters": parameters_of(automation, form),
        "priority": int(priority) if priority else None,
        "not_before": _moment(not_before) if not_before else None,
        "test": bool(form.text("test")),
    }


def parameters_of(automation: Automation, form: Form) -> dict[str, Any]:
    """Return the parameters a form gives: the JSON object, with the declared fields over it."""
    text = form.text("json").strip()
    try:
        given = jsontext.decode(text) if text else {}
    except Invalid as error:
        raise Invalid(f"The JSON cannot be read. {error.message}", hint=error.hint, field="json") from None
    if not isinstance(given, dict):
        raise Invalid("The JSON is not an object.", hint='Write {"name": "value"}.', field="json")
    for each in inputs(automation):
        typed = form.text(f"p.{each['name']}")
        if typed.strip():
            given[each["name"]] = converted(typed, each)
    return given


def converted(typed: str, declared: Mapping[str, Any]) -> Any:
    """Return what was typed as the declared type. Raises Invalid naming the parameter."""
    name, kind = declared["name"], declared["type"]
    if declared["array"]:
        values = _json(typed, name)
        if not isinstance(values, list):
            raise Invalid(f'"{name}" is a list.', hint='Write ["one", "two"].', field=name)
        return values
    text = typed.strip()
    if kind == "int" and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 20:
        return int(text)
    if kind == "double":
        with suppress(ValueError):
            number = float(text)
            if isfinite(number):
                return number
    if kind == "bool" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if kind == "datetime":
        return clock.iso(_moment(text, name))
    if kind in ("string", "file"):
        return typed
    words = {"int": "a whole number", "double": "a number", "bool": "true or false"}
    raise Invalid(f'"{name}" is not {words[kind]}.', hint="Correct it.", field=name)


def shown(value: Any) -> str:
    """Return a value as it is typed into a field."""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.encode(value)


def _json(text: str, name: str) -> Any:
    try:
        return jsontext.decode(text)
    except Invalid as error:
        raise Invalid(f'"{name}" cannot be read. {error.message}', hint=error.hint, field=name) from None


def _moment(text: str, name: str = "not_before") -> int:
    try:
        return clock.parse(text)
    except Invalid as error:
        raise Invalid(error.message, hint=error.hint, field=name) from None
