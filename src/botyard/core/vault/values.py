"""Put secrets into the vault, and take them out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.base.ids import uuid7
from botyard.core.vault import envelope
from botyard.core.vault.rootkeys import RootKeys
from botyard.core.vault.secret import Secret
from botyard.core.vault.state import WorkspaceKey, key_for_writing, sql, unwrapped
from botyard.storage import Row, Tx

log = logging.getLogger("botyard.vault")


def put(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    name: str,
    version: int,
    secret: Secret,
    now: int,
    known_to: Iterable[str] = (),
) -> None:
    """Keep this version of a secret in place of an earlier one, which attempts that know it go on hiding.

    Raises Busy (code "sealed").
    """
    _note(tx, workspace_id, name, known_to)
    if tx.one(sql.is_known, workspace_id=workspace_id, name=name) is not None:
        _set_aside(tx, root_keys, workspace_id, name, now)
    wrapping = key_for_writing(tx, root_keys=root_keys, workspace_id=workspace_id, now=now)
    data_key = envelope.new_key()
    tx.run(
        sql.put,
        workspace_id=workspace_id,
        name=name,
        version=version,
        term=wrapping.term,
        algorithm=envelope.ALGORITHM,
        wrapped_key=wrap(wrapping, data_key, workspace_id, name, version),
        content=envelope.encrypt(data_key, secret.reveal().encode(), "value", workspace_id, name, version),
        now=now,
    )


def unseal(tx: Tx, *, root_keys: RootKeys, workspace_id: int, names: Sequence[str]) -> dict[str, Secret]:
    """Return the secrets of those names that are there.

    Raises Busy (code "sealed"), and NotFound (code "damaged_secret") for one that was changed behind our back.
    """
    rows = tx.all(sql.read, workspace_id=workspace_id, names=jsontext.encode(list(names)))
    return {row["name"]: _opened(row, root_keys, workspace_id) for row in rows}


def forget(tx: Tx, *, workspace_id: int, names: Sequence[str], known_to: Iterable[str] = ()) -> None:
    """Remove secrets and the keys that opened them: at once, or when attempts that know them write no more."""
    for name in names:
        _note(tx, workspace_id, name, known_to)
    tx.run(sql.forget, workspace_id=workspace_id, names=jsontext.encode(list(names)))


def wrap(wrapping: WorkspaceKey, data_key: bytes, workspace_id: int, name: str, version: int) -> str:
    """Return a data key wrapped by a workspace key."""
    return envelope.encrypt(wrapping.key, data_key, "data key", workspace_id, name, version, wrapping.term)


def unwrap(wrapping: WorkspaceKey, row: Row, workspace_id: int) -> bytes:
    """Return the data key of a row with name, version and wrapped_key. Raises DoesNotOpen."""
    context = ("data key", workspace_id, row["name"], row["version"], wrapping.term)
    return envelope.decrypt(wrapping.key, row["wrapped_key"], *context)


def _note(tx: Tx, workspace_id: int, name: str, attempts: Iterable[str]) -> None:
    for attempt_id in attempts:
        tx.run(sql.note_replaced, attempt_id=attempt_id, name=name, workspace_id=workspace_id)


def _set_aside(tx: Tx, root_keys: RootKeys, workspace_id: int, name: str, now: int) -> None:
    """Seal the present value under a name of its own, which it is bound to as every value is to its place."""
    aside = f"replaced/{uuid7()}"
    rows = tx.all(sql.read, workspace_id=workspace_id, names=jsontext.encode([name]))
    try:
        secrets = [_opened(row, root_keys, workspace_id) for row in rows]
    except NotFound:  # damaged: it cannot be hidden any more
        secrets = []
    for secret in secrets:
        put(tx, root_keys=root_keys, workspace_id=workspace_id, name=aside, version=1, secret=secret, now=now)
    tx.run(sql.rename_replaced, workspace_id=workspace_id, name=name, aside=aside)


def _opened(row: Row, root_keys: RootKeys, workspace_id: int) -> Secret:
    try:
        wrapping = unwrapped(row | {"wrapped_key": row["wrapping_key"]}, root_keys=root_keys, workspace_id=workspace_id)
        data_key = unwrap(wrapping, row, workspace_id)
        plain = envelope.decrypt(data_key, row["content"], "value", workspace_id, row["name"], row["version"])
        return Secret(plain.decode())
    except (envelope.DoesNotOpen, UnicodeDecodeError):
        log.error("vault.damaged", extra={"workspace": workspace_id, "secret": row["name"]})  # noqa: TRY400
        raise NotFound(
            "The stored value is not what was put there, and is not handed out.",
            hint="Set it again; find out who changed the database.",
            code="damaged_secret",
        ) from None
