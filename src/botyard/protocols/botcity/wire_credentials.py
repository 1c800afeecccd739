"""What travels on this wire about credentials, with this dialect's exact field names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.core import credentials
from botyard.core.credentials import Credential
from botyard.core.vault import Secret


class SecretSent(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a set; clients send `valid` and whatever else an answer held."""

    key: str | None = None
    value: Any = None

    def __repr__(self) -> str:
        return f"SecretSent(key={self.key!r})"

    @property
    def name(self) -> str:
        """The key. Raises Invalid when there is none."""
        if not self.key:
            raise Invalid('"key" is missing.', hint="Give each secret a key and a value.", field="key")
        return self.key


class CredentialSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A whole set: to be made, or to replace one."""

    label: str | None = None
    repository_label: str | None = None
    secrets: list[SecretSent] | None = None

    def __repr__(self) -> str:
        return f"CredentialSent(label={self.label!r})"

    def values(self) -> Mapping[str, Secret]:
        """Return the secrets in their order. Raises Invalid naming the part at fault."""
        if self.secrets is None:
            raise Invalid('"secrets" is missing.', hint="Send the whole list, [] for none.", field="secrets")
        return credentials.checked_secrets((one.name, one.value) for one in self.secrets)


class SecretView(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a set; `value` is null where only names are told."""

    key: str
    value: str | None
    valid: bool = True

    def __repr__(self) -> str:
        return f"SecretView(key={self.key!r})"


class CredentialView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A set of secrets."""

    id: int
    label: str
    organization_label: str
    repository_label: str
    secrets: list[SecretView]
    date_creation: str
    date_last_modified: str

    @classmethod
    def of(cls, found: Credential, workspace: str, values: Mapping[str, Secret] | None = None) -> CredentialView:
        """Return what clients see of a credential; the values only when they were read for this answer."""
        return cls(
            id=found.id,
            label=found.label,
            organization_label=workspace,
            repository_label=found.folder,
            secrets=[
                SecretView(key=key.name, value=None if values is None else values[key.name].reveal())
                for key in found.keys
                if values is None or key.name in values
            ],
            date_creation=clock.iso(found.created_at),
            date_last_modified=clock.iso(found.updated_at),
        )
