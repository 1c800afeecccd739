"""Make, change and remove connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.core import events, vault
from botyard.core.integrations.model import (
    DEFAULT_CONCURRENCY,
    MAX_CONCURRENCY,
    MAX_NAME,
    MAX_PER_MINUTE,
    Connection,
    Integration,
    Kind,
)
from botyard.core.integrations.read import find_connection, get, get_connection, missing_connection, sql
from botyard.core.integrations.secret import Secrets
from botyard.core.integrations.write import TOPIC
from botyard.core.vault import RootKeys
from botyard.storage import Tx

#: Which secrets each kind of sign-in needs, and which it may have.
_NEEDED: Mapping[Kind, tuple[str, ...]] = {"api_key": ("key",), "basic": ("user", "password"), "hmac": ("key",)}
_ALLOWED: Mapping[Kind, tuple[str, ...]] = {
    "api_key": ("key",),
    "basic": ("user", "password"),
    "hmac": ("key", "user"),
    "oauth2": ("access_token", "refresh_token"),
    "wsdl": ("user", "password", "key"),
}


class NewConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection to make or to change. None stands for what is not given; `every_app` outweighs `apps`."""

    name: str | None = None
    uid: str | None = None
    secrets: Mapping[str, Any] | None = None
    apps: Sequence[int] | None = None
    every_app: bool | None = None
    concurrency: int | None = None
    #: 0 lifts the limit.
    calls_per_minute: int | None = None
    token_expires_at: int | None = None

    def __repr__(self) -> str:
        return f"NewConnection(name={self.name!r})"


def connect(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    key: str,
    connection: NewConnection,
    actor: str,
    now: int,
) -> Connection:
    """Add an account at an integration, for every app unless it names some.

    Raises NotFound, AlreadyExists for its name, Invalid naming the part at fault, and Busy (code "sealed").
    """
    integration = get(tx, workspace_id=workspace_id, key=key)
    secrets = checked_secrets(integration, connection.secrets or {})
    name = checked_name(connection.name or secrets.user or "")
    every_app = connection.apps is None if connection.every_app is None else connection.every_app
    row = tx.one(
        sql.connect,
        workspace_id=workspace_id,
        integration_id=integration.id,
        name=name,
        uid=connection.uid or secrets.user,
        builtin=0,
        every_app=int(every_app),
        concurrency=_concurrency(connection.concurrency) or DEFAULT_CONCURRENCY,
        calls_per_minute=_rate(connection.calls_per_minute) or None,
        secret_version=1,
        token_expires_at=connection.token_expires_at,
        actor=actor,
        now=now,
    )
    if row is None:
        raise AlreadyExists(
            f'The integration "{key}" has a connection "{name}".', hint="Choose another name.", field="name"
        )
    _, made = get_connection(tx, workspace_id=workspace_id, connection_id=row["id"])
    put_secrets(tx, made, secrets, version=1, root_keys=root_keys, now=now)
    if not every_app:
        _set_apps(tx, made, connection.apps or ())
    _tell(tx, integration, made, "connection.created", actor=actor, now=now)
    return get_connection(tx, workspace_id=workspace_id, connection_id=made.id)[1]


def reconnect(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    connection_id: int,
    connection: NewConnection,
    actor: str,
    now: int,
) -> Connection:
    """Change what is given of a connection; new secrets mend a broken one.

    Raises NotFound, AlreadyExists for its name, Invalid naming the part at fault, and Busy (code "sealed").
    """
    if tx.one(sql.hold, workspace_id=workspace_id, id=connection_id, now=now) is None:
        raise missing_connection(connection_id)
    integration, present = get_connection(tx, workspace_id=workspace_id, connection_id=connection_id)
    if present.builtin and (connection.name or connection.secrets):
        raise Invalid("This connection belongs to its integration.", hint="Only its limits can be changed.")
    secrets = None if connection.secrets is None else checked_secrets(integration, connection.secrets)
    version = present.secret_version + (secrets is not None)
    every_app = present.every_app if connection.apps is None else False
    every_app = every_app if connection.every_app is None else connection.every_app
    rate = present.calls_per_minute if connection.calls_per_minute is None else _rate(connection.calls_per_minute)
    written = tx.run(
        sql.reconnect,
        id=present.id,
        name=present.name if connection.name is None else checked_name(connection.name),
        uid=connection.uid or (secrets.user if secrets and secrets.user else present.uid),
        every_app=int(every_app),
        concurrency=_concurrency(connection.concurrency) or present.concurrency,
        calls_per_minute=rate or None,
        secret_version=version,
        token_expires_at=present.token_expires_at if secrets is None else connection.token_expires_at,
        broken=present.broken if secrets is None else None,
        now=now,
    )
    if not written:
        raise AlreadyExists(
            f'The integration "{integration.key}" has a connection "{connection.name}".',
            hint="Choose another name.",
            field="name",
        )
    if secrets is not None:
        put_secrets(tx, present, secrets, version=version, root_keys=root_keys, now=now)
    if every_app or connection.apps is not None:
        tx.run(sql.clear_apps, connection_id=present.id)
        _set_apps(tx, present, () if every_app else connection.apps or ())
    _tell(tx, integration, present, "connection.updated", actor=actor, now=now, secrets=secrets is not None)
    return get_connection(tx, workspace_id=workspace_id, connection_id=present.id)[1]


