"""From the text of a token to the caller that it proves."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import SECOND
from botyard.base.exceptions import Denied
from botyard.core.access import tokens
from botyard.core.access.credentials import holds
from botyard.core.access.model import Caller, CallerKind
from botyard.core.access.permissions import (
    APP_PERMISSIONS,
    ATTEMPT_PERMISSIONS,
    ENDED_ATTEMPT_PERMISSIONS,
    JOIN_PERMISSIONS,
    ROLE_PERMISSIONS,
    RUNNER_PERMISSIONS,
    Permission,
    Role,
)
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

#: How long an attempt that ended normally may still report.
ATTEMPT_GRACE = 60 * SECOND
_LIVE = ("leased", "running")
_ENDED_NORMALLY = ("succeeded", "failed", "partial", "cancelled")
_KINDS: dict[str, CallerKind] = {
    "key": "key",
    "login": "login",
    "runner": "runner",
    "join": "join",
    "local": "local",
    "app": "app",
}


def authenticate(tx: Tx, *, token: str, now: int) -> Caller:
    """Return who holds `token`. Raises Denied(code="unauthenticated") whatever is wrong with it."""
    parsed = tokens.parse(token)
    if parsed is None:
        raise _unknown()
    if parsed.kind == "attempt":
        return _attempt(tx, parsed, now=now)
    kind = _KINDS.get(parsed.kind)
    row = tx.one(sql.find_token, id=parsed.id) if kind is not None else None
    if kind is None or row is None or not holds(row, parsed, now=now):
        raise _unknown()
    role = Role(row["role"]) if row["role"] else None
    return Caller(
        kind=kind,
        id=row["id"],
        name=row["name"],
        workspace_id=row["workspace_id"],
        workspace_label=row["workspace_label"],
        permissions=_permissions(kind, role),
        role=role,
        login=row["login"],
        dialect=row["dialect"],
        runner_id=row["owner_id"] if kind == "runner" else None,
        key_id={"key": row["id"], "login": row["parent_id"]}.get(kind),
        **_app_of(row),
    )


def _permissions(kind: CallerKind, role: Role | None) -> frozenset[Permission]:
    if kind == "runner":
        return RUNNER_PERMISSIONS
    if kind == "join":
        return JOIN_PERMISSIONS
    if kind == "app":
        return APP_PERMISSIONS
    return ROLE_PERMISSIONS[role] if role is not None else frozenset()


def _attempt(tx: Tx, parsed: tokens.Parsed, *, now: int) -> Caller:
    row = tx.one(sql.find_attempt, id=parsed.id)
    if row is None or not _proves(parsed, row, now=now) or row["epoch"] != row["task_epoch"]:
        raise _unknown()
    live = row["state"] in _LIVE
    if not live and not _in_grace(row, now=now):
        raise _unknown()
    return Caller(
        kind="attempt",
        id=row["id"],
        name=f"{row['task_id']}/{row['epoch']}",
        workspace_id=row["workspace_id"],
        workspace_label=row["workspace_label"],
        permissions=ATTEMPT_PERMISSIONS if live else ENDED_ATTEMPT_PERMISSIONS,
        login=row["workspace_label"],
        attempt_id=row["id"],
        task_id=row["task_id"],
        epoch=row["epoch"],
        ended=not live,
        runner_id=row["runner_id"],
        **_app_of(row),
    )


def _app_of(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("app_id", "app_slug", "user_id")}


def _proves(parsed: tokens.Parsed, row: Row, *, now: int) -> bool:
    """Whether the secret is the attempt's present one, or the one before, which is good for a while longer."""
    if tokens.matches(parsed.secret, row["secret_hash"]):
        return True
    earlier, until = row["old_secret_hash"], row["old_until"]
    return earlier is not None and now < until and tokens.matches(parsed.secret, earlier)


def _in_grace(row: Row, *, now: int) -> bool:
    return row["state"] in _ENDED_NORMALLY and now - int(row["ended_at"]) < ATTEMPT_GRACE


def _unknown() -> Denied:
    return Denied(
        "This token is unknown, expired or revoked.",
        hint="Get a new one with `botyard connect`.",
        code="unauthenticated",
    )
