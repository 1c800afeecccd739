"""What each kind of thing in a document says about itself: how to read it, compare it and write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from botyard.core.declare.source import Source
from botyard.core.vault import RootKeys
from botyard.storage import Tx


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference; `fields` maps each field to its value before and after, without secrets."""

    action: Literal["create", "update"]
    kind: str
    name: str
    fields: dict[str, tuple[Any, Any]]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing as the document has it: only the fields that were given, in their stored form, and where it stands."""

    name: str
    fields: Mapping[str, Any]
    path: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace that a document is compared with, and who compares."""

    workspace_id: int
    source: Source
    #: The names that the document declares, by section.
    declared: Mapping[str, frozenset[str]]
    root_keys: RootKeys
    actor: str
    now: int


class Section(NamedTuple):
    """One key of a document. `write` makes one change, that `plan` returned for this entry."""

    key: str
    read: Callable[[Any, str, Source], Entry]
    plan: Callable[[Tx, Target, Entry], Change | None]
    write: Callable[[Tx, Target, Entry, Change], None]
