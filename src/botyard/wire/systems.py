"""Systems that start automations from outside. A token travels once, to whoever made or rotated it."""

from __future__ import annotations

import msgspec


class CreateSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A system that asks to be allowed. Without `token` one is made up; lists that are null do not limit."""

    name: str
    description: str = ""
    token: str | None = None
    processes: list[str] | None = None
    reads_all: bool = False
    networks: list[str] | None = None
    file_hosts: list[str] = []
    private_targets: bool = False
    max_file_bytes: int | None = None

    def __repr__(self) -> str:
        return f"CreateSystem(name={self.name!r})"


class UpdateSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    processes: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    reads_all: bool | msgspec.UnsetType = msgspec.UNSET
    networks: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    file_hosts: list[str] | msgspec.UnsetType = msgspec.UNSET
    private_targets: bool | msgspec.UnsetType = msgspec.UNSET
    max_file_bytes: int | msgspec.UnsetType | None = msgspec.UNSET


class RotateSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another token; the earlier one is good for `overlap_seconds` more. Without `token` one is made up."""

    overlap_seconds: int = 0
    token: str | None = None

    def __repr__(self) -> str:
        return f"RotateSystem(overlap_seconds={self.overlap_seconds!r})"


class SystemView(msgspec.Struct, frozen=True, kw_only=True):
    """One system, without its token. `id` opens nothing; other systems see it as the one that started a task."""

    id: str
    name: str
    description: str
    state: str
    processes: list[str] | None
    reads_all: bool
    networks: list[str] | None
    file_hosts: list[str]
    private_targets: bool
    max_file_bytes: int | None
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    decided_at: str | None
    decided_by: str | None
    used_at: str | None


class NewSystemView(msgspec.Struct, frozen=True, kw_only=True):
    """A system with the token that it was just given; the token is shown this once."""

    system: SystemView
    token: str

    def __repr__(self) -> str:
        return f"NewSystemView(system={self.system.id!r})"


class SystemPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by name; pass `next` as `after` for the following one."""

    systems: list[SystemView]
    next: str | None = None
