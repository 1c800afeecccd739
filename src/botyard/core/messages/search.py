"""Look into the outbox, and have failed deliveries tried again."""

from __future__ import annotations

from types import MappingProxyType

from botyard.base.exceptions import NotFound
from botyard.core import events
from botyard.core.messages.groups import sql
from botyard.core.messages.model import Delivery, Message
from botyard.core.messages.resolve import members_by_login
from botyard.core.messages.states import State
from botyard.storage import Select, Tx

_MESSAGES = Select("message_view m", "m.*")
_HAS = MappingProxyType(
    {
        State.QUEUED: "m.queued > 0",
        State.SENT: "m.sent > 0",
        State.FAILED: "m.failed > 0",
        State.HELD: "m.held > 0",
    }
)


def get(tx: Tx, *, workspace_id: int, message_id: int) -> Message:
    """Return a message. Raises NotFound."""
    rows = tx.all_of(_in(workspace_id).where("m.id = :id", id=message_id))
    if not rows:
        raise NotFound(f"Message {message_id} does not exist.", hint="Check the id under Messages.")
    return Message.from_row(rows[0])


def search(
    tx: Tx,
    *,
    workspace_id: int,
    state: State | None = None,
    task_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Message]:
    """Return messages newest first: those with a delivery in `state`, those of a task; `before_id` continues."""
    wanted = _in(workspace_id)
    if task_id is not None:
        wanted = wanted.where("m.task_id = :task_id", task_id=task_id)
        wanted = wanted if state is None else wanted.where(_HAS[state])
    elif state is not None:
        before = 2**62 if before_id is None else before_id
        rows = tx.all(sql.in_state, workspace_id=workspace_id, state=state.value, before=before, limit=limit)
        wanted = wanted.where_in("m.id", "id", [row["message_id"] for row in rows])
    if before_id is not None:
        wanted = wanted.where("m.id < :before_id", before_id=before_id)
    return [Message.from_row(row) for row in tx.all_of(wanted.order_by("m.id DESC").limit(limit))]


def deliveries_of(tx: Tx, *, workspace_id: int, message_id: int) -> list[Delivery]:
    """Return what became of a message, recipient by recipient. Raises NotFound."""
    get(tx, workspace_id=workspace_id, message_id=message_id)
    return [Delivery.from_row(row) for row in tx.all(sql.deliveries, message_id=message_id)]


def repeat(tx: Tx, *, workspace_id: int, message_id: int, actor: str, now: int) -> Message:
    """Try the failed deliveries of a message again, at once and with the addresses that members have now."""
    failed = [
        delivery
        for delivery in deliveries_of(tx, workspace_id=workspace_id, message_id=message_id)
        if delivery.state is State.FAILED
    ]
    known = members_by_login(tx, workspace_id=workspace_id, logins=[each.login for each in failed if each.login])
    for delivery in failed:
        address = known.get(delivery.login) if delivery.login else delivery.address
        if address:
            tx.run(sql.repeat, id=delivery.id, address=address, now=now)
    if failed:
        events.record(
            tx,
            workspace_id=workspace_id,
            kind="message.repeated",
            entity="message",
            entity_id=str(message_id),
            actor=actor,
            now=now,
            data={"deliveries": len(failed)},
        )
        tx.wake("mail")
    return get(tx, workspace_id=workspace_id, message_id=message_id)


def _in(workspace_id: int) -> Select:
    return _MESSAGES.where("m.workspace_id = :workspace_id", workspace_id=workspace_id)
