"""The client of the task queue, against a server that answers what the vendor shows, and what it does not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from botyard.sdk import transport
from botyard.sdk.elma import (
    Busy,
    Conflict,
    ElmaError,
    Forbidden,
    Malformed,
    Missing,
    NotEnded,
    Priority,
    Status,
    TaskQueue,
    UnknownSystem,
)
from botyard.sdk.elma import client as client_module
from botyard.sdk.elma.model import written
from botyard.sdk.failures import CallFailed, Unreachable
from tests.protocols.elma import seed
from tests.support.answering import Answer, Answering, answering
from tests.support.processes import free_port


@pytest.fixture
def server() -> Iterator[Answering]:
    """Yield a server that answers as the document does."""
    answers = {
        "/v1/orchestra/task/create": seed.CREATED,
        "/v1/orchestra/task/status": seed.DONE,
        "/v1/orchestra/task/cancel": seed.CREATED,
    }
    with answering(lambda asked: Answer(answers[asked.path])) as running:
        yield running
    transport.close()


@pytest.fixture
def queue(server: Answering) -> TaskQueue:
    return TaskQueue(server.url, seed.TOKEN)


def told(server: Answering, *answers: Answer) -> None:
    """Let the server give these answers one after the other, the last one for ever."""
    left = list(answers)
    server.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]


def failing(number: int, message: str = "", **more: Any) -> Answer:
    return Answer({"status": number, "ErrorMessage": message, **more})


def test_what_the_document_sends_is_sent(server: Answering, queue: TaskQueue) -> None:
    shown = json.loads(seed.CREATE)
    made = queue.create(seed.PROCESS, json.loads(shown["task"]["ctx"]))
    (asked,) = server.asked
    assert (asked.method, asked.json["auth_tkn"]) == ("POST", shown["auth_tkn"])
    assert {**asked.json["task"], "ctx": json.loads(asked.json["task"]["ctx"])} == {
        **shown["task"],
        "ctx": json.loads(shown["task"]["ctx"]),
    }
    assert (made.id, made.status, made.priority, made.ended) == (955, Status.PREPARE, Priority.MEDIUM, False)
    assert made.created == datetime(2020, 6, 29, 14, 29, 52, tzinfo=timezone(timedelta(hours=4)))
    assert (made.metrics.start_time, made.output, made.reason, made.ctx) == (None, {}, "", None)
    queue.cancel(made.id)
    queue.create(seed.PROCESS, priority=Priority.HIGH, callback="http://erp.example/done", version=3)
    assert server.asked[1].json == {"auth_tkn": seed.TOKEN, "id": 955}
    assert server.asked[2].json["task"] == {
        "process": seed.PROCESS,
        "version": 3,
        "ctx": "{}",
        "priority": "HIGH",
        "callback": "http://erp.example/done",
    }


def test_what_the_document_answers_is_read(queue: TaskQueue) -> None:
    task = queue.status(seed.TASK)
    assert (task.status, task.done, task.ended, task.system) == (Status.DONE, True, True, UUID(seed.TOKEN))
    assert task.output["doublevalue_out"] == 0.1
    assert task.output["filevalue_out"] is None
    assert (task.metrics.start_time, task.metrics.end_time) == (None, None)
    assert task.updated == datetime(2020, 6, 29, 11, 8, 29, tzinfo=UTC)
    assert task.groups == [UUID("8f6895c5-70a5-498f-b813-ab72e2b6e5f0")]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (400, Malformed),
        (401, UnknownSystem),
        (403, Forbidden),
        (404, Missing),
        (409, Conflict),
        (429, Busy),
        (503, Busy),
        (500, ElmaError),
        (0, ElmaError),
    ],
)
def test_each_number_has_its_error(server: Answering, queue: TaskQueue, number: int, kind: type[ElmaError]) -> None:
    told(server, failing(number, "It is so.", task=seed.CREATED["task"]))
    with pytest.raises(kind, match=r"It is so\.") as refused:
        queue.cancel(955)
    assert type(refused.value) is kind
    assert refused.value.status == number
    assert refused.value.task is not None


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"status":"ok"}', b"\xff", b'{"status":200}'])
def test_what_is_no_answer_of_this_api_is_an_error(server: Answering, queue: TaskQueue, body: bytes) -> None:
    told(server, Answer(body))
    with pytest.raises(ElmaError):
        queue.status(955)
    told(server, Answer(body, status=404))
    with pytest.raises((ElmaError, CallFailed)):
        queue.status(955)


def test_waiting_goes_on_while_the_server_is_busy_and_ends_with_the_task(
    server: Answering, queue: TaskQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_FIRST_PAUSE", 0.001)
    told(server, Answer(seed.CREATED), failing(503), Answer(b"", status=502), Answer(seed.CREATED), Answer(seed.DONE))
    assert queue.wait(955).done
    assert len(server.asked) == 5
    told(server, failing(404, "task 955 not found"))
    with pytest.raises(Missing):
        queue.wait(955)


def test_waiting_ends_in_time_also_without_a_server(server: Answering, queue: TaskQueue) -> None:
    told(server, Answer(seed.CREATED))
    with pytest.raises(NotEnded) as late:
        queue.wait(955, timeout=0.02)
    assert late.value.task is not None
    assert late.value.task.status is Status.PREPARE
    nobody = TaskQueue(f"http://127.0.0.1:{free_port()}", seed.TOKEN)
    with pytest.raises(NotEnded):
        nobody.wait(955, timeout=0.02)
    with pytest.raises(Unreachable):
        nobody.create(seed.PROCESS)


def test_files_come_in_pieces_and_whole_or_not_at_all(server: Answering, queue: TaskQueue, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    told(server, Answer(content))
    assert queue.download(955, "a b.txt") == content
    assert server.asked[-1].json == {"auth_tkn": seed.TOKEN, "taskid": 955, "filename": "a b.txt"}
    assert queue.download(955, "12.txt", tmp_path / "12.txt") == b""
    sink = io.BytesIO()
    queue.download(955, "12.txt", sink)
    assert (tmp_path / "12.txt").read_bytes() == sink.getvalue() == content
    told(server, Answer({"status": 404, "ErrorMessage": "no such file"}, status=404))
    with pytest.raises(Missing, match="no such file"):
        queue.download(955, "13.txt", tmp_path / "13.txt")
    told(server, Answer(b"half", headers=(("Content-Length", "100"),)))
    with pytest.raises(CallFailed):
        queue.download(955, "12.txt", tmp_path / "12.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["12.txt"]
    assert (tmp_path / "12.txt").read_bytes() == content


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2020, 3, 22, tzinfo=UTC), '"2020-03-22T00:00:00Z"'),
        (datetime(2020, 3, 22, 4, 30, 0, 5, tzinfo=timezone(timedelta(hours=4))), '"2020-03-22T00:30:00.000005Z"'),
        (datetime(2020, 3, 22), '"2020-03-22T00:00:00Z"'),  # noqa: DTZ001 -- what a caller without time zones gives
        (date(2020, 3, 22), '"2020-03-22T00:00:00Z"'),
        (Decimal("12.2"), "12.2"),
        (UUID(seed.TOKEN), f'"{seed.TOKEN}"'),
        ((1, None, "é"), '[1, null, "é"]'),
        (True, "true"),
    ],
)
def test_values_are_written_as_parameters_are_read(value: Any, text: str) -> None:
    assert written({"A": value}) == f'{{"A": {text}}}'


@pytest.mark.parametrize("value", [object(), b"bytes", float("nan"), float("inf"), {1: object()}])
def test_what_no_parameter_can_be_is_refused_before_it_is_sent(server: Answering, queue: TaskQueue, value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        queue.create(seed.PROCESS, {"A": value})
    assert server.asked == []


@pytest.mark.parametrize("address", [lambda url: url, lambda url: f"{url}/", lambda url: f"{url}/v1/"])
def test_addresses_are_taken_as_people_write_them(server: Answering, address: Callable[[str], str]) -> None:
    TaskQueue(address(server.url), UUID(seed.TOKEN)).status(955)
    assert server.calls == ["POST /v1/orchestra/task/status"]
    assert seed.TOKEN not in repr(TaskQueue(server.url, seed.TOKEN))
