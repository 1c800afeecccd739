"""Code as a form edits it: the text as it was typed, and what is different between two versions."""

from __future__ import annotations

import asyncio
from difflib import SequenceMatcher
from typing import NamedTuple

from botyard.core.plugins import Version
from botyard.web import Form

#: Longer texts are not compared: that takes time that grows with the square of their lines.
MAX_LINES = 4000
_AROUND = 3
#: How large a form with code may be: each byte of a megabyte may take three.
MAX_FORM = 4 * 1024 * 1024


class Line(NamedTuple):
    """One line of a comparison; `kind` is same, gone, new or cut, and the numbers are those of its two texts."""

    kind: str
    before: int | None
    after: int | None
    text: str


def typed(form: Form) -> str:
    """Return the code of a form with the line ends that files have."""
    return form.text("code").replace("\r\n", "\n").replace("\r", "\n")


async def compare(before: str, after: str) -> list[Line] | None:
    """Return what is different between two texts, with some lines around; None for texts that are too long."""
    return await asyncio.to_thread(lines_between, before, after)


def lines_between(before: str, after: str) -> list[Line] | None:
    """Return the lines that two texts do not share, with some around; None when one is too long."""
    old, new = before.split("\n"), after.split("\n")
    if max(len(old), len(new)) > MAX_LINES:
        return None
    made: list[Line] = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(_AROUND):
        if made:
            made.append(Line("cut", None, None, "…"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                made += [Line("same", i + 1, j1 + i - i1 + 1, old[i]) for i in range(i1, i2)]
                continue
            made += [Line("gone", i + 1, None, old[i]) for i in range(i1, i2)]
            made += [Line("new", None, j + 1, new[j]) for j in range(j1, j2)]
    return made


def counts(lines: list[Line]) -> str:
    """Return how many lines came and went, in words."""
    gone, new = (sum(line.kind == kind for line in lines) for kind in ("gone", "new"))
    return f"{new} added, {gone} removed" if gone or new else "the same text"


def version_asked(text: str, kept: list[Version]) -> Version | None:
    """Return the version that an address names, None for one that is not among those."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return next((each for each in kept if each.version == number), None)
