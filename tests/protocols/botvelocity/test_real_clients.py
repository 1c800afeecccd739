"""The unmodified bv-runtime, our module in its place, and the bv command line do all they can with a real server."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.processes import PASSWORD, Server, clean_environment

CLIENT = "botvelocity-2026.2.81610"
BOTS = Path(__file__).parent / "bots"
WORKSPACE = """
folders: [Finance]
assets:
  - {name: CONFIG_VALUE, type: text, value: hello}
  - {name: MAX_ITEMS, type: int, value: 7}
  - {name: DRY_RUN, type: bool, value: true}
  - {name: API_KEY, type: secret, value: canary-of-the-key}
  - {name: DB, type: credential, username: bot, password: canary-of-the-password, folder: Finance}
queues:
  - {label: orders, max_retries: 1}
"""

Interpreter = Callable[[str], Path]
Command = Callable[[str], list[str]]


@pytest.fixture
def connection(server: Server, tmp_path: Path) -> dict[str, Any]:
    """Return what `botyard connect botvelocity` prints, with a workspace to work in."""
    (tmp_path / "workspace.yaml").write_text(WORKSPACE)
    server.cli("apply", str(tmp_path / "workspace.yaml"))
    assert "Nothing to change" in server.cli("apply", str(tmp_path / "workspace.yaml")).stdout
    made: dict[str, Any] = server.json("connect", "botvelocity")
    assert made["base_url"] == f"{server.url}/default/orchestrator_"
    return made


@pytest.fixture
def bv(client_python: Interpreter, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs `bv` with a home of its own and returns what it printed."""

    def run(*arguments: str, code: int = 0) -> str:
        environment = clean_environment(HOME=str(tmp_path), COLUMNS="200", BROWSER="true")
        done = subprocess.run(
            [str(client_python(CLIENT).with_name("bv")), *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize("client", [CLIENT, "botyard.sdk.botvelocity"])
def test_every_function_of_the_runtime_works(
    *, client: str, server: Server, connection: dict[str, Any], client_command: Command
) -> None:
    done = subprocess.run(
        [*client_command(client), str(BOTS / "everything.py"), json.dumps(connection)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    log = server.cli("task", "logs", "1").stdout
    assert "TRACE said at" in log
    assert "DEBUG said at" in log
    assert "STRANGE said at" in log
    assert "canary" not in log
    assert "canary" not in server.output
    server.cli("task", "cancel", "1")
    headers = {"X-Robot-Token": connection["robot_token"]}
    late = httpx2.get(f"{connection['base_url']}/queue-items/next?queue_name=orders", headers=headers)
    assert late.status_code in (401, 403)


def test_a_developer_uses_the_command_line(connection: dict[str, Any], bv: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / ".bv").mkdir(mode=0o700)
    (tmp_path / ".bv" / "auth.json").write_text(json.dumps(connection["auth_json"]))
    listed = json.loads(bv("assets", "list"))
    assert {each["name"] for each in listed} == {"CONFIG_VALUE", "MAX_ITEMS", "DRY_RUN", "API_KEY", "DB"}
    assert "canary" not in json.dumps(listed)
    assert [each["name"] for each in json.loads(bv("assets", "list", "--search", "config"))] == ["CONFIG_VALUE"]
    assert json.loads(bv("assets", "get", "CONFIG_VALUE"))["value"] == "hello"
    assert "not found" in bv("assets", "get", "NOPE", code=1)
    assert [each["name"] for each in json.loads(bv("queues", "list"))] == ["orders"]
    (tmp_path / "item.json").write_text('{"a": 5}')
    put = json.loads(bv("queues", "put", "orders", "--input", "item.json"))
    assert (put["payload"], put["status"]) == ({"a": 5}, "NEW")
    assert json.loads(bv("queues", "get", "orders"))["id"] == put["id"]
    assert json.loads(bv("queues", "get", "orders")) is None
    assert "404" in bv("queues", "get", "nothing", code=1)


@pytest.mark.parametrize(("answer", "code", "said"), [("approve", 0, "Authenticated as admin"), ("deny", 1, "denied")])
def test_a_person_decides_who_logs_in(
    connection: dict[str, Any], client_python: Interpreter, tmp_path: Path, *, answer: str, code: int, said: str
) -> None:
    base = connection["base_url"]
    login = subprocess.Popen(
        [str(client_python(CLIENT).with_name("bv")), "auth", "login", "--base-url", base],
        env=clean_environment(HOME=str(tmp_path), COLUMNS="300", BROWSER="true", PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert login.stdout is not None
    session = next(match[1] for line in login.stdout if (match := re.search(r"session_id=([0-9A-Za-z]{22})", line)))
    decide(base, session, answer)
    output = login.communicate(timeout=30)[0]
    assert (login.returncode, said in output) == (code, True), output
    if answer == "approve":
        auth = tmp_path / ".bv" / "auth.json"
        assert auth.stat().st_mode & 0o077 == 0
        token = json.loads(auth.read_text())["access_token"]
        reply = httpx2.get(f"{base}/assets", headers={"Authorization": f"Bearer {token}"})
        assert (reply.status_code, len(reply.json())) == (200, 5)


def decide(base: str, session: str, answer: str) -> None:
    """Sign in as a person and answer on the page of a login."""
    server, _, path = base.partition("/default")
    page = f"/default{path}/sdk-auth?session_id={session}"
    with httpx2.Client(base_url=server, headers={"origin": server}, follow_redirects=True) as browser:
        assert "Sign in" in browser.get(page).text
        shown = browser.post("/sign-in", data={"login": "admin", "password": PASSWORD, "next": page}).text
        assert "What it says of itself" in shown
        form_token = re.search(r'name="form_token" value="([^"]+)"', shown)
        assert form_token
        form = {"form_token": form_token[1], "session_id": session, "answer": answer}
        assert browser.post(f"/default{path}/sdk-auth", data=form).status_code == 200
