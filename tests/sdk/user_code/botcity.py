"""What bots write with our drop-in modules and mypy has to understand; type-checked with the tests, never run."""

import datetime as dt
from typing import Any, assert_type

from botyard.sdk.botcity import (
    AlertType,
    Artifact,
    AutomationTask,
    AutomationTaskFinishStatus,
    AutomationTaskState,
    BotExecution,
    BotMaestroSDK,
    Column,
    DataPool,
    DataPoolEntry,
    FieldType,
    SchemaField,
    ServerMessage,
)
from botyard.sdk.botcity.datapool.enums import ConsumptionPolicyEnum, StateEnum, TriggerEnum
from botyard.sdk.maestro_client import MaestroClient, MaestroClientError, MaestroResponse


class AtMyDesk(BotMaestroSDK):
    RAISE_NOT_CONNECTED = False


def as_a_bot() -> None:
    maestro = AtMyDesk.from_sys_args()
    assert_type(maestro, AtMyDesk)
    assert_type(maestro.get_execution(), BotExecution)
    assert_type(maestro.create_task("a", {"x": 1}, min_execution_date=dt.datetime.now(dt.UTC)), AutomationTask)
    assert_type(maestro.get_task(7).state == AutomationTaskState.START, bool)
    assert_type(maestro.alert(7, "title", "message", AlertType.INFO), ServerMessage)
    assert_type(maestro.new_log("log", [Column("Total", "total", 50)]), ServerMessage)
    assert_type(maestro.get_log("log"), list[dict[str, Any]])
    assert_type(maestro.list_artifacts(days=1), list[Artifact])
    assert_type(maestro.get_artifact(7), tuple[str, bytes])
    assert_type(maestro.get_credential("portal", "password"), str)
    maestro.VERIFY_SSL_CERT, maestro.timeout = "/etc/ssl/own.pem", 5.0
    maestro.finish_task(7, AutomationTaskFinishStatus.SUCCESS, processed_items=1, failed_items=0)


def with_datapools(maestro: BotMaestroSDK) -> None:
    schema = [SchemaField(label="customer", type=FieldType.TEXT, unique_id=True)]
    pool = DataPool("invoices", schema=schema, trigger=TriggerEnum.NEVER, consumption_policy=ConsumptionPolicyEnum.LIFO)
    assert_type(maestro.create_datapool(pool), DataPool)
    entry = pool.next(task_id="7")
    assert_type(entry, DataPoolEntry | None)
    if entry is not None and entry.state == StateEnum.PROCESSING:
        entry.report_done()


def with_a_client() -> None:
    client = MaestroClient("login", "key", raise_errors=True)
    try:
        assert_type(client.tasks.list(page=0, size=50), MaestroResponse)
    except MaestroClientError as error:
        assert_type(error.response, MaestroResponse | None)
