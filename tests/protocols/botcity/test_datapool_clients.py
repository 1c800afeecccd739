"""The unmodified client packages make datapools and work them off, on a real server."""

from __future__ import annotations

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import Connected, Interpreter, connected, lease_task, log_in, run

__all__ = ["connected"]  # a fixture

#: The oldest of our SDKs knows no datapools.
SDKS = ("botcity-0.5.1", "botcity-0.6.0", "botcity-0.9.1")


@pytest.mark.parametrize("sdk", SDKS)
def test_every_call_about_datapools_works_by_hand(sdk: str, connected: Connected, client_python: Interpreter) -> None:
    run(client_python(sdk), "sdk_datapools.py", connected.server.url, connected.login, connected.key)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_bot_works_a_datapool_off_with_the_token_of_its_attempt(
    sdk: str, connected: Connected, client_python: Interpreter
) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        headers = {"token": log_in(client, connected)}
        client.post("/api/v2/datapool", json={"label": "for bots"}, headers=headers).raise_for_status()
        for number in range(3):
            body = {"values": {"n": number}}
            client.post("/api/v2/datapool/for bots/push", json=body, headers=headers).raise_for_status()
        lease = lease_task(client, connected)
        arguments = (connected.server.url, str(lease["task"]), lease["token"], "default")
        assert run(client_python(sdk), "sdk_datapools.py", *arguments).split() == ["4"]
        summary = client.get("/api/v2/datapool/for bots/summary", headers=headers).json()
        assert (summary["countDone"], summary["countPending"]) == (4, 0)
        rows = client.get("/api/v2/datapool/for bots/view", headers=headers).json()["content"]
        assert {row["taskId"] for row in rows} == {str(lease["task"])}
        assert {row["runner"] for row in rows} == {"by-hand"}
