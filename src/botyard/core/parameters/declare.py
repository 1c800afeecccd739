"""Check the declarations of an automation."""

from __future__ import annotations

from typing import Any

from botyard.base import text
from botyard.base.exceptions import Invalid, closest

TYPES = ("string", "int", "double", "bool", "datetime", "file")
SCOPES = ("In", "Out", "InOut")

_MOST = 200
_KEYS = ("name", "type", "scope", "array")


def checked(parameters: Any) -> list[dict[str, Any]]:
    """Return declared parameters with every key filled in. Raises Invalid with a path such as `parameters[2]`."""
    if not isinstance(parameters, list) or len(parameters) > _MOST:
        raise Invalid(
            f"Parameters must be a list of at most {_MOST}.",
            hint="Write each as {name: amount, type: int, scope: In}.",
            field="parameters",
        )
    declared = [_parameter(entry, f"parameters[{number}]") for number, entry in enumerate(parameters)]
    taken: dict[str, str] = {}
    for number, entry in enumerate(declared):
        name = entry["name"]
        earlier = taken.setdefault(name.lower(), name)
        if len(taken) <= number:
            as_what = "" if earlier == name else f', as "{earlier}": case makes no difference'
            raise Invalid(f'The parameter "{name}" is declared twice{as_what}.', field=f"parameters[{number}].name")
    return declared


def _parameter(entry: Any, path: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise Invalid(
            "A parameter must be an object.",
            hint="Write {name: amount, type: int, scope: In}.",
            field=path,
        )
    for key in entry:
        if key not in _KEYS:
            raise Invalid(
                f'A parameter has no key "{str(key)[:80]}".',
                hint=closest(str(key), list(_KEYS)) or f"Its keys are {', '.join(_KEYS)}.",
                field=f"{path}.{key}",
            )
    if not isinstance(entry.get("name"), str):
        raise Invalid("A parameter needs a name, which is a text.", field=f"{path}.name")
    if not isinstance(entry.get("array", False), bool):
        raise Invalid("array must be true or false.", field=f"{path}.array")
    return {
        "name": text.name(entry["name"], field=f"{path}.name", limit=100),
        "type": _one_of(TYPES, entry.get("type", "string"), f"{path}.type"),
        "scope": _one_of(SCOPES, entry.get("scope", "In"), f"{path}.scope"),
        "array": entry.get("array", False),
    }


def _one_of(choices: tuple[str, ...], value: Any, field: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Invalid(f"{field} cannot be {ascii(value)[:80]}.", hint=f"Use one of {', '.join(choices)}.", field=field)
    return value
