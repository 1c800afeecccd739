"""One suite of scenarios over all that the SDK can do, the same for each of its versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.protocols.botcity.test_real_clients import LABEL, SDKS, Connected, Interpreter, connected, run

__all__ = ["connected"]  # a fixture

#: What the reference of the SDK lists, by the version that it came with.
METHODS = {
    "0.3": (
        "alert create_credential create_task delete_log error finish_task get_artifact get_credential get_execution"
        " get_log get_task interrupt_task list_artifacts login logoff message new_log new_log_entry post_artifact"
        " restart_task access_token organization server task_id version"
    ),
    "0.5": "create_datapool get_datapool",
    "0.6": "update_credential remove_credential is_online",
}
POOL = "activate create_entry deactivate from_json get_entry has_next is_active is_empty next summary to_dict"
ENTRY = "get_value json_to_update report_done report_error save to_json update_from_json"
GROUP = "groups:\n  - {name: night shift, members: [dan@example.org]}\n"


@pytest.mark.parametrize("sdk", SDKS)
def test_no_method_is_left_out(sdk: str, connected: Connected, client_python: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(GROUP, "utf-8")
    connected.server.cli("apply", str(tmp_path / "workspace.yaml"))
    output = run(client_python(sdk), "sdk_everything.py", connected.server.url, connected.login, connected.key, LABEL)
    told = json.loads(output.splitlines()[-1])
    assert told["unused"] == []
    version = sdk.removeprefix("botcity-")
    listed = {f"BotMaestroSDK.{name}" for since, names in METHODS.items() if version >= since for name in names.split()}
    if version >= "0.4":
        listed |= {f"DataPool.{name}" for name in POOL.split()} | {f"DataPoolEntry.{name}" for name in ENTRY.split()}
    assert listed <= set(told["known"])
