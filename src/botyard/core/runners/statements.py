"""The SQL of this concept, and the one read that several of its verbs need."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core.runners.model import Runner
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def read(tx: Tx, *, workspace_id: int, runner_id: str) -> Runner:
    """Return a runner. Raises NotFound."""
    row = tx.one(sql.get, workspace_id=workspace_id, runner_id=runner_id.replace("\0", ""))
    if row is None:
        raise NotFound(f'Runner "{runner_id[:64]}" does not exist.', hint="Look under Runners.")
    return Runner.from_row(row)
