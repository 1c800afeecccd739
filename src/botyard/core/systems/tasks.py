"""What systems do with tasks: look at one, cancel one, get a file of one."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.base.exceptions import Denied, IllegalTransition, NotFound
from botyard.core import artifacts, logs, tasks
from botyard.core.artifacts import Artifact
from botyard.core.logs import Line, Position
from botyard.core.systems.model import System, TaskReport
from botyard.core.systems.search import sql
from botyard.core.tasks import State, Task
from botyard.storage import Row, Tx

#: How much of the end of a log a report holds.
MAX_LOG_LINES = 1000
MAX_LOG_BYTES = 256 * 1024
_PAGE = 100


def report(tx: Tx, *, system: System, task_id: int) -> TaskReport:
    """Return what a system may know of a task.

    Raises NotFound for a task that is not in its workspace, Denied for one that it did not start, unless it may read
    all; a system that is limited to some processes reads tasks of others in no case.
    """
    found = _find(tx, system, task_id)
    if found.system_id != system.id and not (system.reads_all and system.may_use(found.task.automation)):
        raise _foreign(task_id)
    return _with_log(tx, found)


def report_of(tx: Tx, *, workspace_id: int, task_id: int) -> TaskReport:
    """Return what can be told of a task to whoever asked to be told of its end. Raises NotFound."""
    row = tx.one(sql.report, workspace_id=workspace_id, task_id=task_id)
    if row is None:
        raise _missing(task_id)
    return _with_log(tx, _read(row))


def cancel(tx: Tx, *, system: System, task_id: int, now: int) -> TaskReport:
    """Cancel a task that waits; one that has ended stays as it is, and so does one that a runner has (`conflict`).

    Raises NotFound, and Denied for a task that the system did not start, whatever it may read.
    """
    if _find(tx, system, task_id).system_id != system.id:
        raise _foreign(task_id)
    conflict = False
    try:
        tasks.cancel(
            tx,
            workspace_id=system.workspace_id,
            task_id=task_id,
            actor=system.actor,
            now=now,
            why=f'cancelled by the system "{system.name}"',
            only_waiting=True,
        )
    except IllegalTransition:
        conflict = True
    return _with_log(tx, _find(tx, system, task_id), conflict=conflict)


def find_output(tx: Tx, *, system: System, task_id: int, name: str) -> Artifact:
    """Return a file that a task left behind, by its name, which is never a path.

    Raises what `report` raises, IllegalTransition while the task has not ended, NotFound for an unknown file.
    """
    found = _find(tx, system, task_id)
    if found.system_id != system.id and not (system.reads_all and system.may_use(found.task.automation)):
        raise _foreign(task_id)
    if not found.task.is_final:
        raise IllegalTransition(f"Task {task_id} has not ended yet.", hint="Ask for its status until it has.")
    where = {"workspace_id": system.workspace_id, "task_id": task_id}
    row = None if "\0" in name else tx.one(sql.find_output, **where, name=name)
    if row is None:
        raise NotFound(f'Task {task_id} has no file "{name[:100]}".', hint="Use a file name of its output context.")
    return artifacts.get(tx, workspace_id=system.workspace_id, artifact_id=row["id"])


def _find(tx: Tx, system: System, task_id: int) -> TaskReport:
    row = None
    if 0 < task_id < 2**63:
        row = tx.one(sql.report, workspace_id=system.workspace_id, task_id=task_id)
    if row is None:
        raise _missing(task_id)
    return _read(row)


def _read(row: Row) -> TaskReport:
    values = dict(row)
    declared, system_id = jsontext.decode(values.pop("declared")), values.pop("system_id")
    return TaskReport(task=Task.from_row(values), system_id=system_id, declared=declared)


def _with_log(tx: Tx, found: TaskReport, *, conflict: bool = False) -> TaskReport:
    lines, cut = _log_end(tx, found.task)
    return TaskReport(
        task=found.task,
        system_id=found.system_id,
        declared=found.declared,
        lines=lines,
        cut=cut,
        conflict=conflict,
    )


def _log_end(tx: Tx, task: Task) -> tuple[list[Line], bool]:
    """Return the last lines of a task's log within the bounds, and whether there are more before them."""
    if task.state is State.QUEUED and task.epoch == 0:
        return [], False  # nobody has written yet
    lines: list[Line] = []
    size = 0
    before = Position(2**53, 0)
    while True:
        page = logs.tail(tx, workspace_id=task.workspace_id, task_id=task.id, before=before, limit=_PAGE)
        for line in reversed(page):
            size += len(line.text)
            if size > MAX_LOG_BYTES or len(lines) == MAX_LOG_LINES:
                return lines[::-1], True
            lines.append(line)
        if len(page) < _PAGE:
            return lines[::-1], False
        before = page[0].position


def _missing(task_id: int) -> NotFound:
    return NotFound(f"task {task_id} not found", hint="")


def _foreign(task_id: int) -> Denied:
    return Denied(f"Task {task_id} was not started by this system.", hint="Use the tasks that it started.")
