"""Importing the SDK takes next to no time: what takes long is imported when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.sdk_import import LIMIT, imported

LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded(statement: str) -> set[str]:
    """Return the modules that are there after a statement."""
    done = subprocess.run([sys.executable, "-c", f"{statement}; {LOADED}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_it_takes_less_than_is_allowed() -> None:
    assert min(imported("import botyard.sdk") for _ in range(3)) < LIMIT


@pytest.mark.parametrize("name", ["httpx2", "asyncio", "ssl", "botyard.wire.queues", "botyard.wire.native"])
def test_the_names_of_the_clients_do_not_need(name: str) -> None:
    assert name not in loaded("from botyard.sdk import AsyncBotyard, Botyard, CallError")


def test_a_script_waits_for_the_concepts_that_it_uses_only() -> None:
    used = loaded("from botyard.sdk import Botyard; Botyard('http://127.0.0.1:1', 'x').queues.push")
    assert {each for each in used if each.startswith("botyard.sdk.concepts.")} == {"botyard.sdk.concepts.queues"}
    assert "httpx2" in used
