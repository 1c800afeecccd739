"""Something of every concept in one workspace, through the real operations, for the pages that show it."""

from __future__ import annotations

from typing import Any, NamedTuple

from botyard.base.clock import DAY, HOUR, MINUTE
from botyard.core import alerts, artifacts, assets, credentials, errors, logtables, messages, queues, schedules, systems
from botyard.core.alerts import Level
from botyard.core.audit import Origin
from botyard.core.errors import FileKind
from botyard.core.logtables import Column
from botyard.core.messages import Format, Kind, Recipient, Recipients
from botyard.core.queues import Field, Queue
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Tx
from tests.support.queues import ANN, push, report
from tests.support.work import deploy, make_task

STACK = """Traceback (most recent call last):
  File "/opt/bots/invoices/bot.py", line 41, in main
    post(invoice)
  File "/opt/bots/invoices/post.py", line 12, in post
    raise TimeoutError("The accounting system did not answer in 30 s")
TimeoutError: The accounting system did not answer in 30 s
"""


class Filled(NamedTuple):
    """Where to find what was made."""

    task_id: int
    queue: str
    failed_item: int
    pending_item: int
    schedule_id: int
    error_id: int
    message_id: int
    secret_id: int
    value_id: int
    system_id: str


def fill(
    tx: Tx,
    *,
    workspace: Workspace,
    root_keys: RootKeys,
    now: int,
    text: str = "",
    picture: tuple[str, int] | None = None,
) -> Filled:
    """Put something of everything into a workspace; `text` goes everywhere where a bot or a person writes freely."""
    scope: dict[str, Any] = {"workspace_id": workspace.id}
    said: dict[str, Any] = {**scope, "actor": "user:ann", "now": now}
    deploy(tx, workspace, automation="invoices", now=now)
    task_id = make_task(tx, workspace, automation="invoices", now=now).id
    failed, pending = _queue(tx, workspace, task_id, now=now, text=text)
    group_id = _errors(tx, said, task_id, text=text, picture=picture)
    for level in Level:
        alerts.create(
            tx, task_id=task_id, level=level, title=text or f"The {level} of the day", message=text or "Look.", **said
        )
    made = artifacts.create(tx, task_id=task_id, name=text or "Report", file_name="report.pdf", **said)
    artifacts.attach(tx, artifact_id=made.id, digest=picture[0] if picture else "0" * 64, size=421_337, **said)
    message_id = _mail(tx, said, text=text)
    _log(tx, said, text=text)
    secrets = credentials.checked_secrets([("username", "robot"), ("password", "correct horse")])
    credentials.create(tx, root_keys=root_keys, label="accounting", secrets=secrets, **said)
    secret, value = _assets(tx, {**said, "root_keys": root_keys}, text=text)
    scope |= {"actor": "user:ann", "now": now}
    rules = {"processes": ["invoices"], "networks": ["10.0.0.0/8"], "description": text[:900]}
    system = systems.create(tx, name=text[:80] or "Billing ERP", fields=rules, **scope)
    systems.connect(tx, name="BPM", expires_at=None, **scope)
    daily = {"cron": "30 2 * * *", "timezone": "Europe/Warsaw", "name": text[:80] or "Nightly", "parameters": {"a": 1}}
    schedule = schedules.create(tx, automation="invoices", fields=daily, **said)
    schedules.create(tx, automation="invoices", fields={"once_at": now + 3 * DAY, "active": True}, **said)
    schedules.create(tx, automation="invoices", fields={"cron": "*/5 * * * *", "active": False}, **said)
    return Filled(task_id, "orders", failed, pending, schedule.id, group_id, message_id, secret, value, system.id)


def _assets(tx: Tx, said: dict[str, Any], *, text: str) -> tuple[int, int]:
    parts: tuple[dict[str, Any], ...] = (
        {"name": "LEDGER_KEY", "type": "secret", "value": "canary-ledger", "description": text[:900]},
        {"name": "ROBOT", "type": "credential", "username": text[:80] or "robot", "password": "x", "folder": "Finance"},
        {"name": "BASE_URL", "type": "text", "value": text or "https://example.org", "folder": text[:80] or "Finance"},
        {"name": "LIMIT", "type": "int", "value": 7},
        {"name": "DRY_RUN", "type": "bool", "value": False},
    )
    made = [assets.create(tx, asset=assets.checked(**each), **said) for each in parts]
    origin = Origin(workspace_id=said["workspace_id"], actor="user:ann", address="::1", request_id="r")
    scope: dict[str, Any] = {key: said[key] for key in ("workspace_id", "root_keys", "now")}
    assets.reveal(tx, name="LEDGER_KEY", origin=origin, **scope)
    return made[0].id, made[2].id


