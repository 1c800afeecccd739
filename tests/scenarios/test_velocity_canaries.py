"""Secrets as canaries: a bot puts them wherever it can, and they are found where an item lies and nowhere else."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import psycopg
import pytest

from botyard.sdk import calls
from botyard.wire import native as wire
from tests.scenarios.test_velocity_bots import LOCK, SDKS, deploy_with, use_of
from tests.scenarios.yard import Yard
from tests.support.processes import PASSWORD, wait_until

#: As long as the level of a message may be, and in capitals, because the client writes levels so.
OLD, NEW, PIN, PAYLOAD = (
    "CNRYOLD7Q4W8E2R9T1Y5",
    "CNRYNEW3U6I0P4A8S2D7",
    'CN"RY\\PIN/ä€5J1K9L3Z7',
    "CNRYPAY9X2C6V0B4N8M1",
)
WORKSPACE = f"""
assets:
  - {{name: KEY, type: secret, value: {OLD}}}
  - {{name: DB, type: credential, username: bot, password: '{PIN}'}}
  - {{name: HANDED, type: secret, value: {PAYLOAD}}}
queues:
  - {{label: orders}}
"""
BOT = """
    import base64, json, os, sys, time
    from pathlib import Path
    from urllib.parse import quote
    from SDK import LogLevel, assets, log_message, queue, start_span
    from SDK.context import get_runtime_context_path
    from SDK.queue import ErrorType, Status
    def forms(text):
        raw = text.encode()
        encoded = [raw.hex(), base64.b64encode(raw).decode(), quote(text, safe=""), json.dumps(text), repr(text)]
        return [text, text[::-1], *encoded]
    def everywhere(*texts):
        for text in texts:
            for form in forms(text):
                print("printed", form, flush=True)
                print("printed", form, file=sys.stderr, flush=True)
                log_message(f"message {form}", LogLevel.INFO)
            log_message("level", text)
            with start_span(f"span {text}", input_payload={"deep": [{text: text}]}, tags={"tag": text}) as span:
                span.output_payload = {"output": text}
                span.metadata = {text: 1}
    def main():
        old, pin = assets.get_secret("KEY").value(), assets.get_credential("DB").password.value()
        token = json.loads(Path(get_runtime_context_path()).read_text())["robot_token"]
        if json.loads(Path(os.environ["BOTYARD_INPUT"]).read_text()).get("crash"):
            raise ValueError(f"cannot sign in with {old}")
        everywhere(old, pin)
        print("printed", token, flush=True)
        print("ready", flush=True)
        go = Path(json.loads(Path(os.environ["BOTYARD_INPUT"]).read_text())["go"])
        while not go.exists(): time.sleep(0.05)
        everywhere(old)
        everywhere(assets.get_secret("KEY").value())
        everywhere(old)
        handed = assets.get_secret("HANDED").value()
        queue.add("orders", content={"key": handed}, reference=handed)
        item = queue.get("orders")
        queue.set_status(item.id, Status.FAILED, error_type=ErrorType.BUSINESS, error_reason=f"refused {old} {handed}")
        (Path(os.environ["BOTYARD_OUTPUT_FILES"]) / f"report {old}.txt").write_text("nothing")
        return {"output": old, pin: [handed, token]}
