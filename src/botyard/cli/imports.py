"""Finding, in a bot's code, what it imports of a vendor's library, and naming our module instead.

Only the names of modules change; everything else in a file stays as it is, comments, line ends and quotes included.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

#: The vendors' modules and ours, the longer names first.
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "botcity.maestro": "botyard.sdk.botcity",
        "maestro_client": "botyard.sdk.maestro_client",
        "bv.runtime": "botyard.sdk.botvelocity",
        "automio": "botyard.sdk.automio",
        "robotnikai": "botyard.sdk.automio",
    }
)
#: The distributions that these modules come from.
DISTRIBUTIONS = frozenset({"botcity-maestro-sdk", "botcity-maestro-client", "bv-runtime", "automio", "robotnikai"})
OURS = "botyard-sdk"
_BOUND = r"\s*[=<>!~]=?\s*[\w.*+!-]+"
#: A requirement of `bv-runtime` as a project of Bot Velocity lists it, with the versions that it asks for.
_DEPENDENCY = re.compile(rf"(?<![\w.-])bv[-_.]runtime(?![\w-])(?:{_BOUND}(?:\s*,{_BOUND})*)?", re.IGNORECASE)
_KEY = re.compile(r"\s*([\w-]+)\s*:")


class Change(NamedTuple):
    """A line that names another module."""

    line: int
    before: str
    after: str


class Remark(NamedTuple):
    """Something that a person has to look at."""

    line: int
    text: str


class Reading(NamedTuple):
    """What was found in a file, and its text with all changes made."""

    text: str
    changes: list[Change]
    remarks: list[Remark]


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def moved(module: str) -> str | None:
    """Return our name of a vendor's module, None for any other."""
    for theirs, ours in MODULES.items():
        if module == theirs or module.startswith(f"{theirs}."):
            return ours + module.removeprefix(theirs)
    return None


def read_code(source: str) -> Reading:
    """Return what changes in Python code. Raises SyntaxError where it is none."""
    return _Code(source).reading()


def read_requirements(source: str) -> Reading:
    """Return what changes in a list of requirements: each of the vendors' distributions becomes ours, once."""
    changes: list[Change] = []
    lines: list[str] = []
    there = any(_distribution(line) == OURS for line in source.splitlines())
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        name = _distribution(line)
        if name not in DISTRIBUTIONS:
            lines.append(line)
            continue
        text = line.rstrip("\r\n")
        after = "" if there else OURS
        changes.append(Change(number, text, after))
        if not there:
            lines.append(after + line[len(text) :])
        there = True
    remarks = []
    if changes and "--hash" in source:
        remarks.append(Remark(1, "This file names hashes: compile it again."))
    return Reading("".join(lines), changes, remarks)


def read_project(source: str) -> Reading:
    """Return what changes in the `bvproject.yaml` of a Bot Velocity project: its dependencies."""
    changes: list[Change] = []
    lines: list[str] = []
    inside = False
    for number, line in enumerate(source.splitlines(keepends=True), start=1):
        if key := _KEY.match(line):
            inside = key[1] == "dependencies"
        code, comment, rest = line.partition(" #")
        after = (_DEPENDENCY.sub(OURS, code) if inside else code) + comment + rest
        if after != line:
            changes.append(Change(number, line.strip(), after.strip()))
        lines.append(after)
    return Reading("".join(lines), changes, [])


def _distribution(line: str) -> str:
    name = line.strip()
    for end in (" ", "=", "<", ">", "!", "~", "[", ";", "@", "#", "\\"):
        name = name.split(end, 1)[0]
    return name.lower().replace("_", "-").replace(".", "-")


