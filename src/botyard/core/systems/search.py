"""Find systems."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core.access import tokens
from botyard.core.systems.model import System
from botyard.core.systems.states import State
from botyard.core.tasks import Task
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

#: What the hash of a token is made for.
PURPOSE = "system"

_SYSTEMS = Select("systems s JOIN workspaces w ON w.id = s.workspace_id", "s.*, w.label AS workspace_label")


def get(tx: Tx, *, workspace_id: int, system_id: str) -> System:
    """Return a system. Raises NotFound."""
    found = find(tx, workspace_id=workspace_id, system_id=system_id)
    if found is None:
        raise NotFound("This system does not exist.", hint="List the systems to find its id.")
    return found


def find(tx: Tx, *, workspace_id: int, system_id: str) -> System | None:
    """Return the system of that id, or None."""
    if "\0" in system_id:
        return None
    row = tx.one(sql.get, workspace_id=workspace_id, id=system_id.strip().lower())
    return None if row is None else System.from_row(row)


def get_by_name(tx: Tx, *, workspace_id: int, name: str) -> System | None:
    """Return the system of that name, or None."""
    row = None if "\0" in name else tx.one(sql.get_by_name, workspace_id=workspace_id, name=name)
    return None if row is None else System.from_row(row)


def search(
    tx: Tx,
    *,
    workspace_id: int,
    state: State | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[System]:
    """Return systems by name, those after the name `after`; of one state, or with `text` in the name."""
    select = _SYSTEMS.where("s.workspace_id = :workspace_id", workspace_id=workspace_id)
    if state is not None:
        select = select.where("s.state = :state", state=state.value)
    if text:
        pattern = text.replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        select = select.where("LOWER(s.name) LIKE :pattern ESCAPE '!'", pattern=f"%{pattern}%")
    if after is not None:
        select = select.where("s.name > :after", after=after.replace("\0", ""))
    return [System.from_row(row) for row in tx.all_of(select.order_by("s.name").limit(limit))]


def holds_token(tx: Tx, *, system_id: str, token: str, now: int) -> bool:
    """Return whether a token, in its stored form, is one that the system may use."""
    hashes = tokens.signatures(PURPOSE, token)
    rows = tx.all(sql.tokens_of, system_id=system_id, now=now)
    return any(row["token_hash"] in hashes for row in rows)


def started_by(tx: Tx, *, task_id: int) -> System | None:
    """Return the system that started a task, or None."""
    row = tx.one(sql.started_by, task_id=task_id)
    return None if row is None else System.from_row(row)


def recent_tasks(tx: Tx, *, system: System, limit: int) -> list[Task]:
    """Return the newest tasks that a system has started."""
    return [Task.from_row(row) for row in tx.all(sql.recent_tasks, system_id=system.id, limit=limit)]
