"""Render docs/api.md: the operations of the native API as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from botyard.protocols.native.description import openapi
from botyard.protocols.native.description.reference import Entry, Field, sections
from botyard.protocols.native.routes import ROUTES as NATIVE

_INTRODUCTION = """\
Rendered from the description of the native API by `make docs`; a test compares them. The server has the same as a
page at `/api/v1/docs`, with all types and an example of each answer, and for programs as OpenAPI 3.1 at
`/api/v1/openapi.json`. [routes](routes.md) has the routes of every protocol, [errors](errors.md) every code."""


def reference() -> str:
    """Return docs/api.md: every operation with its parameters, its body, its answer and its errors."""
    document = openapi(NATIVE)
    parts = ["# API reference", _INTRODUCTION, document["info"]["description"].strip()]
    for section in sections(document):
        parts += [f"## {section.name}", section.about]
        for entry in section.entries:
            parts += _entry(entry)
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### `{entry.method} {entry.path}`"
    about = " ".join(entry.about.split("\n\n"))
    yield f"`{entry.name}`: {entry.summary} {about}"
    rows = [*entry.parameters, *entry.body]
    if rows:
        yield "\n".join(["| | | |", "|---|---|---|", *map(_row, rows)])
    takes = f" Takes `{entry.takes}`." if entry.takes else ""
    success = " or ".join(status for status, _ in entry.statuses if status < "300")
    gives = f" with `{entry.gives}`" if entry.gives else ""
    refusals = "; ".join(f"{status} {_codes(text)}" for status, text in entry.statuses if status >= "300")
    yield f"Answers {success}{gives}.{takes} Refusals: {refusals}."
    yield f"```\n{entry.curl}\n```"


def _row(field: Field) -> str:
    needed = ", needed" if field.needed else ""
    kind = field.kind.replace("|", "\\|")
    return f"| `{field.name}` | {kind}{needed} | {field.about.replace('|', chr(92) + '|')} |"


def _codes(text: str) -> str:
    return text.partition(": ")[2].rstrip(".")
