"""The description for people: the OpenAPI document, sorted by concept and spelled out, whoever shows it."""

from __future__ import annotations

import json
import shlex
from typing import Any, NamedTuple
from urllib.parse import urlencode

_METHODS = ("get", "post", "put", "patch", "delete")
_NAMES = {"id": "4711", "label": "invoices", "digest": "9f86d081…", "table": "orders", "app": "shop"}


class Field(NamedTuple):
    """One field of a body or one parameter: `kind` in words, with the names of types in it to be linked."""

    name: str
    kind: str
    needed: bool
    about: str


class Entry(NamedTuple):
    """One operation, spelled out."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    parameters: list[Field]
    takes: str
    body: list[Field]
    gives: str
    answer: str
    statuses: list[tuple[str, str]]
    curl: str


class Section(NamedTuple):
    """All operations about one concept."""

    name: str
    about: str
    entries: list[Entry]


class Shape(NamedTuple):
    """One type, with its fields."""

    name: str
    about: str
    fields: list[Field]


def sections(document: dict[str, Any]) -> list[Section]:
    """Return the operations of a document by their tags."""
    found: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                found[methods[method]["tags"][0]].append(_entry(document, method, path, methods[method]))
    return [Section(tag["name"], tag["description"], found[tag["name"]]) for tag in document["tags"]]


def shapes(document: dict[str, Any]) -> list[Shape]:
    """Return the types of a document by name."""
    return [
        Shape(name, schema.get("description", ""), _fields(schema))
        for name, schema in document["components"]["schemas"].items()
    ]


def _entry(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Entry:
    media, content = _first(operation.get("requestBody", {}).get("content", {}))
    success = next(answer for status, answer in operation["responses"].items() if status < "300")
    kinds = [_media(kind, inner) for kind, inner in success.get("content", {}).items()]
    return Entry(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=operation["description"],
        parameters=[_parameter(_meant(document, one)) for one in operation["parameters"]],
        takes=_media(media, content) if media else "",
        body=_fields(_resolved(document, content.get("schema", {}))) if media else [],
        gives=" or ".join(kinds),
        answer=_answer(document, success),
        statuses=[(status, answer["description"]) for status, answer in operation["responses"].items()],
        curl=_curl(method.upper(), path, operation, media, content.get("example")),
    )


def _first(contents: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return next(iter(contents.items()), ("", {}))


def _media(media: str, content: dict[str, Any]) -> str:
    return word(content["schema"]) if media == "application/json" else media


def _answer(document: dict[str, Any], success: dict[str, Any]) -> str:
    """Return an example of the JSON of a success, empty where it has none."""
    media, content = _first(success.get("content", {}))
    examples = _resolved(document, content["schema"]).get("examples") if media == "application/json" else None
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _fields(schema: dict[str, Any]) -> list[Field]:
    needed = schema.get("required", ())
    return [
        Field(name, word(inner), name in needed, inner.get("description", ""))
        for name, inner in schema.get("properties", {}).items()
    ]


def _meant(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        found: dict[str, Any] = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        return found
    return parameter


def _parameter(parameter: dict[str, Any]) -> Field:
    schema = parameter["schema"]
    about = parameter["description"]
    if "default" in schema and schema["default"] != "":
        about += f" Without it {json.dumps(schema['default'])}."
    if parameter["in"] != "path" and schema.get("maximum", 2**53) < 2**53:
        about += f" From {schema['minimum']:g} to {schema['maximum']:g}."
    return Field(parameter["name"], word(schema), parameter.get("required", False), about)


def word(schema: dict[str, Any]) -> str:
    """Return a schema in words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(word(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array":
        inner = schema.get("items") or {}
        return f"list of {word(inner)}" if inner else "list"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        return f"object of {word(inner)}" if isinstance(inner, dict) and inner else "object"
    kind = str(schema.get("type", "any JSON"))
    return "moment" if schema.get("format") == "date-time" else kind


def _curl(method: str, path: str, operation: dict[str, Any], media: str, example: Any) -> str:
    """Return a command that calls the operation."""
    for parameter in operation["parameters"]:
        if parameter.get("in") == "path":
            path = path.replace(f"{{{parameter['name']}}}", _NAMES.get(parameter["name"], parameter["name"].upper()))
    sent = {one["name"]: one["example"] for one in operation["parameters"] if "example" in one}
    query = f"?{urlencode(sent, safe='/')}" if sent else ""
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}$BOTYARD_SERVER{path}{query}"]
    if operation.get("security") != []:
        lines.append('-H "Authorization: Bearer $BOTYARD_TOKEN"')
    if media:
        lines.append(f"-H {shlex.quote(f'Content-Type: {media}')}")
        body = json.dumps(example, ensure_ascii=False)
        lines.append("--data-binary @FILE" if example is None else f"-d {shlex.quote(body)}")
    return " \\\n  ".join(lines)
