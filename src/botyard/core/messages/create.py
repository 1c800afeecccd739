"""Put a message into the outbox."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base import jsontext, text
from botyard.core import tasks
from botyard.core.messages.groups import sql
from botyard.core.messages.model import MAX_BODY, MAX_SUBJECT, Format, Message, Recipients
from botyard.core.messages.plaintext import text_of
from botyard.core.messages.resolve import Target, read, resolve
from botyard.core.messages.search import get
from botyard.core.messages.states import State
from botyard.core.tasks import AttemptRef
from botyard.storage import Tx

NO_ADDRESS = "This user has no e-mail address. Its owner gives it one on the page Account; then try again."


def create(
    tx: Tx,
    *,
    workspace_id: int,
    subject: str,
    body: str,
    format: Format,  # noqa: A002 -- what mail calls it
    recipients: Recipients,
    actor: str,
    now: int,
    plain: str = "",
    attempt: AttemptRef | None = None,
) -> Message:
    """Put a message into the outbox, to be sent soon.

    `plain` is what an HTML message says to those whose mail program shows no HTML; by default it is made from the HTML.

    Raises Invalid for a recipient that does not parse or is not there, a subject of more than one line and texts
    that are too long; StaleLease for an attempt that was replaced.
    """
    tasks.hold(tx, attempt=attempt)
    targets = resolve(tx, workspace_id=workspace_id, recipients=read(recipients), strict=True)
    message_id = put(
        tx,
        workspace_id=workspace_id,
        task_id=attempt.task_id if attempt else None,
        alert_id=None,
        subject=text.name(subject, field="subject", limit=MAX_SUBJECT) if subject.strip() else "",
        body=text.prose(body, field="body", limit=MAX_BODY),
        plain=_plain(body, text.prose(plain, field="text", limit=MAX_BODY)) if format is Format.HTML else None,
        format=format,
        recipients=recipients,
        targets=targets,
        actor=actor,
        now=now,
    )
    return get(tx, workspace_id=workspace_id, message_id=message_id)


def put(
    tx: Tx,
    *,
    workspace_id: int,
    task_id: int | None,
    alert_id: int | None,
    subject: str,
    body: str,
    format: Format,  # noqa: A002 -- what mail calls it
    recipients: Recipients,
    targets: Sequence[Target],
    actor: str,
    now: int,
    plain: str | None = None,
) -> int:
    """Write a checked message and its deliveries; return its id."""
    row = tx.one(
        sql.insert,
        workspace_id=workspace_id,
        task_id=task_id,
        alert_id=alert_id,
        subject=subject,
        body=body,
        plain=plain,
        format=format.value,
        recipients=jsontext.encode(msgspec.to_builtins(recipients)),
        actor=actor,
        now=now,
    )
    message_id = int((row or {})["id"])
    deliveries = [
        {
            "workspace_id": workspace_id,
            "message_id": message_id,
            "login": target.login,
            "address": target.address,
            "state": (State.QUEUED if target.address else State.FAILED).value,
            "error": None if target.address else NO_ADDRESS,
            "now": now,
        }
        for target in targets
    ]
    tx.run_many(sql.insert_delivery, deliveries)
    tx.wake("mail")
    return message_id


def _plain(page: str, given: str) -> str:
    return given if given.strip() else text_of(page)
