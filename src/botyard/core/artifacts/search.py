"""Find files that can be downloaded."""

from __future__ import annotations

from botyard.core.artifacts.model import Artifact, missing
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

#: Totals are exact up to here and say "at least" beyond: nothing counts an unbounded history.
COUNT_CAP = 10_000
#: Filters look at this many of the newest files.
WINDOW = 20_000

_ARTIFACTS = Select(
    "artifacts f JOIN tasks t ON t.id = f.task_id JOIN automations a ON a.id = t.automation_id",
    "f.id, f.workspace_id, f.task_id, a.label AS automation, a.name AS automation_name, f.name, f.file_name,"
    " f.media_type, f.digest, f.size, f.created_at, f.created_by, f.uploaded_at",
)


def announced(tx: Tx, *, workspace_id: int, artifact_id: int) -> Artifact:
    """Return an artifact whether or not its bytes are in. Raises NotFound."""
    rows = tx.all_of(_in(workspace_id).where("f.id = :id", id=artifact_id))
    if not rows:
        raise missing(artifact_id)
    return Artifact.from_row(rows[0])


def get(tx: Tx, *, workspace_id: int, artifact_id: int) -> Artifact:
    """Return a file whose bytes are in. Raises NotFound, also for one that was only announced."""
    artifact = announced(tx, workspace_id=workspace_id, artifact_id=artifact_id)
    if artifact.digest is None:
        raise missing(artifact_id)
    return artifact


def search(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None = None,
    automation: str | None = None,
    text: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Artifact]:
    """Return files newest first, of one task or of the workspace; `before_id` continues after a page.

    An automation's label and a text in one of the names are looked for among the newest WINDOW files.
    """
    wanted = _files(workspace_id, task_id)
    if automation is not None or text:
        newest = tx.one(sql.newest, workspace_id=workspace_id)
        wanted = wanted.where("f.id > :floor", floor=(newest["id"] if newest else 0) - WINDOW)
    if automation is not None:
        wanted = wanted.where("a.workspace_id = :workspace_id").where(
            "a.label = :automation", automation=automation.replace("\0", "")
        )
    if text:
        pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        wanted = wanted.where(
            "LOWER(f.name) LIKE :pattern ESCAPE '!' OR LOWER(f.file_name) LIKE :pattern ESCAPE '!'",
            pattern=f"%{pattern}%",
        )
    if before_id is not None:
        wanted = wanted.where("f.id < :before_id", before_id=before_id)
    return [Artifact.from_row(row) for row in tx.all_of(wanted.order_by("f.id DESC").limit(limit))]


def page(
    tx: Tx, *, workspace_id: int, task_id: int | None = None, since: int = 0, offset: int = 0, limit: int = 20
) -> tuple[list[Artifact], int]:
    """Return one numbered page of files made at or after `since`, newest first, and their total.

    The total is exact up to COUNT_CAP; beyond, it exceeds what was shown so far while there is more.
    """
    wanted = _files(workspace_id, task_id).where("f.created_at >= :since", since=since)
    rows = tx.all_of(wanted.order_by("f.created_at DESC, f.id DESC").limit(limit + 1, offset))
    total = tx.all_of(wanted.count(COUNT_CAP))[0]["total"]
    return [Artifact.from_row(row) for row in rows[:limit]], max(total, offset + len(rows) if rows else 0)


def _files(workspace_id: int, task_id: int | None) -> Select:
    files = _in(workspace_id).where("f.digest IS NOT NULL")
    return files if task_id is None else files.where("f.task_id = :task_id", task_id=task_id)


def _in(workspace_id: int) -> Select:
    return _ARTIFACTS.where("f.workspace_id = :workspace_id", workspace_id=workspace_id)
