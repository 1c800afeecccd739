"""Integrations and connections. Secrets travel in one direction, to the server."""

from __future__ import annotations

from typing import Any

import msgspec


class CreateIntegration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API to call. `details` hold what is optional, named as in docs/integrations.md; `secret` is OAuth2's."""

    key: str
    name: str
    version: str = "1"
    kind: str = "none"
    base_url: str | None = None
    allow_private_network: bool = False
    details: dict[str, Any] = {}
    secret: str | None = None

    def __repr__(self) -> str:
        return f"CreateIntegration(key={self.key!r})"


class UpdateIntegration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays, of `details` too."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    version: str | msgspec.UnsetType = msgspec.UNSET
    kind: str | msgspec.UnsetType = msgspec.UNSET
    base_url: str | msgspec.UnsetType | None = msgspec.UNSET
    allow_private_network: bool | msgspec.UnsetType = msgspec.UNSET
    details: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    secret: str | msgspec.UnsetType = msgspec.UNSET

    def __repr__(self) -> str:
        return "UpdateIntegration()"


class IntegrationView(msgspec.Struct, frozen=True, kw_only=True):
    """An integration, without its secret."""

    id: int
    key: str
    name: str
    version: str
    kind: str
    base_url: str | None
    allow_private_network: bool
    details: dict[str, Any]
    has_secret: bool
    created_at: str
    created_by: str
    updated_at: str


class IntegrationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the oldest first; pass `next` as `after`."""

    integrations: list[IntegrationView]
    next: int | None = None


class CreateConnection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account at an integration, for every app unless `apps` names some. Its secrets follow from the sign-in."""

    name: str | None = None
    secrets: dict[str, str] = {}
    apps: list[int] | None = None
    concurrency: int | None = None
    calls_per_minute: int | None = None

    def __repr__(self) -> str:
        return f"CreateConnection(name={self.name!r})"


class UpdateConnection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is not sent stays. `every_app` lifts the limit to some apps, 0 that of calls a minute."""

    name: str | None = None
    secrets: dict[str, str] | None = None
    apps: list[int] | None = None
    every_app: bool | None = None
    concurrency: int | None = None
    calls_per_minute: int | None = None

    def __repr__(self) -> str:
        return "UpdateConnection()"


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A connection, without its secrets; `broken` says why it has to be connected again."""

    id: int
    name: str
    uid: str | None
    builtin: bool
    every_app: bool
    apps: list[int]
    concurrency: int
    calls_per_minute: int | None
    token_expires_at: str | None
    broken: str | None
    created_at: str
    created_by: str
    updated_at: str
    read_at: str | None
    read_by: str | None


class ConnectionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the oldest first; pass `next` as `after`."""

    connections: list[ConnectionView]
    next: int | None = None


class TestView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a test call: the status of the other system, or 502 or 504 and the reason."""

    ok: bool
    status: int
    url: str
    text: str
    milliseconds: int


class BeginOauth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sign-in to begin, for a new connection or to give one that exists other tokens."""

    connection_id: int | None = None
    name: str | None = None
    apps: list[int] | None = None


class OauthBegun(msgspec.Struct, frozen=True, kw_only=True):
    """Where to sign in within ten minutes, and the address to register at the provider."""

    authorize_url: str
    redirect_uri: str


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """One call of an integration; bodies are shown from their beginning, with secrets masked."""

    id: int
    connection_id: int | None
    app_id: int | None
    task_id: int | None
    actor: str
    method: str
    url: str
    status: int
    reason: str | None
    milliseconds: float
    sent: int
    received: int
    request: str
    response: str
    at: str


class CallPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first; pass `next` as `before`."""

    calls: list[CallView]
    next: int | None = None
