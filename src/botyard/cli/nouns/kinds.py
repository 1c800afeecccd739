"""From the type of a parameter of a call to what a command line takes for it."""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from botyard.cli import params
from botyard.cli.nouns.body import text
from botyard.sdk.content import Source
from botyard.sdk.errors import Refused

_SCALARS = (str, int, float, bool)


class Kind(NamedTuple):
    """How a value is written: the type that is read, whether as JSON, and whether it is a file to send."""

    type: Any
    json: bool = False
    #: Read as JSON where it is JSON, else the text itself.
    loose: bool = False
    file: bool = False
    list: bool = False


def kind(annotation: Any) -> Kind:
    """Return how values of a type are written on a command line."""
    if annotation == Source:
        return Kind(Path, file=True)
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    choices = [one for one in _choices(annotation) if one not in (type(None), msgspec.UnsetType)]
    if len(choices) == 1:
        return _single(choices[0])
    if set(choices) <= {str, int}:
        return Kind(str)
    if str in choices and not set(choices) & {bool}:
        return Kind(str)
    return Kind(str, loose=True)


def _choices(annotation: Any) -> Sequence[Any]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _single(annotation: Any) -> Kind:
    origin = get_origin(annotation)
    if annotation in _SCALARS or origin is Literal:
        return Kind(annotation)
    if origin in (list, Sequence, Iterable):
        (inner,) = get_args(annotation)
        if inner in (str, int):
            return Kind(inner, list=True)
        if get_origin(inner) is Literal:
            # typer takes no lists of choices; the server says which there are.
            return Kind(str, list=True)
    if annotation is Any:
        return Kind(str, loose=True)
    return Kind(str, json=True)


def read(name: str, value: Any, wanted: Kind) -> Any:
    """Return a value as the call takes it. Raises Refused for a text that had to be JSON."""
    if wanted.loose and isinstance(value, str):
        return params.guess(value)
    if not wanted.json or not isinstance(value, str):
        return value
    if value == "-" or value.startswith("@"):
        value = text(Path(value.removeprefix("@")))
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(
            f'"{name}" is not JSON: {error}.',
            hint="Write it as JSON in single quotes, or as @FILE or - for standard input.",
        ) from None