class _Code:
    """One file of Python code while it is looked through."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tree = ast.parse(source)
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._edits: list[_Edit] = []
        self._remarks: list[Remark] = []
        #: Dotted names whose uses change with the import that binds them.
        self._dotted: set[str] = set()

    def reading(self) -> Reading:
        """Look through the file once."""
        for node in ast.walk(self._tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._from(node, node.module)
            elif isinstance(node, ast.Import):
                self._import(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and moved(node.value):
                self._remarks.append(Remark(node.lineno, f'"{node.value}" is named in a text.'))
        self._uses()
        return Reading(self._edited(), self._changes(), sorted(self._remarks))

    def _from(self, node: ast.ImportFrom, module: str) -> None:
        ours = moved(module)
        if ours is not None:
            self._name(node, module, ours)
            for name in _missing(ours, [alias.name for alias in node.names]):
                self._remarks.append(Remark(node.lineno, f"{ours} has no {name}."))
            return
        theirs = {alias.name: moved(f"{module}.{alias.name}") for alias in node.names}
        if not any(theirs.values()):
            return
        if not all(theirs.values()):
            self._remarks.append(Remark(node.lineno, "Import what is the vendor's on a line of its own."))
            return
        names = ", ".join(
            f"{(ours or '').rpartition('.')[2]} as {alias.asname or alias.name}"
            for alias, ours in zip(node.names, theirs.values(), strict=True)
        )
        self._whole(node, f"from botyard.sdk import {names}")

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            ours = moved(alias.name)
            if ours is None:
                continue
            if alias.asname is None and "." not in alias.name:
                ours = f"{ours} as {alias.name}"
            elif alias.asname is None:
                self._dotted.add(alias.name)
            self._name(node, alias.name, ours)

    def _uses(self) -> None:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Attribute):
                name = _dotted_name(node)
                if name in self._dotted:
                    self._edits.append(_Edit(*self._span(node), moved(name) or name))

    def _name(self, node: ast.stmt, module: str, ours: str) -> None:
        """Name another module in an import, if there is one."""
        target = ours.split(" ", maxsplit=1)[0]
        if not _exists(target):
            self._remarks.append(Remark(node.lineno, f"There is nothing that stands in for {module}."))
            return
        start, end = self._span(node)
        for first, last in _spans(self._source[start:end], module):
            self._edits.append(_Edit(start + first, start + last, ours))

    def _whole(self, node: ast.stmt, text: str) -> None:
        self._edits.append(_Edit(*self._span(node), text))

    def _span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def _offset(self, line: int, column: int) -> int:
        """Return where the byte `column` of a line is in the text."""
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def _edited(self) -> str:
        text = self._source
        for edit in sorted(set(self._edits), reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _changes(self) -> list[Change]:
        """Return the lines that change; an edit never changes how many lines there are, unless it takes some away."""
        found: dict[int, list[_Edit]] = {}
        for edit in sorted(set(self._edits)):
            found.setdefault(self._source.count("\n", 0, edit.start) + 1, []).append(edit)
        changes = []
        for line, edits in found.items():
            start = self._starts[line - 1]
            before = after = self._source[start : max(self._starts[line], edits[-1].end)].rstrip("\r\n")
            for edit in reversed(edits):
                after = after[: edit.start - start] + edit.text + after[edit.end - start :]
            changes.append(Change(line, before.strip(), after.strip()))
        return changes


def _dotted_name(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _missing(module: str, names: Sequence[str]) -> list[str]:
    """Return the names that one of our modules does not have; none of a module that is not there at all."""
    if not _exists(module):
        return []
    there = importlib.import_module(module)
    return [name for name in names if name != "*" and not hasattr(there, name) and not _exists(f"{module}.{name}")]


def _spans(text: str, module: str) -> Iterator[tuple[int, int]]:
    """Yield where a dotted name stands as a whole in the text of a statement, the first time."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type in (tokenize.NAME, tokenize.OP)
    ]
    parts = [part for name in module.split(".") for part in (name, ".")][:-1]
    for first in range(len(tokens) - len(parts) + 1):
        found = tokens[first : first + len(parts)]
        following = tokens[first + len(parts)].string if first + len(parts) < len(tokens) else ""
        if [token.string for token in found] == parts and following != ".":
            begin, end = found[0].start, found[-1].end
            yield starts[begin[0] - 1] + begin[1], starts[end[0] - 1] + end[1]
            return
