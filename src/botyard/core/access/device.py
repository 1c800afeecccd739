"""Logins of programs on a machine: the program shows an address, a person approves there, the program gets a token.

Anybody may begin one, so nothing of it is believed: the person sees the machine as it was told and must approve it.
The token is made when the program comes for it and made anew if it comes again soon after, because an answer may be
lost on the way; nothing that is stored could be used in its place.
"""

from __future__ import annotations

from typing import Literal, Self

import msgspec

from botyard.base import text
from botyard.base.clock import DAY, MINUTE
from botyard.base.exceptions import Denied, IllegalTransition, NotFound
from botyard.core.access import tokens
from botyard.core.access.credentials import create_token, revoke
from botyard.core.access.users import get_member
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

#: How long a person has to approve.
LIFETIME = 10 * MINUTE
TOKEN_LIFETIME = 7 * DAY
#: How long after the first delivery the program may come again.
_AGAIN = MINUTE


class DeviceLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A login that was begun. `machine` and `os` are what the program said of itself."""

    id: str
    workspace_id: int
    dialect: str
    machine: str
    os: str
    address: str
    state: Literal["pending", "approved", "denied"]
    user_id: int | None
    token_id: str | None
    created_at: int
    expires_at: int
    collected_at: int | None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the login of a row."""
        return cls(**row)


class DeviceToken(msgspec.Struct, frozen=True, kw_only=True):
    """What the program gets in the end: a token of the person who approved."""

    text: str
    workspace_id: int
    expires_at: int
    user_id: int
    user: str


def begin_device_login(
    tx: Tx, *, workspace: str, dialect: str, machine: str, os: str, address: str, now: int
) -> DeviceLogin:
    """Begin a login into the workspace of that label. Raises NotFound."""
    found = tx.one(sql.workspace_id, label=workspace.replace("\0", ""))
    if found is None:
        raise NotFound("There is no such workspace here.", hint="Check the address.")
    row = tx.one(
        sql.begin_device_login,
        id=tokens.new_id(),
        workspace_id=found["id"],
        dialect=dialect,
        machine=_told(machine),
        os=_told(os),
        address=address,
        now=now,
        expires_at=now + LIFETIME,
    )
    return DeviceLogin.from_row(row or {})


def device_login(tx: Tx, *, workspace_id: int, login_id: str, now: int) -> DeviceLogin:
    """Return a login of this workspace. Raises NotFound, and IllegalTransition (code "login_expired")."""
    row = tx.one(sql.device_login, id=login_id.replace("\0", ""))
    if row is None or row["workspace_id"] != workspace_id:
        raise _unknown()
    if row["state"] == "pending" and row["expires_at"] <= now:
        raise _expired()
    return DeviceLogin.from_row(row)


def decide_device_login(
    tx: Tx, *, workspace_id: int, login_id: str, user_id: int, approve: bool, now: int
) -> DeviceLogin:
    """Approve or deny a login as a member of its workspace.

    Raises what `device_login` raises, and IllegalTransition when it was decided before.
    """
    device_login(tx, workspace_id=workspace_id, login_id=login_id, now=now)
    state = "approved" if approve else "denied"
    row = tx.one(sql.decide_device_login, id=login_id, state=state, user_id=user_id)
    if row is None:
        raise IllegalTransition("This login was decided before.", hint="Begin another one on the machine.")
    return DeviceLogin.from_row(row)


def collect_device_login(tx: Tx, *, workspace: str, login_id: str, now: int) -> DeviceToken | None:
    """Return the token of an approved login; None while nobody has decided.

    Raises NotFound, IllegalTransition (code "login_expired") when it is too late, Denied (code "login_denied").
    """
    row = tx.one(sql.device_login_of, id=login_id.replace("\0", ""), workspace=workspace.replace("\0", ""))
    if row is None:
        raise _unknown()
    login = DeviceLogin.from_row(row)
    if login.state == "denied":
        raise Denied("The login was denied.", hint="Begin another one.", code="login_denied")
    last = login.expires_at + _AGAIN if login.collected_at is None else login.collected_at + _AGAIN
    if now >= (login.expires_at if login.user_id is None else last):
        raise _expired()
    return None if login.user_id is None else _token(tx, login, login.user_id, now=now)


def _token(tx: Tx, login: DeviceLogin, user_id: int, *, now: int) -> DeviceToken:
    user, role = get_member(tx, workspace_id=login.workspace_id, user_id=user_id)
    if user.disabled:
        raise Denied("The login was denied.", hint="Begin another one.", code="login_denied")
    if login.token_id is not None:
        revoke(tx, workspace_id=login.workspace_id, token_id=login.token_id, now=now)
    expires_at = now + TOKEN_LIFETIME
    made = create_token(
        tx,
        workspace_id=login.workspace_id,
        kind="login",
        name=f"{user.login} on {login.machine}"[: text.MAX_NAME],
        owner=f"user:{user_id}",
        now=now,
        dialect=login.dialect,
        login=user.login,
        role=role,
        expires_at=expires_at,
    )
    tx.run(sql.collect_device_login, id=login.id, token_id=made.token.id, now=now)
    return DeviceToken(
        text=made.text, workspace_id=login.workspace_id, expires_at=expires_at, user_id=user_id, user=user.login
    )


def _told(words: str) -> str:
    clean = "".join(char for char in words if char.isprintable()).strip()
    return clean[:100] or "unknown"


def _unknown() -> NotFound:
    return NotFound("This login does not exist.", hint="Begin another one on the machine.")


def _expired() -> IllegalTransition:
    return IllegalTransition("This login has expired.", hint="Begin another one on the machine.", code="login_expired")
