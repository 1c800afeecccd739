"""Two servers on one database share one outbox: every message is sent once, also when one of them dies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.mail import MailServer
from tests.support.processes import Server, make_server, wait_until

PEOPLE = 60


@pytest.fixture
def backend() -> str:
    """Return the database that several servers can share."""
    return "postgres"


@pytest.fixture
def servers(tmp_path: Path, data: Path, database_url: str, mail_server: MailServer) -> Iterator[list[Server]]:
    """Yield two running servers on one database."""
    made = list[Server]()
    try:
        for number in (1, 2):
            home = tmp_path / f"server-{number}"
            home.mkdir()
            if number == 2:
                # Servers of one database share its secrets, not the token of the local administrator.
                secrets = shutil.ignore_patterns("server.json", "instance", "tmp", "runner")
                shutil.copytree(data, home / "data", ignore=secrets)
            server = make_server(
                home,
                data if number == 1 else home / "data",
                database_url,
                "--no-runner",
                BOTYARD_SMTP_HOST="127.0.0.1",
                BOTYARD_SMTP_PORT=str(mail_server.port),
                BOTYARD_SMTP_TLS="none",
                BOTYARD_SMTP_FROM="botyard@example.org",
            )
            made.append(server)
            server.start_ready()
        yield made
    finally:
        for server in made:
            server.stop()


def test_every_message_is_sent_once_and_the_other_server_goes_on(
    servers: list[Server], mail_server: MailServer
) -> None:
    first, second = servers
    keys = first.json("connect", "botcity")
    reply = httpx2.post(f"{second.url}/api/v2/workspace/login", json={"login": keys["login"], "key": keys["key"]})
    headers = {"token": reply.json()["accessToken"]}
    mail_server.start()
    everybody = [f"person{number}@example.org" for number in range(PEOPLE)]
    for server, names in ((first, everybody[::2]), (second, everybody[1::2])):
        for name in names:
            body = {"emails": [name], "subject": "s", "body": "b", "type": "TEXT"}
            assert httpx2.post(f"{server.url}/api/v2/message", json=body, headers=headers).status_code == 200
    wait_until(lambda: len(mail_server.mails) >= PEOPLE, what="mail to everybody")
    leader, other = (first, second) if "mail.sent" in first.output else (second, first)
    leader.kill()
    body = {"emails": ["late@example.org"], "subject": "s", "body": "b", "type": "TEXT"}
    assert httpx2.post(f"{other.url}/api/v2/message", json=body, headers=headers).status_code == 200
    wait_until(
        lambda: "late@example.org" in mail_server.recipients, seconds=30, what="mail from the server that is left"
    )
    assert sorted(mail_server.recipients) == sorted([*everybody, "late@example.org"])
