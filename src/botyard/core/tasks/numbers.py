"""Runs of actions are numbered: each task of an action gets the next number of that action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from botyard.base import jsontext
from botyard.core.tasks.model import Task
from botyard.core.tasks.statements import sql
from botyard.storage import Tx


def number_runs(tx: Tx, made: Sequence[Task]) -> None:
    """Give new tasks, in the order in which they were made, the next numbers of the actions that they are runs of."""
    by_automation: dict[str, list[Task]] = defaultdict(list)
    for task in made:
        by_automation[task.automation_id].append(task)
    found = tx.all(sql.find_actions, ids=jsontext.encode(sorted(by_automation)))
    runs = []
    for automation_id in sorted(row["automation_id"] for row in found):
        tasks = by_automation[automation_id]
        counted = tx.one(sql.count_runs, automation_id=automation_id, count=len(tasks))
        if counted is not None:
            first = counted["runs"] - len(tasks) + 1
            runs += [(task.id, task.workspace_id, counted["id"], n) for n, task in enumerate(tasks, first)]
    if runs:
        tx.run(sql.insert_runs, rows=jsontext.encode(runs))
