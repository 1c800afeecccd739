"""Which attempts know a value of a credential: what they write has it hidden, also after it was replaced."""

from __future__ import annotations

from collections.abc import Iterable

from botyard.core import vault
from botyard.core.credentials.model import Credential, vault_name
from botyard.core.credentials.read import sql
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys, Secret
from botyard.storage import Tx

#: With the id of an attempt: what it has to hide has changed.
READS_TOPIC = "secrets:"


def note_read(tx: Tx, credential: Credential, names: Iterable[str], *, attempt: AttemptRef | None) -> None:
    """Remember that an attempt knows the values of these keys."""
    if attempt is not None:
        for name in names:
            tx.run(sql.note_read, attempt_id=attempt.id, credential_id=credential.id, name=name)
        tx.wake(f"{READS_TOPIC}{attempt.id}")


def known(tx: Tx, credential: Credential, name: str) -> list[str]:
    """Return the attempts that know the value of a key and may still write; what they hide is looked up again."""
    attempts = [row["attempt_id"] for row in tx.all(sql.readers, credential_id=credential.id, name=name)]
    for attempt_id in attempts:
        tx.wake(f"{READS_TOPIC}{attempt_id}")
    return attempts


def read_by(tx: Tx, *, root_keys: RootKeys, attempt_id: str) -> list[Secret]:
    """Return the present values of all that an attempt has read; for hiding them. Raises Busy (code "sealed")."""
    rows = tx.all(sql.read_by, attempt_id=attempt_id)
    if not rows:
        return []
    names = [vault_name(row["credential_id"], row["name"]) for row in rows]
    return list(vault.unseal(tx, root_keys=root_keys, workspace_id=rows[0]["workspace_id"], names=names).values())
