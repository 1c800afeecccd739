"""Plugins and their interfaces. Lists leave the code out."""

from __future__ import annotations

import msgspec


class CreateInterface(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract; `title` is its namespace unless given."""

    namespace: str
    title: str | None = None
    capabilities: list[str] = []
    code: str = ""


class UpdateInterface(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is not sent stays. `version` is the one that the change is based on."""

    title: str | None = None
    capabilities: list[str] | None = None
    code: str | None = None
    version: int | None = None


class InterfaceView(msgspec.Struct, frozen=True, kw_only=True):
    """An interface; `code` is None in a list."""

    id: int
    namespace: str
    title: str
    capabilities: list[str]
    code: str | None
    version: int
    created_at: str
    created_by: str
    updated_at: str


class InterfacePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by namespace; pass `next` as `after`."""

    interfaces: list[InterfaceView]
    next: str | None = None


class CreatePlugin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The functions of an interface for an integration, each named by its key."""

    interface: str
    integration: str
    code: str
    enabled: bool = True


class UpdatePlugin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is not sent stays. `version` is the one that the change is based on."""

    code: str | None = None
    enabled: bool | None = None
    version: int | None = None


class PluginView(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin; `implemented` are the capabilities that its code has, `code` is None in a list."""

    id: int
    interface: str
    integration: str
    enabled: bool
    capabilities: list[str]
    implemented: list[str]
    code: str | None
    version: int
    created_at: str
    created_by: str
    updated_at: str


class PluginPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the oldest first; pass `next` as `after`."""

    plugins: list[PluginView]
    next: int | None = None


class CodeVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Code as it was, who wrote it and when."""

    version: int
    code: str
    at: str
    actor: str


class CodeVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first; pass `next` as `before`."""

    versions: list[CodeVersion]
    next: int | None = None
