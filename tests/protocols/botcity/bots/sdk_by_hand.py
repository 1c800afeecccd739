"""Run by the interpreter of a real SDK: `server login key label`. Drives every call by hand, as a developer would.

Any assertion that fails ends it with a traceback; the last line of its output is JSON for the test.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from botcity.maestro import AlertType, AutomationTaskFinishStatus, AutomationTaskState, BotMaestroSDK  # type: ignore[import-not-found]

PARAMETERS = {"text": "ação", "whole": 10, "decimal": 1.5, "nested": {"list": [1, "two", {"three": None}]}}


def main(server: str, login: str, key: str, label: str) -> None:
    maestro = BotMaestroSDK(f"{server}/", login, key)
    maestro.login()
    assert maestro.access_token
    assert maestro.version == "4.0.0"
    task_id = check_tasks(maestro, label)
    check_alerts(maestro, task_id)
    artifact_id = check_artifacts(maestro, task_id)
    check_refusals(maestro, server, login, label)
    sys.stdout.write(json.dumps({"task": task_id, "artifact": artifact_id, "token": maestro.access_token}))


def check_tasks(maestro: BotMaestroSDK, label: str) -> int:
    if "priority" in inspect.signature(maestro.create_task).parameters:
        soon = dt.datetime.now() + dt.timedelta(hours=5)  # noqa: DTZ005 -- naive is the point
        task = maestro.create_task(label, PARAMETERS, test=True, priority=7, min_execution_date=soon)
        assert task.priority == 7
        # A naive date means UTC, to the millisecond.
        told = dt.datetime.fromisoformat(task.min_execution_date)
        assert abs(told - soon.replace(tzinfo=dt.UTC)) < dt.timedelta(milliseconds=1)
    else:
        task = maestro.create_task(label, PARAMETERS, test=True)
    assert type(task.id) is int
    assert (task.state, task.parameters) == (AutomationTaskState.START, PARAMETERS)
    assert (task.activity_label, task.test, task.finish_status) == (label, True, None)
    assert maestro.get_task(str(task.id)).parameters == PARAMETERS
    maestro.task_id = task.id
    execution = maestro.get_execution()
    assert (execution.task_id, execution.parameters) == (task.id, PARAMETERS)
    maestro.interrupt_task(task.id)
    assert maestro.get_task(task.id).is_interrupted() is True
    finish_often(maestro, task.id)
    maestro.restart_task(task.id)
    again = maestro.get_task(task.id)
    assert (again.state, again.finish_status, again.is_interrupted()) == (AutomationTaskState.START, None, False)
    return int(task.id)


def finish_often(maestro: BotMaestroSDK, task_id: int) -> None:
    for status in AutomationTaskFinishStatus:
        maestro.finish_task(task_id, status, f"as {status.value}")
        task = maestro.get_task(task_id)
        assert (task.state, task.finish_status) == (AutomationTaskState.FINISHED, status)
        assert task.finish_message == f"as {status.value}"
        if hasattr(task, "total_items"):
            assert (task.total_items, task.processed_items, task.failed_items) == (None, None, None)
    if "total_items" in inspect.signature(maestro.finish_task).parameters:
        success = AutomationTaskFinishStatus.SUCCESS
        maestro.finish_task(task_id, success, total_items=10, processed_items=5, failed_items=5)
        task = maestro.get_task(task_id)
        assert (task.total_items, task.processed_items, task.failed_items) == (10, 5, 5)
        maestro.finish_task(task_id, success, total_items=10, processed_items=4)
        assert maestro.get_task(task_id).failed_items == 6


def check_alerts(maestro: BotMaestroSDK, task_id: int) -> None:
    for kind in AlertType:
        for spelt in (task_id, str(task_id)):
            answer = maestro.alert(spelt, "Título", "mensagem", kind)
            assert (answer.message, answer.type) == ("mensagem", kind.value)


def check_artifacts(maestro: BotMaestroSDK, task_id: int) -> int:
    content = bytes(range(256)) * 4000
    with tempfile.TemporaryDirectory() as folder:
        files = {"relatório.bin": content, "empty.txt": b"", "notes.csv": b"a;b\r\n"}
        for name, data in files.items():
            path = Path(folder, name)
            path.write_bytes(data)
            maestro.post_artifact(task_id, name, str(path))
        for number in range(4):
            maestro.post_artifact(task_id, f"more{number}.csv", str(path))
    listed = [artifact for artifact in maestro.list_artifacts() if artifact.task_id == task_id]
    assert len(listed) == 7, listed
    assert len({artifact.id for artifact in listed}) == 7
    for artifact in listed:
        name, data = maestro.get_artifact(artifact.id)
        assert name == artifact.filename
        assert data == files.get(name, b"a;b\r\n")
    return int(listed[-1].id)


def check_refusals(maestro: BotMaestroSDK, server: str, login: str, label: str) -> None:
    refused(lambda: maestro.create_task("no such label", {}), "404")
    refused(lambda: maestro.get_task(987654321), "404")
    refused(lambda: maestro.finish_task(987654321, AutomationTaskFinishStatus.SUCCESS), "404")
    refused(lambda: maestro.alert(987654321, "t", "m", AlertType.INFO), "does not exist")
    refused(lambda: maestro.get_artifact(987654321), "404")
    refused(lambda: BotMaestroSDK(server, login, "wrong").login(), "401")
    if "priority" in inspect.signature(maestro.create_task).parameters:
        refused(lambda: maestro.create_task(label, {}, priority=11), "400")


def refused(call: Callable[[], object], fragment: str) -> None:
    try:
        call()
    except ValueError as error:
        told = str(error)
    else:
        told = "nothing was refused"
    assert fragment in told, told


if __name__ == "__main__":
    main(*sys.argv[1:])
