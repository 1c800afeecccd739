"""Members of a workspace, groups that mail goes to, who is told of alerts, and who it is that calls."""

from __future__ import annotations

import msgspec

from botyard.wire.keys import RoleName
from botyard.wire.records import AlertLevel


class CreateUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member with an account. Its first password is made up, and has to be replaced after the first sign-in."""

    login: str
    name: str | None = None
    role: RoleName = "operator"


class UpdateUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; what is not sent stays. Who is disabled is shut out at once and everywhere."""

    role: RoleName | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """One member of the workspace."""

    login: str
    name: str
    role: str
    disabled: bool
    must_change_password: bool
    created_at: str
    last_login_at: str | None


class NewUserView(msgspec.Struct, frozen=True, kw_only=True):
    """A member with the password that was just made up; it is shown this once."""

    user: UserView
    password: str

    def __repr__(self) -> str:
        return f"NewUserView(user={self.user.login!r})"


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by login; pass `next` as `after` for the following one."""

    users: list[UserView]
    next: str | None = None


class CreateGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named list of members, by login, and of addresses."""

    name: str
    users: list[str] = []
    addresses: list[str] = []


class UpdateGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lists to replace; what is not sent stays."""

    users: list[str] | msgspec.UnsetType = msgspec.UNSET
    addresses: list[str] | msgspec.UnsetType = msgspec.UNSET


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """One group that mail goes to."""

    name: str
    users: list[str]
    addresses: list[str]
    created_at: str
    updated_at: str


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page by name; pass `next` as `after` for the following one."""

    groups: list[GroupView]
    next: str | None = None


class Subscriber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told of alerts of an automation, and from which level on: exactly one of the three names."""

    user: str | None = None
    group: str | None = None
    address: str | None = None
    level: AlertLevel = "error"


class SubscriberList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everybody who is told of alerts of an automation."""

    subscribers: list[Subscriber]


class MeView(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is that calls, where, and what that allows. `task` and `epoch` are those of a bot, `app` is its run's."""

    kind: str
    name: str
    actor: str
    role: str | None
    workspace: str
    permissions: list[str]
    key: str | None = None
    task: int | None = None
    epoch: int | None = None
    ended: bool = False
    app: int | None = None
    runner: str | None = None
