"""Mail about an alert to those who subscribed."""

from __future__ import annotations

from botyard.base import clock
from botyard.core.messages.create import put
from botyard.core.messages.model import LEVELS, MAX_BODY, MAX_SUBJECT, Format, Kind, Recipient, Recipients
from botyard.core.messages.resolve import resolve
from botyard.storage import Select, Tx

_SUBSCRIBED = Select(
    "subscriptions s JOIN tasks t ON t.automation_id = s.automation_id JOIN automations a ON a.id = t.automation_id",
    "s.kind, s.recipient, a.name AS automation",
)


def notify(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int,
    alert_id: int,
    level: str,
    title: str,
    message: str,
    actor: str,
    now: int,
) -> int | None:
    """Put a message about an alert into the outbox and return its id; None when nobody subscribed to its level."""
    loud_enough = LEVELS[: LEVELS.index(level) + 1]
    wanted = _SUBSCRIBED.where("t.id = :task_id AND s.workspace_id = :ws", task_id=task_id, ws=workspace_id)
    rows = tx.all_of(wanted.where_in("s.level", "level", loud_enough).order_by("s.position"))
    if not rows:
        return None
    recipients = [Recipient(kind=Kind(row["kind"]), name=row["recipient"]) for row in rows]
    targets = resolve(tx, workspace_id=workspace_id, recipients=recipients, strict=False)
    automation = rows[0]["automation"]
    return put(
        tx,
        workspace_id=workspace_id,
        task_id=task_id,
        alert_id=alert_id,
        subject=_line(f"[{level.upper()}] {automation}: {title}"),
        body=f"{message}\n\n-- \n{automation}, task {task_id}, {clock.iso(now)}\n"[-MAX_BODY:],
        format=Format.TEXT,
        recipients=_asked_for(recipients),
        targets=targets,
        actor=actor,
        now=now,
    )


def _line(text: str) -> str:
    """Return a text as one line that a header can hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_SUBJECT]


def _asked_for(recipients: list[Recipient]) -> Recipients:
    def of(kind: Kind) -> tuple[str, ...]:
        return tuple(each.name for each in recipients if each.kind is kind)

    return Recipients(addresses=of(Kind.ADDRESS), users=of(Kind.USER), groups=of(Kind.GROUP))
