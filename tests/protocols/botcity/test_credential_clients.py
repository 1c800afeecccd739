"""The unmodified client packages store, read, change and remove secrets on a real server."""

from __future__ import annotations

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import SDKS, Connected, Interpreter, connected, lease_task, run

__all__ = ["connected"]  # a fixture


@pytest.mark.parametrize("sdk", SDKS)
def test_every_call_about_credentials_works_by_hand(sdk: str, connected: Connected, client_python: Interpreter) -> None:
    run(client_python(sdk), "sdk_credentials.py", connected.server.url, connected.login, connected.key)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_bot_uses_credentials_with_the_token_of_its_attempt(
    sdk: str, connected: Connected, client_python: Interpreter
) -> None:
    with httpx2.Client(base_url=connected.server.url) as client:
        lease = lease_task(client, connected)
        arguments = (connected.server.url, str(lease["task"]), lease["token"], "default")
        run(client_python(sdk), "sdk_credentials.py", *arguments)


def test_every_call_of_the_maestro_client_package_works(connected: Connected, client_python: Interpreter) -> None:
    arguments = (connected.server.url, connected.login, connected.key)
    run(client_python("maestro-client-1.0.1"), "maestro_client_credentials.py", *arguments)
