"""Render the documents that follow from the code: docs/states.md, docs/routes.md and docs/commands.md.

`python -m scripts.render` writes them. Tests compare them with the code, so that they cannot lie.
"""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "src" / "botyard" / "core"

Transitions = Mapping[tuple[StrEnum, StrEnum], StrEnum]


def documents() -> dict[str, str]:
    """Return file name → text of every rendered document."""
    return {"states.md": states()}


def life_cycles() -> Iterator[tuple[str, str, Transitions, frozenset[StrEnum]]]:
    """Yield name, module, transitions and final states of every life cycle of the core."""
    for path in sorted(CORE.glob("*/states.py")):
        module = importlib.import_module(f"botyard.core.{path.parent.name}.states")
        for attribute, table in vars(module).items():
            if attribute.endswith("TRANSITIONS"):
                prefix = attribute.removesuffix("TRANSITIONS").rstrip("_")
                name = prefix.lower() or path.parent.name.removesuffix("s")
                yield name.capitalize(), module.__name__, table, _final(module, prefix, table)


def states() -> str:
    """Return docs/states.md: a diagram and a table per life cycle."""
    parts = [
        "# Life cycles",
        "Rendered from the transition tables in `src/botyard/core/*/states.py` by `make docs`; a test compares them.",
    ]
    for name, module, table, final in life_cycles():
        kind, _ = kinds(table)
        parts += [f"## {name}", f"{kind.__doc__} Table: `{module}`.", _diagram(table, final), _matrix(table)]
    return "\n\n".join(parts) + "\n"


def kinds(table: Transitions) -> tuple[type[StrEnum], type[StrEnum]]:
    """Return the enumerations of the states and of the events of a table."""
    state, event = next(iter(table))
    return type(state), type(event)


def _final(module: ModuleType, prefix: str, table: Transitions) -> frozenset[StrEnum]:
    declared: frozenset[StrEnum] | None = getattr(module, f"{prefix}_FINAL".lstrip("_"), None)
    if declared is not None:
        return declared
    return frozenset(table.values()) - {state for state, _ in table}


def _diagram(table: Transitions, final: frozenset[StrEnum]) -> str:
    """Draw one arrow per pair of states. What is possible from every final state starts at their common frame."""
    sources: dict[tuple[StrEnum, StrEnum], set[StrEnum]] = defaultdict(set)
    for (state, event), target in table.items():
        sources[event, target].add(state)
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (event, target), origins in sources.items():
        if final and final <= origins:
            arrows["ended", target].append(event)
        for origin in origins - final if final <= origins else origins:
            arrows[origin, target].append(event)
    lines = ["```mermaid", "stateDiagram-v2"]
    if final:
        lines += ["    state ended {", *(f"        {state}" for state in sorted(final)), "    }"]
    lines += [f"    {a} --> {b} : {', '.join(sorted(events))}" for (a, b), events in sorted(arrows.items())]
    return "\n".join([*lines, "```"])


def _matrix(table: Transitions) -> str:
    state_kind, event_kind = kinds(table)
    events = list(event_kind)
    lines = ["| from \\ on | " + " | ".join(events) + " |", "|---" * (len(events) + 1) + "|"]
    for state in state_kind:
        cells = [str(table.get((state, event), "")) for event in events]
        lines.append(f"| **{state}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    """Write every rendered document; say which changed."""
    for name, text in documents().items():
        path = ROOT / "docs" / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"docs/{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
