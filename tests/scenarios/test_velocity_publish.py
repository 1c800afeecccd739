"""The agent example, published with the vendor's own command line and run by a real runner."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk import calls
from botyard.wire import native as wire
from botyard.wire import queues
from tests.scenarios.yard import Yard
from tests.support.clients import CACHE

pytestmark = pytest.mark.timeout(300)  # the vendor's build makes an environment with pip each time

FOLDER = "examples/agent"
CLIENT = "botvelocity-2026.2.81610"
#: The build installs packages with pip, which would load them each time and compile what is never run.
PIP = {"PIP_CACHE_DIR": str(CACHE.parent / "pip"), "PIP_NO_COMPILE": "1"}


class Developer:
    """Somebody with the vendor's command line, signed in, and a copy of the example."""

    def __init__(self, folder: Path, bv: Path, auth: dict[str, Any]) -> None:
        self.project = folder / "project"
        self._bv = bv
        self._home = folder / "home"
        (self._home / ".bv").mkdir(parents=True)
        (self._home / ".bv" / "auth.json").write_text(json.dumps(auth))

    def bv(self, *arguments: str, code: int = 0) -> str:
        """Run `bv` in the project and return what it printed."""
        done = subprocess.run(
            [str(self._bv), *arguments],
            cwd=self.project,
            env={**os.environ, **PIP, "HOME": str(self._home), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def developer(
    shared_yard: Yard, client_python: Callable[[str], Path], tmp_path: Path, pytestconfig: pytest.Config
) -> Developer:
    shutil.copytree(pytestconfig.rootpath / FOLDER, tmp_path / "project")
    (tmp_path / "project" / "dist").mkdir()  # `bv publish` does not make it
    joining = shared_yard.server.json("connect", "botvelocity")
    return Developer(tmp_path, client_python(CLIENT).with_name("bv"), joining["auth_json"])


@pytest.mark.parametrize("shared_yard", ["sqlite"], indirect=True, scope="module")
def test_the_example_is_published_once_and_answers_tickets(shared_yard: Yard, developer: Developer) -> None:
    """On one database, because each publication is half a minute of pip.

    Publishing, queues and running packages are proven on both elsewhere, in tests of the wire and with other bots.
    """
    before = (developer.project / "bvproject.yaml").read_text("utf-8")
    shared_yard.server.cli("apply", str(developer.project / "workspace.yaml"))
    developer.bv("publish", "orchestrator")
    filled = shared_yard.settled(shared_yard.start("support-agent", entrypoint="fill"), seconds=120)
    assert (filled.state, len(filled.output["added"]), filled.package_version) == ("succeeded", 6, "1.0.1")
    task = shared_yard.start("support-agent")
    done = shared_yard.settled(task, seconds=120)
    assert (done.state, done.output) == ("succeeded", {"answered": 4, "handed_over": 2, "failed": 0})
    assert 'T-102: answered from "Change a delivery address"' in "\n".join(line.text for line in shared_yard.log(task))
    kept = calls.get("/api/v1/queues/tickets/items", queues.ItemPage)
    items = {item.reference: item for item in shared_yard.client.send(kept).items}
    assert {name for name, item in items.items() if item.state == "done" and item.result["article"]} == {
        "T-101",
        "T-102",
        "T-103",
        "T-104",
    }
    assert {items[name].error_kind for name in ("T-105", "T-106")} == {"business"}
    assert shared_yard.settled(shared_yard.start("support-agent"), seconds=60).output == {
        "answered": 0,
        "handed_over": 0,
        "failed": 0,
    }

    # Whoever goes back to an earlier state of the project is refused, and the version stays what it was.
    project = developer.project / "bvproject.yaml"
    project.write_text(re.sub("dependencies: .*", "dependencies: []", before))  # the build is quicker without any
    assert "1.0.1" in developer.bv("publish", "orchestrator", code=1)
    call = calls.get("/api/v1/automations/support-agent", wire.AutomationView)
    assert shared_yard.client.send(call).version == "1.0.1"
