"""Tie files to a report."""

from __future__ import annotations

import mimetypes

from botyard.base import jsontext, text
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core import tasks
from botyard.core.errors.model import ErrorFile, FileKind
from botyard.core.errors.search import files_of, get, get_file, sql
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

MAX_FILES = 50

_TYPES = mimetypes.MimeTypes()


def attach(
    tx: Tx,
    *,
    workspace_id: int,
    error_id: int,
    kind: FileKind,
    name: str,
    digest: str,
    size: int,
    now: int,
    attempt: AttemptRef | None = None,
) -> ErrorFile:
    """Add a file whose bytes are durable in the blob store; a second screenshot takes the place of the first.

    Folders in `name` are dropped, and a name that cannot be kept is replaced. Raises NotFound, StaleLease, and
    Invalid when a report has too many files.
    """
    report = get(tx, workspace_id=workspace_id, error_id=error_id)
    tasks.hold(tx, attempt=attempt)
    if len(files_of(tx, workspace_id=workspace_id, error_id=error_id)) > MAX_FILES:
        raise Invalid(f"Error {error_id} has {MAX_FILES} files already.", hint="Pack the others into one archive.")
    if kind is FileKind.SCREENSHOT:
        tx.run(sql.drop_screenshot, error_id=error_id)
    known = _name(name, kind)
    row = tx.one(
        sql.attach,
        workspace_id=workspace_id,
        error_id=error_id,
        kind=kind.value,
        name=known,
        media_type=_TYPES.guess_type(known)[0] or "application/octet-stream",
        digest=digest,
        size=size,
        now=now,
    )
    tx.wake(f"task:{report.task_id}")
    return get_file(tx, workspace_id=workspace_id, file_id=(row or {})["id"])


def unreferenced(tx: Tx, *, digests: list[str]) -> set[str]:
    """Return those of `digests` that no file of any report holds."""
    rows = tx.all(sql.referenced, digests=jsontext.encode(digests))
    return set(digests) - {row["digest"] for row in rows}


def _name(sent: str, kind: FileKind) -> str:
    try:
        return text.file_name(sent[-1000:], field="file")
    except BotyardError:
        # The bytes matter more than what they were called.
        return "screenshot.png" if kind is FileKind.SCREENSHOT else "attachment"
