"""Actions of a runner may have our client instead of the vendor's, and plugins find it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clients import ROOT
from tests.support.databases import copy_sqlite
from tests.support.processes import Server, clean_environment, make_server

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    actions: [{slug: ours, name: Ours, type: app_action, code: ours.py, requirements: [botyard-sdk]}]
integrations: [{id: open, name: Open, version: "1", base_url: "https://open.example"}]
plugins:
  interfaces: [{namespace: shared, capabilities: [foo, missing], code: shared.py}]
  implementations: [{interface: shared, integration: open, code: plugin.py}]
"""
SHARED = "def name_of():\n    return api.integrations.get_integration('open').name\n"
PLUGIN = """
from plugins.interfaces.shared import name_of


def foo(connection_ids):
    return [name_of(), len(connection_ids)]
"""
CODE = """
import os

from botyard.sdk.automio import GraphQLRequest
from botyard.sdk.automio.wrapper import API

assert isinstance(api, API)
assert GraphQLRequest(query="{ a }").variables is None
assert not os.path.exists(".env")
print("working …")
found = [
    api.plugins.invoke(f"shared.{capability}", "open", connection_ids=plugin.connection_ids)
    for plugin in api.plugins.get_list("shared")
    for capability in ("foo", "missing")
]
api.app_cache.set("seen", USER_INPUT["n"], ttl=60)
told = api.task.set_progress(50, "Half")
RESULT = {"found": found, "n": api.app_cache.get("seen")["value"], "progress": told["progress"]}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Yield a server whose runner finds a wheel of our client beside the packages of the index."""
    folder = tmp_path_factory.mktemp("actions")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels")]
    subprocess.run(build, cwd=ROOT / "packaging" / "sdk", env=clean_environment(), capture_output=True, check=True)
    data = folder / "data"
    data.mkdir(mode=0o700)
    copy_sqlite(sqlite_template, data)
    process = make_server(folder, data, None, UV_FIND_LINKS=str(folder / "wheels"))
    try:
        process.start_ready()
        yield process
    finally:
        process.stop()


def test_an_action_has_our_client_when_it_asks_for_it(server: Server, tmp_path: Path) -> None:
    for name, text in {"ours.py": CODE, "shared.py": SHARED, "plugin.py": PLUGIN, "workspace.yaml": WORKSPACE}.items():
        (tmp_path / name).write_text(text, "utf-8")
    server.cli("apply", str(tmp_path / "workspace.yaml"))
    done = server.json("task", "run", "ours", "--param", "n=7", "--wait")
    log = server.cli("task", "logs", str(done["id"])).stdout
    assert done["state"] == "succeeded", log
    assert done["output"] == {"found": [["Open", 1], None], "n": 7, "progress": 50}
    assert "working …" in log
