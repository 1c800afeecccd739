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
    schedule.SECTION,
    system.SECTION,
)

_TOP_KEYS = ("workspace", *(section.key for section in SECTIONS))
#: Keys of the workspace file whose concepts this version does not have yet.
_LATER_KEYS = frozenset(
    {"folders", "queues", "assets", "schedules", "apps", "integrations", "plugins", "systems"}
) - frozenset(_TOP_KEYS)


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
    for key in document:
        if key in _LATER_KEYS:
            raise source.problem(
                key,
                "This version of Botyard cannot declare this yet.",
                "Remove the key, or upgrade Botyard.",
            )
    source.check_keys(document, _TOP_KEYS, "")
    workspace = document.get("workspace")
    if workspace is not None and not isinstance(workspace, str):
        raise source.problem("workspace", "The workspace must be a label, which is a text.")
    entries = {section.key: _entries(document.get(section.key, []), section, source) for section in SECTIONS}
    return Document(workspace=workspace, entries=entries, source=source)


def contents(document: Document) -> Iterator[bytes]:
    """Yield the files that a document brings; they have to be in the file store before it is applied."""
    yield from app.packages_in(document.entries[app.SECTION.key])


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
