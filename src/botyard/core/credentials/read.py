"""Find credentials, and what is known of their keys; values stay where they are."""

from __future__ import annotations

import unicodedata

from botyard.base import jsontext
from botyard.base.exceptions import NotFound, closest
from botyard.core.credentials.model import Credential
from botyard.core.tasks import AttemptRef
from botyard.core.uses import allowed_to, check_use
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)


def find(tx: Tx, *, workspace_id: int, label: str) -> Credential | None:
    """Return the credential of that label, or None."""
    row = tx.one(sql.find, workspace_id=workspace_id, label=_normal(label))
    return _with_keys(tx, [row])[0] if row else None


def get(tx: Tx, *, workspace_id: int, label: str, attempt: AttemptRef | None = None) -> Credential:
    """Return the credential of that label. Raises NotFound, with the closest label as a hint.

    Raises Denied for an attempt whose automation does not declare it.
    """
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="credentials", name=label)
    found = find(tx, workspace_id=workspace_id, label=label)
    if found is None:
        raise missing(tx, workspace_id=workspace_id, label=label)
    return found


def names(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[str]:
    """Return the first `limit` labels in their order."""
    return [row["label"] for row in tx.all(sql.labels, workspace_id=workspace_id, limit=limit)]


def search(
    tx: Tx,
    *,
    workspace_id: int,
    after: str | None = None,
    limit: int = 50,
    attempt: AttemptRef | None = None,
) -> list[Credential]:
    """Return credentials in the order of labels, those after the label `after`; for an attempt those it may use."""
    allowed = allowed_to(tx, workspace_id=workspace_id, attempt=attempt, kind="credentials")
    rows = tx.all(
        sql.search,
        workspace_id=workspace_id,
        after=after or "",
        limit=limit,
        any_label=int(allowed is None),
        labels=jsontext.encode(sorted(allowed or ())),
    )
    return _with_keys(tx, rows)


def missing(tx: Tx, *, workspace_id: int, label: str) -> NotFound:
    """Return the error for a label that no credential has."""
    return NotFound(
        f'The credential "{label[:100]}" does not exist.',
        hint=closest(label[:100], names(tx, workspace_id=workspace_id)) or "Check the label, or create it.",
    )


def _with_keys(tx: Tx, rows: list[Row]) -> list[Credential]:
    ids = jsontext.encode([row["id"] for row in rows])
    keys: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    for key in tx.all(sql.keys, ids=ids) if rows else ():
        keys[key.pop("credential_id")].append(key)
    return [Credential.of(row, keys[row["id"]]) for row in rows]


def _normal(label: str) -> str:
    return unicodedata.normalize("NFC", label).strip().replace("\0", "")
