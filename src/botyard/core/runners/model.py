"""What a runner is. Times are microseconds UTC."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base.clock import SECOND

#: An idle runner polls every 25 s at most, a busy one beats every 5 s.
ONLINE_WITHIN = 60 * SECOND


class Runner(msgspec.Struct, frozen=True, kw_only=True):
    """An agent on a machine; `busy` counts the attempts it holds, `running` lists their task ids (at most 20)."""

    id: str
    workspace_id: int
    name: str
    label: str | None
    slots: int
    host: str
    os: str
    version: str
    embedded: bool
    draining: bool
    created_at: int
    seen_at: int
    busy: int = 0
    running: list[int] = []

    def is_online(self, now: int) -> bool:
        """Whether it was heard from lately."""
        return now - self.seen_at <= ONLINE_WITHIN

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Runner:
        """Return the runner of a row of the runner list."""
        values = dict(row)
        running = values.pop("running", None)
        values["running"] = [int(task_id) for task_id in str(running).split(",")[:20]] if running else []
        values["embedded"], values["draining"] = bool(values["embedded"]), bool(values["draining"])
        return cls(**values)
