"""Bots deployed the way the vendor's CI tools do it, and run by a real runner."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest

from tests.scenarios.yard import Yard, archive_of

#: What the SDK does, in few words: read the arguments, report the end.
BOT = """
    import json, sys, urllib.request
    server, task_id, token, organization = sys.argv[1:]
    print("version {version}")
    body = {{"state": "FINISHED", "finishStatus": "SUCCESS", "finishMessage": "version {version}"}}
    request = urllib.request.Request(
        f"{{server}}/api/v2/task/{{task_id}}", json.dumps(body).encode(), {{"token": token}}, method="POST"
    )
    urllib.request.urlopen(request)
"""


def bot(version: str) -> bytes:
    return archive_of(bot_py=BOT.format(version=version))


def key_of(yard: Yard) -> dict[str, str]:
    keys: dict[str, str] = yard.server.json("connect", "botcity")
    return keys


class Action:
    """The order in which the deploy action of the vendor asks, with its headers and its bodies."""

    def __init__(self, keys: dict[str, str], bot_id: str) -> None:
        self.bot_id = bot_id
        # The action waits for an answer no longer than this.
        self.client = httpx2.Client(base_url=f"{keys['server']}/api/v2", timeout=5)
        reply = self.client.post("/workspace/login", json={"login": keys["login"], "key": keys["key"]})
        self.client.headers |= {"token": reply.json()["accessToken"], "organization": keys["login"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def exists(self) -> bool:
        reply = self.client.request("GET", "/bot", params={"botId": self.bot_id}, json={"botId": self.bot_id})
        assert reply.status_code == 200
        return len(reply.json()) == 1

    def deploy(self, version: str) -> None:
        body: dict[str, Any] = {
            "organization": self.client.headers["organization"],
            "botId": self.bot_id,
            "version": version,
            "technology": "PYTHON",
            "command": None,
            "repositoryLabel": "DEFAULT",
        }
        assert self.client.post("/bot", json=body).status_code == 200
        self.upload(version, version)

    def upload(self, version: str, content: str) -> None:
        files = {"file": ("bot.zip", bot(content), "application/zip")}
        reply = self.client.post(f"/bot/upload/{self.bot_id}/version/{version}", files=files)
        assert 200 <= reply.status_code < 300, reply.text

    def release(self, version: str) -> None:
        assert self.client.post("/bot/release", json={"botId": self.bot_id, "version": version}).status_code == 200

    def remove(self, version: str) -> None:
        assert self.client.delete(f"/bot/{self.bot_id}/version/{version}").status_code == 200


def test_the_deploy_action_deploys_updates_and_releases(shared_yard: Yard) -> None:
    with Action(key_of(shared_yard), "from-action") as action:
        assert not action.exists()
        action.deploy("1.0")
        assert action.exists()
        # A task that came before the release waits for it.
        early = shared_yard.start("from-action")
        assert shared_yard.task(early).state == "queued"
        action.release("1.0")
        done = shared_yard.settled(early)
        assert (done.state, done.message) == ("succeeded", "version 1.0")
        # A further version is there before it runs, and an update takes the place of what it held.
        action.deploy("2.0")
        assert shared_yard.settled(shared_yard.start("from-action")).message == "version 1.0"
        action.upload("2.0", "2.0 updated")
        action.release("2.0")
        assert shared_yard.settled(shared_yard.start("from-action")).message == "version 2.0 updated"
        action.remove("1.0")
        assert shared_yard.settled(shared_yard.start("from-action")).message == "version 2.0 updated"


def curl(*arguments: str) -> str:
    return subprocess.run(
        ["curl", "--silent", *arguments], capture_output=True, text=True, timeout=30, check=True
    ).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_shell_script_finds_its_token_and_a_200(shared_yard: Yard, tmp_path: Path) -> None:
    keys = key_of(shared_yard)
    api, json_type = f"{keys['server']}/api/v2", "Content-Type: application/json"
    login = curl(
        *("-X", "POST", f"{api}/workspace/login", "-H", json_type),
        *("-d", f'{{"login": "{keys["login"]}", "key": "{keys["key"]}"}}'),
    )
    # The script cuts the token out of the text; a blank after the colon would defeat it.
    found = re.search(r'"accessToken":"([^"]+)"', login)
    assert found, login
    bearer = f"Authorization: Bearer {found[1]}"
    (tmp_path / "bot.zip").write_bytes(bot("by shell"))
    steps = [
        ("/bot", json_type, '{"botId": "from-shell", "version": "0.1", "technology": "PYTHON", "command": null}'),
        ("/bot/upload/from-shell/version/0.1", "Content-Type: multipart/form-data", None),
        ("/bot/release", json_type, '{"botId": "from-shell", "version": "0.1"}'),
    ]
    for path, kind, body in steps:
        sent = ("-d", body) if body else ("-F", f"file=@{tmp_path / 'bot.zip'}")
        written = curl("-X", "POST", f"{api}{path}", "-H", bearer, "-H", kind, *sent, "-w", "%{http_code}")
        assert written.endswith("200"), written
    assert shared_yard.settled(shared_yard.start("from-shell")).message == "version by shell"
