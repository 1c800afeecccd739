"""Which attempts know the secret of an asset: what they write has it hidden, also after it was replaced."""

from __future__ import annotations

from botyard.core import vault
from botyard.core.assets.model import Asset
from botyard.core.assets.read import sql
from botyard.core.credentials import READS_TOPIC
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx


def note_read(tx: Tx, asset: Asset, *, attempt: AttemptRef | None) -> None:
    """Remember that an attempt knows the secret of an asset."""
    if attempt is not None:
        tx.run(sql.note_read, attempt_id=attempt.id, asset_id=asset.id)
        tx.wake(f"{READS_TOPIC}{attempt.id}")


def known(tx: Tx, asset: Asset) -> list[str]:
    """Return the attempts that know the secret and may still write; what they hide is looked up again."""
    attempts = [row["attempt_id"] for row in tx.all(sql.readers, asset_id=asset.id)]
    for attempt_id in attempts:
        tx.wake(f"{READS_TOPIC}{attempt_id}")
    return attempts


def read_by(tx: Tx, *, root_keys: RootKeys, attempt_id: str) -> list[Secret]:
    """Return the present secrets of all that an attempt has read; for hiding them. Raises Busy (code "sealed")."""
    rows = tx.all(sql.read_by, attempt_id=attempt_id)
    if not rows:
        return []
    names = [f"asset/{row['asset_id']}" for row in rows]
    return list(vault.unseal(tx, root_keys=root_keys, workspace_id=rows[0]["workspace_id"], names=names).values())
