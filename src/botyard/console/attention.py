"""What the Operations page adds to tasks and runners: queues, and what else of the workspace needs a person."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import DAY
from botyard.console.overview import Need
from botyard.console.queueview import QueueRow, page_of, rows_of
from botyard.console.wording import ago, count_of
from botyard.core import errors, messages, queues, schedules, systems
from botyard.core.access import Caller, Permission
from botyard.core.messages import State
from botyard.storage import Tx

_QUEUES = 30
_SHOWN = 6
_SCHEDULES = 100


def context(tx: Tx, *, caller: Caller, now: int) -> dict[str, Any]:
    """Return the busiest queues and what a person should look at."""
    found = queues.search(tx, workspace_id=caller.workspace_id, limit=_QUEUES)
    rows = rows_of(tx, found, now=now) if caller.may(Permission.QUEUES_READ) else []
    return {
        "queues": sorted(rows, key=lambda row: (-row.failed, -row.waiting, row.it.label))[:_SHOWN],
        "more_needs": needs(tx, caller, rows, now=now)[:_SHOWN],
    }


def needs(tx: Tx, caller: Caller, rows: list[QueueRow], *, now: int) -> list[Need]:
    """Return what needs a person besides tasks and runners."""
    scope: dict[str, Any] = {"workspace_id": caller.workspace_id}
    found = [
        Need("partial", f"Queue {row.it.name} paused itself after errors in a row.", page_of(row.it.label))
        for row in rows
        if not row.it.active and row.it.abort_on_error and row.it.consecutive_errors
    ]
    found += [
        Need("failed", f"A schedule of {each.automation_name} was stopped.", f"/schedules/{each.id}")
        for each in schedules.search(tx, limit=_SCHEDULES, **scope)
        if each.error
    ]
    if caller.may(Permission.SYSTEMS_MANAGE):
        found += [
            Need("waiting", f"The system {each.name} waits to be allowed.", f"/systems/{each.id}")
            for each in systems.search(tx, state=systems.State.REQUEST, limit=3, **scope)
        ]
    if not caller.may(Permission.LOGS_READ):
        return found
    for group in errors.search_groups(tx, since=now - DAY, limit=3, **scope):
        often = "once" if group.total == 1 else count_of(group.total, "time")
        text = f"{group.type[:60]} in {group.automation_name}, {often}, last {ago(group.last_seen, now)}."
        found.append(Need("failed", text, f"/errors/{group.id}"))
    for state, words in ((State.FAILED, "Mail was not delivered"), (State.HELD, "Mail is held: no mail server")):
        if messages.search(tx, state=state, limit=1, **scope):
            found.append(Need("overdue", f"{words}.", f"/messages?state={state}"))
    return found
