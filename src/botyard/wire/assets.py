"""Folders, and the assets that lie in them. What is secret in an asset travels in a struct of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

AssetType = Literal["text", "int", "bool", "secret", "credential"]


class PutAsset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an asset shall be: `value`, or for a credential `username` and `password`; what is left out stays."""

    type: AssetType
    value: str | int | bool | None = None
    username: str | None = None
    password: str | None = None
    description: str = ""

    def __repr__(self) -> str:
        return f"PutAsset(type={self.type!r})"


class CreateAsset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new asset of a folder, with all its parts."""

    name: str
    type: AssetType
    folder: str = "DEFAULT"
    value: str | int | bool | None = None
    username: str | None = None
    password: str | None = None
    description: str = ""

    def __repr__(self) -> str:
        return f"CreateAsset(name={self.name!r}, type={self.type!r})"


class AssetView(msgspec.Struct, frozen=True, kw_only=True):
    """An asset without what is secret. The version grows by one each time the value changes."""

    id: int
    name: str
    folder: str
    type: AssetType
    description: str
    value: str | int | bool | None
    username: str | None
    version: int
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str
    read_at: str | None
    read_by: str | None


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of names and folders; pass `next` as `after`."""

    assets: list[AssetView]
    next: str | None = None


class AssetSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What is secret in an asset, for the one who asked for it; `username` of a credential only."""

    value: str
    username: str | None = None

    def __repr__(self) -> str:
        return "AssetSecret()"


class CreateFolder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new folder."""

    name: str


class RenameFolder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another name for a folder, whose id and slug stay."""

    name: str


class FolderView(msgspec.Struct, frozen=True, kw_only=True):
    """A folder; `declared` is false for one that only exists because something lies in it."""

    id: str
    slug: str
    name: str
    declared: bool


class FolderList(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of names; pass `next` as `after`."""

    folders: list[FolderView]
    next: str | None = None
