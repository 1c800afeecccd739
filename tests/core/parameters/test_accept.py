"""What a task may be given: every type, every way of writing it, and every way of being wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botyard.base.exceptions import Invalid
from botyard.core.parameters import SCOPES, TYPES, Link, accept, faults_of, links_of, render_outputs


def declare(kind: str, *, name: str = "Amount", scope: str = "In", array: bool = False) -> list[dict[str, Any]]:
    """Return the declaration of one parameter."""
    return [{"name": name, "type": kind, "scope": scope, "array": array}]


GOOD: list[tuple[str, Any, Any]] = [
    ("string", "", ""),
    ("string", "é\0", "é\0"),
    ("int", 76, 76),
    ("int", -(2**63), -(2**63)),
    ("int", 7.0, 7),
    ("double", 12.2, 12.2),
    ("double", 12, 12.0),
    ("bool", True, True),
    ("datetime", "2020-03-22T00:00:00Z", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-03-22T04:00:00+04:00", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-03-21T19:30:00-0430", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-03-22T00:00:00", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-03-22 00:00", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-03-22", "2020-03-22T00:00:00Z"),
    ("datetime", "2020-06-29T11:08:29.2068223Z", "2020-06-29T11:08:29.2068223Z"),
    ("datetime", "2020-06-29T11:08:29.5+01", "2020-06-29T10:08:29.5Z"),
    ("datetime", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("file", "http://127.0.0.1:8088/x?uid=1", "http://127.0.0.1:8088/x?uid=1"),
]
LENIENT: list[tuple[str, Any, Any]] = [
    ("string", 12, "12"),
    ("string", True, "true"),
    ("string", 0.5, "0.5"),
    ("int", "12", 12),
    ("int", " -7 ", -7),
    ("double", "12", 12.0),
    ("double", "1e3", 1000.0),
    ("bool", "True", True),
    ("bool", "false", False),
]
WRONG: list[tuple[str, Any]] = [
    ("string", ["a"]),
    ("string", {}),
    ("int", 7.5),
    ("int", True),
    ("int", "7.5"),
    ("int", "seven"),
    ("int", ""),
    ("int", 2**63),
    ("int", [7]),
    ("int", "٣"),
    ("double", "NaN"),
    ("double", "inf"),
    ("double", "1e999"),
    ("double", "1_000"),
    ("double", 10**400),
    ("double", True),
    ("bool", 1),
    ("bool", "yes"),
    ("datetime", 5),
    ("datetime", "yesterday"),
    ("datetime", "2020-13-01T00:00:00Z"),
    ("datetime", "2020-02-30"),
    ("datetime", "2020-03-22T24:00:00Z"),
    ("datetime", "2020-03-22T00:00:60Z"),
    ("datetime", "2020-03-22T00:00:00.12345678Z"),
    ("datetime", "0001-01-01T00:00:00+01:00"),
    ("datetime", "2020-03-22T00:00:00+24:00"),
    ("file", 5),
    ("file", "http://x/" + "y" * 9000),
]


class TestValues:
    @pytest.mark.parametrize("strict", [False, True])
    @pytest.mark.parametrize(("kind", "value", "meant"), GOOD, ids=repr)
    def test_a_value_of_the_type_is_accepted(self, kind: str, value: Any, meant: Any, strict: bool) -> None:
        accepted = accept(declare(kind), {"amount": value}, strict=strict)["Amount"]
        assert (accepted, type(accepted)) == (meant, type(meant))

    @pytest.mark.parametrize(("kind", "value", "meant"), LENIENT, ids=repr)
    def test_a_text_that_says_the_same_will_do_unless_types_are_strict(self, kind: str, value: Any, meant: Any) -> None:
        accepted = accept(declare(kind), {"Amount": value})["Amount"]
        assert (accepted, type(accepted)) == (meant, type(meant))
        with pytest.raises(Invalid):
            accept(declare(kind), {"Amount": value}, strict=True)

    @pytest.mark.parametrize(("kind", "value"), WRONG, ids=lambda value: repr(value)[:40])
    def test_what_is_no_value_of_the_type_is_refused_by_name(self, kind: str, value: Any) -> None:
        for strict in (False, True):
            with pytest.raises(Invalid) as error:
                accept(declare(kind), {"AMOUNT": value}, strict=strict)
            assert '"Amount"' in error.value.message
            assert error.value.field == "parameters.Amount"

    @pytest.mark.parametrize("kind", TYPES)
    def test_null_is_a_value_of_every_type(self, kind: str) -> None:
        assert accept(declare(kind), {"Amount": None}, strict=True) == {"Amount": None}
        assert accept(declare(kind, array=True), {"Amount": [None]}, strict=True) == {"Amount": [None]}

    def test_a_list_is_checked_item_by_item(self) -> None:
        declared = declare("int", array=True)
        assert accept(declared, {"amount": [1, "2"]}) == {"Amount": [1, 2]}
        assert accept(declared, {"amount": "[1, 2]"}) == {"Amount": [1, 2]}
        for value, field in ((5, "parameters.Amount"), ("x", "parameters.Amount"), ([1, "x"], "parameters.Amount[1]")):
            with pytest.raises(Invalid) as error:
                accept(declared, {"amount": value})
            assert error.value.field == field


class TestNames:
    def test_names_match_whatever_their_case(self) -> None:
        declared = [*declare("int"), *declare("string", name="Größe")]
        assert accept(declared, {"AMOUNT": "1", "GRO\u0308ßE": "x"}) == {"Amount": 1, "Größe": "x"}

    def test_what_is_not_declared_passes_unless_types_are_strict(self) -> None:
        values = {"other": {"deep": [1]}, "result": 5}
        declared = [*declare("int"), *declare("string", name="Result", scope="Out")]
        assert accept(declared, values) == values
        assert accept(declared, values, strict=True) == {"Amount": None}

    def test_a_name_given_twice_is_refused(self) -> None:
        with pytest.raises(Invalid, match="given twice"):
            accept(declare("int"), {"Amount": 1, "amount": 2})


class TestLinks:
    def test_links_are_found_in_their_places(self) -> None:
        declared = [*declare("file", array=True), *declare("file", name="one"), *declare("file", name="o", scope="Out")]
        values = accept(declared, {"amount": ["http://a/1", None, "HTTPS://a/2"], "one": "C:\\local.txt"})
        assert links_of(declared, values) == [Link("Amount", 0, "http://a/1"), Link("Amount", 2, "HTTPS://a/2")]
        assert links_of(declared, values, strict=True)[-1] == Link("one", 0, "C:\\local.txt")

    def test_an_empty_link_is_none(self) -> None:
        declared = declare("file")
        assert links_of(declared, accept(declared, {"amount": ""}, strict=True), strict=True) == []


EARLY, LATE = (datetime.fromisoformat(text) for text in ("0002-01-01", "9998-01-01"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def outcome(declared: list[dict[str, Any]], values: dict[str, Any], *, strict: bool) -> dict[str, Any] | Invalid:
    """Return what was accepted, or the refusal."""
    try:
        return accept(declared, values, strict=strict)
    except Invalid as error:
        return error


class TestAnything:
    @given(
        kind=st.sampled_from(TYPES),
        scope=st.sampled_from(SCOPES),
        array=st.booleans(),
        strict=st.booleans(),
        value=VALUES,
    )
    def test_any_value_is_accepted_for_good_or_refused_in_words(
        self, kind: str, scope: str, array: bool, strict: bool, value: Any
    ) -> None:
        declared = declare(kind, scope=scope, array=array)
        accepted = outcome(declared, {"aMOUNT": value}, strict=strict)
        if isinstance(accepted, Invalid):
            assert str(accepted.field).startswith("parameters.Amount")
        elif scope != "Out":
            assert outcome(declared, accepted, strict=strict) == accepted
            links_of(declared, accepted, strict=strict)
        outputs = render_outputs(declared, {"amount": value})
        json.dumps(outputs, allow_nan=False)
        assert set(outputs) == (set() if scope == "In" else {"amount"})
        faults = faults_of(declared, {"AMOUNT": value})
        assert bool(faults) <= (outputs.get("amount") is None)
        assert render_outputs(declared, value).keys() == outputs.keys()

    @given(
        moment=st.datetimes(min_value=EARLY, max_value=LATE),
        minutes=st.integers(-14 * 60, 14 * 60),
    )
    def test_a_moment_keeps_its_meaning_whatever_its_offset(self, moment: datetime, minutes: int) -> None:
        zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        text = accept(declare("datetime"), {"Amount": zoned.isoformat()}, strict=True)["Amount"]
        assert datetime.fromisoformat(text) == zoned.astimezone(UTC)


class TestOutputs:
    def test_every_declared_output_is_there_under_its_lower_case_name(self) -> None:
        declared = [
            *declare("string", name="StringValue_out", scope="Out"),
            *declare("file", name="FileValue_out", scope="Out"),
            *declare("datetime", name="When", scope="InOut"),
            *declare("int", name="n", scope="Out"),
            *declare("double", name="d", scope="Out"),
            *declare("bool", name="Unset", scope="Out"),
            *declare("file", name="files", scope="Out", array=True),
            *declare("int", name="given", scope="In"),
        ]
        output = {
            "stringvalue_OUT": " (changed)",
            "FileValue_out": "/tmp/job/output files/12.txt",
            "When": "2020-06-29T11:08:29.206822345+00:00",
            "n": "7",
            "d": 1,
            "files": ["a.txt", "C:\\x\\b.txt"],
            "given": 5,
            "more": 1,
        }
        assert render_outputs(declared, output) == {
            "stringvalue_out": " (changed)",
            "filevalue_out": "12.txt",
            "when": "2020-06-29T11:08:29.2068223Z",
            "n": 7,
            "d": 1.0,
            "unset": None,
            "files": ["a.txt", "b.txt"],
        }
        assert faults_of(declared, output) == []

    def test_a_wrong_type_is_told_and_shown_as_null(self) -> None:
        declared = [*declare("int", scope="Out"), *declare("file", name="f", scope="Out")]
        output = {"amount": 7.5, "f": 3}
        assert render_outputs(declared, output) == {"amount": None, "f": None}
        assert [fault.split('"')[1] for fault in faults_of(declared, output)] == ["Amount", "f"]
        assert len(faults_of(declared, [1, 2])) == 1
        assert faults_of(declared, None) == []
        assert faults_of(declare("int"), [1]) == []
