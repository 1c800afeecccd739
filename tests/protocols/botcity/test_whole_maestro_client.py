"""Every call of the eleven helpers of `botcity-maestro-client`, at the addresses that the package really sends."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import LABEL, Connected, Interpreter, connected, lease_task, run

__all__ = ["connected"]  # a fixture


@pytest.mark.parametrize("dialect", ["maestro-client", "botcity"])
def test_no_call_is_left_out(dialect: str, connected: Connected, client_python: Interpreter) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        lease_task(client, connected)
    keys = connected.server.json("connect", dialect)
    arguments = (connected.server.url, keys["login"], keys["key"], LABEL, "by-hand")
    output = run(client_python("maestro-client-1.0.1"), "maestro_client_everything.py", *arguments)
    told = json.loads(output.splitlines()[-1])
    assert told["unused"] == []
    assert len(told["known"]) >= 38
