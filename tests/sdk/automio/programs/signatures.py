"""Prints, as JSON, every public name of a client, with parameters and defaults; the argument is its package."""

import enum
import importlib
import inspect
import json
import sys
from typing import Any

MODULES = ("", ".wrapper", ".models", ".exceptions")
PACKAGE = sys.argv[1]
OURS_AND_THEIRS = ("automio", "robotnikai", "botyard.sdk.automio")
#: What every call of the generated client takes besides, in the vendor's package and in ours.
OPTIONS = {"_request_timeout", "_request_auth", "_content_type", "_headers", "_host_index", "options"}
#: What models are made of, which is theirs by inheritance.
MODEL = ("to_str", "to_json", "from_json", "to_dict", "from_dict")


def parameters(function: Any) -> list[list[str]]:
    """Return name, kind and default of each parameter but the options and the object itself."""
    found = inspect.signature(function).parameters.values()
    return [
        [one.name, one.kind.name, "" if one.default is one.empty else repr(one.default)]
        for one in found
        if one.name not in OPTIONS | {"self", "cls"}
    ]


def fields(kind: Any) -> dict[str, list[str]]:
    """Return the fields of a model, each with whether it has to be given."""
    if hasattr(kind, "model_fields"):
        return {name: ["required" if one.is_required() else ""] for name, one in kind.model_fields.items()}
    msgspec = importlib.import_module("msgspec")  # not there beside the vendor's package
    return {one.name: ["required" if one.required else ""] for one in msgspec.structs.fields(kind)}


def members(kind: type) -> dict[str, Any]:
    """Return what a class offers."""
    if issubclass(kind, enum.Enum):
        return {"members": {one.name: one.value for one in kind}}
    found: dict[str, Any] = {}
    if hasattr(kind, "model_fields") or hasattr(kind, "__struct_fields__"):
        found["fields"] = fields(kind)
        found |= {f".{name}": [] for name in MODEL if callable(getattr(kind, name, None))}
        return found
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if (name.startswith("_") and name != "__init__") or member is object.__init__:
            continue
        if isinstance(member, property):
            found[f".{name}"] = "property"
        elif isinstance(member, staticmethod | classmethod) or inspect.isfunction(member):
            found[f".{name}"] = parameters(getattr(kind, name))
    return found


def public(module: Any) -> dict[str, Any]:
    """Return what a module offers of its own package."""
    found: dict[str, Any] = {}
    for name in sorted({*dir(module), *getattr(module, "__all__", ())}):
        if name.startswith("_"):
            continue
        value = getattr(module, name)
        if inspect.isclass(value) and value.__module__.startswith(OURS_AND_THEIRS):
            found[name] = members(value)
        elif inspect.isfunction(value) and value.__module__.startswith(OURS_AND_THEIRS):
            found[name] = parameters(value)
        elif name.isupper() and isinstance(value, str | list):
            found[name] = value
    return found


def flat(found: dict[str, Any]) -> dict[str, Any]:
    """Return everything by one name: `API.notify_me`, `Tag.color`; the name of the module is left out for its own."""
    names: dict[str, Any] = {}
    for name, value in found.items():
        names[name] = value if not isinstance(value, dict) else "class"
        for part, inner in value.items() if isinstance(value, dict) else ():
            below = {f".{one}": what for one, what in inner.items()} if part in ("fields", "members") else {part: inner}
            names |= {name + one: what for one, what in below.items()}
    return names


json.dump({one: flat(public(importlib.import_module(PACKAGE + one))) for one in MODULES}, sys.stdout)
