"""Files `.env`: variables of a project, one `NAME=value` a line, that a program is to find in its environment.

A value may be quoted (and then go over several lines), `#` after a space begins a comment, and `${NAME}` and
`${NAME:-otherwise}` stand for other variables. Variables that are set already keep their values.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_ENTRY = re.compile(
    r"""
    ^[ \t]* (?:export[ \t]+)? (?P<name>[^=\#\s'"]+) [ \t]* = [ \t]*
    (?: '(?P<single>(?:\\'|[^'])*)' | "(?P<double>(?:\\"|[^"])*)" | (?P<plain>[^\r\n]*) )
    """,
    re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(r"(?:^|\s+)\#.*$")
_REFERENCE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<otherwise>[^}]*))?\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b", "v": "\v", "a": "\a"}

logger = logging.getLogger("botyard.sdk.automio")


def load() -> Path | None:
    """Put the variables of the project's file into the environment, and return the file, if there is one.

    The nearest one counts: in the folder of the script or above it, else in the current folder or above that. (The
    vendor's package begins at the folder that it is installed in, and so misses the file of a project whose packages
    are elsewhere.) While a runner carries out a task no file is read: everything is set already.
    """
    if os.environ.get("BOTYARD_TASK_ID"):
        return None
    for folder in _folders():
        file = folder / ".env"
        if file.is_file():
            return file if _load(file) else None
    return None


def parse(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a file; `environment` is what references are looked up in first."""
    found: dict[str, str] = {}
    for entry in _ENTRY.finditer(text):
        found[entry["name"]] = _REFERENCE.sub(lambda to: _referred(to, environment, found), _value(entry))
    return found


def _load(file: Path) -> bool:
    try:
        variables = parse(file.read_text("utf-8-sig"), os.environ)
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("The file %s cannot be read (%s).", file, error)
        return False
    for name, value in variables.items():
        os.environ.setdefault(name, value)
    return True


def _folders() -> Iterator[Path]:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    starts = [Path(script).resolve().parent] if script else []
    for start in [*starts, Path.cwd()]:
        yield from (start, *start.parents)


def _value(entry: re.Match[str]) -> str:
    if entry["double"] is not None:
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), entry["double"])
    if entry["single"] is not None:
        return entry["single"].replace("\\'", "'").replace("\\\\", "\\")
    return _COMMENT.sub("", entry["plain"]).rstrip()


def _referred(to: re.Match[str], environment: Mapping[str, str], found: Mapping[str, str]) -> str:
    value = environment.get(to["name"], found.get(to["name"]))
    return value if value is not None else to["otherwise"] or ""
