"""The description of native v1 is valid OpenAPI 3.1, complete, and its examples are what it describes."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis

from botyard.protocols.native.description import openapi
from botyard.protocols.native.description.reference import sections
from botyard.protocols.native.routes import ROUTES
from tests.protocols.native.conftest import Api


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the description as a client reads it."""
    read: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi(ROUTES)))
    return read


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def test_it_is_valid_openapi_and_has_every_route(document: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(document).validate()
    assert len(operations(document)) == len(ROUTES.routes)


def test_everything_has_a_sentence(document: dict[str, Any]) -> None:
    assert [tag["name"] for tag in document["tags"] if not tag["description"]] == []
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    fields = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, inner in schema.get("properties", {}).items()
        if "description" not in inner
    ]
    assert fields == [], "describe them in botyard.protocols.native.description.fields"
    assert [operation["operationId"] for operation in operations(document) if not operation["summary"]] == []
    parameters = [one for operation in operations(document) for one in operation["parameters"] if "$ref" not in one]
    assert [one["name"] for one in parameters if not one["description"]] == []


def test_examples_of_bodies_are_what_the_schemas_say(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in content:
                validator(document, content["schema"]).validate(content["example"])


def test_examples_of_types_are_what_the_schemas_say(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            errors = [error.message for error in validator(document, schema).iter_errors(example)]
            assert errors == [], name


def test_every_operation_of_a_known_caller_declares_its_refusals(document: dict[str, Any]) -> None:
    for operation in operations(document):
        refusals = {"401", "403"} & operation["responses"].keys()
        assert refusals == (set() if operation.get("security") == [] else {"401", "403"})
        assert ("x-permission" in operation) == ("Needs the permission" in operation["description"])


def test_the_reference_spells_out_every_operation_once(document: dict[str, Any]) -> None:
    entries = [entry for section in sections(document) for entry in section.entries]
    assert sorted(entry.name for entry in entries) == sorted(route.operation for route in ROUTES.routes)
    assert all(entry.curl.startswith("curl ") and entry.statuses for entry in entries)


async def test_anybody_may_read_it_and_nobody_reads_it_twice(api: Api) -> None:
    stranger = api.as_(None)
    first = await stranger("GET", "/openapi.json")
    assert first.json()["openapi"] == "3.1.0"
    known = {"If-None-Match": first.headers["etag"]}
    again = await stranger("GET", "/openapi.json", headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
