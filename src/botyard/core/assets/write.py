"""Create, change and delete assets."""

from __future__ import annotations

from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import events, folders, tasks, vault
from botyard.core.assets.model import Asset, NewAsset, Type, check_secret, check_username, check_value
from botyard.core.assets.read import find, get, sql
from botyard.core.assets.readers import known, note_read
from botyard.core.tasks import AttemptRef
from botyard.core.uses import check_use
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    asset: NewAsset,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Asset:
    """Make an asset. Raises AlreadyExists for a second one of that name in the folder, and Busy (code "sealed").

    For an attempt also Denied and StaleLease.
    """
    tasks.hold(tx, attempt=attempt)
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="assets", name=asset.name)
    folder = folders.name_for(tx, workspace_id=workspace_id, folder=asset.folder)
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        folder=folder,
        name=asset.name,
        type=asset.type,
        description=asset.description,
        value=None if asset.value is None else jsontext.encode(asset.value),
        username=asset.username,
        actor=actor,
        now=now,
    )
    if row is None:
        raise AlreadyExists(
            f'The asset "{asset.name}" exists in the folder "{folder}".',
            hint="Change it, or choose another name.",
            field="name",
        )
    made = Asset.from_row(row)
    if asset.secret is not None:
        _keep(tx, made, asset.secret, root_keys=root_keys, now=now)
    _tell(tx, made, "asset.created", actor=actor, now=now)
    return made


def update(tx: Tx, *, root_keys: RootKeys, workspace_id: int, asset: NewAsset, actor: str, now: int) -> Asset:
    """Let an asset of the same type have this value. Raises NotFound, Invalid (code "wrong_asset_type"), Busy."""
    present = get(tx, workspace_id=workspace_id, name=asset.name, folder=asset.folder)
    return _replace(tx, present, asset, root_keys=root_keys, actor=actor, now=now)


def put(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    asset: NewAsset,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Asset:
    """Make the asset in its folder, or let the one that is there have this value, and what is left out stay.

    Raises what `create` and `update` raise, Denied and StaleLease for an attempt, and Invalid for a new asset that
    lacks a part.
    """
    tasks.hold(tx, attempt=attempt)
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="assets", name=asset.name)
    folder = folders.name_for(tx, workspace_id=workspace_id, folder=asset.folder)
    present = find(tx, workspace_id=workspace_id, name=asset.name, folder=folder)
    if present is not None:
        return _replace(tx, present, asset, root_keys=root_keys, actor=actor, now=now)
    _check_whole(asset)
    return create(tx, root_keys=root_keys, workspace_id=workspace_id, asset=asset, actor=actor, now=now)


