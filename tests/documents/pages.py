"""The fenced blocks of our documents."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    """Return every page that people read: the README, the guides and concepts, the examples."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]


def blocks(page: Path, language: str | None = None) -> list[str]:
    """Return the blocks of a page in order, of one language unless that is left out."""
    found = _BLOCK.findall(page.read_text("utf-8"))
    return [text for said, text in found if language is None or said == language]


def languages(page: Path) -> dict[str, int]:
    """Return how many blocks of each language a page has."""
    found: dict[str, int] = {}
    for said, _ in _BLOCK.findall(page.read_text("utf-8")):
        found[said] = found.get(said, 0) + 1
    return found


def commands(page: Path) -> list[str]:
    """Return the command lines of a page: of its blocks of shell, and of what is indented in a README."""
    indented = re.findall(r"^    (\S.*)$", page.read_text("utf-8"), re.MULTILINE) if page.name == "README.md" else []
    return [line for line in [*"".join(blocks(page, "sh")).splitlines(), *indented] if line.strip()]
