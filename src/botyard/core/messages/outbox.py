"""Take deliveries out of the outbox, and say what became of them.

A server takes some on for a time; no other server takes them until that is over. It reports with the number of the
attempt, so that one which fell asleep over its mail cannot overwrite what another did since.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base import jsontext
from botyard.base.clock import DAY, MINUTE, SECOND
from botyard.core.messages.groups import sql
from botyard.core.messages.model import Outgoing, Waiting
from botyard.storage import Tx

FIRST_DELAY = 2 * SECOND
LONGEST_DELAY = 15 * MINUTE
GIVE_UP_AFTER = 3 * DAY
NO_SERVER = "No mail server is configured; see BOTYARD_SMTP_HOST."

_BATCH = 1000


def waiting(tx: Tx, *, now: int) -> Waiting:
    """Return whether anything is due or held; cheap enough to be asked every second."""
    return Waiting(due=tx.one(sql.any_due, now=now) is not None, held=tx.one(sql.any_held) is not None)


def claim(tx: Tx, *, holder: str, now: int, lease: int, limit: int = 50) -> list[Outgoing]:
    """Take on up to `limit` due deliveries until `now` plus `lease`, the oldest first."""
    taken = tx.all(sql.claim, holder=holder, now=now, lease_until=now + lease, limit=limit)
    if not taken:
        return []
    rows = tx.all(sql.outgoing, ids=jsontext.encode([row["id"] for row in taken]))
    return [msgspec.convert(row, Outgoing) for row in rows]


def report_sent(tx: Tx, *, delivery: Outgoing, now: int) -> bool:
    """Note that the mail server took a delivery; False when the delivery was somebody else's by then."""
    return tx.run(sql.report_sent, id=delivery.id, attempt=delivery.attempt, now=now) == 1


def report_failed(tx: Tx, *, delivery: Outgoing, error: str, final: bool, now: int) -> bool:
    """Note that a delivery failed: for good when `final` or after three days, else it is due again later.

    Returns False when the delivery was somebody else's by then.
    """
    told = error.replace("\0", "\ufffd")[:1000]
    row = tx.one(
        sql.report_failed,
        id=delivery.id,
        attempt=delivery.attempt,
        error=told,
        final=int(final),
        oldest=now - GIVE_UP_AFTER,
        due_at=now + delay(delivery.attempt),
        now=now,
    )
    return row is not None


def postpone(tx: Tx, *, error: str, until: int, now: int) -> int:
    """Put off all that is due because the mail server does not work, or end what has waited three days.

    Returns how many.
    """
    told = error.replace("\0", "\ufffd")[:1000]
    return tx.run(sql.postpone, error=told, until=until, oldest=now - GIVE_UP_AFTER, now=now)


def give_back(tx: Tx, *, deliveries: Sequence[Outgoing], now: int) -> None:
    """Return deliveries that nothing was tried with; they are due at once."""
    for delivery in deliveries:
        tx.run(sql.give_back, id=delivery.id, attempt=delivery.attempt, now=now)


def hold(tx: Tx, *, now: int) -> int:
    """Hold due deliveries because there is no mail server; return how many."""
    return tx.run(sql.hold, now=now, error=NO_SERVER, limit=_BATCH)


def release(tx: Tx, *, now: int) -> int:
    """Let held deliveries go because there is a mail server now; return how many."""
    return tx.run(sql.release, now=now, limit=_BATCH)


def prune(tx: Tx, *, before: int, limit: int = 500) -> int:
    """Delete up to `limit` messages made before a moment that wait for nothing; return how many went."""
    return tx.run(sql.prune, before=before, limit=limit)


def delay(attempts: int) -> int:
    """Return how long to wait after so many attempts: two seconds, doubled each time, at most a quarter of an hour."""
    return min(LONGEST_DELAY, FIRST_DELAY << min(attempts - 1, 20))
