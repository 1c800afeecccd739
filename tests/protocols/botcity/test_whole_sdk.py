"""One suite of scenarios over all that the SDK can do: each version of the vendor's package, and our drop-in module."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import LABEL, SDKS, Command, Connected, connected, run

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
def test_no_method_is_left_out(sdk: str, connected: Connected, client_command: Command, tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(GROUP, "utf-8")
    connected.server.cli("apply", str(tmp_path / "workspace.yaml"))
    arguments = (connected.server.url, connected.login, connected.key, LABEL)
    output = run(client_command(sdk), "sdk_everything.py", *arguments)
    told = json.loads(output.splitlines()[-1])
    assert told["unused"] == []
    version = sdk.removeprefix("botcity-")  # our own module has it all
    listed = {f"BotMaestroSDK.{name}" for since, names in METHODS.items() if version >= since for name in names.split()}
    if version >= "0.4":
        listed |= {f"DataPool.{name}" for name in POOL.split()} | {f"DataPoolEntry.{name}" for name in ENTRY.split()}
    assert listed <= set(told["known"])
    by_hand, _ = json.JSONDecoder().raw_decode(output)
    alerts = httpx2.get(
        f"{connected.server.url}/api/v2/alerts?taskId={by_hand['task']}", headers={"token": by_hand["token"]}
    )
    assert alerts.json()["totalElements"] == 6
