"""From queues and items in the core to what goes over the wire, and from calls to the core's requests."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base.clock import iso
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.access import Caller
from botyard.core.queues import Holder, Item, NewItem, Report, Reports, Summary, Verdict
from botyard.wire import native as wire

MAX_ITEMS = 1000
_QUEUE_FIELDS = tuple(
    name
    for name in wire.QueueView.__struct_fields__
    if name not in {"schema", "created_at", "updated_at", "counts", "total", "done_mean_seconds"}
)


def queue(found: Summary) -> wire.QueueView:
    """Return a queue with its numbers."""
    given = found.queue
    return wire.QueueView(
        **{name: getattr(given, name) for name in _QUEUE_FIELDS},
        schema=[wire.QueueField(**msgspec.structs.asdict(one)) for one in given.schema],
        created_at=iso(given.created_at),
        updated_at=iso(given.updated_at),
        counts={state.value: total for state, total in found.counts.items()},
        total=found.total,
        done_mean_seconds=found.done_mean,
    )


def item(found: Item) -> wire.ItemView:
    """Return an item."""
    return wire.ItemView(
        id=found.id,
        queue=found.queue,
        state=found.state.value,
        error_kind=found.error_kind,
        priority=found.priority,
        values=found.values,
        unique_key=found.unique_key,
        display_value=found.display_value,
        reference=found.reference,
        message=found.message,
        result=found.result,
        task=found.task_id,
        holder=found.holder,
        runner=found.runner,
        epoch=found.epoch,
        lease_until=_iso(found.lease_until),
        time_limit_at=_iso(found.time_limit_at),
        parent=found.parent_id,
        child=found.child_id,
        retry_index=found.retry_index,
        recoveries=found.recoveries,
        available_at=iso(found.available_at),
        created_at=iso(found.created_at),
        created_by=found.created_by,
        started_at=_iso(found.started_at),
        finished_at=_iso(found.finished_at),
    )


def new_item(sent: wire.NewItem) -> NewItem:
    """Return an item to push."""
    return NewItem(values=sent.values, priority=sent.priority, reference=sent.reference)


def reports(sent: Sequence[wire.ItemReport], caller: Caller, *, queue: str, now: int) -> Reports:
    """Return reports by the caller on items of a queue. Raises Invalid for too many."""
    if len(sent) > MAX_ITEMS:
        raise Invalid(f"{len(sent)} reports are too many.", hint=f"Send at most {MAX_ITEMS}.", field="reports")
    return Reports(
        workspace_id=caller.workspace_id,
        holder=Holder.of(caller),
        reports=[
            Report(
                item_id=checked_id(one.item),
                outcome=one.outcome,
                error_kind=one.error_kind,
                message=one.message,
                result=one.result,
                queue=queue,
                values=one.values,
                priority=one.priority,
                task_id=one.task,
            )
            for one in sent
        ],
        actor=caller.actor,
        now=now,
    )


def verdict(item_id: int, answer: Item | Exception | None) -> wire.ItemVerdict:
    """Return what became of one report. Raises what is no error of ours."""
    if isinstance(answer, BotyardError):
        return wire.ItemVerdict(item=item_id, code=answer.code, detail=answer.message)
    if isinstance(answer, Exception):
        raise answer
    if answer is None:
        return wire.ItemVerdict(item=item_id)
    return wire.ItemVerdict(item=item_id, state=answer.state.value, child=answer.child_id)


def refused(found: Verdict) -> wire.ItemVerdict:
    """Return a refusal of a bulk call."""
    return verdict(found.item_id, found.error)


def checked_id(sent: int) -> int:
    """Return an id as it is looked for; one that the databases cannot hold becomes one that nothing has."""
    return sent if 0 < sent < 2**63 else 0


def _iso(moment: int | None) -> str | None:
    return None if moment is None else iso(moment)
