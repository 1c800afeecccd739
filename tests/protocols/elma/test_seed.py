"""The requests of the document, as they are written there, get answers like the ones that are written there."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from botyard.core import automations, logs, workspaces
from botyard.storage import Tx
from tests.protocols.elma import seed
from tests.protocols.elma.conftest import Yard

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
LOG = re.compile(r"(\[(VRB|DBG|INF|WRN|ERR|FTL)\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d \| \[[A-Za-z.]+\] \| [^\n]*\n)+")
UUIDS = {"process", "ctx", "system", "bot"}
OUTPUT = {
    "StringValue_out": " (changed script)",
    "DateTimeValue_out": "2020-06-29T11:08:29.2068223Z",
    "BoolValue_out": True,
    "DoubleValue_out": 0.1,
    "IntValue_out": 7,
}


async def test_a_task_is_created(yard: Yard) -> None:
    answer = await yard.send("orchestra/task/create", seed.body(seed.CREATE, process=yard.process))
    assert answer.http == 200
    compare(answer.body, seed.CREATED)
    assert answer.task["process"] == yard.process
    assert answer.task["system"] == seed.TOKEN


async def test_what_was_sent_arrives_at_the_bot_by_its_types(yard: Yard) -> None:
    await yard.send("orchestra/task/create", seed.body(seed.CREATE, process=yard.process))
    (task,) = await yard.tasks()
    given = task.parameters
    assert task.state == "preparing"
    assert [given[name] for name in ("StringParam_in", "DateTimeParam_in", "BoolParam_in", "DoubleParam_in")] == [
        "String value",
        "2020-03-22T00:00:00Z",
        True,
        12.2,
    ]
    assert given["IntParam_in"] == 76
    assert len(given["ArrayParam_in"]) == 2


async def test_a_fresh_task_is_told_as_in_the_document(yard: Yard) -> None:
    created = await yard.send("orchestra/task/create", seed.body(seed.CREATE, process=yard.process))
    answer = await yard.send("orchestra/task/status", seed.body(seed.STATUS, task=created.task["id"]))
    assert answer.http == 200
    compare(answer.body, seed.CREATED)


async def test_a_done_task_is_told_as_in_the_document(yard: Yard) -> None:
    await yard.db.write(_bind_to_group)
    task_id = await yard.made(ctx="{}")
    lease = await yard.take(label="windows")
    await yard.db.write(_say, attempt_id=lease.attempt_id, now=yard.db.now())
    await yard.end(lease, output=OUTPUT)
    answer = await yard.send("orchestra/task/status", seed.body(seed.STATUS, task=task_id))
    assert answer.http == 200
    compare(answer.body, seed.DONE)
    assert json.loads(answer.task["outputCtx"]) == json.loads(seed.DONE["task"]["outputCtx"])


async def test_a_task_in_the_queue_is_cancelled(yard: Yard) -> None:
    created = await yard.send("orchestra/task/create", seed.body(seed.CREATE, process=yard.process))
    answer = await yard.send("orchestra/task/cancel", seed.body(seed.STATUS, task=created.task["id"]))
    assert (answer.http, answer.body["status"]) == (200, 200)
    assert answer.task["status"] == "ERROR"
    assert answer.task["log"].endswith('cancelled by the system "BPM"\n')


async def test_a_file_of_a_done_task_is_sent(yard: Yard) -> None:
    task_id = await yard.made()
    lease = await yard.take()
    await yard.leave_file(task_id, "12.txt", b"twelve")
    await yard.end(lease, output={"FileValue_out": "12.txt"})
    status = await yard.status(task_id)
    assert json.loads(status.task["outputCtx"])["filevalue_out"] == "12.txt"
    answer = await yard.send("repository/task/download", seed.body(seed.DOWNLOAD, task=task_id))
    assert (answer.http, answer.raw.content) == (200, b"twelve")
    assert answer.raw.headers["content-type"] == "text/plain"
    assert answer.raw.headers["content-length"] == "6"
    assert answer.raw.headers["content-disposition"] == "attachment; filename=\"12.txt\"; filename*=UTF-8''12.txt"


async def test_another_system_asks_with_the_token_of_the_document_when_it_may_read_all(yard: Yard) -> None:
    other = await yard.other(reads_all=True)
    task_id = await yard.made()
    answer = await yard.status(task_id, token=other.token.upper())
    assert answer.body["status"] == 201
    assert answer.task["system"] == yard.system != yard.token


def compare(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Check that every field is there, in the same order, of the same kind, and that there is no other."""
    assert list(found) == list(wanted) == ["status", "task"]
    assert found["status"] == wanted["status"]
    task, like = found["task"], wanted["task"]
    assert list(task) == list(like)
    for name, value in task.items():
        assert type(value) is type(like[name]), name
        if name in UUIDS:
            assert value == str(uuid.UUID(value))
        elif name in ("created", "updated"):
            assert TIME.fullmatch(value)
    assert (task["priority"], task["status"]) == (like["priority"], like["status"])
    assert list(task["metrics"]) == list(like["metrics"])
    assert all(TIME.fullmatch(moment) for moment in task["metrics"].values())
    assert 0 < task["id"] < 2**31
    if "log" in like:
        assert LOG.fullmatch(like["log"])
        assert LOG.fullmatch(task["log"])
        assert list(map(uuid.UUID, task["groups"]))


def _bind_to_group(tx: Tx) -> None:
    workspace = workspaces.get(tx, label="default")
    automations.update(
        tx, workspace_id=workspace.id, label="TestCI", fields={"runner_label": "windows"}, actor="user:ann", now=1
    )


def _say(tx: Tx, *, attempt_id: str, now: int) -> None:
    entry = logs.LogEntry(attempt_id=attempt_id, at=now, level="INFO", text="Hello", max_lines=9, max_bytes=999)
    (written,) = logs.write_many(tx, [entry])
    assert isinstance(written, logs.Appended)
