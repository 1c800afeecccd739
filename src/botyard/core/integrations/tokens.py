"""The tokens of OAuth2 connections: one refresh at a time, over all servers, and what a provider refuses."""

from __future__ import annotations

import msgspec

from botyard.core import events
from botyard.core.integrations.connect import put_secrets
from botyard.core.integrations.model import Connection
from botyard.core.integrations.read import get_connection, sql
from botyard.core.integrations.secret import Secrets
from botyard.core.integrations.write import TOPIC
from botyard.core.vault import RootKeys
from botyard.storage import Tx


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider gave; `expires_at` None when it does not say."""

    access_token: str
    refresh_token: str | None
    expires_at: int | None

    def __repr__(self) -> str:
        return "Tokens()"


def claim_refresh(tx: Tx, *, connection: Connection, now: int, until: int) -> bool:
    """Return whether the caller is the one who renews these tokens, until `until`; False when somebody else does."""
    row = tx.one(sql.claim_refresh, id=connection.id, version=connection.secret_version, now=now, until=until)
    return row is not None


def store_tokens(tx: Tx, *, root_keys: RootKeys, connection: Connection, tokens: Tokens, now: int) -> Connection:
    """Keep new tokens in place of those that `connection` was read with, and return the connection as it is then.

    If others were stored meanwhile these win, and nothing changes. Raises NotFound, Busy (code "sealed").
    """
    row = tx.one(
        sql.store_tokens,
        workspace_id=connection.workspace_id,
        id=connection.id,
        version=connection.secret_version,
        token_expires_at=tokens.expires_at,
        now=now,
    )
    if row is not None:
        secrets = Secrets(access_token=tokens.access_token, refresh_token=tokens.refresh_token)
        put_secrets(tx, connection, secrets, version=row["secret_version"], root_keys=root_keys, now=now)
        tx.wake(f"{TOPIC}{connection.workspace_id}")
    return get_connection(tx, workspace_id=connection.workspace_id, connection_id=connection.id)[1]


def break_connection(tx: Tx, *, connection: Connection, reason: str | None, now: int) -> None:
    """Mark a connection whose provider refuses to renew its tokens; without a reason only end the try to do so."""
    if reason is None:
        tx.run(sql.end_refresh, workspace_id=connection.workspace_id, id=connection.id)
        return
    row = tx.one(
        sql.break_connection,
        workspace_id=connection.workspace_id,
        id=connection.id,
        version=connection.secret_version,
        reason=reason[:500],
        now=now,
    )
    if row is None:
        return
    tx.wake(f"{TOPIC}{connection.workspace_id}")
    events.record(
        tx,
        workspace_id=connection.workspace_id,
        kind="connection.broken",
        entity="connection",
        entity_id=str(connection.id),
        actor="server",
        now=now,
        data={"connection": connection.name, "reason": reason[:500]},
    )
