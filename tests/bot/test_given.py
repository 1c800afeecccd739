"""Parameters have the types that their automation declares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from botyard.bot.given import typed

MOMENT = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("datetime", "2026-03-01T07:30:00Z", MOMENT, id="utc"),
        pytest.param("datetime", "2026-03-01T07:30:00", MOMENT, id="without an offset"),
        pytest.param(
            "datetime",
            "2026-03-01T07:30:00.1234567+01:00",
            datetime(2026, 3, 1, 7, 30, 0, 123456, tzinfo=timezone(timedelta(hours=1))),
            id="seven digits",
        ),
        pytest.param("datetime", "soon", "soon", id="no moment"),
        pytest.param("datetime[]", ["2026-03-01T07:30:00Z"], [MOMENT], id="list"),
        pytest.param("datetime[]", None, None, id="null list"),
        pytest.param("double", 2, 2.0, id="double"),
        pytest.param("double", True, True, id="no double"),
        pytest.param("int", 2, 2, id="int"),
        pytest.param("", {"a": 1}, {"a": 1}, id="not declared"),
        pytest.param("file", "no such file", "no such file", id="no file"),
        pytest.param("file", "a\0b", "a\0b", id="no path"),
    ],
)
def test_a_value_is_as_its_type_has_it_in_python(kind: str, value: Any, expected: Any) -> None:
    found = typed({"p": value}, {"p": kind} if kind else {})["p"]
    assert (found, type(found)) == (expected, type(expected))


def test_files_are_paths(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert typed({"p": [str(tmp_path / "a")]}, {"p": "file[]"}) == {"p": [tmp_path / "a"]}
