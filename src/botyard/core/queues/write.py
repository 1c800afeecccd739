"""Write how items end and what follows them, in one round of statements for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base.clock import SECOND
from botyard.core import events
from botyard.core.queues.decide import Decision
from botyard.core.queues.model import Queue
from botyard.core.queues.push import Draft, insert
from botyard.core.queues.statements import item_event, rows_text, sql
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.storage import Row, Tx


def write_decisions(tx: Tx, decisions: Sequence[Decision], tally: Tally, *, now: int) -> list[Draft]:
    """Write accepted reports with their retries and events; return the retries, to be announced."""
    edit_rows(tx, [(decision.before, decision.row) for decision in decisions if decision.edits])
    end_rows(tx, [(decision.before, decision.row) for decision in decisions], tally)
    _withdraw(tx, [decision for decision in decisions if decision.withdraw], tally, now=now)
    _renumber(tx, [decision for decision in decisions if decision.renumber])
    retrying = [decision for decision in decisions if decision.retry]
    drafts = [
        follow_up(decision.row, decision.queue, retries=1, now=now, delay=decision.queue.retry_delay_seconds)
        for decision in retrying
    ]
    add_children(tx, [decision.row for decision in retrying], drafts, tally)
    events.record_many(tx, [_amended(decision) for decision in decisions if decision.amends], now=now)
    return drafts


def end_rows(tx: Tx, pairs: Sequence[tuple[Row, Row]], tally: Tally) -> None:
    """Write the end of items, each given as it was and as it will be, and count them."""
    if not pairs:
        return
    rows = [
        [
            before["id"],
            before["state"],
            row["state"],
            row["finished_at"],
            row["error_kind"],
            row["message"],
            row["result"],
            before["epoch"],
        ]
        for before, row in pairs
    ]
    _expect(tx.run(sql.end_items, rows=rows_text(rows)), len(rows))
    for before, row in pairs:
        row.update(lease_until=None, ready=0)
        tally.leave(before)
        tally.enter(row)


def edit_rows(tx: Tx, pairs: Sequence[tuple[Row, Row]]) -> None:
    """Write what changes in items beside their state."""
    if not pairs:
        return
    names = ("content", "priority", "unique_key", "display_value", "task_id", "message")
    rows = [[before["id"], before["state"], *(row[name] for name in names)] for before, row in pairs]
    _expect(tx.run(sql.edit_items, rows=rows_text(rows)), len(rows))


def follow_up(row: Row, queue: Queue, *, now: int, retries: int = 0, recoveries: int = 0, delay: int = 0) -> Draft:
    """Return the item that follows one that ended: its values again, linked to it, available after `delay` seconds."""
    return Draft(
        queue=queue,
        created_by=row["created_by"],
        now=now,
        priority=row["priority"],
        content=row["content"],
        values=msgspec.json.decode(row["content"]),
        unique_key=row["unique_key"],
        display_value=row["display_value"],
        reference=row["reference"],
        available_at=now + delay * SECOND,
        parent_id=row["id"],
        retry_index=row["retry_index"] + retries,
        recoveries=row["recoveries"] + recoveries,
    )


def add_children(tx: Tx, parents: Sequence[Row], drafts: Sequence[Draft], tally: Tally) -> None:
    """Write the items that follow others, and both ends of the link."""
    insert(tx, drafts, tally)
    links = []
    for row, draft in zip(parents, drafts, strict=True):
        row["child_id"] = None if draft.item is None else draft.item.id
        links.append([row["id"], row["child_id"]])
    if links:
        _expect(tx.run(sql.link_children, rows=rows_text(links)), len(links))


def _withdraw(tx: Tx, decisions: Sequence[Decision], tally: Tally, *, now: int) -> None:
    pairs: list[tuple[Row, Row]] = []
    told = []
    for decision in decisions:
        if decision.child is None:
            continue
        parent = decision.row["id"]
        ended: dict[str, Any] = {
            "state": State.CANCELLED,
            "finished_at": max(now, decision.child["created_at"]),
            "message": f"withdrawn: item {parent} was reported {decision.row['state']}",
        }
        pairs.append((decision.child, {**decision.child, **ended}))
        workspace_id = decision.row["workspace_id"]
        data = {"parent": parent}
        told.append(
            item_event(
                "item.withdrawn",
                workspace_id=workspace_id,
                item_id=decision.child["id"],
                actor=decision.actor,
                data=data,
            )
        )
    end_rows(tx, pairs, tally)
    events.record_many(tx, told, now=now)


def _renumber(tx: Tx, decisions: Sequence[Decision]) -> None:
    rows = [[d.row["child_id"], d.row["retry_index"] + 1, d.row["recoveries"]] for d in decisions]
    if rows:
        _expect(tx.run(sql.renumber_children, rows=rows_text(rows)), len(rows))


def _amended(decision: Decision) -> events.NewEvent:
    before = decision.before
    earlier = {"state": before["state"], "kind": before["error_kind"], "message": (before["message"] or "")[:500]}
    return item_event(
        "item.amended",
        workspace_id=before["workspace_id"],
        item_id=before["id"],
        actor=decision.actor,
        data={"state": decision.row["state"], "earlier": earlier},
    )


def _expect(affected: int, wanted: int) -> None:
    if affected != wanted:
        raise RuntimeError(f"{affected} of {wanted} items that were locked could be written.")
