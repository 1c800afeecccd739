"""Read what is secret in an asset; each reading leaves its audit row, or does not happen."""

from __future__ import annotations

import msgspec

from botyard.base.clock import SECOND
from botyard.base.exceptions import Invalid, NotFound
from botyard.core import audit, tasks, vault
from botyard.core.assets.model import Asset
from botyard.core.assets.read import get, sql
from botyard.core.assets.readers import note_read
from botyard.core.audit import Origin
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx

#: A secret that is read again and again has the time of its last reading stored this often at most.
_READ_STEP = 5 * SECOND


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """An asset with its secret."""

    asset: Asset
    secret: Secret


def reveal(
    tx: Tx,
    *,
    root_keys: RootKeys,
    workspace_id: int,
    name: str,
    origin: Origin,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> Revealed:
    """Return a secret, or the password of a credential, and record who read it. Hand it out once this is durable.

    Raises what `get` raises, StaleLease, Invalid (code "wrong_asset_type") for an asset without a secret, and Busy
    (code "sealed").
    """
    tasks.hold(tx, attempt=attempt)
    asset = get(tx, workspace_id=workspace_id, name=name, folder=folder, attempt=attempt)
    if not asset.is_secret:
        raise Invalid(f'The asset "{asset.name}" is no secret.', hint="Read it as what it is.", code="wrong_asset_type")
    found = vault.unseal(tx, root_keys=root_keys, workspace_id=workspace_id, names=[asset.place])
    if asset.place not in found:
        raise NotFound(f'The asset "{asset.name}" has no value.', hint="Set it again.")
    note_read(tx, asset, attempt=attempt)
    _record(tx, asset, origin=origin, attempt=attempt, now=now)
    return Revealed(asset=asset, secret=found[asset.place])


def _record(tx: Tx, asset: Asset, *, origin: Origin, attempt: AttemptRef | None, now: int) -> None:
    bot = {}
    if attempt is not None:
        task = tasks.get(tx, workspace_id=asset.workspace_id, task_id=attempt.task_id)
        bot = {"task": attempt.task_id, "attempt": attempt.id, "automation": task.automation}
    audit.record(
        tx,
        workspace_id=asset.workspace_id,
        actor=origin.actor,
        action="asset.read",
        target=asset.name,
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=now,
        data={"folder": asset.folder, "type": asset.type, **bot},
    )
    tx.run(sql.mark_read, asset_id=asset.id, actor=origin.actor, now=now, before=now - _READ_STEP)
