"""Pull items: all holders that ask at one moment are served by one round of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botyard.base.clock import MINUTE, SECOND
from botyard.base.exceptions import Invalid
from botyard.core.queues.model import Item, Pull, Queue
from botyard.core.queues.statements import attempts_of, queues_of, refusal_of, rows_text, sql, unknown_queue
from botyard.core.queues.states import State
from botyard.core.queues.tally import Tally
from botyard.storage import Row, Tx

MAX_ITEMS = 1000


class _Asker:
    """One request with what it still may get."""

    def __init__(self, index: int, pull: Pull, attempt: Row | None) -> None:
        self.index = index
        self.pull = pull
        self.attempt = attempt
        self.room = pull.count


def pull_many(tx: Tx, pulls: Sequence[Pull]) -> list[list[Item] | Exception]:
    """Answer each request with the items that it now holds: highest priority first, then by the queue's policy.

    The list is empty when there is nothing to take or the queue is inactive. Errors are NotFound for an unknown
    queue, Invalid for a count, StaleLease for an attempt that does not run any more, Denied for a queue that the
    attempt's automation does not declare to use.
    """
    queues = queues_of(tx, [(pull.workspace_id, pull.queue) for pull in pulls])
    attempts = attempts_of(tx, [pull.holder for pull in pulls], now=max(pull.now for pull in pulls))
    again = _repeated(tx, pulls)
    answers: list[list[Item] | Exception] = [[] for _ in pulls]
    groups: dict[int, list[_Asker]] = defaultdict(list)
    labels = {queue.id: queue for queue in queues.values()}
    for index, pull in enumerate(pulls):
        queue = queues.get((pull.workspace_id, pull.queue))
        if queue is None:
            answers[index] = unknown_queue(tx, workspace_id=pull.workspace_id, label=pull.queue)
        elif (refusal := _refusal(pull, attempts)) is not None:
            answers[index] = refusal
        elif earlier := again.get((queue.id, pull.claim, pull.holder.name)):
            answers[index] = [Item.from_row(row, queue.label) for row in sorted(earlier, key=_place(queue))]
        elif queue.active:
            groups[queue.id].append(_Asker(index, pull, attempts.get(pull.holder.attempt_id or "")))
    for index, item in _take(tx, groups, labels):
        answer = answers[index]
        if isinstance(answer, list):
            answer.append(item)
    return answers


def _refusal(pull: Pull, attempts: dict[str, Row]) -> Exception | None:
    if not 1 <= pull.count <= MAX_ITEMS:
        return Invalid(
            f"{pull.count} items cannot be pulled at once.", hint=f"Ask for 1 to {MAX_ITEMS}.", field="count"
        )
    return refusal_of(pull.holder.attempt_id, pull.queue, attempts)


def _repeated(tx: Tx, pulls: Sequence[Pull]) -> dict[tuple[int, str | None, str], list[Row]]:
    claims = [pull.claim for pull in pulls if pull.claim is not None]
    found: dict[tuple[int, str | None, str], list[Row]] = defaultdict(list)
    if claims:
        for row in tx.all(sql.repeated_claims, claims=rows_text(claims)):
            found[row["queue_id"], row["claim"], row["holder"]].append(row)
    return found


def _take(tx: Tx, groups: dict[int, list[_Asker]], queues: dict[int, Queue]) -> Iterator[tuple[int, Item]]:
    taken: list[tuple[int, Row]] = []
    rows: list[list[Any]] = []
    tally = Tally()
    for queue_id, askers in sorted(groups.items()):
        queue = queues[queue_id]
        first = _first(tx, queue, sum(asker.room for asker in askers))
        for asker, row in zip(_turns(askers), first, strict=False):
            rows.append(_hold(row, asker, queue))
            taken.append((asker.index, row))
        tally.add(queue_id, State.PENDING, -len(first))
        tally.add(queue_id, State.PROCESSING, len(first))
    if not rows:
        return
    if tx.run(sql.take, rows=rows_text(rows)) != len(rows):
        raise RuntimeError("An item that was locked could not be taken.")
    tally.write(tx)
    for index, row in taken:
        yield index, Item.from_row(row, queues[row["queue_id"]].label)


def _first(tx: Tx, queue: Queue, count: int) -> list[Row]:
    """Return the rows that are first in line, locked on PostgreSQL until they are taken."""
    if queue.policy == "fifo":
        return tx.all(sql.first_oldest, queue_id=queue.id, count=count)
    found: list[Row] = []
    below = 11
    while len(found) < count and (top := tx.one(sql.top_priority, queue_id=queue.id, below=below)) is not None:
        below = top["priority"]
        found += tx.all(sql.first_newest, queue_id=queue.id, priority=below, count=count - len(found))
    return found


def _place(queue: Queue) -> Callable[[Row], tuple[int, int]]:
    """Return the key that sorts rows as they stand in line."""
    sign = 1 if queue.policy == "fifo" else -1
    return lambda row: (-row["priority"], sign * row["id"])


def _turns(askers: Sequence[_Asker]) -> Iterator[_Asker]:
    """Deal items out one by one, so that nobody who waits goes empty while another gets many."""
    while any(asker.room > 0 for asker in askers):
        for asker in askers:
            if asker.room > 0:
                asker.room -= 1
                yield asker


def _hold(row: Row, asker: _Asker, queue: Queue) -> list[Any]:
    """Change a row to what it is once taken; return what the statement needs for that."""
    pull, attempt = asker.pull, asker.attempt
    # Clocks of two servers may differ by a little; nothing starts before it was made.
    started = max(pull.now, row["created_at"])
    limit = queue.time_limit_minutes * MINUTE if queue.time_limit_on else 0
    row.update(
        state=State.PROCESSING,
        ready=0,
        epoch=row["epoch"] + 1,
        started_at=started,
        lease_until=started + queue.lease_seconds * SECOND if attempt is None else None,
        time_limit_at=started + limit if limit else None,
        task_id=None if attempt is None else attempt["task_id"],
        attempt_id=pull.holder.attempt_id,
        holder=pull.holder.name,
        runner=None if attempt is None else attempt["runner"],
        claim=pull.claim,
    )
    names = ("id", "started_at", "lease_until", "time_limit_at", "task_id", "attempt_id", "holder", "runner", "claim")
    return [row[name] for name in names]
