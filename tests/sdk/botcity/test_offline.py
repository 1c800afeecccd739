"""What a bot may do without a login, and what versions of servers allow."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from botyard.sdk.botcity import (
    Artifact,
    AutomationTask,
    AutomationTaskFinishStatus,
    BotExecution,
    BotMaestroSDK,
    DataPool,
    DataPoolEntry,
    ServerMessage,
)
from botyard.sdk.botcity.datapool.enums import StateEnum

CALLS: dict[str, Callable[[BotMaestroSDK], Any]] = {
    "alert": lambda sdk: sdk.alert(1, "t", "m", "INFO"),
    "message": lambda sdk: sdk.message(["a@b"], [], "s", "b", "TEXT"),
    "create_task": lambda sdk: sdk.create_task("label", {"a": 1}),
    "finish_task": lambda sdk: sdk.finish_task(1, AutomationTaskFinishStatus.SUCCESS),
    "restart_task": lambda sdk: sdk.restart_task(1),
    "get_task": lambda sdk: sdk.get_task(1),
    "interrupt_task": lambda sdk: sdk.interrupt_task(1),
    "new_log": lambda sdk: sdk.new_log("log", []),
    "new_log_entry": lambda sdk: sdk.new_log_entry("log", {}),
    "get_log": lambda sdk: sdk.get_log("log"),
    "delete_log": lambda sdk: sdk.delete_log("log"),
    "post_artifact": lambda sdk: sdk.post_artifact(1, "name", "no such file"),
    "list_artifacts": lambda sdk: sdk.list_artifacts(),
    "get_artifact": lambda sdk: sdk.get_artifact(1),
    "error": lambda sdk: sdk.error(1, ValueError("x")),
    "get_credential": lambda sdk: sdk.get_credential("set", "key"),
    "create_credential": lambda sdk: sdk.create_credential("set", "key", "s3cret"),
    "update_credential": lambda sdk: sdk.update_credential("set", "key", new_value="s3cret"),
    "remove_credential": lambda sdk: sdk.remove_credential("set", "key"),
    "create_datapool": lambda sdk: sdk.create_datapool(DataPool("pool")),
    "get_datapool": lambda sdk: sdk.get_datapool("pool"),
}
#: What a call returns when there is no server but empty objects are wanted; the others return None.
EMPTY: dict[str, Any] = {
    "get_log": [],
    "list_artifacts": [],
    "get_artifact": (),
    "get_credential": "",
    **dict.fromkeys(("create_task", "get_task"), AutomationTask()),
    **dict.fromkeys(("alert", "message", "finish_task", "restart_task", "interrupt_task"), ServerMessage()),
    **dict.fromkeys(("new_log", "new_log_entry", "delete_log", "post_artifact"), ServerMessage()),
}


class Offline(BotMaestroSDK):
    RAISE_NOT_CONNECTED = False


class Mocked(Offline):
    MOCK_OBJECT_WHEN_DISCONNECTED = True


@pytest.mark.parametrize("name", CALLS)
def test_a_call_without_a_login_is_an_error(name: str) -> None:
    with pytest.raises(RuntimeError, match="login"):
        CALLS[name](BotMaestroSDK("http://127.0.0.1:1", "login", "key"))
    with pytest.raises(RuntimeError, match="login"):
        BotMaestroSDK().get_execution()


@pytest.mark.parametrize("name", CALLS)
def test_offline_a_call_warns_and_sends_nothing(name: str) -> None:
    sdk = Offline("http://127.0.0.1:1", "login", "key")
    with pytest.warns(UserWarning, match="ffline") as told:
        returned = CALLS[name](sdk)
    assert returned("anything", key="at all") is None
    assert len(told) == 2
    assert "offline" in str(told[0].message)
    assert f"{name} was called" in str(told[1].message)
    assert "s3cret" not in str(told[1].message)
    with pytest.warns(UserWarning, match="ffline") as later:
        CALLS[name](sdk)
    assert len(later) == 1


@pytest.mark.parametrize("name", CALLS)
def test_offline_a_call_may_return_something_empty(name: str) -> None:
    with pytest.warns(UserWarning, match="ffline"):
        assert CALLS[name](Mocked()) == EMPTY.get(name)


def test_the_warning_names_the_arguments() -> None:
    with pytest.warns(UserWarning, match="ffline") as told:
        Offline().create_task("label", parameters={"a": 1})
    assert "create_task was called with label, parameters={'a': 1}" in str(told[-1].message)


def test_offline_the_execution_is_empty() -> None:
    sdk = Offline()
    with pytest.warns(UserWarning, match="ffline"):
        assert sdk.get_execution() == BotExecution("", 0, "", {})
    with pytest.warns(UserWarning, match="ffline"):
        assert sdk.get_execution("7") == BotExecution("", "7", "", {})
    assert sdk.is_online is False


def test_the_switches_are_those_of_the_class() -> None:
    try:
        BotMaestroSDK.RAISE_NOT_CONNECTED = False
        with pytest.warns(UserWarning, match="ffline"):
            BotMaestroSDK().get_task(1)
    finally:
        BotMaestroSDK.RAISE_NOT_CONNECTED = True


@pytest.mark.parametrize(
    ("version", "wanted", "enough"),
    [
        ("3.0.2", "3.0.2", True),
        ("3.0.10", "3.0.2", True),
        ("3.1", "3.0.2", True),
        ("3", "3.0.0", True),
        ("3.0.1", "3.0.2", False),
        ("2.9.9", "3.0.0", False),
        ("v1.2", "2.0.0", False),
        ("4.0.0-SNAPSHOT", "3.0.2", True),
        ("latest", "3.0.2", True),
    ],
)
def test_a_server_that_is_too_old_is_not_asked(version: str, wanted: str, enough: bool) -> None:
    sdk = Offline()
    sdk._version = version
    call = {"3.0.2": "get_datapool", "3.0.0": "remove_credential", "2.0.0": "error"}[wanted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if enough:
            CALLS[call](sdk)
        else:
            with pytest.raises(RuntimeError, match=f"{call}.* needs .*{wanted}.* is {version}"):
                CALLS[call](sdk)


def logged_in() -> BotMaestroSDK:
    sdk = BotMaestroSDK("http://127.0.0.1:1", "login", "key")
    sdk.access_token = "token"
    return sdk


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ((10, 6, 4), (10, 6, 4)),
        ((10, 6, None), (10, 6, 4)),
        ((10, None, 4), (10, 6, 4)),
        ((None, 6, 4), (10, 6, 4)),
        ((0, 0, None), (0, 0, 0)),
        ((None, -3, 2), "sum"),
        ((None, 2, -2), "sum"),
        ((-1, -1, -1), (0, 0, 0)),
        ((10, 5, 4), "sum"),
        ((10, None, None), "two"),
        ((None, None, 1), "two"),
    ],
)
def test_two_counts_of_items_make_the_third(given: tuple[Any, ...], counted: Any) -> None:
    if isinstance(counted, str):
        with pytest.raises(ValueError, match=counted):
            BotMaestroSDK._validate_items(*given)
    else:
        assert BotMaestroSDK._validate_items(*given) == counted


def test_a_task_without_items_is_a_warning_where_it_is_finished() -> None:
    with pytest.warns(UserWarning, match="reports no items") as told, pytest.raises(OSError, match="No answer"):
        logged_in().finish_task(1, "SUCCESS")
    assert told[0].filename == __file__


def test_what_cannot_be_right_is_refused_before_anything_is_sent(tmp_path: Any) -> None:
    sdk = logged_in()
    with pytest.raises(ValueError, match="datetime, not date"):
        sdk.create_task("label", {}, min_execution_date=dt.date(2026, 1, 1))  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        sdk.post_artifact(1, "name", str(tmp_path / "missing"))
    with pytest.raises(ValueError, match="no file"):
        sdk.post_artifact(1, "name", str(tmp_path))
    with pytest.raises(ValueError, match="no task"):
        sdk.get_execution()
    for given in ((), ("server",), ("server", "login")):
        with pytest.raises(ValueError, match=r"no (server|login|key)"):
            BotMaestroSDK(*given).login()
    for lonely in (DataPoolEntry().save, DataPool("x").summary):
        with pytest.raises(ValueError, match=r"belongs to no|not known"):
            lonely()


@pytest.mark.parametrize(
    ("current", "allowed"),
    [
        ("PENDING", {"PENDING", "PROCESSING", "CANCELED"}),
        ("PROCESSING", {"PROCESSING", "DONE", "ERROR", "TIMEOUT"}),
        ("TIMEOUT", {"TIMEOUT", "DONE", "ERROR"}),
        *((final, {state.value for state in StateEnum}) for final in (None, "DONE", "ERROR", "CANCELED")),
    ],
)
def test_a_state_follows_another(current: str | None, allowed: set[str]) -> None:
    for state in StateEnum:
        for spelt in (state, state.value):
            entry = DataPoolEntry(state=current)
            if state.value in allowed:
                entry.state = spelt
            else:
                with pytest.raises(ValueError, match="allowed"):
                    entry.state = spelt


def test_an_entry_is_asked_by_key() -> None:
    entry = DataPoolEntry(values={"net": 1, "state": "mine"}, state="PENDING")
    entry["net"], entry["priority"], entry["state"] = 2, 7, "yours"
    assert (entry["net"], entry["priority"], entry["state"], entry.state) == (2, 7, "yours", "PENDING")
    assert (entry.values, entry.get_value("none"), entry.get_value("none", 0)) == (
        {"net": 2, "state": "yours"},
        None,
        0,
    )
    with pytest.raises(AttributeError):
        entry["nothing"]


def test_older_tasks_and_schemas_are_understood() -> None:
    task = AutomationTask.from_json('{"id": 7, "activityId": 1, "userCreationId": 2, "organizationCreationId": 3}')
    assert (task.activity_id, task.user_creation_id, task.org_creation_id) == (1, 2, 3)
    assert (task.test, task.interrupted, task.killed, task.input_file, task.finish_status) == (
        *(False, False, False, None, None),
    )
    told = AutomationTask.from_json('{"interrupted": null, "inputFile": {"id": 9, "fileName": "a.txt"}}')
    assert (told.interrupted, told.input_file) == (False, Artifact.from_dict({"id": 9, "fileName": "a.txt"}))
    free: Any = [{"label": "a", "type": "TEXT"}]
    nothing: Any = None
    assert DataPool("p", schema=free).to_dict()["schema"] == free
    assert DataPool("p", schema=nothing).to_dict()["schema"] == []
