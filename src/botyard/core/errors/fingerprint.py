"""Which reports are the same fault: the type of the exception, and the top of its stack without what changes.

Line numbers, folders, addresses and values change from run to run and from release to release; the functions that
lead to the fault do not. Without a stack the message stands in, its numbers and quoted values left out.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import NamedTuple

#: How many functions, from the place of the fault outwards, tell two faults apart.
_DEPTH = 3
#: Only the end of a very long stack is looked at.
_WINDOW = 64 * 1024

# Python: the place of the fault comes last. JavaScript, Java and .NET: it comes first.
_PYTHON = re.compile(r'File "([^"\n]{1,1000})", line \d+(?:, in ([^\n]{1,200}))?')
_AT = re.compile(r"^[ \t]*at ([^\n]{1,1000})$", re.MULTILINE)
_POSITION = re.compile(r"(?::(?:line )?\d+){1,2}$")

_QUOTED = re.compile(r"'[^'\n]{0,500}'|\"[^\"\n]{0,500}\"|`[^`\n]{0,500}`")
_IDENTIFIER = re.compile(r"\b(?:0x)?[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


class Fault(NamedTuple):
    """What makes a fault itself; `place` is for people."""

    fingerprint: str
    place: str


def fingerprint(kind: str, message: str, stack: str | None) -> Fault:
    """Return what reports of the same fault share."""
    frames = _frames(stack[-_WINDOW:] if stack else "") or _frames(stack[:_WINDOW] if stack else "")
    top = frames[:_DEPTH] or [_without_values(message)]
    text = "\n".join([kind, *top])
    return Fault(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), frames[0] if frames else "")


def _frames(stack: str) -> list[str]:
    """Return the functions of a stack, the one that failed first, each as `file: function`."""
    python = [f"{_base(file)}: {function or '?'}" for file, function in _PYTHON.findall(stack)]
    if python:
        return python[::-1]
    return [_frame(found[1]) for found in islice(_AT.finditer(stack), _DEPTH)]


def _frame(line: str) -> str:
    head, within, file = line.strip().rpartition(" in ")
    if within and ")" in head:  # .NET: what is in brackets are the types of the parameters
        return f"{_base(file)}: {head.partition('(')[0]}"
    function, bracket, place = line.strip().partition("(")
    return f"{_base(place.rstrip(')'))}: {function.strip() or '?'}" if bracket else _base(line)


def _base(path: str) -> str:
    return re.split(r"[/\\]", _POSITION.sub("", path.strip()))[-1]


def _without_values(message: str) -> str:
    message = message[:2000]
    for pattern in (_QUOTED, _IDENTIFIER, _NUMBER):
        message = pattern.sub("*", message)
    return message[:500]
