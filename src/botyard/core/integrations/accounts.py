"""Opening accounts for calls: the connection that is meant, with its secret, and the audit row that says so."""

from __future__ import annotations

import msgspec

from botyard.base import jsontext
from botyard.base.clock import SECOND
from botyard.base.exceptions import BotyardError, NotFound
from botyard.core import audit, vault
from botyard.core.audit import Origin
from botyard.core.integrations.model import Connection, Integration
from botyard.core.integrations.read import get, get_connection, sql
from botyard.core.integrations.resolve import Given, choose_many
from botyard.core.integrations.secret import Secrets
from botyard.core.vault import RootKeys
from botyard.storage import Tx

#: A connection that is opened again and again has the time of its last use stored this often at most.
_READ_STEP = 5 * SECOND


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A connection that is ready for calls."""

    integration: Integration
    connection: Connection
    secrets: Secrets


def open_account(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    key: str,
    app_id: int | None,
    given: list[Given],
    default: int | None,
    origin: Origin,
    now: int,
) -> list[Account | BotyardError]:
    """Return for each connection that is `given` its account, or why there is none, and record who opened which.

    Use an account only once this is durable. Raises NotFound for the integration, and Busy (code "sealed").
    """
    integration = get(tx, workspace_id=workspace_id, key=key)
    chosen = choose_many(tx, integration=integration, app_id=app_id, given=given, default=default)
    connections = {found.id: found for found in chosen if isinstance(found, Connection)}
    secret = [connection for connection in connections.values() if not connection.builtin]
    opened = vault.unseal(
        tx, root_keys=root_keys, workspace_id=workspace_id, names=[connection.place for connection in secret]
    )
    read = [connection for connection in secret if connection.place in opened]
    if read:
        _record(tx, integration, read, app_id=app_id, origin=origin, now=now)
    answers: list[Account | BotyardError] = []
    for found in chosen:
        if isinstance(found, BotyardError):
            answers.append(found)
        elif not found.builtin and found.place not in opened:
            answers.append(NotFound("The connection has no secret.", hint="Connect the account again."))
        else:
            held = Secrets() if found.builtin else Secrets.opened(opened[found.place])
            answers.append(Account(integration=integration, connection=found, secrets=held))
    return answers


def _record(
    tx: Tx, integration: Integration, read: list[Connection], *, app_id: int | None, origin: Origin, now: int
) -> None:
    """Leave one row, however many connections were opened at once."""
    audit.record(
        tx,
        workspace_id=integration.workspace_id,
        actor=origin.actor,
        action="connection.read",
        target=f"{integration.key}/{read[0].name}" if len(read) == 1 else integration.key,
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=now,
        data={"connections": [connection.id for connection in read], "app": app_id},
    )
    ids = jsontext.encode([connection.id for connection in read])
    tx.run(sql.mark_read, ids=ids, actor=origin.actor, now=now, before=now - _READ_STEP)


def peek_account(tx: Tx, *, root_keys: RootKeys, workspace_id: int, connection_id: int) -> Account:
    """Return an account that its caller has opened before, as it is now. Raises NotFound, Busy (code "sealed")."""
    integration, connection = get_connection(tx, workspace_id=workspace_id, connection_id=connection_id)
    found = vault.unseal(tx, root_keys=root_keys, workspace_id=workspace_id, names=[connection.place])
    secrets = Secrets.opened(found[connection.place]) if connection.place in found else Secrets()
    return Account(integration=integration, connection=connection, secrets=secrets)
