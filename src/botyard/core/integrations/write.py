"""Create, change and delete integrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, Denied, Invalid
from botyard.core import events, vault
from botyard.core.integrations.model import (
    BUILTIN_NAME,
    DEFAULT_CONCURRENCY,
    Integration,
    NewIntegration,
    checked,
)
from botyard.core.integrations.read import connections_of, get, sql
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx

#: With the id of a workspace: something about its integrations or connections has changed.
TOPIC = "integrations:"

_FIELDS = ("name", "version", "kind", "base_url", "allow_private_network")


def create(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    integration: NewIntegration,
    may_open: bool,
    actor: str,
    now: int,
) -> Integration:
    """Add an integration; one without sign-in gets its connection at once.

    Raises AlreadyExists, Busy (code "sealed"), and Denied for one that may call the private network unless the caller
    `may_open` that.
    """
    if integration.allow_private_network and not may_open:
        raise _private()
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        key=integration.key,
        actor=actor,
        now=now,
        **_columns(integration),
    )
    if row is None:
        raise AlreadyExists(
            f'The integration "{integration.key}" exists.', hint="Change it, or choose another id.", field="key"
        )
    made = Integration.from_row(row)
    _set_secret(tx, made, integration.secret, root_keys=root_keys, now=now)
    _set_builtin(tx, made, actor=actor, now=now)
    _tell(tx, made, "integration.created", actor=actor, now=now, sign_in=made.kind)
    return get(tx, workspace_id=workspace_id, key=made.key)


def update(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    key: str,
    fields: Mapping[str, Any],
    may_open: bool,
    actor: str,
    now: int,
) -> Integration:
    """Change what `fields` hold, named as in `checked`; of `details` only the given ones. `secret` is set if given.

    Raises NotFound, Busy (code "sealed"), Invalid, also for another kind while there are connections, and Denied for
    other addresses of one that may call the private network unless the caller `may_open` that.
    """
    get(tx, workspace_id=workspace_id, key=key)
    tx.run(sql.touch, workspace_id=workspace_id, key=key, now=now)
    present = get(tx, workspace_id=workspace_id, key=key)
    wanted = merged(present, fields)
    if wanted.kind != present.kind and (tx.one(sql.has_connections, integration_id=present.id) or {})["total"]:
        raise Invalid(
            f'The integration "{key}" has connections of the kind {present.kind}.',
            hint="Delete them before you change the kind of sign-in.",
            field="kind",
        )
    opens = wanted.allow_private_network and _reach(wanted) != _reach(present)
    if opens and not may_open:
        raise _private()
    tx.run(sql.update, workspace_id=workspace_id, id=present.id, now=now, **_columns(wanted))
    _set_secret(tx, present, wanted.secret, root_keys=root_keys, now=now)
    changed = get(tx, workspace_id=workspace_id, key=key)
    if changed.kind != present.kind:
        tx.run(sql.drop_builtin, integration_id=present.id)
        _set_builtin(tx, changed, actor=actor, now=now)
    names = [name for name in (*_FIELDS, "details") if getattr(present, name) != getattr(changed, name)]
    _tell(tx, changed, "integration.updated", actor=actor, now=now, fields=names)
    return changed


def merged(present: Integration, fields: Mapping[str, Any]) -> NewIntegration:
    """Return the integration that it would be with `fields` set. Raises Invalid."""
    given = {name: fields.get(name, getattr(present, name)) for name in _FIELDS}
    details = msgspec.to_builtins(present.details) | dict(fields.get("details") or {})
    return checked(key=present.key, details=details, secret=fields.get("secret"), **given)


def delete(tx: Tx, *, workspace_id: int, key: str, actor: str, now: int) -> Integration:
    """Remove an integration with its connections, their secrets and the log of its calls. Raises NotFound."""
    found = get(tx, workspace_id=workspace_id, key=key)
    places = [found.place, *(connection.place for connection in connections_of(tx, integration=found, limit=10**9))]
    tx.run(sql.delete, id=found.id)
    vault.forget(tx, workspace_id=workspace_id, names=places)
    _tell(tx, found, "integration.deleted", actor=actor, now=now)
    return found


def _reach(integration: Integration | NewIntegration) -> tuple[Any, ...]:
    """Return everything that says where calls of an integration go."""
    details = integration.details
    urls = (details.access_token_url, details.identity_url, details.wsdl_document_url, details.status_check_url)
    return integration.allow_private_network, integration.base_url, *urls


def _private() -> Denied:
    return Denied(
        "Only an administrator may let an integration call the private network, or change what it calls there.",
        hint="Ask one, or leave allow_private_network out.",
    )


def _columns(integration: NewIntegration) -> dict[str, Any]:
    return {
        "name": integration.name,
        "version": integration.version,
        "kind": integration.kind,
        "base_url": integration.base_url,
        "allow_private_network": int(integration.allow_private_network),
        "details": jsontext.encode(msgspec.to_builtins(integration.details)),
    }


def _set_secret(tx: Tx, integration: Integration, secret: Secret | None, *, root_keys: RootKeys, now: int) -> None:
    if secret is None:
        return
    row = tx.one(sql.set_secret, id=integration.id)
    vault.put(
        tx,
        root_keys=root_keys,
        workspace_id=integration.workspace_id,
        name=integration.place,
        version=row["secret_version"] if row else 1,
        secret=secret,
        now=now,
    )


def _set_builtin(tx: Tx, integration: Integration, *, actor: str, now: int) -> None:
    """Give an integration without sign-in the connection that clients want to see."""
    if integration.kind != "none":
        return
    tx.run(
        sql.connect,
        workspace_id=integration.workspace_id,
        integration_id=integration.id,
        name=BUILTIN_NAME,
        uid=None,
        builtin=1,
        every_app=1,
        concurrency=DEFAULT_CONCURRENCY,
        calls_per_minute=None,
        secret_version=0,
        token_expires_at=None,
        actor=actor,
        now=now,
    )


def _tell(tx: Tx, integration: Integration, kind: str, *, actor: str, now: int, **data: Any) -> None:
    tx.wake(f"{TOPIC}{integration.workspace_id}")
    events.record(
        tx,
        workspace_id=integration.workspace_id,
        kind=kind,
        entity="integration",
        entity_id=str(integration.id),
        actor=actor,
        now=now,
        data={"integration": integration.key, **data},
    )
