"""Create tasks: many waiting calls make one insert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Invalid, NotFound, closest
from botyard.core import events, parameters
from botyard.core.tasks.inputs import MAX_FILES, insert_inputs
from botyard.core.tasks.model import NewTask, Task
from botyard.core.tasks.numbers import number_runs
from botyard.core.tasks.statements import changed, event, leasable, sql
from botyard.core.tasks.states import State
from botyard.storage import Row, Tx

MAX_PARAMETERS = 1024 * 1024
#: What a row holds for the files of its task, and the task itself does not.
_OF_INPUTS = ("links", "policy")


def create(tx: Tx, *, workspace_id: int, automation: str, actor: str, now: int, **fields: Any) -> Task:
    """Create one task; `fields` are those of NewTask. Raises NotFound and Invalid."""
    new = NewTask(workspace_id=workspace_id, automation=automation, actor=actor, now=now, **fields)
    made = create_many(tx, [new])[0]
    if isinstance(made, Exception):
        raise made
    return made


def create_many(tx: Tx, new: Sequence[NewTask]) -> list[Task | Exception]:
    """Create tasks; the answer to each is the task, NotFound for an unknown automation, or Invalid.

    Parameters become what the automation declares, as `parameters.accept` says. A task with files to fetch prepares
    until they are there. Another whose automation has a released package may be leased as soon as its time has come.
    """
    automations = _find_automations(tx, new)
    answers: list[Task | Exception] = []
    rows: list[dict[str, Any]] = []
    for item in new:
        row = _row(item, automations.get((item.workspace_id, item.automation)))
        answers.append(row if isinstance(row, Exception) else NotFound("pending"))
        if not isinstance(row, Exception):
            rows.append({**row, "index": len(answers) - 1})
    for row, task in zip(rows, _insert(tx, rows), strict=True):
        answers[row["index"]] = task
    return [_explain(tx, item, answer) for item, answer in zip(new, answers, strict=True)]


def _find_automations(tx: Tx, new: Sequence[NewTask]) -> dict[tuple[int, str], Row]:
    keys = {(item.workspace_id, item.automation) for item in new if "\0" not in item.automation}
    rows = tx.all(sql.find_automations, keys=jsontext.encode([list(key) for key in sorted(keys)]))
    for row in rows:
        row["declared"] = jsontext.decode(row["parameters"])
    return {(row["workspace_id"], row["label"]): row for row in rows}


def _row(item: NewTask, automation: Row | None) -> dict[str, Any] | Exception:
    if automation is None:
        return NotFound(f'Automation "{item.automation[:200]}" does not exist.', code="unknown_automation")
    try:
        priority = _priority(automation["priority"] if item.priority is None else item.priority)
        values, links = _accepted(item, automation["declared"])
        stored = _parameters(values)
    except BotyardError as error:
        return error
    due = item.not_before is None or item.not_before <= item.now
    return {
        "workspace_id": item.workspace_id,
        "automation_id": automation["id"],
        "state": State.PREPARING if links else State.QUEUED,
        "priority": priority,
        "parameters": stored,
        "runner_label": automation["runner_label"],
        "max_attempts": automation["max_attempts"],
        "test": int(item.test),
        "development": int(item.development),
        "ready": int(bool(automation["runnable"]) and due and not item.development and not links),
        "not_before": item.not_before,
        "package_version": item.version,
        "now": item.now,
        "actor": item.actor,
        "links": links,
        "policy": None if item.fetch is None or not links else jsontext.encode(item.fetch),
    }


def _accepted(item: NewTask, declared: list[dict[str, Any]]) -> tuple[Any, list[parameters.Link]]:
    """Return the parameters as the automation declares them, and the files to fetch for them."""
    given: Any = item.parameters
    if not isinstance(given, dict) or not (declared or item.strict):
        return given, []
    values = parameters.accept(declared, given, strict=item.strict)
    links = parameters.links_of(declared, values, strict=item.strict)
    if len(links) > MAX_FILES:
        raise Invalid(
            f"{len(links)} files are too many for one task.",
            hint=f"Give it at most {MAX_FILES}.",
            field=f"parameters.{links[MAX_FILES].parameter}",
            code="too_large",
        )
    # What links carry beyond an address is often a key; a strict caller never reads its parameters back.
    return (parameters.without_queries(values, links) if item.strict else values), links


def _priority(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10:
        raise Invalid(
            f"Priority {value!r} is not a whole number from 0 to 10.", hint="10 goes first.", field="priority"
        )
    return value


def _parameters(value: Any) -> str:
    if not isinstance(value, dict):
        raise Invalid(
            "The parameters are not an object.", hint="Send a JSON object of names and values.", field="parameters"
        )
    text = jsontext.encode(value)
    if len(text) > MAX_PARAMETERS:
        raise Invalid(
            f"The parameters take {len(text)} bytes.",
            hint=f"Keep them under {MAX_PARAMETERS} bytes; hand larger data over as a file.",
            field="parameters",
            code="too_large",
        )
    jsontext.check(text.encode())
    return text


def _insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> list[Task]:
    if not rows:
        return []
    plain = [{name: value for name, value in row.items() if name not in _OF_INPUTS} for row in rows]
    made = sorted(row["id"] for row in tx.all(sql.insert_tasks, rows=jsontext.encode(plain)))
    insert_inputs(tx, [{**row, "id": task_id} for row, task_id in zip(rows, made, strict=True) if row["links"]])
    found = {row["id"]: Task.from_row(row) for row in tx.all(sql.by_ids, ids=jsontext.encode(made))}
    tasks = [found[task_id] for task_id in made]
    number_runs(tx, tasks)
    events.record_many(tx, [_created(task) for task in tasks], now=rows[0]["now"])
    for workspace_id in {task.workspace_id for task in tasks if task.ready}:
        leasable(tx, workspace_id)
    for task in tasks:
        changed(tx, task.id)
    return tasks


def _created(task: Task) -> events.NewEvent:
    data = {"automation": task.automation, "priority": task.priority}
    return event("task.created", workspace_id=task.workspace_id, task_id=task.id, actor=task.created_by, data=data)


def _explain(tx: Tx, item: NewTask, answer: Task | Exception) -> Task | Exception:
    if isinstance(answer, NotFound):
        labels = [row["label"] for row in tx.all(sql.labels, workspace_id=item.workspace_id)]
        near = closest(item.automation, labels)
        answer.hint = near or "Look under Automations, or deploy it with `botyard deploy PATH --automation LABEL`."
    return answer
