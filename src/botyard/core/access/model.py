"""What access is made of: callers, tokens, users, sessions."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

from botyard.base.exceptions import Denied, NotFound
from botyard.core.access.permissions import Permission, Role

CallerKind = Literal["user", "key", "login", "runner", "join", "attempt", "local", "app", "system"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request, in which workspace, and what that allows. Made from a credential and nothing else."""

    kind: CallerKind
    id: str
    name: str
    workspace_id: int
    workspace_label: str
    permissions: frozenset[Permission]
    role: Role | None = None
    #: The login name a dialect's client knows its workspace by.
    login: str | None = None
    #: The dialect that the credential was made for; "native" for people, runners and attempts.
    dialect: str = "native"
    attempt_id: str | None = None
    task_id: int | None = None
    epoch: int | None = None
    #: An attempt that has ended may still report, and see its own task only.
    ended: bool = False
    runner_id: str | None = None
    session_id: str | None = None
    #: The password was chosen by somebody else and should be replaced; `must_change_password`: now, before all else.
    temporary_password: bool = False
    must_change_password: bool = False
    #: The key that this is, or that a dialect's client signed in with.
    key_id: str | None = None
    #: The app that the caller speaks for, and the person it stands for; attempts have them while they run an action.
    app_id: int | None = None
    app_slug: str | None = None
    user_id: int | None = None

    @property
    def actor(self) -> str:
        """Return the short text that is stored as the author of a change."""
        if self.kind == "attempt":
            return f"attempt:{self.task_id}/{self.epoch}"
        return f"{self.kind}:{self.name}"

    def may(self, permission: Permission) -> bool:
        """Return whether this caller holds `permission`."""
        return permission in self.permissions

    def check(self, permission: Permission) -> None:
        """Raise Denied unless this caller holds `permission`."""
        if permission not in self.permissions:
            raise Denied(
                f'This needs the permission "{permission}", which {self.actor} does not have.',
                hint="Ask an administrator for a role that includes it.",
            )

    def check_writes_to(self, task_id: int) -> None:
        """Raise Denied when this is an attempt and the task is not its own."""
        if self.task_id is not None and self.task_id != task_id:
            raise Denied(
                f"This attempt may only report on its own task {self.task_id}, not on task {task_id}.",
                hint="Use the task id that the bot was started with.",
            )

    def check_reads(self, task_id: int) -> None:
        """Raise NotFound when this is an attempt that has ended and the task is not its own."""
        if self.ended and self.task_id != task_id:
            raise NotFound(f"Task {task_id} does not exist.", hint="Check the id under Tasks.")


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A credential of a machine as it is stored: everything but its secret."""

    id: str
    workspace_id: int
    kind: str
    dialect: str
    name: str
    login: str | None
    role: Role | None
    owner_kind: str
    owner_id: str
    parent_id: str | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    used_at: int | None
    #: The app that a token of the kind `app` is for.
    app_id: int | None = None

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Return the token of a row that holds at least its columns."""
        values = {name: row[name] for name in cls.__struct_fields__}
        values["role"] = None if row["role"] is None else Role(row["role"])
        return cls(**values)


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token just made; `text` is shown once and kept nowhere."""

    text: str
    token: Token


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect's client gets for its login name and key."""

    text: str
    workspace_id: int
    workspace_label: str
    key_id: str
    expires_at: int


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account."""

    id: int
    login: str
    name: str
    must_change: bool
    disabled: bool
    created_at: int
    last_login_at: int | None

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Return the user of a row that holds at least its columns."""
        return cls(
            id=row["id"],
            login=row["login"],
            name=row["name"],
            must_change=bool(row["must_change"]),
            disabled=bool(row["disabled"]),
            created_at=row["created_at"],
            last_login_at=row["last_login_at"],
        )


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser."""

    id: str
    user_id: int
    workspace_id: int
    created_at: int
    seen_at: int
    expires_at: int