"""
PAGES = (
    *("/", "/tasks", "/tasks/1", "/tasks/2", "/tasks/1/log", "/tasks/1/log.txt"),
    *(f"/tasks/1?tab={tab}" for tab in ("items", "files", "trace", "events", "attempts")),
    *("/runners", "/assets", "/assets/1", "/queues", "/files", "/errors", "/settings/audit"),
)


def forms(text: str) -> set[bytes]:
    raw = text.encode()
    found = {text[-9:], text[-9:][::-1], raw.hex(), base64.b64encode(raw).decode().rstrip("="), quote(text, safe="")}
    return {form.encode() for form in found}


def tables(yard: Yard) -> Iterator[tuple[str, bytes]]:
    """Yield each table of the stopped server's database with all that is in it."""
    if yard.server.database_url is None:
        with sqlite3.connect(yard.server.data / "botyard.db") as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in names:
                yield name, repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()).encode()
        return
    with psycopg.connect(yard.server.database_url) as server:
        names = [row[0] for row in server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for name in names:
            rows = server.execute(f'SELECT CAST(t AS text) FROM "{name}" t').fetchall()
            yield name, "\n".join(row[0] for row in rows).encode()


def files(yard: Yard) -> Iterator[tuple[str, bytes]]:
    """Yield all files of the server and its runner, the database's among them."""
    for path in sorted(yard.folder.rglob("*")):
        if path.is_file() and "environments" not in path.parts:
            yield str(path.relative_to(yard.folder)), path.read_bytes()


def pages(yard: Yard) -> Iterator[tuple[str, bytes]]:
    """Yield what people and programs are shown, except the item itself."""
    with httpx2.Client(base_url=yard.server.url, follow_redirects=True) as browser:
        entered = browser.post(
            "/sign-in", data={"login": "admin", "password": PASSWORD}, headers={"Origin": yard.server.url}
        )
        assert entered.url.path == "/", entered.text
        for path in PAGES:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            yield path, answer.content
            for span in set(_links(answer.text, "/tasks/1/span?")):
                yield span, browser.get(span).content
    for path in (
        "tasks",
        "tasks/1",
        "tasks/1/logs?limit=5000",
        "tasks/1/artifacts",
        "tasks/1/events",
        "assets",
        "assets/KEY",
    ):
        yield path, yard.client.send(calls.get(f"/api/v1/{path}", dict)).__repr__().encode()
    for path in (
        "/default/orchestrator_/assets",
        "/default/orchestrator_/assets/KEY",
        "/default/orchestrator_/assets/name/KEY",
    ):
        key = yard.server.json("connect", "botvelocity")["auth_json"]["access_token"]
        yield path, httpx2.get(yard.server.url + path, headers={"Authorization": f"Bearer {key}"}).content


def _links(text: str, start: str) -> Iterator[str]:
    for part in text.split('href="')[1:]:
        link = part.split('"')[0].replace("&amp;", "&")
        if link.startswith(start):
            yield link


@pytest.mark.timeout(240)
def test_canaries_are_found_where_an_item_lies_and_nowhere_else(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "workspace.yaml").write_text(WORKSPACE)
    yard.restart_with(BOTYARD_LOG="debug")
    yard.server.cli("apply", str(outside / "workspace.yaml"))
    yard.add_runner("--slots", "2", BOTYARD_LOG="DEBUG", BOTYARD_RUNNER_CACHE=str(yard.folder / "cache"))
    sdk = SDKS[yard.server.database_url is not None]  # each of the two, without another run
    deploy_with(yard, "thief", BOT, use_of(sdk, LOCK.read_text()))
    task = yard.start("thief", go=str(outside / "go"))
    wait_until(lambda: "ready" in yard.lines(task), seconds=120, what="the bot")
    put = {"type": "secret", "value": NEW}
    yard.client.send(calls.Call(method="PUT", path="/api/v1/assets/KEY", reply=dict, json=put))
    yard.restart_with()  # what is only in memory is forgotten
    (outside / "go").touch()
    crashed = yard.settled(yard.start("thief", crash=True), seconds=120)
    done = yard.settled(task, seconds=120)
    assert (done.state, crashed.state) == ("succeeded", "failed"), (done.message, crashed.message)
    assert done.output == {"output": "[secret]", "[secret]": ["[secret]", "[secret]"]}
    assert (crashed.message or "").endswith("ValueError: cannot sign in with [secret]")
    (file,) = yard.client.send(calls.get(f"/api/v1/tasks/{task}/artifacts", wire.ArtifactList)).artifacts
    assert file.name == "report [secret].txt"
    hidden = {form for text in (OLD, NEW, PIN) for form in forms(text)}
    handed = forms(PAYLOAD)
    seen = {name: form for name, content in pages(yard) for form in hidden | handed if form in content}
    assert list(seen) == ["/tasks/1?tab=items"], "only the reference of the item is shown"
    assert seen["/tasks/1?tab=items"] in handed
    yard.server.stop()
    found = {(name, form) for name, content in tables(yard) for form in hidden | handed if form in content}
    assert {name for name, form in found if form in handed} == {"items"}
    assert [name for name, form in found if form in hidden] == []
    assert [(name, form) for name, content in files(yard) for form in hidden if form in content] == []
