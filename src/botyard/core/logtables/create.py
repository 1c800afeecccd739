"""Declare a log table, and delete one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import AlreadyExists
from botyard.core import events, tasks
from botyard.core.logtables.model import Column, LogTable, check_columns, check_label
from botyard.core.logtables.read import get, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx


def create(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    columns: Sequence[Column],
    actor: str,
    now: int,
    folder: str | None = None,
    attempt: AttemptRef | None = None,
) -> LogTable:
    """Declare a table. One that is there already with the same columns is returned as it is.

    Raises AlreadyExists when it is there with other columns, Invalid, and StaleLease for an attempt that was replaced.
    """
    tasks.hold(tx, attempt=attempt)
    label, columns = check_label(label), check_columns(columns)
    made = tx.one(
        sql.create,
        workspace_id=workspace_id,
        label=label,
        folder=text.name(folder or "DEFAULT", field="folder", limit=100),
        columns=jsontext.encode([msgspec.structs.asdict(column) for column in columns]),
        actor=actor,
        now=now,
    )
    table = get(tx, workspace_id=workspace_id, label=label)
    if made is None and _shape(table.columns) != _shape(columns):
        names = ", ".join(column.label for column in table.columns)
        raise AlreadyExists(
            f'The log "{label}" exists with other columns: {names[:200]}.',
            hint="Use the same columns, choose another label, or delete the log first.",
            field="columns",
        )
    if made is not None:
        _record(tx, "logtable.created", table, actor=actor, now=now)
    return table


def delete(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
    at_once: int = 10_000,
) -> LogTable:
    """Delete a table with its rows, for good, and return what it was. Raises NotFound and StaleLease.

    `at_once` rows go now; the rest of a bigger table is out of sight and goes bit by bit, with `prune`.
    """
    tasks.hold(tx, attempt=attempt)
    table = get(tx, workspace_id=workspace_id, label=label)
    tx.run(sql.delete, table_id=table.id, now=now)
    tx.run(sql.delete_rows, table_id=table.id, limit=at_once)
    tx.run(sql.remove_empty, table_id=table.id)
    _record(tx, "logtable.deleted", table, actor=actor, now=now)
    return table


def _shape(columns: Sequence[Column]) -> list[tuple[str, str]]:
    # How wide a column is shown does not make it another one.
    return [(column.label, column.name) for column in columns]


def _record(tx: Tx, kind: str, table: LogTable, *, actor: str, now: int) -> None:
    events.record(
        tx,
        workspace_id=table.workspace_id,
        kind=kind,
        entity="logtable",
        entity_id=str(table.id),
        actor=actor,
        now=now,
        data={"label": table.label},
    )
