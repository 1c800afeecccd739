"""What an artifact is."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base.exceptions import NotFound


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a task; `digest`, `size` and `uploaded_at` are None as long as it is only announced."""

    id: int
    workspace_id: int
    task_id: int
    #: The automation's label.
    automation: str
    automation_name: str
    #: What people see in lists.
    name: str
    #: What the file is called when it is saved; never a path.
    file_name: str
    media_type: str | None
    #: SHA-256 of the bytes in hexadecimal, their name in the blob store.
    digest: str | None
    size: int | None
    created_at: int
    created_by: str
    uploaded_at: int | None

    @property
    def content(self) -> str:
        """Return the digest of the bytes. Raises NotFound while the file is only announced."""
        if self.digest is None:
            raise missing(self.id)
        return self.digest

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Artifact:
        """Return the artifact that a row of any query of this concept describes."""
        return msgspec.convert(row, cls)


def missing(artifact_id: int) -> NotFound:
    """Return the error for a file that is not there for the caller, whatever the reason."""
    return NotFound(f"Artifact {artifact_id} does not exist.", hint="Check the id, or list the files of its task.")
