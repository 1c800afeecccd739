"""Processes that an external system starts in ELMA's words: the example, and every type through a bot and back."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk import calls
from botyard.sdk.elma import Missing, TaskQueue, UnknownSystem
from botyard.wire import native as wire
from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import clean_environment, wait_until

EXAMPLE = Path(__file__).parents[2] / "examples" / "elma"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a copy of the example whose links lead to a server that serves its files."""
    copy = tmp_path / "elma"
    shutil.copytree(EXAMPLE, copy)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(copy / "files"))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        order = copy / "order.json"
        order.write_text(order.read_text().replace("8099", str(server.server_address[1])))
        yield copy
        server.shutdown()
        thread.join()


def apply(yard: Yard, folder: Path) -> str:
    """Declare what the example needs, deploy it, and return the token of its system."""
    token = str(uuid.uuid4())
    text = (
        (folder / "workspace.yaml")
        .read_text()
        .replace("{env: ERP_TOKEN}", token)
        .replace("name: ERP", f"name: {token}")
    )
    (folder / "workspace.yaml").write_text(text)
    yard.server.cli("apply", str(folder / "workspace.yaml"))
    yard.server.cli("deploy", str(folder), "--automation", "orders")
    return token


def caller(yard: Yard, token: str, folder: Path) -> subprocess.Popen[str]:
    """Start the example's caller in the folder."""
    return subprocess.Popen(
        [sys.executable, str(folder / "call.py"), yard.server.url, token, "order.json"],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(yard: Yard, token: str, path: str, **body: Any) -> Any:
    """Return the answer to a call of a system."""
    content = json.dumps({"auth_tkn": token, **body}).encode()
    request = urllib.request.Request(f"{yard.server.url}{path}", content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def test_the_example_confirms_an_order_with_its_files(shared_yard: Yard, folder: Path) -> None:
    process = caller(shared_yard, apply(shared_yard, folder), folder)
    said, failed = process.communicate(timeout=120)
    assert process.returncode == 0, failed
    assert json.loads(said) == {
        "options": ["drilled", "painted"],
        "milestones": ["2026-03-29T00:00:00Z", "2026-04-05T00:00:00Z"],
        "remark": "Call before delivery (seen)",
        "number": "NOR-76",
        "pieces": 76,
        "batches": [40, 30, 6],
        "total": 855.0,
        "prices": [11.25, 12.5],
        "accepted": True,
        "checks": [True, True],
        "delivery": "2026-03-24T08:30:00.123456Z",
        "confirmation": "confirmation.txt",
        "copies": ["copy of front.svg", "copy of side.svg"],
    }
    assert (folder / "copy of side.svg").read_bytes() == (EXAMPLE / "files" / "side.svg").read_bytes()
    assert (folder / "confirmation.txt").read_text().endswith("Terms: Net 30 days.\n")


def test_the_caller_hears_what_is_wrong(shared_yard: Yard, folder: Path) -> None:
    token, order = apply(shared_yard, folder), folder / "order.json"
    whole = order.read_text()
    order.write_text(whole.replace('"quantity": 76', '"quantity": 7.5'))
    assert (
        'Parameter "Quantity" must be a whole number' in caller(shared_yard, token, folder).communicate(timeout=60)[1]
    )
    order.write_text(whole.replace("terms.txt", "missing.txt"))
    said, _ = caller(shared_yard, token, folder).communicate(timeout=60)
    assert "[ERR]" in said, said
    assert "Terms" in said
    assert "404" in said


def test_ctrl_c_cancels_what_no_bot_has_taken(yard: Yard, folder: Path) -> None:
    process = caller(yard, apply(yard, folder), folder)
    waiting = calls.get("/api/v1/tasks", wire.TaskPage, state="queued")
    (task,) = wait_until(lambda: yard.client.send(waiting).tasks, what="the task in the queue")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert "cancelled" in said
    assert yard.task(task.id).state == "cancelled"


ECHO = """
    import json, os, pathlib
    given = json.load(open(os.environ["BOTYARD_INPUT"]))
    print(json.dumps({name: type(value).__name__ for name, value in given.items()}))
    folder = pathlib.Path(os.environ["BOTYARD_OUTPUT_FILES"])
    def back(value):
        if isinstance(value, list):
            return [back(item) for item in value]
        if isinstance(value, str) and os.path.isfile(value):
            copy = folder / pathlib.Path(value).name
            copy.write_bytes(pathlib.Path(value).read_bytes())
            return str(copy)
        return value
    output = {name.upper(): back(value) for name, value in given.items()}
    json.dump({**output, "undeclared": 1}, open(os.environ["BOTYARD_OUTPUT"], "w"))
"""
#: What is sent, and what comes back; nothing says that it is left out.
TRIPS: dict[str, list[tuple[Any, Any]]] = {
    "string": [("é \x00 \U0001f600", "é \x00 \U0001f600"), ("", "")],
    "int": [(2**63 - 1, 2**63 - 1), (-5, -5), (76, 76)],
    "double": [(12, 12.0), (0.1, 0.1), (1e300, 1e300)],
    "bool": [(True, True), (False, False)],
    "datetime": [
        ("2020-06-29T11:08:29.2068223Z", "2020-06-29T11:08:29.2068223Z"),
        ("2020-03-22T04:00:00+04:00", "2020-03-22T00:00:00Z"),
        ("2020-03-22T00:00:00", "2020-03-22T00:00:00Z"),
    ],
    "file": [("front.svg", "front.svg"), ("terms.txt", "terms.txt")],
}


def client_does_the_same(yard: Yard, token: str, sent: dict[str, Any], expected: dict[str, Any]) -> None:
    """Let our client start the process that a test has started with plain requests."""
    queue = TaskQueue(yard.server.url, token)
    (process,) = queue.processes()
    task = queue.wait(queue.create(process.token, sent).id, timeout=60)
    assert (task.done, task.output) == (True, expected), task.reason
    assert task.metrics.start_time is not None
    assert queue.download(task.id, "front.svg") == (EXAMPLE / "files" / "front.svg").read_bytes()
    assert queue.cancel(task.id).done
    with pytest.raises(Missing):
        queue.download(task.id, "back.svg")
    with pytest.raises(UnknownSystem):
        TaskQueue(yard.server.url, uuid.uuid4()).status(task.id)


def test_every_type_goes_through_a_bot_and_back(shared_yard: Yard, folder: Path) -> None:
    links = json.loads((folder / "order.json").read_text())["terms"].removesuffix("terms.txt")
    shared_yard.deploy("echo-types", archive_of(main_py=ECHO))
    declared: list[dict[str, Any]] = [{"name": "Unset_x", "type": "int", "scope": "InOut"}]
    sent: dict[str, Any] = {"Undeclared": 1}
    expected: dict[str, Any] = {"unset_x": None}
    for kind, trips in TRIPS.items():
        values = [f"{links}{value}" if kind == "file" else value for value, _ in trips]
        declared += [
            {"name": f"{kind}_One", "type": kind, "scope": "InOut"},
            {"name": f"{kind}_Many", "type": kind, "scope": "InOut", "array": True},
            {"name": f"{kind}_None", "type": kind, "scope": "InOut", "array": True},
        ]
        sent |= {f"{kind}_ONE": values[-1], f"{kind}_many": [*values, None], f"{kind}_none": []}
        expected |= {
            f"{kind}_one": trips[-1][1],
            f"{kind}_many": [*(back for _, back in trips), None],
            f"{kind}_none": [],
        }
    expected["file_one"], expected["file_many"] = "terms.txt", ["front.svg", "terms (2).txt", None]
    token, name = str(uuid.uuid4()), f"echo-{uuid.uuid4()}"
    document = {
        "automations": [{"label": "echo-types", "parameters": declared}],
        "systems": [{"name": name, "token": token, "processes": ["echo-types"], "private_targets": True}],
    }
    (folder / "echo.yaml").write_text(json.dumps(document))
    shared_yard.server.cli("apply", str(folder / "echo.yaml"))
    (process,) = call(shared_yard, token, "/v1/repository/actual", page=1, limit=0)["process"]
    order = {"process": process["token"], "version": 0, "ctx": json.dumps(sent)}
    task = call(shared_yard, token, "/v1/orchestra/task/create", task=order)["task"]["id"]
    shared_yard.settled(task)
    answer = call(shared_yard, token, "/v1/orchestra/task/status", id=task)["task"]
    assert answer["status"] == "DONE", answer["log"]
    assert json.loads(answer["outputCtx"]) == expected
    client_does_the_same(shared_yard, token, sent, expected)
    types = json.loads(shared_yard.lines(task)[0])
    assert types == {
        "Unset_x": "NoneType",
        **{f"{kind}_Many": "list" for kind in TRIPS},
        **{f"{kind}_None": "list" for kind in TRIPS},
        **{f"{kind}_One": {"int": "int", "double": "float", "bool": "bool"}.get(kind, "str") for kind in TRIPS},
    }
