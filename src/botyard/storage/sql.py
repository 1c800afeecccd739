"""Named SQL: one `queries.sql` per concept, portable by default, overridden by name for PostgreSQL.

    -- name: claim_next
    -- Why this statement is the way it is (optional).
    UPDATE ... WHERE id = :id RETURNING ...

A `queries.postgres.sql` beside it holds only the statements that must differ there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_NAME = re.compile(r"^--\s*name:\s*(\w+)\s*$", re.MULTILINE)

# What may hold a colon or a percent sign that is not ours comes first, so that it is skipped whole.
_TOKEN = re.compile(
    r"""(?P<keep>'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::)|:(?P<name>[A-Za-z_]\w*)|(?P<percent>%)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement, ready for both databases; parameters are written `:name`."""

    name: str
    sqlite: str
    postgres: str


class Queries:
    """The statements of one concept as attributes; an unknown name raises AttributeError."""

    def __init__(self, package: str, queries: dict[str, Query]) -> None:
        self._package = package
        self._queries = queries

    def __getattr__(self, name: str) -> Query:
        try:
            return self.__dict__["_queries"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"{self.__dict__.get('_package')} has no query named {name!r}.") from None

    def __dir__(self) -> list[str]:
        return sorted(self._queries)

    def __iter__(self) -> object:
        return iter(self._queries.values())


def load_queries(package: str) -> Queries:
    """Return the statements in `queries.sql` of `package`, with the overrides in `queries.postgres.sql`.

    Raises ValueError for a name given twice, an empty statement, or an override that overrides nothing.
    """
    folder = resources.files(package)
    portable = parse(folder.joinpath("queries.sql").read_text("utf-8"), f"{package}/queries.sql")
    special = folder.joinpath("queries.postgres.sql")
    overrides = parse(special.read_text("utf-8"), f"{package}/queries.postgres.sql") if special.is_file() else {}
    strange = overrides.keys() - portable.keys()
    if strange:
        raise ValueError(f"{package}/queries.postgres.sql overrides unknown queries: {', '.join(sorted(strange))}.")
    queries = {
        name: Query(f"{package}.{name}", text, to_pyformat(overrides.get(name, text)))
        for name, text in portable.items()
    }
    return Queries(package, queries)


@lru_cache(maxsize=1024)
def compile_query(text: str, name: str = "dynamic") -> Query:
    """Return one portable statement as a Query; the same text gives the same object."""
    return Query(name, text, to_pyformat(text))


def parse(text: str, source: str) -> dict[str, str]:
    """Split a file of named statements into name → statement, without leading comments and the closing semicolon."""
    parts = _NAME.split(text)
    statements: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in statements:
            raise ValueError(f"{source}: query {name!r} is given twice.")
        statement = _without_leading_comments(body).strip().removesuffix(";").rstrip()
        if not statement:
            raise ValueError(f"{source}: query {name!r} is empty.")
        statements[name] = statement
    return statements


def to_pyformat(text: str) -> str:
    """Rewrite `:name` as `%(name)s`, doubling every literal percent sign; quoted text and `::` stay as they are."""
    return _TOKEN.sub(_rewrite, text)


def _rewrite(match: re.Match[str]) -> str:
    kept, name = match.group("keep"), match.group("name")
    if kept is not None:
        return kept.replace("%", "%%")
    return f"%({name})s" if name is not None else "%%"


def _without_leading_comments(body: str) -> str:
    lines = body.splitlines()
    start = 0
    while start < len(lines) and (not lines[start].strip() or lines[start].lstrip().startswith("--")):
        start += 1
    return "\n".join(lines[start:])
