"""Every call of the eleven helpers of `botcity-maestro-client`, and of our drop-in module, at the same addresses."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import LABEL, Command, Connected, connected, lease_task, run

__all__ = ["connected"]  # a fixture

#: The client, and the dialect that its key is made for: either works on the other's routes.
CASES = (
    ("maestro-client-1.0.1", "maestro-client"),
    ("maestro-client-1.0.1", "botcity"),
    ("botyard.sdk.maestro_client", "maestro-client"),
)


@pytest.mark.parametrize(("name", "dialect"), CASES)
def test_no_call_is_left_out(name: str, dialect: str, connected: Connected, client_command: Command) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        lease_task(client, connected)
    keys = connected.connect(dialect)
    arguments = (connected.server.url, keys["login"], keys["key"], LABEL, "by-hand")
    output = run(client_command(name), "maestro_client_everything.py", *arguments)
    told = json.loads(output.splitlines()[-1])
    assert told["unused"] == []
    assert len(told["known"]) >= 38
