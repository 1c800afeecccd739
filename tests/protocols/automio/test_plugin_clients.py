"""The manual's example of plugins, in actions of every client under a real runner, and from outside of one."""

from __future__ import annotations

from pathlib import Path

from tests.support.automio import OURS, VENDORS, run
from tests.support.otherapi import OtherApi, other_api
from tests.support.processes import Process, Server

__all__ = ["other_api"]

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    actions:
      - {{slug: automio-0-1-6, type: app_action, code: use.py}}
      - {{slug: robotnikai-0-2-11, code: use.py, requirements: ["robotnikai==0.2.11"]}}
      - {{slug: automio-0-5-7, type: app_action, code: use.py, requirements: ["automio==0.5.7"]}}
integrations:
  - id: allegro_sandbox
    name: Allegro
    base_url: {url}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: joe, key: k-1}}, {{name: eva, key: k-2}}]
plugins:
  interfaces:
    - {{namespace: test_interface, capabilities: [foo, given, missing], code: shared.py}}
    - {{namespace: empty, capabilities: [foo]}}
  implementations:
    - {{interface: test_interface, integration: allegro_sandbox, code: plugin.py}}
    - {{interface: empty, integration: allegro_sandbox, code: plugin.py, enabled: false}}
"""
SHARED = """
SEVEN = 7


def test_ifc():
    return api.integrations.get_integration("allegro_sandbox")
"""
PLUGIN = """
from plugins.interfaces.test_interface import *
from plugins.interfaces.test_interface import test_ifc


def foo(connection_ids: list):
    found = []
    for connection_id in connection_ids:
        data, response = api.integrations.call(
            test_ifc(), method="GET", endpoint="/sale/offers", connection_id=connection_id
        )
        found.append(data["headers"]["authorization"])
    return found


def given(connection_ids, word):
    return {"word": word, "shared": SEVEN}
"""
USE = """
from plugins.interfaces.test_interface import SEVEN, test_ifc

integration = api.integrations.get_integration("allegro_sandbox")
found = []
for plugin in api.plugins.get_list("test_interface"):
    for capability in ("foo", "missing"):
        found.append(
            api.plugins.invoke(
                f"test_interface.{capability}", integration.integration_id, connection_ids=plugin.connection_ids
            )
        )
try:
    api.plugins.invoke("test_interface.foo", "nowhere")
except ImportError:
    found.append("no module")
try:
    api.plugins.invoke("test_interface.nonsense", "allegro_sandbox")
except AttributeError:
    found.append("no capability")
if hasattr(api.plugins, "invoke_runtime_plugin"):
    for plugin in api.plugins.get_plugins(interface="test_interface", capability="given"):
        found.append(plugin.invoke(connection_ids=plugin.connection_ids(), word="w"))
        found.append(len(plugin.connection_ids()))
RESULT = {"found": found, "empty": len(api.plugins.get_list("empty")), "seven": SEVEN, "id": test_ifc().integration_id}
"""
FOUND = [["Bearer k-1", "Bearer k-2"], None, "no module", "no capability"]
NEWER = [{"word": "w", "shared": 7}, 2]


def test_every_client_uses_plugins_unchanged(
    server: Server, runner_process: Process, other_api: OtherApi, tmp_path: Path
) -> None:
    assert runner_process.pid
    for name, text in {"shared.py": SHARED, "plugin.py": PLUGIN, "use.py": USE}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "ws.yaml").write_text(WORKSPACE.format(url=other_api.url))
    server.cli("apply", str(tmp_path / "ws.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "ws.yaml")).stdout
    env = server.json("connect", "automio")["env"]
    for client, module in VENDORS.items():
        done = server.json("task", "run", client.replace(".", "-"), "--wait")
        log = server.cli("task", "logs", str(done["id"])).stdout
        assert done["state"] == "succeeded", log
        newer = NEWER if client == "automio-0.5.7" else []
        assert done["output"] == {"found": FOUND + newer, "empty": 0, "seven": 7, "id": "allegro_sandbox"}, log
        assert run(client, "plugins_outside.py", env, tmp_path, module) == "fine\n"
    assert run(OURS, "plugins_outside.py", env, tmp_path, "automio") == "fine\n"
