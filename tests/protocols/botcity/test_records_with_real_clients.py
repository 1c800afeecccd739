"""Logs, errors and messages by the unmodified client packages and our drop-in module, and what becomes of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.protocols.botcity.test_real_clients import SDKS, Command
from tests.support.mail import MailServer
from tests.support.processes import Server, clean_environment, make_server, wait_until

BOTS = Path(__file__).parent / "bots"
WORKSPACE = """
groups:
  - {name: night shift, members: [dan@example.org, Eve <eve@example.org>]}
automations:
  - label: TestCI
    notify: [{to: night shift, level: error}]
"""


@pytest.fixture
def server(tmp_path: Path, data: Path, database_url: str | None, mail_server: MailServer) -> Iterator[Server]:
    """Yield a running server that was told of a mail server, which does not run yet."""
    process = make_server(
        tmp_path,
        data,
        database_url,
        "--no-runner",
        BOTYARD_SMTP_HOST="127.0.0.1",
        BOTYARD_SMTP_PORT=str(mail_server.port),
        BOTYARD_SMTP_TLS="none",
        BOTYARD_SMTP_FROM="Botyard <botyard@example.org>",
    )
    try:
        process.start_ready()
        (tmp_path / "workspace.yaml").write_text(WORKSPACE, "utf-8")
        process.cli("apply", str(tmp_path / "workspace.yaml"))
        assert process.json("apply", str(tmp_path / "workspace.yaml"))["changes"] == []
        yield process
    finally:
        process.stop()


@pytest.mark.parametrize("sdk", SDKS)
def test_logs_errors_and_messages_work(
    sdk: str, server: Server, mail_server: MailServer, client_command: Command
) -> None:
    keys = server.json("connect", "botcity")
    done = subprocess.run(
        [*client_command(sdk), str(BOTS / "sdk_records.py"), server.url, keys["login"], keys["key"], "TestCI"],
        env=clean_environment(PYTHONWARNINGS="ignore"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    with httpx2.Client(base_url=f"{server.url}/api/v2", headers={"token": told["token"]}) as client:
        check_errors(client, told["task"])
        raise_alert(client, told["task"])
    wait_until(lambda: "mail.unreachable" in server.output, what="a mail that could not be sent")
    mail_server.start()
    wait_until(lambda: len(mail_server.mails) >= 6, what="the mail")
    assert sorted(mail_server.recipients) == [
        "ann@example.org",
        "bob@example.org",
        *["dan@example.org"] * 2,
        *["eve@example.org"] * 2,
    ]
    subjects = {recipient: mail["subject"] for recipient, mail in mail_server.mails}
    assert subjects["ann@example.org"] == "Relatório"
    assert "[ERROR] TestCI: Bad invoice" in [mail["subject"] for _, mail in mail_server.mails]


def check_errors(client: httpx2.Client, task_id: int) -> None:
    page: dict[str, Any] = client.get(f"/error?taskId={task_id}&AutomationLabel=TestCI").json()
    assert page["totalElements"] == 2
    error = client.get(f"/error/{page['content'][0]['id']}").json()
    assert error == page["content"][0]
    assert (error["type"], error["language"], error["taskId"]) == ("KeyError", "PYTHON", task_id)
    assert "in book" in error["stackTrace"]
    assert error["tags"]["customer"] == "acme"
    assert "host_name" in error["tags"]
    assert error["screenshot"]["fileName"] == "tela.png"
    assert [file["fileName"] for file in error["attachments"]] == ["piplist.txt", "anotação.txt"]
    assert error["attachments"][1]["size"] == 0


def raise_alert(client: httpx2.Client, task_id: int) -> None:
    alert = {"taskId": task_id, "title": "Bad invoice", "message": "No VAT", "type": "ERROR"}
    assert client.post("/alerts", json=alert).status_code == 200
