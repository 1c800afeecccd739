"""Reading a workspace document: every key known, every value of the right type, every problem at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from botyard.core.declare import (
    app,
    asset,
    automation,
    credential,
    folder,
    group,
    integration,
    plugin,
    queue,
    schedule,
    system,
)
from botyard.core.declare.section import Entry, Section
from botyard.core.declare.source import Source

#: In the order of writing: what others refer to comes first.
SECTIONS: tuple[Section, ...] = (
    folder.SECTION,
    asset.SECTION,
    credential.SECTION,
    group.SECTION,
    automation.SECTION,
    queue.SECTION,
    app.SECTION,
    integration.SECTION,
    plugin.INTERFACES,
    plugin.IMPLEMENTATIONS,
    schedule.SECTION,
    system.SECTION,
)

#: A dot in the key of a section says that its list lies in an object.
_TOP_KEYS = ("workspace", *dict.fromkeys(section.key.partition(".")[0] for section in SECTIONS))


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was read whole; `workspace` None means the caller's own."""

    workspace: str | None
    entries: Mapping[str, tuple[Entry, ...]]
    source: Source


def read(document: Any, source: Source) -> Document:
    """Return what a parsed document declares. Raises Invalid for the first thing in it that cannot be accepted."""
    if not isinstance(document, dict):
        raise source.problem(
            "",
            "The file must hold keys and values.",
            "Begin it with automations: for example.",
        )
    source.check_keys(document, _TOP_KEYS, "")
    workspace = document.get("workspace")
    if workspace is not None and not isinstance(workspace, str):
        raise source.problem("workspace", "The workspace must be a label, which is a text.")
    entries = {section.key: _entries(_list_of(document, section, source), section, source) for section in SECTIONS}
    return Document(workspace=workspace, entries=entries, source=source)


def contents(document: Document) -> Iterator[bytes]:
    """Yield the files that a document brings; they have to be in the file store before it is applied."""
    yield from app.packages_in(document.entries[app.SECTION.key])


def _list_of(document: Mapping[str, Any], section: Section, source: Source) -> Any:
    """Return what a document holds for a section, in whatever it lies."""
    outer, _, inner = section.key.partition(".")
    if not inner or outer not in document:
        return document.get(outer, [])
    keys = tuple(each.key.partition(".")[2] for each in SECTIONS if each.key.startswith(f"{outer}."))
    found = document[outer]
    if not isinstance(found, dict):
        raise source.problem(
            outer, f"{outer.capitalize()} must hold keys and values.", f"The keys are {', '.join(keys)}."
        )
    source.check_keys(found, keys, outer)
    return found.get(inner, [])


def _entries(found: Any, section: Section, source: Source) -> tuple[Entry, ...]:
    if not isinstance(found, list):
        raise source.problem(section.key, f"{section.key.capitalize()} must be a list.")
    entries = tuple(section.read(entry, f"{section.key}[{number}]", source) for number, entry in enumerate(found))
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise source.problem(f"{entry.path}.label", f'The label "{entry.name}" is declared twice.')
        seen.add(entry.name)
    return entries
