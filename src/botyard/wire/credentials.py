"""Credentials and the vault that keeps them. Values travel in one direction per struct, and in lists never."""

from __future__ import annotations

from typing import Any

import msgspec


class CreateCredential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set of secrets; a value is a text, a number, a boolean or null."""

    label: str
    folder: str = "DEFAULT"
    secrets: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"CreateCredential(label={self.label!r})"


class SetSecrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Secrets of a set: with PUT all that it shall hold, with PATCH those to set besides the others."""

    secrets: dict[str, Any]

    def __repr__(self) -> str:
        return "SetSecrets()"


class CredentialKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a set. The version grows by one each time the value changes."""

    name: str
    version: int
    updated_at: str
    updated_by: str
    read_at: str | None
    read_by: str | None


class CredentialView(msgspec.Struct, frozen=True, kw_only=True):
    """A set of secrets, without values."""

    id: int
    label: str
    folder: str
    created_at: str
    created_by: str
    updated_at: str
    keys: list[CredentialKeyView]


class CredentialPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of labels; pass `next` as `after`."""

    credentials: list[CredentialView]
    next: str | None = None


class SecretView(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one key, for the one who asked for it."""

    value: str

    def __repr__(self) -> str:
        return "SecretView()"


class RotateCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a rotation; `begin` starts one unless it is under way."""

    begin: bool = False


class RotationView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a rotation is. `root_key` is the id of the root key in use, None while there is no secret."""

    done: bool
    rewrapped: int
    left: int
    root_key: str | None
    key_file: str
