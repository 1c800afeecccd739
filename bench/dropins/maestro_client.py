"""Calls of `botcity-maestro-client`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.yard import Yard

MODULE = "botyard.sdk.maestro_client"
CLIENT = "maestro-client-1.0.1"
LABEL = "bench"


def prepare(place: Yard) -> dict[str, Any]:
    place.deploy_nothing(LABEL)
    return {"url": place.url, **place.cli("connect", "maestro-client")}


def calls(settings: dict[str, Any]) -> dict[str, Callable[[], object]]:
    from maestro_client import MaestroClient  # type: ignore[import-not-found]

    client = MaestroClient(settings["login"], settings["key"], settings["url"])
    client.authenticate()
    task_id = client.tasks.create(LABEL, {"x": 1}).data["id"]
    client.credentials.create("bench", {"key": "value"})
    client.datapools.create(label="bench")
    client.logs.create("bench", "line")
    schedule = client.schedules.create(activityLabel=LABEL, cron="0 0 2 1 1 ?").data["id"]
    return {
        "authenticate": client.authenticate,
        "tasks.create": lambda: client.tasks.create(LABEL, {"x": [1, 2, 3]}),
        "tasks.get": lambda: client.tasks.get(task_id),
        "tasks.list": lambda: client.tasks.list(page=0, size=20),
        "tasks.cancel": lambda: client.tasks.cancel(task_id),
        "tasks.restart": lambda: client.tasks.restart(task_id),
        "tasks.finish": lambda: client.tasks.finish(task_id),
        "logs.create": lambda: client.logs.create("bench", "line"),
        "logs.list": client.logs.list,
        "automations.list": client.automations.list,
        "automations.get": lambda: client.automations.get(LABEL),
        "bots.list": client.bots.list,
        "credentials.list": client.credentials.list,
        "credentials.get_key": lambda: client.credentials.get_key("bench", "key"),
        "datapools.get": lambda: client.datapools.get("bench"),
        "datapools.add_item": lambda: client.datapools.add_item("bench", values={"n": 1}),
        "datapools.summary": lambda: client.datapools.summary("bench"),
        "result_files.list": client.result_files.list,
        "errors.list": client.errors.list,
        "schedules.get": lambda: client.schedules.get(schedule),
        "schedules.update": lambda: client.schedules.update(schedule, priority=3),
        "workspaces.list": client.workspaces.list,
        "request_raw": lambda: client.request_raw("GET", "/task", params={"size": 5}),
        "refused": lambda: client.tasks.get(987654321),
    }
