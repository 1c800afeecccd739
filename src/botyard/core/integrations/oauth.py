"""Signing in at an OAuth2 provider: what was begun, by whom, and for which connection."""

from __future__ import annotations

import hashlib
import secrets as random
from collections.abc import Sequence

import msgspec

from botyard.base import jsontext
from botyard.base.clock import SECOND
from botyard.base.exceptions import Denied, Invalid, NotFound
from botyard.core import vault
from botyard.core.integrations.connect import NewConnection, checked_name, connect, reconnect
from botyard.core.integrations.model import Connection, Integration
from botyard.core.integrations.read import find_connection, get, get_connection, sql
from botyard.core.integrations.tokens import Tokens
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx

#: How long somebody may take to sign in at the provider.
STATE_LIFE = 600 * SECOND
_BATCH = 500


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the connection shall be: a present one to sign in again, or a new one. `name` None: as the provider says."""

    connection_id: int | None = None
    name: str | None = None
    apps: Sequence[int] | None = None


class OauthState(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that was begun and has come back."""

    integration: Integration
    actor: str
    session: bool
    redirect_uri: str
    wishes: Wishes


def begin_oauth(
    tx: Tx,
    *,
    workspace_id: int,
    key: str,
    wishes: Wishes,
    redirect_uri: str,
    session: bool,
    actor: str,
    now: int,
) -> tuple[Integration, str]:
    """Return the integration and a fresh state, which leads back to this within ten minutes, once.

    With `session` only the browser session of the same person may finish it. Raises NotFound, Invalid.
    """
    integration = get(tx, workspace_id=workspace_id, key=key)
    if integration.kind != "oauth2":
        raise Invalid(f'The integration "{key}" is of the kind {integration.kind}.', hint="Give its secrets instead.")
    if wishes.connection_id is not None:
        owner, _ = get_connection(tx, workspace_id=workspace_id, connection_id=wishes.connection_id)
        if owner.id != integration.id:
            raise NotFound(f"The connection {wishes.connection_id} does not exist.", hint="Check its id.")
    if wishes.name is not None:
        checked_name(wishes.name)
    state = random.token_urlsafe(32)
    tx.run(
        sql.begin_oauth,
        state_hash=_hash(state),
        workspace_id=workspace_id,
        integration_id=integration.id,
        actor=actor,
        session=int(session),
        redirect_uri=redirect_uri,
        wishes=jsontext.encode(msgspec.to_builtins(wishes)),
        expires_at=now + STATE_LIFE,
    )
    return integration, state


def take_state(tx: Tx, *, state: str, visitor: tuple[int, str] | None, now: int) -> OauthState:
    """Return what was begun with a state, which is used up by this.

    `visitor` is the workspace and the actor of the browser session, if there is one. Raises Denied (code
    "oauth_state") for a state that is unknown, old, used, or somebody else's.
    """
    row = tx.one(sql.take_state, state_hash=_hash(state), now=now)
    if row is None or (row["session"] and visitor != (row["workspace_id"], row["actor"])):
        raise Denied(
            "This sign-in is unknown, too old, used already, or was begun by somebody else.",
            hint="Begin again under Integrations.",
            code="oauth_state",
        )
    found = tx.one(sql.by_id, workspace_id=row["workspace_id"], id=row["integration_id"])
    if found is None:
        raise Denied("The integration was deleted meanwhile.", hint="Begin again.", code="oauth_state")
    return OauthState(
        integration=Integration.from_row(found),
        actor=row["actor"],
        session=bool(row["session"]),
        redirect_uri=row["redirect_uri"],
        wishes=msgspec.json.decode(row["wishes"], type=Wishes),
    )


def client_secret(tx: Tx, *, root_keys: RootKeys, integration: Integration) -> Secret | None:
    """Return the OAuth2 client secret, None for a public client. Raises Busy (code "sealed")."""
    if not integration.secret_version:
        return None
    found = vault.unseal(tx, root_keys=root_keys, workspace_id=integration.workspace_id, names=[integration.place])
    return found.get(integration.place)


def delete_expired(tx: Tx, *, now: int) -> int:
    """Delete a batch of sign-ins that never came back; return how many."""
    return tx.run(sql.drop_states, now=now, limit=_BATCH)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def finish_oauth(
    tx: Tx,
    *,
    root_keys: RootKeys,
    taken: OauthState,
    tokens: Tokens,
    email: str | None,
    uid: str | None,
    now: int,
) -> Connection:
    """Make the connection that a sign-in was for, or give the present one its new tokens.

    The same person at the provider again is the same connection, unless another name was wished for. Raises NotFound,
    AlreadyExists for the name, and Busy (code "sealed").
    """
    integration, wishes = taken.integration, taken.wishes
    held = {"access_token": tokens.access_token} | (
        {"refresh_token": tokens.refresh_token} if tokens.refresh_token else {}
    )
    name = wishes.name or email or uid or f"account {random.token_hex(3)}"
    present = find_connection(tx, integration=integration, name=name) if wishes.name is None else None
    whole = NewConnection(
        name=name,
        uid=uid or email,
        secrets=held,
        apps=wishes.apps,
        token_expires_at=tokens.expires_at,
    )
    connection_id = wishes.connection_id or (present.id if present else None)
    if connection_id is None:
        return connect(
            tx,
            root_keys=root_keys,
            workspace_id=integration.workspace_id,
            key=integration.key,
            connection=_named(whole),
            actor=taken.actor,
            now=now,
        )
    return reconnect(
        tx,
        root_keys=root_keys,
        workspace_id=integration.workspace_id,
        connection_id=connection_id,
        connection=msgspec.structs.replace(whole, name=None),
        actor=taken.actor,
        now=now,
    )


def _named(connection: NewConnection) -> NewConnection:
    """Return a connection whose name does not look like an id, whatever the provider calls its accounts."""
    name = connection.name or ""
    return msgspec.structs.replace(connection, name=f"account {name}") if name.isdigit() else connection