def disconnect(tx: Tx, *, workspace_id: int, connection_id: int, actor: str, now: int) -> Connection:
    """Remove a connection and its secret for good. Raises NotFound, and Invalid for a built-in one."""
    integration, found = get_connection(tx, workspace_id=workspace_id, connection_id=connection_id)
    if not tx.run(sql.disconnect, id=found.id):
        raise Invalid("This connection belongs to its integration.", hint="Delete the integration.")
    vault.forget(tx, workspace_id=workspace_id, names=[found.place])
    _tell(tx, integration, found, "connection.deleted", actor=actor, now=now)
    return found


def differs(
    tx: Tx, *, root_keys: RootKeys, workspace_id: int, key: str, connection: NewConnection
) -> tuple[Connection | None, tuple[str, ...]]:
    """Return the present connection of that name, and which parts `reconnect` would change; for a new one all."""
    integration = get(tx, workspace_id=workspace_id, key=key)
    present = find_connection(tx, integration=integration, name=connection.name or "")
    if present is None:
        return None, ()
    changed = []
    if connection.apps is not None and (present.every_app or sorted(set(connection.apps)) != list(present.apps)):
        changed.append("apps")
    if connection.every_app and not present.every_app:
        changed.append("apps")
    for name in ("concurrency", "calls_per_minute"):
        wanted = getattr(connection, name)
        if wanted is not None and (wanted or None) != getattr(present, name):
            changed.append(name)
    if connection.secrets is not None:
        wanted = checked_secrets(integration, connection.secrets)
        found = vault.unseal(tx, root_keys=root_keys, workspace_id=workspace_id, names=[present.place])
        if present.place not in found or Secrets.opened(found[present.place]) != wanted:
            changed.append("secrets")
    return present, tuple(changed)


def check_secrets(key: str, kind: Kind, given: Mapping[str, Any] | None) -> Secrets:
    """Return secrets that fit a kind of sign-in. Raises Invalid, which never shows one."""
    if kind == "none":
        raise Invalid(f'The integration "{key}" needs no connection.', hint="Call it as it is.")
    given = given or {}
    for name, value in given.items():
        if name not in _ALLOWED[kind]:
            raise Invalid(
                f'"{str(name)[:40]}" is no secret of the kind {kind}.',
                hint=f"Give {' and '.join(_ALLOWED[kind])}.",
                field=str(name)[:40],
            )
        if not isinstance(value, str) or not value or "\0" in value:
            raise Invalid(f'"{name}" must be a text that is not empty.', hint="Put quotes around it.", field=name)
        if name != "password" and not value.isprintable():
            raise Invalid(f'"{name}" holds control characters.', hint="Leave line breaks out.", field=name)
    for name in _NEEDED.get(kind, ()):
        if name not in given:
            raise Invalid(f'A connection of the kind {kind} needs "{name}".', hint="Give it.", field=name)
    if kind == "oauth2" and not given:
        raise Invalid("A connection of the kind oauth2 needs tokens.", hint="Sign in at the provider instead.")
    secrets = Secrets(**given)
    secrets.sealed()
    return secrets


def checked_secrets(integration: Integration, given: Mapping[str, Any]) -> Secrets:
    """Return secrets that fit the sign-in of an integration. Raises Invalid, which never shows one."""
    return check_secrets(integration.key, integration.kind, given)


def checked_name(name: Any) -> str:
    """Return the name of a connection as it is stored. Raises Invalid; a number would look like an id."""
    if not isinstance(name, str):
        raise Invalid('"name" must be a text.', hint="Put quotes around it.", field="name")
    clean = text.name(name, field="name", limit=MAX_NAME)
    if clean.isascii() and clean.isdigit():
        raise Invalid(f'The name "{clean}" looks like an id.', hint="Choose one with letters.", field="name")
    return clean


def put_secrets(
    tx: Tx, connection: Connection, secrets: Secrets, *, version: int, root_keys: RootKeys, now: int
) -> None:
    """Keep a version of the secrets of a connection in the vault. Raises Busy (code "sealed")."""
    vault.put(
        tx,
        root_keys=root_keys,
        workspace_id=connection.workspace_id,
        name=connection.place,
        version=version,
        secret=secrets.sealed(),
        now=now,
    )


def _concurrency(value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not 1 <= value <= MAX_CONCURRENCY):
        raise Invalid(f'"concurrency" must be from 1 to {MAX_CONCURRENCY}.', field="concurrency")
    return value


def _rate(value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not 0 <= value <= MAX_PER_MINUTE):
        raise Invalid(f'"calls_per_minute" must be from 0 to {MAX_PER_MINUTE}.', field="calls_per_minute")
    return value


def _set_apps(tx: Tx, connection: Connection, apps: Sequence[int]) -> None:
    wanted = sorted(set(apps))
    known = {
        row["id"] for row in tx.all(sql.known_apps, workspace_id=connection.workspace_id, apps=jsontext.encode(wanted))
    }
    for app_id in wanted:
        if app_id not in known:
            raise Invalid(f"The app {app_id} does not exist.", hint="Create it, or correct the id.", field="apps")
    tx.run(sql.set_apps, connection_id=connection.id, apps=jsontext.encode(wanted))


def _tell(
    tx: Tx, integration: Integration, connection: Connection, kind: str, *, actor: str, now: int, **data: Any
) -> None:
    tx.wake(f"{TOPIC}{integration.workspace_id}")
    events.record(
        tx,
        workspace_id=integration.workspace_id,
        kind=kind,
        entity="connection",
        entity_id=str(connection.id),
        actor=actor,
        now=now,
        data={"integration": integration.key, "connection": connection.name, **data},
    )
