"""Tie the bytes of a file to its announcement."""

from __future__ import annotations

import mimetypes

from botyard.base import jsontext
from botyard.base.exceptions import AlreadyExists, StaleLease
from botyard.core import events
from botyard.core.artifacts.model import Artifact
from botyard.core.artifacts.search import announced, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

_TYPES = mimetypes.MimeTypes()


def attach(
    tx: Tx,
    *,
    workspace_id: int,
    artifact_id: int,
    digest: str,
    size: int,
    actor: str,
    now: int,
    attempt: AttemptRef | None = None,
) -> Artifact:
    """Make an announced file available; its bytes must already be durable in the blob store.

    Sending the same bytes again changes nothing. With `attempt`, that attempt must still be its task's newest.
    Raises NotFound, StaleLease, and AlreadyExists when the artifact holds other bytes.
    """
    before = announced(tx, workspace_id=workspace_id, artifact_id=artifact_id)
    if before.digest == digest:
        return before
    attached = tx.run(
        sql.attach,
        workspace_id=workspace_id,
        artifact_id=artifact_id,
        digest=digest,
        size=size,
        media_type=_TYPES.guess_type(before.file_name)[0] or "application/octet-stream",
        now=now,
        attempt=attempt.id if attempt else None,
    )
    if not attached:
        raise _refusal(before)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="artifact.uploaded",
        entity="task",
        entity_id=str(before.task_id),
        actor=actor,
        now=now,
        data={"artifact": artifact_id, "name": before.name, "size": size},
    )
    tx.wake(f"task:{before.task_id}")
    return announced(tx, workspace_id=workspace_id, artifact_id=artifact_id)


def unreferenced(tx: Tx, *, digests: list[str]) -> set[str]:
    """Return those of `digests` that no artifact of any workspace holds."""
    rows = tx.all(sql.referenced, digests=jsontext.encode(digests))
    return set(digests) - {row["digest"] for row in rows}


def _refusal(before: Artifact) -> AlreadyExists | StaleLease:
    if before.digest is not None:
        return AlreadyExists(
            f"Artifact {before.id} already holds other bytes.", hint="Create a new artifact for the new file."
        )
    return StaleLease(
        f"Task {before.task_id} is no longer held by this attempt; the file was not recorded.",
        hint="Stop: the task was given to another attempt.",
    )
