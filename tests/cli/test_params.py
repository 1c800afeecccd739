"""`--param name=text` becomes an input: of its declared type, else JSON where it reads as JSON, else text."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.cli import params
from botyard.sdk.errors import Refused


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ('{"a": [1]}', {"a": [1]}),
        ("[1, 2]", [1, 2]),
        ('"quoted"', '"quoted"'),
        ("hello", "hello"),
        ("", ""),
        ("True", "True"),
        ("01", "01"),
        ("NaN", "NaN"),
        ("a=b", "a=b"),
        ("[" * 5000, "[" * 5000),
        ("1e999", "1e999"),
    ],
)
def test_an_undeclared_value_is_guessed(text: str, value: object) -> None:
    assert params.read([f"name={text}"], []) == {"name": value}


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        ({"type": "string"}, "5", "5"),
        ({}, "true", "true"),
        ({"type": "int"}, "5", 5),
        ({"type": "double"}, "5", 5.0),
        ({"type": "bool"}, "TRUE", True),
        ({"type": "datetime"}, "2026-01-31T08:30:00Z", "2026-01-31T08:30:00Z"),
        ({"type": "file"}, "a.txt", "a.txt"),
        ({"type": "int", "array": True}, "[1, 2]", [1, 2]),
        ({"type": "string", "array": True}, '["a", 1]', ["a", "1"]),
    ],
)
def test_a_declared_value_gets_its_type(declared: dict[str, Any], text: str, value: object) -> None:
    assert params.read([f"name={text}"], [{"name": "name", **declared}]) == {"name": value}


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ({"type": "int"}, "five"),
        ({"type": "int"}, "1.5"),
        ({"type": "double"}, "nan"),
        ({"type": "bool"}, "yes"),
        ({"type": "datetime"}, "tomorrow"),
        ({"type": "int", "array": True}, "1"),
        ({"type": "int", "array": True}, '[1, "x"]'),
    ],
)
def test_a_value_of_another_type_is_refused(declared: dict[str, Any], text: str) -> None:
    with pytest.raises(Refused, match="name"):
        params.read([f"name={text}"], [{"name": "name", **declared}])


@pytest.mark.parametrize("given", [["x"], ["=5"], ["a=1", "a=2"]])
def test_what_is_no_parameter_is_refused(given: list[str]) -> None:
    with pytest.raises(Refused):
        params.read(given, [])


def test_names_of_declared_parameters_match_whatever_their_case() -> None:
    declared = [{"name": "Code", "type": "string", "array": False}]
    assert params.read(["CODE=1.50", "other=1.50"], declared) == {"CODE": "1.50", "other": 1.5}
