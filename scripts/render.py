"""Render the documents that follow from the code: docs/states.md, routes.md, commands.md and api.md.

`python -m scripts.render` writes them. Tests compare them with the code, so that they cannot lie.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from botyard.web.routing import Access, Route, RouteTable
from scripts.render_api import reference

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "src" / "botyard" / "core"

Transitions = Mapping[tuple[StrEnum, StrEnum], StrEnum]


def documents() -> dict[str, str]:
    """Return file name → text of every rendered document."""
    return {"states.md": states(), "routes.md": routes(), "commands.md": commands(), "api.md": reference()}


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


def route_tables() -> Iterator[RouteTable]:
    """Yield the route tables that the server is composed of."""
    from botyard.server import mounts

    yield from mounts.protocols()


def routes() -> str:
    """Return docs/routes.md: every route with the permission it needs."""
    parts = [
        "# Routes",
        "Rendered from the route tables by `make docs`; a test compares them.",
        "`GET /healthz` answers 200 when the server is ready, to anybody.",
        "*open* routes answer without a credential, *signed in* ones answer any known caller.",
    ]
    for table in route_tables():
        rows = [
            f"| `{route.method} {table.full_path(route)}` | {_demand(route)} | {_about(route)} |"
            for route in table.routes
        ]
        parts += [f"## {table.name}", "\n".join(["| route | needs | what it does |", "|---|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def _demand(route: Route) -> str:
    if isinstance(route.permission, Access):
        return f"*{route.permission.value}*"
    return f"`{route.permission.value}`"


def _about(route: Route) -> str:
    text = inspect.getdoc(route.handler) or ""
    return text.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def commands() -> str:
    """Return docs/commands.md: every command with its arguments and options."""
    from botyard.cli import exits
    from botyard.cli.main import command as root

    parts = ["# Commands", "Rendered from the command line itself by `make docs`; a test compares them."]
    for path, command in _walk("botyard", root()):
        arguments = [_spelling(option) for option in command.params if option.param_type_name == "argument"]
        usage = " ".join([path, *arguments, "[OPTIONS]"])
        parts += [f"## `{path}`", f"```\n{usage}\n```", inspect.cleandoc(command.help or "")]
        rows = [f"| `{_spelling(option)}` | {_meaning(option)} |" for option in command.params if _is_shown(option)]
        if rows:
            parts.append("\n".join(["| | |", "|---|---|", *rows]))
    codes = [f"| {code} | {meaning} |" for code, meaning in exits.MEANINGS.items()]
    parts += ["## Exit codes", "\n".join(["| code | |", "|---|---|", *codes])]
    return "\n\n".join(part for part in parts if part) + "\n"


def command_lines() -> Iterator[tuple[str, set[str]]]:
    """Yield every command with the options that it understands."""
    from botyard.cli.main import command as root

    for path, command in _walk("botyard", root()):
        yield path, {name for option in command.params for name in option.opts} | {"--help"}


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    # typer keeps its own copy of click and does not export its types.
    children = getattr(command, "commands", None)
    if children is None:
        yield from [] if command.hidden else [(path, command)]
        return
    for name in sorted(children):
        yield from _walk(f"{path} {name}", children[name])


def _is_shown(option: Any) -> bool:
    return not getattr(option, "hidden", False) and option.name not in {"help", "install_completion", "show_completion"}


def _spelling(option: Any) -> str:
    return str(option.name).upper() if option.param_type_name == "argument" else ", ".join(option.opts)


def _meaning(option: Any) -> str:
    return (getattr(option, "help", None) or "").replace("\n", " ").replace("|", "\\|")


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
