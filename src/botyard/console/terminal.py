"""Terminal output as safe pieces of text: colours become classes, every other escape is dropped."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Longer lines are cut on the page; the download has them whole.
MAX_SHOWN = 4_000

_ESCAPE = re.compile(
    r"\x1b\[([0-9;:]*)m"  # colours, the only ones kept
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # other control sequences
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links and other strings
    r"|\x1b[ -/]*[0-~]?"  # two-character escapes
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FLAGS = {"1": "bold", "2": "dim", "3": "italic", "4": "underline"}
_OFF = {"22": ("bold", "dim"), "23": ("italic",), "24": ("underline",)}


class Run(NamedTuple):
    """A piece of a line and the CSS classes that it is shown with."""

    classes: str
    text: str


def runs(line: str) -> list[Run]:
    """Return a log line as runs of text with the colours that its escapes asked for."""
    cut = line[:MAX_SHOWN]
    found: list[Run] = []
    flags: set[str] = set()
    colour = ""
    at = 0
    for match in _ESCAPE.finditer(cut):
        _add(found, cut[at : match.start()], flags, colour)
        at = match.end()
        if match.group(1) is not None:
            colour = _apply(match.group(1), flags, colour)
    _add(found, cut[at:], flags, colour)
    if len(line) > MAX_SHOWN:
        found.append(Run("a-dim", f" … {len(line) - MAX_SHOWN} more characters in the download"))
    return found


def plain(line: str) -> str:
    """Return a log line without any escape or control character."""
    return _CONTROL.sub("", _ESCAPE.sub("", line))


def _add(found: list[Run], text: str, flags: set[str], colour: str) -> None:
    text = _CONTROL.sub("", text)
    if text:
        names = [f"a-{flag}" for flag in sorted(flags)] + ([f"a-{colour}"] if colour else [])
        found.append(Run(" ".join(names), text))


def _apply(codes: str, flags: set[str], colour: str) -> str:
    parts = re.split(r"[;:]", codes)
    while parts:
        code = parts.pop(0) or "0"
        if code == "0":
            flags.clear()
            colour = ""
        elif code in _FLAGS:
            flags.add(_FLAGS[code])
        elif code in _OFF:
            flags.difference_update(_OFF[code])
        elif code in ("38", "48"):  # extended colours: skip their arguments
            del parts[: 2 if parts[:1] == ["5"] else 4]
        elif code == "39":
            colour = ""
        elif re.fullmatch(r"[39][0-7]", code):
            colour = code
    return colour
