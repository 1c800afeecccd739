"""Deleting files: those that a task left, never one that it was given."""

from __future__ import annotations

import pytest

from botyard.base.exceptions import IllegalTransition, NotFound
from botyard.core import artifacts, automations, tasks
from botyard.core.artifacts import Artifact
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_task, make_workspace


def _left(tx: Tx) -> Artifact:
    """Return a file that a task left."""
    workspace = make_workspace(tx)
    task = make_task(tx, workspace)
    return artifacts.keep(
        tx, workspace_id=workspace.id, task_id=task.id, name="a.txt", digest="0" * 64, size=1, actor="x", now=NOW
    )


async def test_a_file_that_was_left_goes(db: Database) -> None:
    file = await db.write(_left)
    where = {"workspace_id": file.workspace_id, "artifact_id": file.id}
    gone = await db.write(artifacts.delete, **where, actor="user:ann", now=NOW)
    assert gone.name == "a.txt"
    assert await db.read(artifacts.unreferenced, digests=["0" * 64]) == {"0" * 64}
    with pytest.raises(NotFound):
        await db.write(artifacts.delete, **where, actor="user:ann", now=NOW)


def _given(tx: Tx) -> Artifact:
    """Return a file that a task was given as a link."""
    workspace = make_workspace(tx)
    declared = {"parameters": [{"name": "invoice", "type": "file"}]}
    automations.create(tx, workspace_id=workspace.id, label="billing", fields=declared, actor="user:ann", now=NOW)
    link = {"invoice": "http://files.test/1"}
    tasks.create(tx, workspace_id=workspace.id, automation="billing", parameters=link, actor="user:ann", now=NOW)
    (wanted,) = tasks.claim_inputs(tx, holder="one", now=NOW, lease=1_000_000, limit=1)
    file = artifacts.keep(
        tx, workspace_id=workspace.id, task_id=wanted.task_id, name="1", digest="0" * 64, size=1, actor="x", now=NOW
    )
    tasks.store_input(tx, input_id=wanted.id, holder="one", artifact_id=file.id, now=NOW)
    return file


async def test_a_file_that_was_given_stays_for_the_bot(db: Database) -> None:
    file = await db.write(_given)
    where = {"workspace_id": file.workspace_id, "artifact_id": file.id}
    with pytest.raises(IllegalTransition):
        await db.write(artifacts.delete, **where, actor="user:ann", now=NOW)
    assert (await db.read(artifacts.get, **where)).name == "1"