def set_value(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    name: str,
    value: Any,
    actor: str,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Asset:
    """Change the value of a text, a number or a truth.

    Raises what `get` raises, StaleLease, and Invalid (code "wrong_asset_type").
    """
    tasks.hold(tx, attempt=attempt)
    present = get(tx, workspace_id=workspace_id, name=name, folder=folder, attempt=attempt)
    fitting = check_value(present.type, value)
    return _write(tx, present, value=fitting, root_keys=root_keys, actor=actor, now=now)


def set_secret(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    name: str,
    value: Any,
    actor: str,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Asset:
    """Change a secret. Raises what `set_value` raises."""
    tasks.hold(tx, attempt=attempt)
    present = get(tx, workspace_id=workspace_id, name=name, folder=folder, attempt=attempt)
    _check_type(present, "secret")
    secret = check_secret(value, field="value")
    changed = _write(tx, present, secret=secret, root_keys=root_keys, actor=actor, now=now)
    note_read(tx, changed, attempt=attempt)
    return changed


def set_credential(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    name: str,
    username: Any,
    password: Any,
    actor: str,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Asset:
    """Change a credential. Raises what `set_value` raises."""
    tasks.hold(tx, attempt=attempt)
    present = get(tx, workspace_id=workspace_id, name=name, folder=folder, attempt=attempt)
    _check_type(present, "credential")
    changed = _write(
        tx,
        present,
        username=check_username(username),
        secret=check_secret(password, field="password"),
        root_keys=root_keys,
        actor=actor,
        now=now,
    )
    note_read(tx, changed, attempt=attempt)
    return changed


def delete(
    tx: Tx, *, workspace_id: int, name: str, folder: str, actor: str, now: int, attempt: AttemptRef | None = None
) -> Asset:
    """Remove an asset that lies in this folder (its name, id or slug), and its secret for good; return what it was.

    Raises NotFound, and for an attempt Denied and StaleLease.
    """
    tasks.hold(tx, attempt=attempt)
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="assets", name=name)
    place = folders.name_for(tx, workspace_id=workspace_id, folder=folder)
    present = find(tx, workspace_id=workspace_id, name=name, folder=place)
    if present is None:
        raise NotFound(
            f'The asset "{name[:100]}" does not exist in the folder "{place}".', hint="Check its name and folder."
        )
    known_to = known(tx, present)
    tx.run(sql.delete, id=present.id)
    vault.forget(tx, workspace_id=workspace_id, names=[present.place], known_to=known_to)
    _tell(tx, present, "asset.deleted", actor=actor, now=now)
    return present


def _replace(tx: Tx, present: Asset, asset: NewAsset, *, root_keys: RootKeys, actor: str, now: int) -> Asset:
    _check_type(present, asset.type)
    return _write(
        tx,
        present,
        description=asset.description,
        value=asset.value,
        username=asset.username,
        secret=asset.secret,
        root_keys=root_keys,
        actor=actor,
        now=now,
    )


def _write(
    tx: Tx,
    present: Asset,
    *,
    root_keys: RootKeys,
    actor: str,
    now: int,
    value: str | int | bool | None = None,
    username: str | None = None,
    secret: Secret | None = None,
    description: str | None = None,
) -> Asset:
    row = tx.one(
        sql.update,
        id=present.id,
        value=None if value is None else jsontext.encode(value),
        username=username,
        description=present.description if description is None else description,
        step=int(secret is not None or value is not None or username is not None),
        actor=actor,
        now=now,
    )
    changed = Asset.from_row(row or {})
    if secret is not None:
        _keep(tx, changed, secret, root_keys=root_keys, now=now)
    _tell(tx, changed, "asset.updated", actor=actor, now=now)
    return changed


def _keep(tx: Tx, asset: Asset, secret: Secret, *, root_keys: RootKeys, now: int) -> None:
    vault.put(
        tx,
        root_keys=root_keys,
        workspace_id=asset.workspace_id,
        name=asset.place,
        version=asset.version,
        secret=secret,
        now=now,
        known_to=known(tx, asset),
    )


def _check_whole(asset: NewAsset) -> None:
    parts = {"value": asset.value, "username": asset.username, "secret": asset.secret}
    wanted = {"secret": ("secret",), "credential": ("username", "secret")}.get(asset.type, ("value",))
    missing = next((part for part in wanted if parts[part] is None), None)
    if missing is not None:
        field = missing if missing != "secret" else "password" if asset.type == "credential" else "value"
        raise Invalid(f'The asset "{asset.name}" is new and lacks its {field}.', hint=f"Give {field}.", field=field)


def _check_type(present: Asset, wanted: Type) -> None:
    if present.type != wanted:
        raise Invalid(
            f'The asset "{present.name}" is of the type {present.type}, not {wanted}.',
            hint="Use the call for its type, or delete it and make it anew.",
            field="type",
            code="wrong_asset_type",
        )


def _tell(tx: Tx, asset: Asset, kind: str, *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=asset.workspace_id,
        kind=kind,
        entity="asset",
        entity_id=str(asset.id),
        actor=actor,
        now=now,
        data={"name": asset.name, "folder": asset.folder, "type": asset.type, "version": asset.version},
    )
