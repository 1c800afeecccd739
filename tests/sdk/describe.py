"""Run by any interpreter: `module ...`. Tells, as JSON, what modules offer: their names, parameters and defaults.

`module:Class(...)` is an object: what it and the objects that it holds offer.

`{"module.name": {"kind": ..., "parameters": [[name, kind, default], ...]}}`, with the members of classes below them.
Of a package counts what it offers from its modules, of a module what it defines.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import sys
from typing import Any

KINDS = ("positional-only", "positional", "*", "keyword-only", "**")


def describe(module: str, own: tuple[str, ...]) -> dict[str, Any]:
    held = importlib.import_module(module)
    home = own if hasattr(held, "__path__") else (held.__name__,)
    told: dict[str, Any] = {}
    for name in dir(held):
        value = getattr(held, name)
        home_of = getattr(value, "__module__", None) or ""
        if name.startswith("_") or not (home_of.startswith(home) or name in getattr(held, "__all__", ())):
            continue
        if inspect.isclass(value):
            told.update({f"{module}.{name}{member}": shape for member, shape in of_class(value).items()})
        elif inspect.isfunction(value):
            told[f"{module}.{name}"] = shape(value)
    return told


def of_object(place: str) -> dict[str, Any]:
    module, _, expression = place.partition(":")
    made = eval(expression, vars(importlib.import_module(module)))
    told: dict[str, Any] = {}
    for name, value in vars(made).items():
        if name.startswith("_"):
            continue
        told[f"{place}.{name}"] = {"kind": "attribute", "value": value} if isinstance(value, str | float) else {}
        for method, _ in inspect.getmembers(value, inspect.ismethod):
            if not method.startswith("_"):
                told[f"{place}.{name}.{method}"] = shape(getattr(value, method))
    return told


def of_class(cls: type) -> dict[str, Any]:
    if issubclass(cls, enum.Enum):
        return {"": {"kind": "enumeration", "members": {member.name: member.value for member in cls}}}
    told: dict[str, Any] = {"": {**shape(cls), "kind": "class"}}
    for name in sorted({name for base in cls.__mro__[:-1] for name in vars(base) if not name.startswith("_")}):
        found = inspect.getattr_static(cls, name)
        if isinstance(found, property):
            told[f".{name}"] = {"kind": "property", "writable": found.fset is not None}
        elif callable(getattr(cls, name, None)):
            told[f".{name}"] = {**shape(getattr(cls, name)), "kind": type(found).__name__}
        elif name.isupper():
            told[f".{name}"] = {"kind": "value", "value": repr(found)}
    return told


def shape(function: Any) -> dict[str, Any]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {"kind": "function", "parameters": None}
    return {"kind": "function", "parameters": [[one.name, KINDS[one.kind], default(one)] for one in parameters]}


def default(parameter: inspect.Parameter) -> str:
    value = parameter.default
    if value is inspect.Parameter.empty:
        return "-"
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return "a new one" if type(value).__name__ == "_HAS_DEFAULT_FACTORY_CLASS" else repr(value)


def main(*places: str) -> None:
    own = tuple({place.partition(".")[0].partition(":")[0] for place in places} | {"botyard.sdk"})
    told: dict[str, Any] = {}
    for place in places:
        told.update(of_object(place) if ":" in place else describe(place, own))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
