"""How lists and things are shown to people. Programs ask for --json."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_PLENTY = 10_000
_MANY_COLUMNS = 8


def listing(found: Sequence[Any], columns: str) -> None:
    """Print a table, as wide as the terminal; an empty one says so."""
    from rich.console import Console
    from rich.table import Table

    if not found:
        print("Nothing found.")
        return
    rows = [fields(one) for one in found]
    wanted = _columns(columns, rows[0])
    table = Table(box=None, pad_edge=False, header_style="bold" if sys.stdout.isatty() else "")
    for heading, path in wanted:
        numbers = all(isinstance(_at(row, path), int | float | None) for row in rows)
        table.add_column(heading, no_wrap=True, overflow="ellipsis", justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(_plain(cell(_at(row, path))) for _, path in wanted))
    console = Console(soft_wrap=False, highlight=False, markup=False)
    if not sys.stdout.isatty():
        console = Console(width=_PLENTY, highlight=False, markup=False)
        _print_narrow(console, table)
    else:
        console.print(table)


def _print_narrow(console: Any, table: Any) -> None:
    """Print without the blanks that fill the lines; whoever reads a pipe wants none."""
    with console.capture() as captured:
        console.print(table)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _plain(text: str) -> Any:
    from rich.text import Text

    return Text(text)


def thing(one: Any) -> None:
    """Print the fields of a thing, one a line, without the empty ones."""
    from botyard.cli import output

    if one is None:
        print("Done.")
        return
    if not isinstance(one, msgspec.Struct | Mapping):
        print(one)
        return
    rows = [(_heading(name), cell(value, wide=True)) for name, value in _flat(fields(one)).items()]
    output.table(rows)


def line(one: Any, columns: str, *, json: bool) -> None:
    """Print one thing on one line, at once."""
    values = fields(one)
    if json:
        text = msgspec.json.encode(one).decode()
    else:
        text = "  ".join(cell(_at(values, path), exact=True) for _, path in _columns(columns, values))
    print(text, flush=True)


def fields(one: Any) -> dict[str, Any]:
    """Return a thing's fields by name."""
    found = msgspec.to_builtins(one)
    return found if isinstance(found, dict) else {"value": found}


def cell(value: Any, *, wide: bool = False, exact: bool = False) -> str:
    """Return a value as people read it: moments as their distance, lists with commas, objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        text = value if exact or not _MOMENT.fullmatch(value) else (f"{value} ({ago(value)})" if wide else ago(value))
    elif isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        text = ", ".join(map(str, value))
    elif isinstance(value, list | dict):
        text = msgspec.json.encode(value).decode() if value else ""
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    return _safe(text) if wide else _one_line(text)


def ago(moment: str, now: datetime | None = None) -> str:
    """Return how long ago a moment is, or how far ahead, such as "3 min ago" and "in 2 d"."""
    seconds = ((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds()
    size = abs(seconds)
    if size < 1:
        return "now"
    unit, name = next((unit, name) for unit, name in _UNITS if size >= unit)
    count = int(size // unit)
    return f"{count} {name} ago" if seconds > 0 else f"in {count} {name}"


def _safe(text: str) -> str:
    """Return a text without what could command a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _columns(columns: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not columns:
        return [(_heading(name), name) for name in list(row)[:_MANY_COLUMNS]]
    pairs = [column.rpartition("=") for column in columns.split()]
    return [(heading.replace("_", " ") or _heading(path), path) for heading, _, path in pairs]


def _heading(path: str) -> str:
    return path.rpartition(".")[2].removesuffix("_at").replace("_", " ").capitalize()


def _at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a thing's fields; those of a single thing inside it stand beside them."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= value if name in ("user", "key", "system", "row") and isinstance(value, dict) else {name: value}
    return found
