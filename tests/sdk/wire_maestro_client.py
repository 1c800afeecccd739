"""Run by any interpreter that has `maestro_client`: `url`. Makes every call, and tells what came back, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from maestro_client import MaestroClient  # type: ignore[import-not-found]


def calls(client: Any) -> list[Callable[[], Any]]:
    return [
        client.tasks.list,
        lambda: client.tasks.list(page=1, size=50, test=True, stateFilter=None, activityLabel="Invoices é"),
        lambda: client.tasks.create("label", {"x": [1, "ação"]}),
        lambda: client.tasks.get(7),
        lambda: client.tasks.get("404"),
        lambda: client.tasks.cancel("7"),
        lambda: client.tasks.finish(7),
        lambda: client.tasks.finish(7, {"status": "FAILED"}),
        lambda: client.tasks.restart(7),
        lambda: client.logs.create("log", "text", order=1),
        client.logs.list,
        lambda: client.logs.list(label="log é", page=0, size=1, extra={"days": 3, "none": None}),
        lambda: client.logs.get(7),
        lambda: client.logs.delete("log"),
        lambda: client.logs.download(7),
        client.automations.list,
        lambda: client.automations.get("label"),
        client.bots.list,
        lambda: client.bots.get("bot", "1.0"),
        lambda: client.bots.create(label="bot"),
        lambda: client.bots.create(label="bot", repository="DEFAULT", technology="PYTHON"),
        lambda: client.bots.update("bot", repository="x"),
        lambda: client.bots.release("bot", version="1.0"),
        lambda: client.runners.get_info(7),
        lambda: client.runners.get_log("vm 1"),
        lambda: client.runners.get_tasks_summary("vm-1"),
        client.credentials.list,
        lambda: client.credentials.get("set"),
        lambda: client.credentials.get_key("set", "key"),
        lambda: client.credentials.create("set", {"a": 1}, valid=True),
        client.datapools.list,
        lambda: client.datapools.get("pool"),
        lambda: client.datapools.view("pool"),
        lambda: client.datapools.summary("pool"),
        lambda: client.datapools.create(label="pool", maxAutoRetry=2),
        lambda: client.datapools.add_item("pool", values={"n": 1}),
        client.result_files.list,
        lambda: client.result_files.list(page=1, size=5, taskId=7, none=None),
        lambda: client.result_files.get(7),
        lambda: client.result_files.get_file(7),
        client.errors.list,
        lambda: client.errors.get(7),
        lambda: client.errors.get_by_automation("label é"),
        client.schedules.list,
        lambda: client.schedules.get(7),
        lambda: client.schedules.create(activityLabel="label", cron="* * * * *"),
        lambda: client.schedules.update(7, active=False),
        lambda: client.schedules.delete(7),
        client.workspaces.list,
        lambda: client.workspaces.get("acme"),
        lambda: client.request_raw("patch", "task?a=1", json={}, headers={"X-Odd": "1"}),
        lambda: client.request_raw("GET", "/task", params={"size": 5, "sort": ["a", "b"]}, stream=True),
    ]


def main(url: str) -> None:
    client = MaestroClient("acme", "key", url + "/")
    client.authenticate()
    told = [
        (one.ok, one.status_code, unquote_plus(one.url), data(one.data)) for one in (call() for call in calls(client))
    ]
    sys.stdout.write(json.dumps(told))


def data(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


if __name__ == "__main__":
    main(*sys.argv[1:])
