"""What a workspace is."""

from __future__ import annotations

import msgspec


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace; its label never changes and is what clients call it by."""

    id: int
    label: str
    name: str
    created_at: int
