"""Read what a bot returned by what its automation declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botyard.core.parameters.accept import Declared
from botyard.core.parameters.convert import NOT_OF_TYPE, convert, described


def render_outputs(declared: Declared, output: Any) -> dict[str, Any]:
    """Return every declared Out and InOut parameter under its lower-cased name, as a value of its type.

    null stands for what the bot did not return, and for what has another type than declared. Files are bare names;
    date-times are UTC with `Z` and at most seven digits after the second.
    """
    return {entry["name"].lower(): value for entry, value, _ in _read(declared, output)}


def faults_of(declared: Declared, output: Any) -> list[str]:
    """Return a sentence for each returned value that has another type than declared; nothing for what is missing."""
    outs = any(entry["scope"] != "In" for entry in declared)
    if outs and output is not None and not isinstance(output, dict):
        return ["The output is not an object of names and values, so none of the declared outputs is set."]
    return [fault for _, _, fault in _read(declared, output) if fault]


def _read(declared: Declared, output: Any) -> Iterator[tuple[Mapping[str, Any], Any, str]]:
    returned = output if isinstance(output, dict) else {}
    folded = {key.lower(): key for key in returned if isinstance(key, str)}
    for entry in declared:
        if entry["scope"] == "In":
            continue
        name = entry["name"]
        value = returned.get(name if name in returned else folded.get(name.lower(), name))
        try:
            yield entry, _typed(entry, value), ""
        except NOT_OF_TYPE:
            wanted = described(entry["type"], array=entry["array"]) if entry["type"] != "file" else _FILE
            yield entry, None, f'Output "{name}" is not {wanted}; it is kept, but not as the declared output.'


_FILE = "the name of a file"


def _typed(entry: Mapping[str, Any], value: Any) -> Any:
    if value is None or not entry["array"]:
        return _one(entry["type"], value)
    if not isinstance(value, list):
        raise TypeError
    return [_one(entry["type"], item) for item in value]


def _one(kind: str, value: Any) -> Any:
    if kind == "file" and isinstance(value, str):
        return re.split(r"[/\\]", value)[-1] or None
    return convert(kind, value, strict=False, cut=True)
