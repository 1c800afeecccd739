"""Read the values of a credential; each reading leaves its audit row, or does not happen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from botyard.base.clock import SECOND
from botyard.base.exceptions import NotFound, closest
from botyard.core import audit, tasks, vault
from botyard.core.audit import Origin
from botyard.core.credentials.model import Credential, vault_name
from botyard.core.credentials.read import get, sql
from botyard.core.credentials.readers import note_read
from botyard.core.tasks import AttemptRef
from botyard.core.uses import check_use
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx

#: A value that is read again and again has the time of its last reading stored this often at most.
_READ_STEP = 5 * SECOND


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """A credential with the values that were asked for, by key."""

    credential: Credential
    values: Mapping[str, Secret]


def reveal(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    label: str,
    origin: Origin,
    now: int,
    key: str | None = None,
    attempt: AttemptRef | None = None,
) -> Revealed:
    """Return the value of one key, or of all keys, and record who read it. Hand it out only once this is durable.

    Raises NotFound, Denied for an attempt whose automation does not declare it, StaleLease for one that was replaced,
    and Busy (code "sealed").
    """
    tasks.hold(tx, attempt=attempt)
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="credentials", name=label)
    credential = get(tx, workspace_id=workspace_id, label=label)
    wanted = [one.name for one in credential.keys if key in (None, one.name)]
    stored = {name: vault_name(credential.id, name) for name in wanted}
    found = vault.unseal(tx, root_keys=root_keys, workspace_id=workspace_id, names=list(stored.values()))
    wanted = [name for name in wanted if stored[name] in found]  # what was removed at this moment is gone
    if key is not None and not wanted:
        raise _missing_key(credential, key)
    note_read(tx, credential, wanted, attempt=attempt)
    _record(tx, credential, wanted, origin=origin, attempt=attempt, now=now)
    return Revealed(credential=credential, values={name: found[stored[name]] for name in wanted})


def _record(
    tx: Tx, credential: Credential, keys: list[str], *, origin: Origin, attempt: AttemptRef | None, now: int
) -> None:
    bot = {}
    if attempt is not None:
        task = tasks.get(tx, workspace_id=credential.workspace_id, task_id=attempt.task_id)
        bot = {"task": attempt.task_id, "attempt": attempt.id, "automation": task.automation}
    audit.record(
        tx,
        workspace_id=credential.workspace_id,
        actor=origin.actor,
        action="credential.read",
        target=f"{credential.label}/{keys[0]}" if len(keys) == 1 else credential.label,
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=now,
        data={"keys": keys, **bot},
    )
    for name in keys:
        tx.run(
            sql.mark_read,
            credential_id=credential.id,
            name=name,
            actor=origin.actor,
            now=now,
            before=now - _READ_STEP,
        )


def _missing_key(credential: Credential, key: str) -> NotFound:
    return NotFound(
        f'The credential "{credential.label}" has no key "{key[:100]}".',
        hint=closest(key[:100], [one.name for one in credential.keys]) or "Check the key's name, or create it.",
    )
