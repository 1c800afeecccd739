"""What a report makes of an item, decided from rows that are held; nothing is written here."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, IllegalTransition, Invalid, NotFound
from botyard.core.queues.model import Item, Queue, Report, Reports
from botyard.core.queues.statements import holds, not_held, prose, unknown_item
from botyard.core.queues.states import FINAL, REPORTING, TRANSITIONS, State
from botyard.core.queues.values import checked_priority, content_of
from botyard.storage import Row

MAX_RESULT = 1024 * 1024


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One report and where its answer goes."""

    place: tuple[int, int]
    call: Reports
    report: Report


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when reports are decided: rows by id; tasks with their workspace."""

    rows: dict[int, Row]
    queues: dict[int, Queue]
    children: dict[int, Row]
    attempts: dict[str, Row]
    tasks: dict[int, int]


class Decision(msgspec.Struct, kw_only=True):
    """An accepted report: the row as it was and as it will be, and what becomes of the retry."""

    before: Row
    row: Row
    queue: Queue
    actor: str
    child: Row | None = None
    #: Whether a retry is made, the waiting one is withdrawn, or a recovery becomes a retry.
    retry: bool = False
    withdraw: bool = False
    renumber: bool = False

    @property
    def amends(self) -> bool:
        """Whether the item had ended before."""
        return self.before["state"] in FINAL

    @property
    def edits(self) -> bool:
        """Whether more than the outcome changes."""
        return any(self.before[name] != self.row[name] for name in ("content", "priority", "task_id"))


def decide(asked: Asked, facts: Facts) -> Decision | Item | Exception:
    """Return what to write, the item when nothing changes, or the error."""
    report, call = asked.report, asked.call
    row = facts.rows.get(report.item_id)
    queue = None if row is None else facts.queues.get(row["queue_id"])
    if row is None or queue is None or row["workspace_id"] != call.workspace_id:
        return unknown_item(report.item_id)
    if report.queue is not None and report.queue != queue.label:
        return unknown_item(report.item_id)
    try:
        return _judge(asked, facts, row, queue)
    except BotyardError as error:
        return error


def _judge(asked: Asked, facts: Facts, row: Row, queue: Queue) -> Decision | Item:
    report, call = asked.report, asked.call
    if (State(row["state"]), REPORTING[State(report.outcome)]) not in TRANSITIONS:
        raise _not_reportable(row)
    if not call.force and not holds(call.holder, row, facts.attempts):
        raise not_held(report.item_id)
    if not report.amend and row["state"] in FINAL - {State.TIMEOUT, State(report.outcome)}:
        raise _not_reportable(row)
    after = _changed(asked, facts, row, queue)
    if row["state"] in FINAL and _same(row, after):
        return Item.from_row(row, queue.label)
    child = facts.children.get(row["child_id"] or 0)
    if row["child_id"] is not None and (child is None or child["state"] != State.PENDING):
        raise not_held(report.item_id)
    after["finished_at"] = max(call.now, row["started_at"])
    decision = Decision(before=row, row=after, queue=queue, actor=call.actor, child=child)
    _settle_retry(decision)
    return decision


def _changed(asked: Asked, facts: Facts, row: Row, queue: Queue) -> Row:
    report = asked.report
    after = {**row, "state": report.outcome, "message": prose(report.message), "result": _result(report.result)}
    kind = {"done": None, "error": report.error_kind or "application", "abandoned": "system"}[report.outcome]
    after["error_kind"] = kind
    if row["state"] == report.outcome:
        # Said again: what is not mentioned stays as it is.
        given = {"message": report.message, "result": report.result, "error_kind": report.error_kind}
        after |= {name: row[name] for name, value in given.items() if value is None}
    if report.values is not None:
        content = content_of(queue, report.values, reference=row["reference"])
        after |= {
            "content": content.text,
            "unique_key": content.unique_key,
            "display_value": content.display_value,
        }
    if report.priority is not None:
        after["priority"] = checked_priority(report.priority)
    if report.task_id is not None and row["attempt_id"] is None and report.task_id != row["task_id"]:
        if facts.tasks.get(report.task_id) == asked.call.workspace_id:
            after["task_id"] = report.task_id
        elif not report.any_task:
            raise NotFound(f"Task {report.task_id} does not exist.", hint="Check the id under Tasks.")
    return after


def _same(row: Row, after: Row) -> bool:
    names = ("state", "error_kind", "message", "result", "content", "priority", "task_id")
    return all(row[name] == after[name] for name in names)


def _settle_retry(decision: Decision) -> None:
    row, queue, child = decision.row, decision.queue, decision.child
    retries = (
        row["state"] == State.ERROR
        and queue.auto_retry
        and row["retry_index"] < queue.max_retries
        and (row["error_kind"] != "business" or queue.retry_business)
    )
    decision.retry = retries and child is None
    decision.withdraw = child is not None and not retries
    decision.renumber = child is not None and retries and child["retry_index"] != row["retry_index"] + 1


def _not_reportable(row: Row) -> IllegalTransition:
    if row["state"] == State.PENDING:
        return IllegalTransition(
            f"Item {row['id']} is pending; nobody holds it.", hint="Pull an item before you report on it."
        )
    return IllegalTransition(f"Item {row['id']} is {row['state']}.", hint="Nothing can be reported on it any more.")


def _result(result: Any) -> str | None:
    if result is None:
        return None
    text = jsontext.encode(result)
    if len(text) > MAX_RESULT:
        raise Invalid(
            f"The result takes {len(text)} bytes.",
            hint=f"Keep it under {MAX_RESULT} bytes; hand larger data over as a file.",
            field="result",
            code="too_large",
        )
    return text
