"""Automations, packages, runners, keys and the workspace file."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

OnLost = Literal["requeue", "fail"]


class CreateAutomation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new automation; it may exist, and be started, before it has a package."""

    label: str
    name: str | None = None
    description: str = ""
    folder: str = "DEFAULT"
    runner_label: str | None = None
    priority: int = 0
    max_attempts: int = 3
    on_lost: OnLost = "requeue"
    grace_seconds: int = 10
    parameters: list[dict[str, Any]] = []
    uses: dict[str, list[str]] | None = None


class UpdateAutomation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only the fields that are present are changed."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    folder: str | msgspec.UnsetType = msgspec.UNSET
    runner_label: str | msgspec.UnsetType | None = msgspec.UNSET
    priority: int | msgspec.UnsetType = msgspec.UNSET
    max_attempts: int | msgspec.UnsetType = msgspec.UNSET
    on_lost: OnLost | msgspec.UnsetType = msgspec.UNSET
    grace_seconds: int | msgspec.UnsetType = msgspec.UNSET
    parameters: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    uses: dict[str, list[str]] | msgspec.UnsetType | None = msgspec.UNSET


class AutomationView(msgspec.Struct, frozen=True, kw_only=True):
    """An automation and the package version that is released on it."""

    id: str
    label: str
    name: str
    description: str
    folder: str
    runner_label: str | None
    priority: int
    max_attempts: int
    on_lost: str
    grace_seconds: int
    parameters: list[dict[str, Any]]
    uses: dict[str, list[str]] | None
    version: str | None
    dialect: str | None
    created_at: str
    updated_at: str


class AutomationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of labels; pass `next` as `after`."""

    automations: list[AutomationView]
    next: str | None = None


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """A stored and released version. `process` is the automation's id.

    `created` is False when the same bytes were stored before and only released again.
    """

    automation: str
    version: str
    process: str
    dialect: str = ""
    digest: str = ""
    created: bool = True


class RunnerView(msgspec.Struct, frozen=True, kw_only=True):
    """A runner as the server last saw it."""

    id: str
    name: str
    label: str | None
    slots: int
    host: str
    os: str
    version: str
    embedded: bool
    draining: bool
    online: bool
    busy: int
    created_at: str
    seen_at: str


class RunnerList(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of names; pass `next` as `after`."""

    runners: list[RunnerView]
    next: str | None = None


class ConnectCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a key for a dialect. `expires` is ISO 8601; without it the key does not expire.

    `app` is the id or slug of an app, for the dialects that have apps; without it the only one is meant.
    """

    dialect: str
    name: str | None = None
    expires: str | None = None
    app: str | None = None


class Connected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Exactly what a client of the dialect has to be given; which fields there are depends on the dialect.

    `server` or `base_url` with `login` and `key`; `server` and `token` for a runner; `url` and `auth_tkn` for ELMA;
    `base_url`, `robot_token`, `execution_id` and the file `auth_json` for Bot Velocity; `env` for Automio.
    """

    server: str | None = None
    base_url: str | None = None
    url: str | None = None
    login: str | None = None
    key: str | None = None
    token: str | None = None
    auth_tkn: str | None = None
    robot_token: str | None = None
    execution_id: str | None = None
    auth_json: dict[str, Any] | None = None
    env: dict[str, str] | None = None

    def __repr__(self) -> str:
        return "Connected()"


class ApplyCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workspace file. `lines` maps a key's path ("automations[0].label") to its line."""

    document: dict[str, Any]
    file: str = "workspace.yaml"
    lines: dict[str, int] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between the file and the workspace. `fields` maps a field to [old, new]."""

    action: Literal["create", "update"]
    kind: str
    name: str
    fields: dict[str, tuple[Any, Any]] = {}


class ApplyReply(msgspec.Struct, frozen=True, kw_only=True):
    """The changes made, or those that would be made by a dry run; empty when nothing differs."""

    changes: list[Change]
    dry_run: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error (`application/problem+json`): `detail` says what happened, `hint` what to do."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    code: str = ""
    hint: str = ""
    field: str | None = None
    request_id: str | None = None