def _queue(tx: Tx, workspace: Workspace, task_id: int, *, now: int, text: str) -> tuple[int, int]:
    schema = [Field(label="order", unique=True, display=True), Field(label="amount", type="double")]
    queue = queues.create(
        tx,
        workspace_id=workspace.id,
        label="orders",
        name=text[:200] or "Orders",
        schema=schema,
        automation="invoices",
        max_retries=2,
        actor="user:ann",
        now=now,
    )
    quiet = queues.create(tx, workspace_id=workspace.id, label="returns", active=False, actor="user:ann", now=now)
    push(tx, quiet, {"a": 1}, now=now - 3 * HOUR)
    for hours in range(20, 0, -1):
        _hour(tx, queue, hours, now=now, text=text)
    failed = queues.search_items(tx, workspace_id=workspace.id, label="orders", states=["error"], limit=1)[0]
    nested = {"order": "P-1", "amount": 12.5, "lines": [{"no": 1, "text": text or "Paper"}, None, True]}
    pending = push(tx, queue, nested, priority=7, now=now - MINUTE)[0]
    return failed.id, pending.id


def _hour(tx: Tx, queue: Queue, hours: int, *, now: int, text: str) -> None:
    at = now - hours * HOUR
    push(tx, queue, *({"order": f"O-{hours}-{n}", "amount": n * 1.5, "note": text} for n in range(4)), now=at)
    call = queues.Pull(workspace_id=queue.workspace_id, queue=queue.label, holder=ANN, count=3, now=at + 5 * MINUTE)
    (taken,) = queues.pull_many(tx, [call])
    assert isinstance(taken, list)
    for number, item in enumerate(taken):
        later = at + 9 * MINUTE
        if number == 2 and hours % 3 == 0:
            kind = "business" if hours % 2 else "application"
            report(tx, item, "error", error_kind=kind, message=text or "The customer is unknown", now=later)
        else:
            report(tx, item, result={"booked": True}, now=later)


def _errors(tx: Tx, said: dict[str, Any], task_id: int, *, text: str, picture: tuple[str, int] | None) -> int:
    group_id = 0
    for number in (2, 1, 0):
        made = errors.report(
            tx,
            task_id=task_id,
            type="TimeoutError",
            message=text or "The accounting system did not answer in 30 s",
            stack=f"{STACK}{text}",
            language="PYTHON",
            tags={"system": text or "accounting", "host": "vm-1"},
            **said | {"now": said["now"] - number * DAY},
        )
        group_id = made.group_id
        if picture and number == 0:
            for kind, name in ((FileKind.SCREENSHOT, "screen.png"), (FileKind.ATTACHMENT, "trace.txt")):
                errors.attach(
                    tx,
                    workspace_id=said["workspace_id"],
                    error_id=made.id,
                    kind=kind,
                    name=name,
                    digest=picture[0],
                    size=picture[1],
                    now=said["now"],
                )
    errors.report(
        tx,
        task_id=task_id,
        type=text[:200] or "ValueError",
        message=text or "No such customer",
        stack=None,
        language="PYTHON",
        tags={},
        **said,
    )
    return group_id


def _mail(tx: Tx, said: dict[str, Any], *, text: str) -> int:
    members = [
        Recipient(kind=Kind.ADDRESS, name="ann@example.org"),
        Recipient(kind=Kind.ADDRESS, name="bo@example.org"),
    ]
    messages.create_group(tx, name=text[:80] or "Book-keeping", members=members, **said)
    made = messages.create(
        tx,
        subject=text[:200] or "42 invoices are booked",
        body=text or "All of them.",
        format=Format.HTML,
        recipients=Recipients(addresses=("ann@example.org",), groups=(text[:80] or "Book-keeping",)),
        **said,
    )
    taken = messages.claim(tx, holder="test", now=said["now"], lease=MINUTE)
    messages.report_failed(tx, delivery=taken[0], error=text or "550 no such mailbox", final=True, now=said["now"])
    messages.report_sent(tx, delivery=taken[1], now=said["now"])
    return made.id


def _log(tx: Tx, said: dict[str, Any], *, text: str) -> None:
    columns = [Column(label="number", name=text[:80] or "Number"), Column(label="result", name="Result")]
    logtables.create(tx, label="invoices", columns=columns, **said)
    for number in range(3):
        row = {"number": number, "result": text or "booked", "more": [1]}
        logtables.append(tx, label="invoices", content=row, **said | {"now": said["now"] - number * HOUR})
