"""Create, change and delete credentials."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from botyard.base import text
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import events, tasks, vault
from botyard.core.credentials.model import DEFAULT_FOLDER, MAX_KEYS, Credential, check_key, check_label, vault_name
from botyard.core.credentials.read import find, get, missing, sql
from botyard.core.credentials.readers import known, note_read
from botyard.core.tasks import AttemptRef
from botyard.core.uses import check_use
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    label: str,
    secrets: Mapping[str, Secret],
    actor: str,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Credential:
    """Make a set with these secrets. Raises AlreadyExists, Busy (code "sealed"), and what writing raises."""
    label = check_label(label)
    _check_writer(tx, workspace_id=workspace_id, label=label, attempt=attempt)
    row = tx.one(
        sql.create,
        workspace_id=workspace_id,
        label=label,
        folder=_folder(folder or DEFAULT_FOLDER),
        actor=actor,
        now=now,
    )
    if row is None:
        raise AlreadyExists(
            f'The credential "{label}" exists.', hint="Change it, or choose another label.", field="label"
        )
    made = Credential.of(row, ())
    for position, (name, secret) in enumerate(secrets.items()):
        _put(tx, made, name, secret, position=position, root_keys=root_keys, actor=actor, now=now)
    note_read(tx, made, secrets, attempt=attempt)
    _tell(tx, made, "credential.created", secrets, actor=actor, now=now)
    return get(tx, workspace_id=workspace_id, label=label)


def replace(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    label: str,
    secrets: Mapping[str, Secret],
    actor: str,
    now: int,
    keep_others: bool = False,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Credential:
    """Let a set hold exactly these secrets, or these besides its others; a value that is the same stays its version.

    With `folder` the set moves there. Raises NotFound, Busy (code "sealed"), Denied and StaleLease for an attempt
    that may not.
    """
    _check_writer(tx, workspace_id=workspace_id, label=label, attempt=attempt)
    credential = _locked(tx, workspace_id=workspace_id, label=label, now=now)
    gone = [] if keep_others else [key.name for key in credential.keys if key.name not in secrets]
    changed = _changed(tx, credential, secrets, root_keys=root_keys)
    if len({key.name for key in credential.keys} - set(gone) | set(secrets)) > MAX_KEYS:
        raise Invalid(f'The credential "{label}" would hold more than {MAX_KEYS} keys.', hint="Make another set.")
    if folder is not None:
        tx.run(sql.move, id=credential.id, folder=_folder(folder))
    _drop(tx, credential, gone)
    first = len(credential.keys) if keep_others else 0
    for position, (name, secret) in enumerate(secrets.items(), first):
        if name in changed:
            _put(tx, credential, name, secret, position=position, root_keys=root_keys, actor=actor, now=now)
        if not keep_others:
            tx.run(sql.move_key, credential_id=credential.id, name=name, position=position)
    note_read(tx, credential, secrets, attempt=attempt)
    if changed or gone:
        _tell(tx, credential, "credential.updated", changed, gone=gone, actor=actor, now=now)
    return get(tx, workspace_id=workspace_id, label=label)


def put_key(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    label: str,
    key: str,
    secret: Secret,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Credential:
    """Set one key of a set, new or not. Raises as `replace` does."""
    return replace(
        tx,
        root_keys=root_keys,
        workspace_id=workspace_id,
        label=label,
        secrets={check_key(key): secret},
        actor=actor,
        now=now,
        keep_others=True,
        attempt=attempt,
    )


def delete_key(
    tx: Tx, *, workspace_id: int, label: str, key: str, actor: str, now: int, attempt: AttemptRef | None = None
) -> Credential:
    """Remove one key and its value for good. Raises NotFound, Denied and StaleLease as `replace` does."""
    _check_writer(tx, workspace_id=workspace_id, label=label, attempt=attempt)
    credential = _locked(tx, workspace_id=workspace_id, label=label, now=now)
    if credential.find(key) is None:
        raise NotFound(f'The credential "{label}" has no key "{key[:100]}".', hint="Check the key's name.")
    _drop(tx, credential, [key])
    _tell(tx, credential, "credential.updated", (), gone=[key], actor=actor, now=now)
    return get(tx, workspace_id=workspace_id, label=label)


def delete(
    tx: Tx, *, workspace_id: int, label: str, actor: str, now: int, attempt: AttemptRef | None = None
) -> Credential:
    """Remove a set and its values for good, and return what it was. Raises as `delete_key` does."""
    _check_writer(tx, workspace_id=workspace_id, label=label, attempt=attempt)
    credential = _locked(tx, workspace_id=workspace_id, label=label, now=now)
    _drop(tx, credential, [key.name for key in credential.keys])
    tx.run(sql.delete, id=credential.id)
    _tell(tx, credential, "credential.deleted", (), gone=[key.name for key in credential.keys], actor=actor, now=now)
    return credential


def differs(
    tx: Tx, *, root_keys: RootKeys, workspace_id: int, label: str, secrets: Mapping[str, Secret]
) -> dict[str, int | None]:
    """Return the keys that `replace` with `keep_others` would write, each with its present version, None if new."""
    credential = find(tx, workspace_id=workspace_id, label=label)
    if credential is None:
        return dict.fromkeys(secrets)
    changed = _changed(tx, credential, secrets, root_keys=root_keys)
    return {name: key.version if (key := credential.find(name)) else None for name in secrets if name in changed}


def _folder(name: str) -> str:
    return text.name(name, field="folder", limit=100)


def _check_writer(tx: Tx, *, workspace_id: int, label: str, attempt: AttemptRef | None) -> None:
    tasks.hold(tx, attempt=attempt)
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="credentials", name=label)


def _locked(tx: Tx, *, workspace_id: int, label: str, now: int) -> Credential:
    """Return a credential that nobody else changes until this transaction ends."""
    found = find(tx, workspace_id=workspace_id, label=label)
    if found is None or tx.run(sql.touch, id=found.id, now=now) == 0:
        raise missing(tx, workspace_id=workspace_id, label=label)
    return get(tx, workspace_id=workspace_id, label=found.label)


def _changed(tx: Tx, credential: Credential, secrets: Mapping[str, Secret], *, root_keys: RootKeys) -> set[str]:
    stored = {name: vault_name(credential.id, name) for name in secrets if credential.find(name)}
    present = vault.unseal(tx, root_keys=root_keys, workspace_id=credential.workspace_id, names=list(stored.values()))
    return {name for name, secret in secrets.items() if name not in stored or present.get(stored[name]) != secret}


def _put(
    tx: Tx,
    credential: Credential,
    name: str,
    secret: Secret,
    *,
    position: int,
    root_keys: RootKeys,
    actor: str,
    now: int,
) -> None:
    row = tx.one(sql.put_key, credential_id=credential.id, name=name, position=position, actor=actor, now=now)
    vault.put(
        tx,
        root_keys=root_keys,
        workspace_id=credential.workspace_id,
        name=vault_name(credential.id, name),
        version=row["version"] if row else 1,
        secret=secret,
        now=now,
        known_to=known(tx, credential, name),
    )


def _drop(tx: Tx, credential: Credential, names: Collection[str]) -> None:
    for name in names:
        known_to = known(tx, credential, name)
        tx.run(sql.drop_key, credential_id=credential.id, name=name)
        stored = vault_name(credential.id, name)
        vault.forget(tx, workspace_id=credential.workspace_id, names=[stored], known_to=known_to)


def _tell(
    tx: Tx,
    credential: Credential,
    kind: str,
    keys: Collection[str],
    *,
    actor: str,
    now: int,
    gone: Collection[str] = (),
) -> None:
    events.record(
        tx,
        workspace_id=credential.workspace_id,
        kind=kind,
        entity="credential",
        entity_id=str(credential.id),
        actor=actor,
        now=now,
        data={"label": credential.label, "keys": sorted(keys), "gone": sorted(gone)},
    )
