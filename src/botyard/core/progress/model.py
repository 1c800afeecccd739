"""What progress is."""

from __future__ import annotations

from typing import Any, Literal, Self

import msgspec

Status = Literal["pending", "completed", "failed"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a task is: 0 to 100 percent, a sentence, and in one of three states."""

    percent: int
    info: str
    status: Status
    updated_at: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Return the progress that a row of `task_progress` holds."""
        return cls(**{name: row[name] for name in cls.__struct_fields__})
