"""Report on items: many waiting calls are decided from one read and written by one round of statements."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base.exceptions import StaleLease
from botyard.core import events
from botyard.core.queues.decide import Asked, Decision, Facts, decide
from botyard.core.queues.errors import count_errors
from botyard.core.queues.model import Item, ReportAndPull, Reports
from botyard.core.queues.pull import pull_many
from botyard.core.queues.push import announce
from botyard.core.queues.statements import attempts_of, item_event, listed, lock_rows, queues_by_id, sql
from botyard.core.queues.tally import Tally
from botyard.core.queues.write import write_decisions
from botyard.storage import Tx


def report_many(tx: Tx, calls: Sequence[Reports]) -> list[list[Item | Exception]]:
    """Set what became of items; the answer to each call is the item, or the error, of each of its reports in order.

    Repeating a report is harmless. The holder may report again on an item that has ended, while nobody has taken its
    retry: an outcome that leaves nothing to retry withdraws it. Errors are NotFound, Invalid, IllegalTransition (not
    pulled, or cancelled) and StaleLease (held by somebody else, or lost); they change nothing.
    """
    asked = [
        Asked(place=(number, position), call=call, report=report)
        for number, call in enumerate(calls)
        for position, report in enumerate(call.reports)
    ]
    answers: dict[tuple[int, int], Item | Exception] = {}
    while asked:
        # Two reports on one item are two rounds: the second is decided by what the first has written.
        first = {one.report.item_id: one for one in reversed(asked)}
        chosen = {one.place for one in first.values()}
        answers |= _round(tx, [one for one in asked if one.place in chosen])
        asked = [one for one in asked if one.place not in chosen]
    return [[answers[number, position] for position in range(len(call.reports))] for number, call in enumerate(calls)]


def report_and_pull(
    tx: Tx, calls: Sequence[ReportAndPull]
) -> list[tuple[list[Item | Exception], list[Item] | Exception]]:
    """Report on items and pull the next ones; the answer to each call is what the two operations answer.

    The pull happens whatever becomes of the reports.
    """
    reported = report_many(tx, [call.reports for call in calls])
    return list(zip(reported, pull_many(tx, [call.pull for call in calls]), strict=True))


def _round(tx: Tx, asked: Sequence[Asked]) -> dict[tuple[int, int], Item | Exception]:
    now = max(one.call.now for one in asked)
    rows = lock_rows(tx, [one.report.item_id for one in asked])
    facts = Facts(
        rows=rows,
        queues=queues_by_id(tx, [row["queue_id"] for row in rows.values()]),
        children=lock_rows(tx, [row["child_id"] for row in rows.values() if row["child_id"] is not None]),
        attempts=attempts_of(tx, [one.call.holder for one in asked], now=now),
        tasks=_tasks(tx, asked),
    )
    decided = {one.place: decide(one, facts) for one in asked}
    decisions = [answer for answer in decided.values() if isinstance(answer, Decision)]
    tally = Tally()
    retries = write_decisions(tx, decisions, tally, now=now)
    count_errors(tx, decisions, facts.queues, now=now)
    events.record_many(tx, [_refused(one) for one in asked if _is_lost(decided[one.place])], now=now)
    announce(tx, retries)
    tally.write(tx)
    return {place: _answer(answer) for place, answer in decided.items()}


def _answer(decided: Decision | Item | Exception) -> Item | Exception:
    return Item.from_row(decided.row, decided.queue.label) if isinstance(decided, Decision) else decided


def _is_lost(decided: Decision | Item | Exception) -> bool:
    return isinstance(decided, StaleLease)


def _refused(one: Asked) -> events.NewEvent:
    data = {"outcome": one.report.outcome, "holder": one.call.holder.name}
    return item_event(
        "item.report_refused",
        workspace_id=one.call.workspace_id,
        item_id=one.report.item_id,
        actor=one.call.actor,
        data=data,
    )


def _tasks(tx: Tx, asked: Sequence[Asked]) -> dict[int, int]:
    """Return the workspace of each task that a holder without an attempt names."""
    ids = {
        one.report.task_id
        for one in asked
        if one.report.task_id is not None and 0 < one.report.task_id < 2**63 and one.call.holder.attempt_id is None
    }
    if not ids:
        return {}
    return {row["id"]: row["workspace_id"] for row in tx.all(sql.known_tasks, ids=listed(ids))}
