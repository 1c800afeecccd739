"""What is sent: fields from --file and --set, files, and the question before something is gone."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from botyard.cli import params
from botyard.sdk.errors import Refused

_MAX_BYTES = 8 * 1024 * 1024


def given(file: str | None, pairs: Sequence[str] | None) -> dict[str, Any]:
    """Return the fields of a file, "-" for standard input, and those of name=value pairs, which win."""
    fields = _object(file) if file else {}
    for pair in pairs or ():
        name, equals, text_ = pair.partition("=")
        if not equals or not name:
            raise Refused(f'"{pair}" is not a field.', hint="Write it as --set name=value.")
        fields[name] = params.guess(text_)
    return fields


def checked(face: Any, fields: Mapping[str, Any], *, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call whose fields are as its body wants them. Raises Refused when they are not."""
    names = face.struct.__struct_fields__
    placed = {name: value for name, value in fields.items() if name in places(face)}
    sent = {name: value for name, value in fields.items() if name not in placed}
    try:
        made = msgspec.convert({**sent, **fixed}, face.struct, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(f"{error}.".replace("..", "."), hint="Give it as an argument, with --set or --file.") from None
    return {**placed, **{name: getattr(made, name) for name in names if name in sent}}


def places(face: Any) -> list[str]:
    """Return the names of what stands in the address, not in the body."""
    return [one.name for one in face.parameters() if one.kind is not one.KEYWORD_ONLY]


def text(path: Path) -> str:
    """Return the text of a file, of standard input for "-"."""
    try:
        return _raw(str(path)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{path} is not valid UTF-8.", hint="Save it as UTF-8.") from None


def source(path: Path) -> Any:
    """Return what is sent of a file; standard input for "-"."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    if not path.is_file():
        raise Refused(f"{path} is no file.", hint="Give the path of a file, or - for standard input.")
    return path


def ask(question: str, *, sure: bool, machine: bool) -> None:
    """Return when somebody agrees. Raises Refused when nobody can be asked, and Abort when the answer is no."""
    import typer

    if sure:
        return
    if machine or not sys.stdin.isatty():
        raise Refused(f"{question} Nobody can be asked here.", hint="Give --yes to do it without asking.")
    if not typer.confirm(question, err=True):
        raise typer.Abort


def _object(file: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(_raw(file))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(f"{file} is not JSON: {error}.", hint="Give a JSON object.") from None
    if not isinstance(found, dict):
        raise Refused(f"{file} holds no JSON object.", hint='Write it as {"name": "value"}.')
    return found


def _raw(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(_MAX_BYTES)
    path = Path(file)
    if not path.is_file():
        raise Refused(f"{path} is no file.", hint="Give the path of a file, or - for standard input.")
    if path.stat().st_size > _MAX_BYTES:
        raise Refused(f"{path} is larger than {_MAX_BYTES >> 20} MiB.", hint="Send less.")
    return path.read_bytes()
