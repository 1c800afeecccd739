"""Run by the interpreter of a real SDK: `server login key label`. Its session, and its models to JSON and back."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from botcity.maestro import AlertType, AutomationTaskFinishStatus, BotMaestroSDK  # type: ignore[import-not-found]
from botcity.maestro.model import Artifact, AutomationTask, ServerMessage  # type: ignore[import-not-found]


def main(server: str, login: str, key: str, label: str) -> None:
    maestro = BotMaestroSDK()
    maestro.login(server=f"{server}/", login=login, key=key)
    check_session(maestro, server, login, label)
    check_tasks(maestro, label)
    check_artifacts(maestro, label)
    check_messages(maestro, label)
    maestro.logoff()
    refused(lambda: maestro.get_task(1))


def check_session(maestro: BotMaestroSDK, server: str, login: str, label: str) -> None:
    assert maestro.server == server
    assert maestro.version == "4.0.0"
    task_id = maestro.create_task(label, {"a": 1}).id
    maestro.organization = login
    assert maestro.organization == login
    assert maestro.get_task(task_id).parameters == {"a": 1}
    maestro.organization = "somebody else's"
    refused(lambda: maestro.get_task(task_id))
    maestro.organization = login
    # The same token works wherever it is put, by hand or as the arguments of a bot.
    other = BotMaestroSDK(server)
    other.access_token = maestro.access_token
    assert other.access_token == maestro.access_token
    sys.argv = ["bot.py", server, str(task_id), maestro.access_token, login]
    bot = BotMaestroSDK.from_sys_args()
    assert bot.task_id == str(task_id)
    execution = bot.get_execution()
    assert (execution.server, execution.task_id, execution.token) == (server, str(task_id), maestro.access_token)
    assert execution.parameters == {"a": 1}
    bot.task_id = task_id
    assert bot.get_execution(task_id).parameters == {"a": 1}
    if hasattr(bot, "is_online"):
        online = bot.is_online
        assert online if isinstance(online, bool) else online()


def check_tasks(maestro: BotMaestroSDK, label: str) -> None:
    made = maestro.create_task(label, {"text": "ação", "deep": [{"x": None}]}, test=True)
    for task in (made, maestro.get_task(made.id)):
        told = json.loads(task.to_json())
        assert (told["id"], told["activity_label"], told["parameters"]) == (made.id, label, made.parameters)
        assert told["input_file"] is None
    # What the server answers makes the same task again.
    answer = {"id": made.id, "state": "START", "parameters": made.parameters, "activityLabel": label, "test": True}
    again = AutomationTask.from_json(json.dumps(answer))
    assert (again.id, again.state, again.parameters, again.test) == (made.id, made.state, made.parameters, True)
    assert again.is_interrupted() is False
    maestro.interrupt_task(made.id)
    finished = maestro.finish_task(made.id, AutomationTaskFinishStatus.PARTIALLY_COMPLETED, "half")
    task = AutomationTask.from_json(finished.payload)
    assert (task.id, task.state, task.finish_status, task.finish_message) == (
        made.id, "FINISHED", "PARTIALLY_COMPLETED", "half",
    )  # fmt: skip
    assert task.is_interrupted() is True
    assert json.loads(task.to_json()) == json.loads(maestro.get_task(made.id).to_json())
    restarted = AutomationTask.from_json(maestro.restart_task(made.id).payload)
    assert (restarted.state, restarted.finish_status, restarted.interrupted) == ("START", None, False)
    for name in ("date_creation", "date_last_modified", "user_creation_name"):
        assert getattr(task, name), name


def check_artifacts(maestro: BotMaestroSDK, label: str) -> None:
    task_id = maestro.create_task(label, {}).id
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notas.txt")
        path.write_text("ação", "utf-8")
        maestro.post_artifact(task_id, "notas.txt", str(path))
    (artifact,) = (one for one in maestro.list_artifacts() if one.task_id == task_id)
    assert (artifact.name, artifact.filename, artifact.task_name) == ("notas.txt", "notas.txt", label)
    assert isinstance(artifact.id, int)
    assert isinstance(artifact.organization, int)
    assert artifact.date_creation
    answer = {"id": artifact.id, "taskId": task_id, "name": "notas.txt", "fileName": "notas.txt"}
    for again in (Artifact.from_json(json.dumps(answer)), Artifact.from_dict(answer)):
        assert (again.id, again.task_id, again.filename) == (artifact.id, task_id, "notas.txt")
    assert json.loads(artifact.to_json())["filename"] == "notas.txt"
    assert maestro.get_artifact(artifact.id) == ("notas.txt", "ação".encode())


def check_messages(maestro: BotMaestroSDK, label: str) -> None:
    answer = maestro.alert(maestro.create_task(label, {}).id, "Título", "mensagem", AlertType.WARN)
    again = ServerMessage.from_json(answer.payload)
    assert (again.message, again.type) == (answer.message, answer.type) == ("mensagem", "WARN")
    assert json.loads(again.to_json())["message"] == "mensagem"


def refused(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001 -- versions differ in what they raise
        return
    raise AssertionError("nothing was refused")


if __name__ == "__main__":
    main(*sys.argv[1:])
