"""Calls of `botcity-maestro-sdk`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.yard import Yard

MODULE = "botyard.sdk.botcity"
CLIENT = "botcity-0.9.1"
LABEL = "bench"


def prepare(place: Yard) -> dict[str, Any]:
    place.deploy_nothing(LABEL)
    return {"url": place.url, **place.cli("connect", "botcity")}


def calls(settings: dict[str, Any]) -> dict[str, Callable[[], object]]:
    import botcity.maestro as vendor  # type: ignore[import-not-found]

    sdk = vendor.BotMaestroSDK(settings["url"], settings["login"], settings["key"])
    sdk.login()
    return {"login": sdk.login, **of_tasks(sdk, vendor), **of_records(sdk, vendor), **of_datapools(sdk, vendor)}


def of_tasks(sdk: Any, vendor: Any) -> dict[str, Callable[[], object]]:
    task_id = sdk.create_task(LABEL, {}, test=True).id
    parameters = {"text": "ação" * 50, "list": list(range(200))}
    success = vendor.AutomationTaskFinishStatus.SUCCESS
    return {
        "create_task": lambda: sdk.create_task(LABEL, parameters, test=True),
        "get_task": lambda: sdk.get_task(task_id),
        "get_execution": lambda: sdk.get_execution(task_id),
        "interrupt_task": lambda: sdk.interrupt_task(task_id),
        "finish_task": lambda: sdk.finish_task(task_id, success, "done", total_items=2, processed_items=2),
        "restart_task": lambda: sdk.restart_task(task_id),
    }


def of_records(sdk: Any, vendor: Any) -> dict[str, Callable[[], object]]:
    task_id = sdk.create_task(LABEL, {}, test=True).id
    path = Path(tempfile.mkdtemp(), "result.bin")
    path.write_bytes(bytes(256) * 4000)
    columns = [vendor.Column("A", "a", 50), vendor.Column("B", "b", 50)]
    for log in ("bench read", "bench written"):
        sdk.new_log(log, columns)
    if not sdk.get_log("bench read"):
        for number in range(50):
            sdk.new_log_entry("bench read", {"a": number, "b": "text"})
    sdk.create_credential("bench", "key", "value")
    sdk.post_artifact(task_id, "result.bin", str(path))
    file = sdk.list_artifacts()[0].id
    failure = ValueError("no VAT")
    return {
        "alert": lambda: sdk.alert(task_id, "title", "message", vendor.AlertType.INFO),
        "message": lambda: sdk.message(["ann@example.org"], [], "s", "b", vendor.MessageType.TEXT),
        "new_log": lambda: sdk.new_log("bench read", columns),
        "new_log_entry": lambda: sdk.new_log_entry("bench written", {"a": 1, "b": "text"}),
        "get_log": lambda: sdk.get_log("bench read"),
        "get_artifact": lambda: sdk.get_artifact(file),
        "list_artifacts": sdk.list_artifacts,
        "post_artifact": lambda: sdk.post_artifact(task_id, "result.bin", str(path)),
        "error": lambda: sdk.error(task_id, failure),
        "get_credential": lambda: sdk.get_credential("bench", "key"),
        "create_credential": lambda: sdk.create_credential("bench", "key", "value"),
        "update_credential": lambda: sdk.update_credential("bench", "key", "other"),
    }


def of_datapools(sdk: Any, vendor: Any) -> dict[str, Callable[[], object]]:
    with suppress(OSError):  # it is there since the turn before
        sdk.create_datapool(vendor.DataPool("bench"))
    pool = sdk.get_datapool("bench")
    entry = pool.get_entry(pool.create_entry(vendor.DataPoolEntry(values={"n": 1})).entry_id)

    def work_off() -> None:
        pool.next(task_id=None).report_done()

    return {
        "get_datapool": lambda: sdk.get_datapool("bench"),
        "create_entry": lambda: pool.create_entry(vendor.DataPoolEntry(values={"n": 1, "text": "ação"})),
        "get_entry": lambda: pool.get_entry(entry.entry_id),
        "save": entry.save,
        "summary": pool.summary,
        "has_next": pool.has_next,
        "is_active": pool.is_active,
        "activate": pool.activate,
        "next and report_done": work_off,
    }
