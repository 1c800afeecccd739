"""Run by any interpreter that has `botcity.maestro`: `url file`. Makes every call; tells what came back, as JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botcity.maestro import (  # type: ignore[import-not-found]
    AlertType,
    AutomationTaskFinishStatus,
    BotMaestroSDK,
    Column,
    DataPool,
    DataPoolEntry,
    ErrorType,
    FieldType,
    MessageType,
    SchemaField,
)

#: What one of the two has on purpose, and the other has not.
OWN = ("maestro", "activity_id", "user_creation_id", "org_creation_id", "datapool_id")


def calls(sdk: Any, file: str) -> Iterator[Callable[[], Any]]:
    soon = dt.datetime(2026, 5, 4, 3, 2, 1)  # noqa: DTZ001 -- naive is the point
    yield lambda: sdk.get_execution("7")
    yield lambda: sdk.alert(7, "Título", "m", AlertType.WARN)
    yield lambda: sdk.message(["a@b"], ["ann"], "s", "<b>", MessageType.HTML)
    yield lambda: sdk.message(["a@b"], ["ann"], "s", "b", MessageType.TEXT, group="night")
    yield lambda: sdk.create_task("Invoices é", {"x": [1, None, {"y": "ação"}]}, True, 3, soon)
    yield lambda: sdk.create_task(activity_label="a", parameters={}, min_execution_date=soon.replace(tzinfo=dt.UTC))
    for counts in ({}, {"total_items": 5, "processed_items": 3}, {"processed_items": -2, "failed_items": 2}):
        yield partial(sdk.finish_task, "7", AutomationTaskFinishStatus.SUCCESS, "done", **counts)
    yield lambda: sdk.restart_task(7)
    yield lambda: sdk.interrupt_task(7)
    yield lambda: sdk.get_task(7)
    yield lambda: sdk.get_task(404)
    yield lambda: sdk.new_log("log", [Column("A", "a", 5)])
    yield lambda: sdk.new_log_entry("log é", {"a": None, "b": True})
    yield lambda: sdk.get_log("log")
    yield lambda: sdk.delete_log("log")
    yield lambda: sdk.post_artifact(7, "Result", file)
    yield lambda: sdk.get_artifact(7)
    yield lambda: sdk.get_credential("set", "key")
    yield lambda: sdk.create_credential("set", "new", 7)
    yield lambda: sdk.create_credential("missing", "new", "v")
    yield lambda: sdk.update_credential("set", "k", "new")
    yield lambda: sdk.update_credential("set", "none", "new")
    yield lambda: sdk.remove_credential("set", "k")


def pool_calls(sdk: Any) -> Iterator[Callable[[], Any]]:
    fields = [SchemaField("a", FieldType.TEXT, unique_id=True), SchemaField("b", FieldType.INTEGER)]
    yield lambda: sdk.create_datapool(DataPool("pool", "Pool", schema=fields, max_auto_retry=2))
    pool = sdk.get_datapool("pool")
    yield lambda: pool
    for name in ("deactivate", "activate", "is_active", "summary", "is_empty", "has_next", "to_dict"):
        yield getattr(pool, name)
    yield lambda: pool.create_entry(DataPoolEntry(3, {"a": "ação"}))
    yield lambda: pool.get_entry("5")
    yield lambda: pool.cancel_entry("pending", "why")
    yield lambda: pool.cancel_entry("5")
    yield lambda: pool.delete_entry("pending")
    yield lambda: pool.delete_entry("5")
    for report in (
        lambda entry: entry.report_done("fine"),
        lambda entry: entry.report_error(ErrorType.BUSINESS, "no VAT"),
        lambda entry: entry.save(),
        lambda entry: [entry.to_json(), entry.json_to_update(), entry.get_value("a"), entry["priority"]],
    ):
        yield partial(after_next, pool, report)
    yield lambda: pool.get_entry("404")
    yield lambda: sdk.get_datapool("404")


def after_next(pool: Any, report: Callable[[Any], Any]) -> Any:
    entry = pool.next(task_id=9)
    return report(entry), entry


def shown(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: shown(held) for name, held in sorted(vars(value).items()) if name not in OWN}
    if isinstance(value, list | tuple):
        return [shown(held) for held in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return shown(call())
    except Exception as error:  # noqa: BLE001 -- it is told
        kinds = [
            kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("builtins", "requests.exceptions")
        ]
        return {"raises": sorted({kind for kind in kinds if kind in ("ValueError", "HTTPError", "RuntimeError")})}


def main(url: str, file: str) -> None:
    import requests  # noqa: F401 -- as bots do that catch its errors

    warnings.simplefilter("ignore")
    sdk = BotMaestroSDK(url + "/", "acme", "key")
    sdk.login()
    told = [outcome(call) for make in (calls(sdk, file), pool_calls(sdk)) for call in make]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
