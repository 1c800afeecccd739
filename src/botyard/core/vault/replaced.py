"""Secrets that were replaced or removed while a bot knew them: they stay sealed until no bot does any more.

Nobody is handed them. They are unsealed only to be hidden in what those attempts still write.
"""

from __future__ import annotations

from botyard.base import jsontext
from botyard.base.clock import DAY
from botyard.core.vault.rootkeys import RootKeys
from botyard.core.vault.secret import Secret
from botyard.core.vault.state import sql
from botyard.core.vault.values import unseal
from botyard.storage import Tx

#: An attempt whose log never became complete writes no more after this long.
_SILENT = DAY


def replaced_for(tx: Tx, *, root_keys: RootKeys, attempt_id: str) -> list[Secret]:
    """Return what an attempt knows and is not there any more. Raises Busy (code "sealed")."""
    rows = tx.all(sql.replaced_for, attempt_id=attempt_id)
    if not rows:
        return []
    names = [row["name"] for row in rows]
    return list(unseal(tx, root_keys=root_keys, workspace_id=rows[0]["workspace_id"], names=names).values())


def forget_replaced(tx: Tx, *, now: int, limit: int = 500) -> int:
    """Remove for good what only attempts knew that write no more; return how many rows went."""
    gone = tx.all(sql.drop_replaced, before=now - _SILENT, limit=limit)
    for workspace_id in sorted({row["workspace_id"] for row in gone}):
        names = sorted({row["name"] for row in gone if row["workspace_id"] == workspace_id})
        tx.run(sql.forget, workspace_id=workspace_id, names=jsontext.encode(names))
    return len(gone)
