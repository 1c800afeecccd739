"""Run by an interpreter with the maestro-client package: `server login key label`. Every call of its eleven helpers.

Any assertion that fails ends it with a traceback; the last line of its output is JSON: the calls that were not made.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
import urllib.request
from typing import Any

from maestro_client import MaestroClient  # type: ignore[import-not-found]

HELPERS = (
    "tasks",
    "logs",
    "automations",
    "bots",
    "runners",
    "credentials",
    "datapools",
    "result_files",
    "errors",
    "schedules",
    "workspaces",
)


def main(server: str, login: str, key: str, label: str, runner: str) -> None:
    client = MaestroClient(login=login, key=key, base_url=server)
    assert client.authenticate().ok
    assert client.organization == "default"
    known, used = watch(client)
    task_id = check_tasks(client, label)
    check_logs(client)
    check_automations(client, label)
    check_bots(client, label)
    check_runners(client, runner)
    check_credentials(client)
    check_datapools(client, label)
    check_files_and_errors(client, task_id, label)
    check_schedules(client, label)
    check_workspaces(client)
    check_raw(client)
    sys.stdout.write(json.dumps({"known": sorted(known), "unused": sorted(known - used)}))


def check_tasks(client: MaestroClient, label: str) -> int:
    made = ok(client.tasks.create(automation_label=label, data={"x": [1, {"y": "ação"}]}))
    task_id: int = made["id"]
    assert (made["activityLabel"], made["parameters"]) == (label, {"x": [1, {"y": "ação"}]})
    # Its pages begin at 1.
    assert ok(client.tasks.list(page=1, size=50))["content"][0]["id"] == task_id
    assert ok(client.tasks.list(page=1, size=50, stateFilter="START", activityLabel=label))["content"]
    assert ok(client.tasks.get(task_id=task_id))["state"] == "START"
    assert ok(client.tasks.cancel(task_id=task_id))["state"] == "CANCELED"
    assert ok(client.tasks.restart(task_id))["state"] == "START"
    finished = ok(client.tasks.finish(task_id, {"finishStatus": "PARTIALLY_COMPLETED", "finishMessage": "half"}))
    assert (finished["finishStatus"], finished["finishMessage"]) == ("PARTIALLY_COMPLETED", "half")
    assert ok(client.tasks.finish(task_id))["finishStatus"] == "SUCCESS"
    refused(client.tasks.get("invalid_id"), 404)
    return task_id


def check_logs(client: MaestroClient) -> None:
    made = ok(client.logs.create("my log", "Began", order=7))
    assert (made["label"], made["message"], made["level"]) == ("my log", "Began", "INFO")
    ok(client.logs.create("my log", "Failed; ação", level="ERROR"))
    for told in (client.logs.list(), client.logs.list(label="my log", page=1, size=10), client.logs.list(page=0)):
        assert [log["id"] for log in ok(told)["content"]] == [made["id"]]
    assert ok(client.logs.list(label="another"))["content"] == []
    lines = ok(client.logs.get(made["id"]))["entries"]
    assert [line["columns"]["message"] for line in lines] == ["Began", "Failed; ação"]
    assert ok(client.logs.get("my log"))["id"] == made["id"]
    text = ok(client.logs.download(made["id"]))
    assert text.splitlines()[0].lstrip("\ufeff").startswith("Message,Level"), text
    assert "Failed; ação,ERROR" in text
    ok(client.logs.delete(made["id"]))
    refused(client.logs.get(made["id"]), 404)
    refused(client.logs.download(made["id"]), 404)
    refused(client.logs.delete(made["id"]), 404)
    refused(client.logs.create("", "no label"), 400)


def check_automations(client: MaestroClient, label: str) -> None:
    assert label in [one["label"] for one in ok(client.automations.list())]
    assert [one["label"] for one in ok(client.automations.list(label=label))] == [label]
    assert ok(client.automations.get(label))["agentId"] == label
    refused(client.automations.get("no such automation"), 404)


def check_bots(client: MaestroClient, label: str) -> None:
    made = ok(client.bots.create(label="mailer", repository="Office"))
    assert (made["botId"], made["repositoryLabel"], made["version"]) == ("mailer", "Office", None)
    assert ok(client.bots.update("mailer", repository="Back office"))["repositoryLabel"] == "Back office"
    refused(client.bots.release("mailer", version="1.0"), 404)
    listed = {bot["botId"]: bot for bot in ok(client.bots.list())}
    assert set(listed) == {"mailer", label}
    version = listed[label]["version"]
    assert ok(client.bots.list(extra={"botId": label})) == [listed[label]]
    assert ok(client.bots.get(label, version))["released"] is True
    assert ok(client.bots.release(label, version=version))["releasedVersion"] == version
    assert ok(client.bots.release(label))["releasedVersion"] == version
    refused(client.bots.get(label, "99"), 404)
    refused(client.bots.update("nobody", repository="x"), 404)
    refused(client.bots.create(label="a/b"), 400)


def check_runners(client: MaestroClient, runner: str) -> None:
    told = ok(client.runners.get_info(runner))
    assert (told["name"], told["isOnline"]) == (runner, True)
    assert ok(client.runners.get_info(told["id"])) == told | {
        "dateLastSeen": ok(client.runners.get_info(runner))["dateLastSeen"]
    }
    log = ok(client.runners.get_log(runner))
    assert isinstance(log, str)
    assert "task " in log
    summary = ok(client.runners.get_tasks_summary(runner))
    assert (summary["days"], summary["total"]) == (30, 1)
    for call in (client.runners.get_info, client.runners.get_log, client.runners.get_tasks_summary):
        refused(call("nobody"), 404)


def check_credentials(client: MaestroClient) -> None:
    made = ok(
        client.credentials.create(label="MyCredential", values={"user": "user123", "password": "pass123", "pin": 7})
    )
    assert (made["label"], made["organizationLabel"], made["repositoryLabel"]) == ("MyCredential", "default", "DEFAULT")
    (listed,) = ok(client.credentials.list())
    assert listed["label"] == "MyCredential"
    assert {one["value"] for one in listed["secrets"]} == {None}
    secrets = ok(client.credentials.get("MyCredential"))["secrets"]
    assert {one["key"]: one["value"] for one in secrets} == {"user": "user123", "password": "pass123", "pin": "7"}
    assert ok(client.credentials.get_key("MyCredential", "password")) == "pass123"
    refused(client.credentials.get_key("MyCredential", "nothing"), 404)
    refused(client.credentials.get("nothing"), 404)
    refused(client.credentials.create(label="MyCredential", values={}), 409)


def check_datapools(client: MaestroClient, label: str) -> None:
    made = ok(client.datapools.create(label="invoices", defaultActivity=label, maxAutoRetry=2))
    assert (made["label"], made["defaultActivity"], made["maxAutoRetry"]) == ("invoices", label, 2)
    item = ok(client.datapools.add_item("invoices", priority=3, values={"n": 1}))
    assert (item["state"], item["priority"], item["values"]) == ("PENDING", 3, {"n": 1})
    datapools = client.datapools.list(page=1, size=20)
    assert [(dp["label"], dp["itemCount"]) for dp in datapools.data.get("content", [])] == [("invoices", 1)]
    assert ok(client.datapools.get("invoices"))["active"] is True
    assert [row["id"] for row in ok(client.datapools.view("invoices"))["content"]] == [item["id"]]
    assert ok(client.datapools.summary("invoices"))["countPending"] == 1
    refused(client.datapools.get("nothing"), 404)
    refused(client.datapools.create(label="invoices"), 409)


def check_files_and_errors(client: MaestroClient, task_id: int, label: str) -> None:
    # The vendor's package cannot upload, so a file is put there with its own session.
    made = ok(client.request_raw("POST", "/artifact", json={"taskId": task_id, "name": "a.txt", "filename": "a.txt"}))
    form = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    sending = urllib.request.Request(
        f"{client.base_url}/api/v2/artifact/log/{made['id']}",
        data=form,
        headers={"authorization": f"Bearer {client.token}", "content-type": "multipart/form-data; boundary=x"},
    )
    with urllib.request.urlopen(sending, timeout=30) as sent:
        assert sent.status == 200
    assert [one["id"] for one in ok(client.result_files.list(taskId=task_id))["content"]] == [made["id"]]
    assert ok(client.result_files.list(page=1, size=5, days=1))["content"]
    assert ok(client.result_files.get(made["id"]))["fileName"] == "a.txt"
    assert ok(client.result_files.get_file(made["id"])) == b"hello"
    refused(client.result_files.get_file(987654321), 404)
    body = {"taskId": task_id, "type": "ValueError", "message": "no VAT", "language": "PYTHON"}
    error = ok(client.request_raw("POST", "/api/v2/error", json=body))
    assert [one["id"] for one in ok(client.errors.list())["content"]] == [error["id"]]
    assert ok(client.errors.list(extra={"taskId": task_id}))["totalElements"] == 1
    assert ok(client.errors.get(error["id"]))["message"] == "no VAT"
    assert ok(client.errors.get_by_automation(label))["totalElements"] == 1
    assert ok(client.errors.get_by_automation("nobody"))["content"] == []
    refused(client.errors.get(987654321), 404)


def check_schedules(client: MaestroClient, label: str) -> None:
    made = ok(client.schedules.create(activityLabel=label, cron="0 0 2 * * ?", parameters={"x": 1}, priority=4))
    assert (made["activityLabel"], made["active"], made["priority"]) == (label, True, 4)
    assert [one["id"] for one in ok(client.schedules.list())["content"]] == [made["id"]]
    changed = ok(client.schedules.update(made["id"], active=False))
    assert (changed["active"], changed["cron"], changed["parameters"]) == (False, "0 0 2 * * ?", {"x": 1})
    assert ok(client.schedules.get(made["id"])) == changed
    ok(client.schedules.delete(made["id"]))
    refused(client.schedules.get(made["id"]), 404)
    refused(client.schedules.create(activityLabel=label, cron="never"), 400)


def check_workspaces(client: MaestroClient) -> None:
    (own,) = ok(client.workspaces.list())["content"]
    assert own["label"] == client.organization
    assert ok(client.workspaces.get(own["id"])) == ok(client.workspaces.get(own["label"])) == own
    refused(client.workspaces.get("another"), 404)


def check_raw(client: MaestroClient) -> None:
    told = client.request_raw(method="GET", path="/api/v2/task", params={"size": 50, "page": 0, "sort": "dateCreation"})
    assert (told.ok, told.status_code) == (True, 200)
    assert told.data["content"]
    for path in ("/workspaces", "/bot/pagination", "/activity/pagination", "/machine/pagination", "/log"):
        assert client.request_raw("GET", path).ok, path
    client.set_organization("another")
    refused(client.request_raw("GET", "/task"), 403)


def watch(client: MaestroClient) -> tuple[set[str], set[str]]:
    """Return the names of all calls of the helpers, and a set that grows with those that are made."""
    known: set[str] = set()
    used: set[str] = set()
    for helper in HELPERS:
        held = getattr(client, helper)
        for name, method in inspect.getmembers(held, inspect.ismethod):
            if not name.startswith("_"):
                known.add(f"{helper}.{name}")
                setattr(held, name, noting(method, f"{helper}.{name}", used))
    return known, used


def noting(method: Any, label: str, used: set[str]) -> Any:
    @functools.wraps(method)
    def noted(*arguments: Any, **named: Any) -> Any:
        used.add(label)
        return method(*arguments, **named)

    return noted


def ok(response: Any) -> Any:
    assert response.ok, (response.url, response.status_code, response.data)
    return response.data


def refused(response: Any, status: int) -> None:
    # Every refusal has to be something else than 401: this client waits for ever on that.
    assert response.status_code == status, (response.url, response.status_code, response.data)
    assert response.data["message"]


if __name__ == "__main__":
    main(*sys.argv[1:])
