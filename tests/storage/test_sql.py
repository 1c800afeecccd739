"""Named statements and the parameter compiler."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from botyard.storage import load_queries
from botyard.storage.sql import parse, to_pyformat


class TestCompiler:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a = :a", "a = %(a)s"),
            ("a = :a AND b=:b_2", "a = %(a)s AND b=%(b_2)s"),
            ("CAST(:a AS text)", "CAST(%(a)s AS text)"),
            (":a::text", "%(a)s::text"),
            ("x::bigint", "x::bigint"),
            ("':a'", "':a'"),
            ("'it''s :a' || :b", "'it''s :a' || %(b)s"),
            ('":a"', '":a"'),
            ("LIKE '50%'", "LIKE '50%%'"),
            ("a % 2", "a %% 2"),
            ("a -- :b\n= :c", "a -- :b\n= %(c)s"),
            ("a /* :b % */ = :c", "a /* :b %% */ = %(c)s"),
            ("'12:30'", "'12:30'"),
        ],
    )
    def test_rewrites_parameters_and_nothing_else(self, text: str, expected: str) -> None:
        assert to_pyformat(text) == expected


class TestFile:
    def test_leaves_out_leading_comments_and_the_last_semicolon(self) -> None:
        text = "-- about the file\n\n-- name: first\n-- why\nSELECT 1;\n\n-- name: second\nSELECT\n  2 -- inner\n"
        assert parse(text, "x") == {"first": "SELECT 1", "second": "SELECT\n  2 -- inner"}

    def test_a_name_given_twice_is_refused(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            parse("-- name: a\nSELECT 1\n-- name: a\nSELECT 2", "x")

    def test_an_empty_statement_is_refused(self) -> None:
        with pytest.raises(ValueError, match="empty"):
            parse("-- name: a\n-- nothing\n-- name: b\nSELECT 1", "x")


class TestLoading:
    @pytest.fixture(autouse=True)
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "sample_concept"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "queries.sql").write_text("-- name: one\nSELECT :a\n-- name: two\nSELECT 2")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "sample_concept", raising=False)
        return folder

    def test_gives_each_statement_as_an_attribute(self) -> None:
        queries = load_queries("sample_concept")
        assert queries.one.sqlite == "SELECT :a"
        assert queries.one.postgres == "SELECT %(a)s"
        assert dir(queries) == ["one", "two"]

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="no query named 'three'"):
            _ = load_queries("sample_concept").three

    def test_an_override_replaces_the_statement_on_postgres_only(self, package: Path) -> None:
        (package / "queries.postgres.sql").write_text("-- name: two\n-- faster\nSELECT 22")
        queries = load_queries("sample_concept")
        assert (queries.two.sqlite, queries.two.postgres) == ("SELECT 2", "SELECT 22")

    def test_an_override_of_nothing_is_refused(self, package: Path) -> None:
        (package / "queries.postgres.sql").write_text("-- name: three\nSELECT 3")
        with pytest.raises(ValueError, match="three"):
            load_queries("sample_concept")
