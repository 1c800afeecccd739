"""Record a file whose bytes are there already, under a name that no other file of its task has."""

from __future__ import annotations

from collections.abc import Container
from itertools import count

from botyard.base import text
from botyard.core.artifacts.attach import attach
from botyard.core.artifacts.create import create
from botyard.core.artifacts.model import Artifact
from botyard.core.artifacts.search import announced, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

_LOOKED_AT = 10_000


def keep(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    name: str,
    digest: str,
    size: int,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Artifact:
    """Return the file, called what `name` ends in; its bytes must already be durable in the blob store.

    Files are found by their names, so the newest keeps its own: a file of an earlier attempt, or one that the task was
    given, gets a number behind its name when it had the same one. Between files of one attempt the later gets the
    number. Sending the same file again changes nothing. Raises NotFound, StaleLease and Invalid as `create` does.
    """
    wanted = text.file_name(name, field="name")
    files = tx.all(sql.names, workspace_id=workspace_id, task_id=task_id, limit=_LOOKED_AT)
    for row in files:
        if row["created_by"] == actor and (row["name"], row["digest"]) == (name, digest):
            return announced(tx, workspace_id=workspace_id, artifact_id=row["id"])
    taken = {row["file_name"].lower(): row for row in files}
    holder = taken.get(wanted.lower())
    if holder is not None and holder["created_by"] == actor:
        wanted = _free(wanted, taken)
    elif holder is not None:
        tx.run(sql.rename, artifact_id=holder["id"], file_name=_free(holder["file_name"], taken))
    made = create(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        name=name,
        file_name=wanted,
        actor=actor,
        now=now,
        attempt=attempt,
    )
    return attach(
        tx,
        workspace_id=workspace_id,
        artifact_id=made.id,
        digest=digest,
        size=size,
        actor=actor,
        now=now,
        attempt=attempt,
    )


def _free(name: str, taken: Container[str]) -> str:
    """Return the name with the first number behind it that makes it one of nobody else."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 20:
        stem, dot, ending = name, "", ""
    for number in count(2):
        behind = f" ({number}){dot}{ending}"
        candidate = f"{stem[: text.MAX_NAME - len(behind)]}{behind}"
        if candidate.lower() not in taken:
            return candidate
    raise AssertionError("counting never ends")
