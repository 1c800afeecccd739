"""Run by the interpreter of a real SDK: `server login key` by hand, or `server task_id token organization` as a bot.

By hand it drives every call about datapools and their entries that this version of the SDK has. As a bot it works off
the datapool "for bots", which somebody else has made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from botcity.maestro import BotMaestroSDK  # type: ignore[import-not-found]
from botcity.maestro.datapool import DataPool, DataPoolEntry  # type: ignore[import-not-found]
from botcity.maestro.datapool.enums import (  # type: ignore[import-not-found]
    ConsumptionPolicyEnum,
    StateEnum,
    TriggerEnum,
)

AUTOMATION = "TestCI"
NEW = hasattr(DataPool, "cancel_entry")
VALUES = {"customer": "ação \N{SNOWMAN}", "net": 1190.5, "lines": [1, {"a": None}], "paid": False, "count": 3}


def main(arguments: list[str]) -> None:
    if len(arguments) == 3:
        maestro = BotMaestroSDK(*arguments)
        maestro.login()
        pool = check_definition(maestro)
        check_cycle(pool)
        check_order(maestro)
        check_errors(maestro)
        check_refusals(maestro, pool)
        if NEW:
            check_newer(maestro)
        pool._delete() if hasattr(pool, "_delete") else None
    else:
        work(BotMaestroSDK.from_sys_args(), arguments[1])


def made(maestro: BotMaestroSDK, label: str, **fields: Any) -> DataPool:
    fields.setdefault("default_automation", AUTOMATION)
    pool = maestro.create_datapool(DataPool(label=label, **fields))
    assert pool.label == label
    return maestro.get_datapool(label)


def check_definition(maestro: BotMaestroSDK) -> DataPool:
    schema: list[Any] = [{"label": "customer", "type": "TEXT"}, {"label": "net", "type": "DOUBLE"}]
    if NEW:
        from botcity.maestro.datapool.datapool import SchemaField  # type: ignore[import-not-found]
        from botcity.maestro.datapool.enums import FieldType

        schema = [
            SchemaField(label="customer", type=FieldType.TEXT, unique_id=True),
            SchemaField(label="net", type=FieldType.DOUBLE, display_value=True),
        ]
    pool = made(maestro, "everything", schema=schema, max_auto_retry=2, consumption_policy=ConsumptionPolicyEnum.FIFO)
    assert (pool.default_automation, pool.trigger, pool.consumption_policy) == (AUTOMATION, "NEVER", "FIFO")
    assert (pool.auto_retry, pool.max_auto_retry, pool.abort_on_error) == (True, 2, True)
    assert pool.datapool_id
    assert len(pool.schema) == 2
    # What a client holds as JSON makes the same object again.
    answer = {**pool.to_dict(), "id": pool.datapool_id, "defaultActivity": pool.default_automation}
    again = DataPool.from_json(payload=json.dumps(answer).encode(), maestro=maestro)
    assert again.to_dict() == pool.to_dict()
    assert pool.is_active()
    assert pool.deactivate()
    assert not pool.is_active()
    assert pool.max_auto_retry == 2
    assert len(pool.schema) == 2
    assert pool.activate()
    assert pool.is_active()
    assert maestro.get_datapool("everything").trigger == TriggerEnum.NEVER
    return pool


def check_cycle(pool: DataPool) -> None:
    assert pool.is_empty()
    assert not pool.has_next()
    assert pool.next(task_id=123) is None
    pushed = pool.create_entry(DataPoolEntry(values=dict(VALUES), priority=4))
    assert (pushed.state, pushed.values, pushed.priority) == (StateEnum.PENDING, VALUES, 4)
    assert pushed.datapool_label == "everything"
    assert pool.has_next()
    assert pool.summary()["countPending"] == 1
    waiting = pool.get_entry(pushed.entry_id)
    assert (waiting.state, waiting.entry_id, waiting.get_value("net")) == ("PENDING", pushed.entry_id, 1190.5)
    # Nobody works as task 123 here: the report must not be lost for that.
    entry = pool.next(task_id=123)
    assert (entry.state, entry.task_id, entry.entry_id) == (StateEnum.PROCESSING, "123", pushed.entry_id)
    assert entry["customer"] == VALUES["customer"]
    assert entry.get_value("nothing", "default") == "default"
    assert json.loads(entry.to_json()) == {"priority": 4, "values": VALUES}
    assert json.loads(entry.json_to_update())["state"] == "PROCESSING"
    entry["customer"] = "changed"
    entry.values["more"] = {"x": [1]}
    entry.save()
    assert entry.state == StateEnum.PROCESSING
    assert pool.get_entry(entry.entry_id).values == {**VALUES, "customer": "changed", "more": {"x": [1]}}
    entry.report_done()
    assert entry.state == StateEnum.DONE
    entry.report_done()  # said twice
    assert entry.date_finished
    summary = pool.summary()
    assert (summary["countDone"], summary["countPending"], summary["countProcessing"]) == (1, 0, 0)
    for task_id in (None, "", "7", 7):
        pool.create_entry(DataPoolEntry(values={}))
        taken = pool.next(task_id=task_id)
        taken.report_done()
        assert taken.state == "DONE"
    # An entry of its own that goes through JSON is the same entry.
    copy = DataPoolEntry().update_from_json(json.dumps({"id": "9", "state": "PENDING", "values": {"a": 1}}).encode())
    assert (copy.entry_id, copy["a"]) == ("9", 1)


def check_order(maestro: BotMaestroSDK) -> None:
    for policy, wanted in ((ConsumptionPolicyEnum.FIFO, "cdab"), (ConsumptionPolicyEnum.LIFO, "dcba")):
        pool = made(maestro, f"in order {policy.value}", consumption_policy=policy)
        for name, priority in (("a", 0), ("b", 0), ("c", 10), ("d", 10)):
            pool.create_entry(DataPoolEntry(values={"name": name}, priority=priority))
        taken = []
        while pool.has_next():
            entry = pool.next(task_id=0)
            taken.append(entry["name"])
            entry.report_done()
        assert "".join(taken) == wanted, (policy, taken)


def check_errors(maestro: BotMaestroSDK) -> None:
    pool = made(maestro, "retries", max_auto_retry=1)
    pool.create_entry(DataPoolEntry(values={"n": 1}))
    first = pool.next(task_id=1)
    first.report_error()
    assert first.state == StateEnum.ERROR
    assert first.child
    first.report_error()  # said twice: one retry
    second = pool.next(task_id=1)
    assert (second.entry_id, second.parent, second["n"]) == (first.child, first.entry_id, 1)
    second.report_error()
    assert second.child is None
    assert pool.next(task_id=1) is None
    # A retry is on its way to somebody; until it is taken, the last word counts.
    pool.create_entry(DataPoolEntry(values={"n": 2}))
    entry = pool.next(task_id=1)
    entry.report_error()
    entry.report_done()
    assert entry.state == StateEnum.DONE
    assert pool.is_empty()
    # Errors in a row switch a datapool off, and it stays so until somebody switches it on.
    pool = made(maestro, "stops", max_errors_before_inactive=2, auto_retry=False)
    for number in range(3):
        pool.create_entry(DataPoolEntry(values={"n": number}))
    for _ in range(2):
        assert pool.is_active()
        pool.next(task_id=1).report_error()
    assert not pool.is_active()
    assert pool.next(task_id=1) is None
    assert pool.has_next()
    pool.activate()
    pool.next(task_id=1).report_done()


def check_newer(maestro: BotMaestroSDK) -> None:
    from botcity.maestro.datapool.enums import ErrorType

    pool = made(maestro, "newer", name="Newer", max_auto_retry=3)
    assert pool.name == "Newer"
    pool.create_entry(DataPoolEntry(values={"n": 1}))
    entry = pool.next(task_id=1)
    entry.report_error(error_type=ErrorType.BUSINESS, finish_message="no such customer")
    assert (entry.error_type, entry.message, entry.child) == ("BUSINESS", "no such customer", None)
    pool.create_entry(DataPoolEntry(values={"n": 2}))
    entry = pool.next(task_id=1)
    entry.report_error(error_type=ErrorType.SYSTEM, finish_message="no answer")
    assert (entry.error_type, entry.message, entry.retry_index) == ("SYSTEM", "no answer", 0)
    retry = pool.get_entry(entry.child)
    assert (retry.retry_index, retry.parent) == (1, entry.entry_id)
    cancelled = pool.cancel_entry(retry.entry_id, finish_message="not needed")
    assert (cancelled.state, cancelled.message) == (StateEnum.CANCELED, "not needed")
    pool.delete_entry(cancelled.entry_id)
    refused(lambda: pool.get_entry(cancelled.entry_id), "404")
    refused(lambda: pool.cancel_entry(entry.entry_id), "only allowed")
    pool.create_entry(DataPoolEntry(values={"n": 3}))
    taken = pool.next(task_id=1)
    refused(lambda: pool.delete_entry(taken.entry_id), "only allowed")
    taken.report_done(finish_message="done")
    assert taken.message == "done"
    pool.delete_entry(taken.entry_id)
    keyed = maestro.get_datapool("everything").create_entry(DataPoolEntry(values={"customer": "ACME", "net": 2}))
    assert (keyed.unique_key, keyed.display_value) == ("ACME", "2")
    unnamed = made(maestro, "unnamed", default_automation=None)
    assert unnamed.default_automation is None
    assert unnamed.deactivate()
    assert unnamed.summary()["active"] is False


def check_refusals(maestro: BotMaestroSDK, pool: DataPool) -> None:
    refused(lambda: maestro.get_datapool("no such pool"), "404")
    refused(lambda: made(maestro, "everything"), "409")
    refused(lambda: made(maestro, "odd", trigger="SOMETIMES"), "400")
    refused(lambda: made(maestro, "odd", trigger="ALWAYS", default_automation="no such automation"), "404")
    refused(lambda: pool.get_entry("no such entry"), "404")
    refused(lambda: pool.get_entry("123456789"), "404")
    refused(lambda: pool.create_entry(DataPoolEntry(values={}, priority=11)), "400")
    refused(lambda: pool.create_entry(DataPoolEntry(values=["not", "an", "object"])), "400")
    pushed = pool.create_entry(DataPoolEntry(values={"a": 1}))
    waiting = pool.get_entry(pushed.entry_id)
    refused(waiting.report_done, "allowed")
    taken = pool.next(task_id="my task")
    refused(taken.report_done, "400")
    taken = pool.get_entry(taken.entry_id)
    taken.report_done()
    if hasattr(pool, "_delete"):
        gone = made(maestro, "gone")
        gone._delete()
        refused(lambda: maestro.get_datapool("gone"), "404")
        refused(lambda: made(maestro, "gone"), "409")


def work(maestro: BotMaestroSDK, task_id: str) -> None:
    execution = maestro.get_execution()
    pool = maestro.get_datapool("for bots")
    done = 0
    while pool.has_next():
        entry = pool.next(task_id=execution.task_id)
        assert entry.task_id == task_id
        entry.save()
        assert entry.task_id == task_id
        if done == 0:
            pool.create_entry(DataPoolEntry(values={"made by": "the bot"}, priority=1))
        entry.report_done()
        assert entry.task_id == task_id
        done += 1
    print(done)  # noqa: T201


def refused(call: Callable[[], object], *fragments: str) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 -- versions differ in what they raise
        told = str(error)
    else:
        told = "nothing was refused"
    assert any(fragment in told for fragment in fragments), told


if __name__ == "__main__":
    main(sys.argv[1:])
