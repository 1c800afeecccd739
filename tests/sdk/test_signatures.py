"""Our drop-in modules offer what the vendors' packages and their documents offer; every difference has its reason."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import DROPINS
from tests.support.processes import clean_environment

DESCRIBE = Path(__file__).with_name("describe.py")

#: Our module, the client whose package it stands for, and what is compared, under the vendor's names.
COMPARED = {
    "botyard.sdk.botcity": (
        "botcity-0.9.1",
        "botcity.maestro",
        "botcity.maestro.model",
        "botcity.maestro.sdk",
        "botcity.maestro.datapool",
        "botcity.maestro.datapool.datapool",
        "botcity.maestro.datapool.entry",
        "botcity.maestro.datapool.enums",
    ),
    "botyard.sdk.botvelocity": (
        "botvelocity-2026.2.81610",
        "bv.runtime",
        *(
            f"bv.runtime.{name}"
            for name in ("_guard", "assets", "auth", "client", "context", "credential", "logging", "queue")
        ),
        *(f"bv.runtime.{name}" for name in ("queue_item", "secret", "traces", "url_resolver")),
    ),
    "botyard.sdk.maestro_client": (
        "maestro-client-1.0.1",
        "maestro_client",
        "maestro_client.helpers",
        "maestro_client.maestro_client",
        "maestro_client:MaestroClient('login', 'key', 'https://example.org/')",
    ),
}
#: What ours has not: a pattern of the name → why.
MISSING = {
    r".*RuntimeContextData": "the inside of the vendor's module, which replaces it while others read it",
}
#: What only ours has: a pattern of the name → why.
ADDED = {
    r"bv\.runtime\.client\.named": "how a name becomes a part of an address, for the module that reads assets",
    r"bv\.runtime\.queue\.QueueItem.*": "what its functions return, imported there",
    r".*BotMaestroSDK\.call_api": "the one place that sends requests, which datapools and entries use",
    r".*model\.camel": "the names of fields on the wire, for the modules that read them",
    r"maestro_client\.(MaestroResponse|MaestroClientError).*": "the guide imports them from the package itself",
    r".*MaestroResponse\.of": "how an answer is read",
    r".*helpers\.MaestroClientError\..*": "members of every exception, which ours tells with its own parameters",
    r".*MaestroClient\.known_organization": "what the first call has to send, before anybody has logged in",
    r".*MaestroClient\(.*\)\.raise_errors": "the attribute of the parameter",
}
#: Parameters at the end that only ours has: a pattern of the name → the parameters, why.
LONGER = {
    r".*\.AutomationTask": (
        ["activity_id", "user_creation_id", "org_creation_id"],
        "older releases had these fields, and the reference still lists them",
    ),
    r".*\.MaestroClient": (["raise_errors"], "the guide says that refused calls raise; the package returns them"),
}
#: Where the shape is another: a pattern of the name → why.
CHANGED = {
    r".*helpers\.MaestroClientError": "it carries the response that was refused",
    r"bv\.runtime\.(logging\.)?LogLevel": "the document has DEBUG where the package has TRACE; ours has both",
}

#: What the reference of the SDK says, name by name.
REFERENCE = """
BotMaestroSDK(server=None, login=None, key=None)
BotMaestroSDK.alert(self, task_id, title, message, alert_type)
BotMaestroSDK.create_credential(self, label, key, value)
BotMaestroSDK.create_datapool(self, pool)
BotMaestroSDK.create_task(self, activity_label, parameters, test=False, priority=0, min_execution_date=None)
BotMaestroSDK.delete_log(self, activity_label)
BotMaestroSDK.error(self, task_id, exception, screenshot=None, attachments=None, tags=None)
BotMaestroSDK.finish_task(self, task_id, status, message='', total_items=None, processed_items=None, failed_items=None)
BotMaestroSDK.get_artifact(self, artifact_id)
BotMaestroSDK.get_credential(self, label, key)
BotMaestroSDK.get_datapool(self, label)
BotMaestroSDK.get_execution(self, task_id=None)
BotMaestroSDK.get_log(self, activity_label, date='')
BotMaestroSDK.get_task(self, task_id)
BotMaestroSDK.interrupt_task(self, task_id)
BotMaestroSDK.list_artifacts(self, days=7)
BotMaestroSDK.login(self, server=None, login=None, key=None)
BotMaestroSDK.logoff(self)
BotMaestroSDK.message(self, email, users, subject, body, msg_type, group=None)
BotMaestroSDK.new_log(self, activity_label, columns)
BotMaestroSDK.new_log_entry(self, activity_label, values)
BotMaestroSDK.post_artifact(self, task_id, artifact_name, filepath)
BotMaestroSDK.restart_task(self, task_id)
ServerMessage(message='', type=ServerMessageType.ERROR, payload='')
ServerMessage.from_json(payload)
ServerMessage.to_json(self)
AutomationTask.from_json(payload)
AutomationTask.is_interrupted(self)
AutomationTask.to_json(self)
Artifact.from_dict(data)
Artifact.from_json(payload)
Artifact.to_json(self)
Column(name=None, label=None, width=0)
BotExecution(server, task_id, token, parameters)
DataPool(label, default_automation=None, consumption_policy=ConsumptionPolicyEnum.FIFO, trigger=TriggerEnum.NEVER, \
schema=a new one, auto_retry=True, max_auto_retry=0, abort_on_error=True, max_errors_before_inactive=0, \
item_max_processing_time=0, datapool_id=None, maestro=None, active=True)
DataPool.activate(self)
DataPool.create_entry(self, entry)
DataPool.deactivate(self)
DataPool.from_json(payload, maestro)
DataPool.get_entry(self, entry_id)
DataPool.has_next(self)
DataPool.is_active(self)
DataPool.is_empty(self)
DataPool.next(self, task_id)
DataPool.summary(self)
DataPool.to_dict(self)
DataPoolEntry(priority=0, values=a new one, datapool_label=None, state=None, entry_id=None, task_id=None, parent=None, \
child=None, date_register=None, date_processing=None, date_finished=None, maestro=None)
DataPoolEntry.get_value(self, key, default=None)
DataPoolEntry.json_to_update(self)
DataPoolEntry.report_done(self)
DataPoolEntry.report_error(self)
DataPoolEntry.save(self)
DataPoolEntry.to_json(self)
DataPoolEntry.update_from_json(self, payload)
"""
#: Where ours is another than the reference says, because the package 0.9.1 is: bots in the wild run that.
PACKAGE_WINS = {
    "DataPool": "more fields, between those of the reference; default_automation may be left out",
    "DataPoolEntry": "more fields, between those of the reference",
    "DataPoolEntry.report_done": "takes a message",
    "DataPoolEntry.report_error": "takes the type of the error and a message",
}

Command = Callable[[str], list[str]]


def told(command: list[str], *places: str) -> dict[str, Any]:
    done = subprocess.run(
        [*command, str(DESCRIBE), *places],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shapes: dict[str, Any] = json.loads(done.stdout)
    return shapes


def reason(name: str, table: dict[str, Any]) -> Any:
    return next((why for pattern, why in table.items() if re.fullmatch(pattern, name)), None)


@pytest.mark.parametrize("module", COMPARED)
def test_names_parameters_and_defaults_are_those_of_the_package(module: str, client_command: Command) -> None:
    client, *places = COMPARED[module]
    theirs, ours = told(client_command(client), *places), told(client_command(module), *places)
    assert len(theirs) > 50
    assert [name for name in theirs.keys() - ours.keys() if reason(name, MISSING) is None] == []
    assert [name for name in ours.keys() - theirs.keys() if reason(name, ADDED) is None] == []
    common = {name: shape for name, shape in theirs.items() if name in ours}
    assert [name for name, shape in common.items() if shape != ours[name] and not explained(name, shape, ours)] == []


def explained(name: str, theirs: dict[str, Any], ours: dict[str, Any]) -> bool:
    if reason(name, CHANGED):
        return True
    longer = reason(name, LONGER)
    mine = ours[name].get("parameters") or []
    names = [parameter[0] for parameter in mine[len(theirs.get("parameters") or []) :]]
    return bool(longer) and names == longer[0] and mine[: len(theirs["parameters"])] == theirs["parameters"]


def test_the_reference_is_kept_where_the_package_keeps_it(client_command: Command) -> None:
    module = "botyard.sdk.botcity"
    shapes = told(client_command(module), DROPINS[module])
    different = {}
    for line in REFERENCE.strip().splitlines():
        name, _, parameters = line.removesuffix(")").partition("(")
        shape = shapes[f"{DROPINS[module]}.{name}"]["parameters"]
        if (written := ", ".join(one[0] if one[2] == "-" else f"{one[0]}={one[2]}" for one in shape)) != parameters:
            different[name] = written
            wanted = {part.partition("=")[0] for part in parameters.split(", ")}
            assert wanted <= {one[0] for one in shape}, name
    assert different.keys() == PACKAGE_WINS.keys()


def test_the_guide_of_the_client_finds_what_it_names() -> None:
    from botyard.sdk.maestro_client import MaestroClient, MaestroResponse

    client = MaestroClient("login", "key")
    for name in ("base_url", "login_value", "key_value", "organization", "token", "authenticate", "request_raw"):
        assert hasattr(client, name)
    helpers = "tasks logs automations bots runners credentials datapools result_files errors schedules workspaces"
    assert len([getattr(client, name) for name in helpers.split()]) == 11
    assert list(MaestroResponse.__dataclass_fields__) == ["ok", "status_code", "url", "headers", "data", "raw"]
