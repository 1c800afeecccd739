"""The OpenAPI document of a route table."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from botyard.protocols.native.description import words
from botyard.protocols.native.description.operations import Operation, operations, phrase, types_of
from botyard.protocols.native.description.schemas import schemas
from botyard.web.declaring import EVENTS, Media, Query
from botyard.web.routing import RouteTable
from botyard.wire import native as wire

_PROBLEM = "application/problem+json"
_TYPES: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
#: What is answered with a time to wait.
_WAITING = (429, 503)


def openapi(table: RouteTable) -> dict[str, Any]:
    """Return the description of every route of a table as OpenAPI 3.1."""
    kinds = types_of(table)
    made, components = schemas([*kinds, wire.Problem])
    by_type = dict(zip(kinds, made, strict=False))
    paths: dict[str, Any] = defaultdict(dict)
    for operation in operations(table):
        paths[operation.path][operation.route.method.lower()] = _operation(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Botyard", "version": "1", "description": words.INTRODUCTION, "license": words.LICENSE},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": words.tag(name)} for name in tags(table)],
        "paths": dict(paths),
        "components": {
            "schemas": components,
            "responses": _responses(),
            "parameters": dict(words.HEADERS),
            "headers": {"ETag": words.ETAG},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": words.BEARER},
            },
        },
    }


def tags(table: RouteTable) -> list[str]:
    """Return the tags of a table's operations, in the order in which they come first."""
    return list(dict.fromkeys(operation.tag for operation in operations(table)))


def _operation(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": words.sentences(operation.about, words.needs(operation)),
        "parameters": _parameters(operation),
        "responses": _answers(operation, by_type),
    }
    if operation.permission is not None:
        described["x-permission"] = operation.permission
    if operation.route.is_open:
        described["security"] = []
    if operation.takes is not None:
        described["requestBody"] = _body(operation, by_type)
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    """Return the parameters of an operation: of its path, its query and its headers."""
    route = operation.route
    heeded = {
        "IdempotencyKey": route.repeatable,
        "IfMatch": route.guarded,
        "LastEventID": EVENTS in operation.gives,
    }
    return [
        *(_path(operation, name) for name in operation.parameters),
        *map(_query, operation.query),
        *({"$ref": f"#/components/parameters/{name}"} for name, is_heeded in heeded.items() if is_heeded),
    ]


def _path(operation: Operation, name: str) -> dict[str, Any]:
    number = name in words.NUMBERS
    schema: dict[str, Any] = (
        {"type": "integer", "minimum": 1, "maximum": 2**63 - 1} if number else {"type": "string", "minLength": 1}
    )
    about = words.path(operation.path, name)
    return {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


def _query(parameter: Query) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES[parameter.kind]}
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.low is not None:
        schema["minimum"] = parameter.low
    if parameter.high is not None:
        schema["maximum"] = parameter.high
    if parameter.default is not None:
        schema["default"] = parameter.default
    described: dict[str, Any] = {"name": parameter.name, "in": "query", "description": parameter.about}
    if parameter.several or parameter.repeated:
        schema = {"type": "array", "items": schema}
        described |= {"style": "form", "explode": parameter.repeated}
    if parameter.example:
        described |= {"required": True, "example": parameter.example}
    return {**described, "schema": schema}


def _body(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    media, content = _content(operation.takes, by_type)
    if operation.route.example is not None:
        content["example"] = operation.route.example
    return {"required": operation.body_required, "content": {media: content}}


def _answers(operation: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in operation.route.statuses:
        answers[str(status)] = {"description": phrase(status)}
        if operation.route.tagged and operation.gives:
            answers[str(status)]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
        if operation.gives:
            answers[str(status)]["content"] = dict(_content(kind, by_type) for kind in operation.gives)
    for status, codes in operation.problems.items():
        which = "Waiting" if status in _WAITING else "Problem"
        told = ", ".join(f"`{code}`" for code in codes)
        answers[str(status)] = {"$ref": f"#/components/responses/{which}", "description": f"{phrase(status)}: {told}."}
    return answers


def _content(kind: Any, by_type: dict[Any, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(kind, Media):
        return kind.type, {"schema": {"type": "string", "description": kind.about}}
    return "application/json", {"schema": by_type[kind]}


def _responses() -> dict[str, Any]:
    problem = {"content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    wait = {"Retry-After": {"description": "How many seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
    return {
        "Problem": {"description": words.PROBLEM, **problem},
        "Waiting": {"description": words.WAITING, "headers": wait, **problem},
    }
