"""Versions of the packages of automations."""

from __future__ import annotations

import msgspec


class PackageVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version: what it starts, the SHA-256 and the bytes of its archive, and whether new attempts run it."""

    version: str
    dialect: str
    digest: str
    size: int
    entry: str
    files: int
    released: bool
    created_at: str
    created_by: str


class PackageVersionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    versions: list[PackageVersionView]
    next: str | None = None
