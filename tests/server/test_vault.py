"""The vault of a real server: its key file, starts without it, rotation, and no secret anywhere it should not be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import psycopg
import pytest

from tests.support.processes import Server, make_server
from tests.support.work import SECOND

#: Nothing else in the world looks like this, and nothing in it changes in JSON.
CANARY = "zqCANARY7f3b9d51vault"
PEM = f'-----BEGIN {CANARY}-----\nünïcode {CANARY} "quoted"\n-----END-----\n'


def local(server: Server) -> httpx2.Client:
    """Return a client of the local administrator."""
    known = json.loads((server.data / "server.json").read_text())
    headers = {"authorization": f"Bearer {known['token']}"}
    return httpx2.Client(base_url=f"{known['url']}/api/v1", headers=headers, timeout=30)


def store(server: Server, value: str = CANARY) -> None:
    with local(server) as client:
        client.post("/credentials", json={"label": "Bank", "secrets": {"pin": value}}).raise_for_status()


def read(server: Server) -> httpx2.Response:
    with local(server) as client:
        return client.get("/credentials/Bank/keys/pin")


def everything(server: Server, labels: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the values of whole sets, read over the BotCity wire."""
    key = server.json("connect", "botcity")
    with httpx2.Client(base_url=f"{server.url}/api/v2", timeout=30) as client:
        login = client.post("/workspace/login", json={"login": key["login"], "key": key["key"]}).json()
        token = {"token": login["accessToken"]}
        sets = {label: client.get(f"/credential/{label}", headers=token).json()["secrets"] for label in labels}
    return {label: {one["key"]: one["value"] for one in secrets} for label, secrets in sets.items()}


def start_and_fail(server: Server) -> str:
    """Start a server that refuses to, and return what it says."""
    server.log.unlink()
    server.start()
    assert server.popen is not None
    assert server.popen.wait(20) == 1, server.output
    assert "Traceback" not in server.output
    return server.output


class TestStart:
    def test_makes_a_private_key_file(self, server: Server) -> None:
        assert (server.data / "root.key").stat().st_mode & 0o777 == 0o600

    def test_writes_no_memory_to_disk_when_it_crashes(self, server: Server) -> None:
        limits = Path(f"/proc/{server.pid}/limits").read_text().splitlines()
        (core,) = [line.split()[4:6] for line in limits if line.startswith("Max core file size")]
        assert core == ["0", "0"]

    def test_is_sealed_without_the_key_and_opens_when_it_is_back(self, server: Server) -> None:
        store(server)
        server.stop()
        key = server.data / "root.key"
        content = key.read_bytes()
        key.unlink()
        server.start_ready()
        assert "vault.sealed" in server.output
        refused = read(server)
        assert (refused.status_code, refused.json()["code"]) == (503, "sealed")
        assert str(key) in refused.json()["hint"]
        server.stop()
        server.start_ready()
        assert not key.exists()
        key.write_bytes(content)
        assert read(server).json() == {"value": CANARY}

    def test_refuses_a_wrong_or_damaged_key_and_touches_nothing(self, server: Server) -> None:
        store(server)
        server.stop()
        key = server.data / "root.key"
        good = key.read_bytes()
        for content, sentence in (
            (b"", "holds no key"),
            (b"ab" * 32, "not the one"),
            (b"ab" * 20, "damaged in line 1"),
        ):
            key.write_bytes(content)
            said = start_and_fail(server)
            assert sentence in said
            assert str(key) in said
            assert key.read_bytes() == content
        key.write_bytes(good)
        server.start_ready()
        assert read(server).json() == {"value": CANARY}

    def test_takes_a_key_file_from_elsewhere(self, server: Server, tmp_path: Path) -> None:
        store(server)
        server.stop()
        moved = (server.data / "root.key").rename(tmp_path / "elsewhere.key")
        server.environment |= {"BOTYARD_KEY_FILE": str(moved)}
        server.start_ready()
        assert read(server).json() == {"value": CANARY}
        moved.chmod(0o644)
        server.stop()
        server.start_ready()
        assert "vault.key_exposed" in server.output


class TestRotation:
    def test_is_one_command_and_survives_a_restart(self, server: Server) -> None:
        assert "nothing to rotate" in server.cli("vault", "rotate").stdout
        store(server)
        before = (server.data / "root.key").read_text().split()
        done = server.json("vault", "rotate")
        assert done["rewrapped"] == 1
        assert Path(done["key_file"]) == server.data / "root.key"
        after = (server.data / "root.key").read_text().split()
        assert len(after) == len(before) + 1
        assert after[-1] == before[-1]
        assert read(server).json() == {"value": CANARY}
        server.kill()
        server.start_ready()
        assert read(server).json() == {"value": CANARY}
        assert "1 secret is wrapped by new keys" in server.cli("vault", "rotate").stdout
        assert read(server).json() == {"value": CANARY}

    def test_goes_on_after_the_server_was_killed_in_the_middle(self, server: Server) -> None:
        sets = {f"Set {number}": {f"k{key}": f"{CANARY}-{number}-{key}" for key in range(150)} for number in range(3)}
        with local(server) as client:
            for label, secrets in sets.items():
                client.post("/credentials", json={"label": label, "secrets": secrets}).raise_for_status()
            step = client.post("/vault/rotate", json={"begin": True}).json()
        assert (step["done"], step["rewrapped"], step["left"]) == (False, 200, 250)
        server.kill()
        server.start_ready()
        assert everything(server, sets) == sets
        assert server.json("vault", "rotate")["rewrapped"] == 250
        assert everything(server, sets) == sets


class TestWorkspaceFile:
    FILE = """\
credentials:
  - label: MyCredential
    secrets:
      user: user123
      password: {env: SWEEP_PASSWORD}
      certificate: {file: keys/cert.pem}
automations:
  - {label: TestCI, uses: {credentials: [MyCredential]}}
"""

    def test_takes_secrets_from_the_environment_and_from_files(
        self, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "ws.yaml"
        file.write_text(self.FILE)
        missing = server.cli("apply", str(file), check=False)
        assert missing.returncode == 3
        assert "ws.yaml:5: credentials[0].secrets.password" in missing.stderr
        monkeypatch.setenv("SWEEP_PASSWORD", CANARY)
        missing = server.cli("apply", str(file), check=False)
        assert "ws.yaml:6: credentials[0].secrets.certificate" in missing.stderr
        (tmp_path / "keys").mkdir()
        (tmp_path / "keys" / "cert.pem").write_text(PEM)
        planned = server.cli("apply", str(file), "--dry-run")
        applied = server.cli("apply", str(file))
        assert "+ credential MyCredential" in planned.stdout
        assert "2 changes made." in applied.stdout
        assert "Nothing to change." in server.cli("apply", str(file)).stdout
        assert CANARY not in planned.stdout + applied.stdout + planned.stderr + applied.stderr
        with local(server) as client:
            value = client.get("/credentials/MyCredential/keys/certificate").json()["value"]
            assert value == PEM.removesuffix("\n")


class TestSweep:
    @pytest.fixture
    def chatty(self, tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
        """Yield a server that logs everything."""
        process = make_server(tmp_path, data, database_url, "--no-runner", BOTYARD_LOG="debug")
        try:
            process.start_ready()
            yield process
        finally:
            process.stop()

    def test_no_secret_is_anywhere_but_in_its_answers(self, chatty: Server, tmp_path: Path) -> None:
        answers = [reply for value in (CANARY, PEM) for reply in use(chatty, value)]
        refused = [reply.text for reply in answers if reply.status_code >= 400]
        assert len(refused) >= 10
        places = {
            **{f"answer {number}": text.encode() for number, text in enumerate(refused)},
            **{str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()},
            **dump(chatty.database_url),
        }
        assert chatty.log.name in {Path(place).name for place in places}
        assert [f"{place}: {form!r}" for place, content in places.items() for form in forms() if form in content] == []
        chatty.stop()
        stopped = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert [place for place, content in stopped.items() if any(form in content for form in forms())] == []


def forms() -> list[bytes]:
    """Return the canary as it is, and as encodings would show it at any place of a longer text."""
    raw = CANARY.encode()
    return [raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(), quote(CANARY, safe="").encode()] + [
        base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)
    ]


def use(server: Server, value: str) -> list[httpx2.Response]:
    """Store, read, change, print, and misuse a secret in every way there is; return all answers."""
    bad = {"value": value, "secrets": {"key": {"deep": value}}}
    answers = []
    with local(server) as client:
        client.delete("/credentials/Bank")
        for method, path, body in (
            ("POST", "/credentials", {"label": "Bank", "secrets": {"pin": value, "user": "ann"}}),
            ("GET", "/credentials/Bank/keys/pin", None),
            ("PATCH", "/credentials/Bank", {"secrets": {"pin": f"{value}2"}}),
            ("PATCH", "/credentials/Bank", {"secrets": {"pin": value}}),
            ("GET", "/credentials", None),
            ("POST", "/credentials", {"label": "Bank", "secrets": {"pin": value}}),
            ("POST", "/credentials", {"label": "Worse", "secrets": [value]}),
            ("POST", "/credentials", {"label": "Worse", **bad}),
            ("PUT", "/credentials/Nowhere", {"secrets": {"pin": value}}),
            ("PATCH", "/credentials/Bank", {"secrets": {"pin": value * 6000}}),
            ("PATCH", "/credentials/Bank", {"secrets": {"a/b": value}}),
            ("POST", "/apply", {"document": {"credentials": [{"label": "Filed", "secrets": {"k": value}}]}}),
            ("POST", "/apply", {"document": {"credentials": [{"label": "Filed", "secrets": {"k": [value]}}]}}),
            ("POST", "/vault/rotate", {"begin": True}),
        ):
            answers.append(client.request(method, path, json=body))
        broken = json.dumps({"label": "x", "secrets": {"k": value}})[:-2].encode()
        answers.append(client.post("/credentials", content=broken, headers={"content-type": "application/json"}))
        answers.append(client.post("/credentials", content=value.encode()))
    return answers + as_bot(server, value)


def as_bot(server: Server, value: str) -> list[httpx2.Response]:
    """Read the secret as a bot does over the BotCity wire, and print it."""
    key = server.json("connect", "botcity")
    with httpx2.Client(base_url=f"{server.url}/api/v2", timeout=30) as client:
        login = client.post("/workspace/login", json={"login": key["login"], "key": key["key"]}).json()
        token = {"token": login["accessToken"]}
        answers = [
            client.get("/credential/Bank/key/pin", headers=token),
            client.get("/credential/Bank", headers=token),
            client.post("/credential/Bank/key", json={"key": "x#", "value": value}, headers=token),
            client.post(
                "/credential", json={"label": "Bank", "secrets": [{"key": "k", "value": value}]}, headers=token
            ),
            client.post("/credential/Bank", json={"secrets": [{"key": "k", "value": [value]}]}, headers=token),
            client.post("/credential/Bank", json={"secrets": [value]}, headers=token),
        ]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
    answers += printed(server, value)
    return answers


def printed(server: Server, value: str) -> list[httpx2.Response]:
    with local(server) as client:
        client.post("/automations", json={"label": "printer"})
        archive = server.data.parent / "bot"
        archive.mkdir(exist_ok=True)
        (archive / "main.py").write_text("print()")
        server.cli("deploy", str(archive), "--automation", "printer")
        client.post("/tasks", json={"automation": "printer"}).raise_for_status()
        code = server.json("connect", "runner")["token"]
        runner = register(client, code)
        call = {"free": 1, "wait": 5.0, "claim": f"claim-{len(value)}"}
        (lease,) = client.post("/runner/lease", json=call, headers=runner).json()["leases"]
        attempt = f"/runner/attempts/{lease['attempt']}"
        client.post(f"{attempt}/start", json={}, headers=runner)
        bot = {"authorization": f"Bearer {lease['token']}"}
        assert client.get("/credentials/Bank/keys/pin", headers=bot).json() == {"value": value}
        encoded = base64.b64encode(value.encode()).decode()
        lines = [*value.splitlines(), json.dumps(value), encoded, value.encode().hex(), quote(value, safe="")]
        numbered = [[number, SECOND, "stdout", line] for number, line in enumerate(lines, 1)]
        told = client.post(f"{attempt}/logs", json={"lines": numbered}, headers=runner)
        assert told.json()["accepted"] == len(lines)
        return [told, client.post(f"{attempt}/end", json={"exit_code": 0}, headers=runner)]


def register(client: httpx2.Client, code: str) -> dict[str, str]:
    call = {"name": "by-hand", "slots": 1}
    identity = client.post("/runners/register", json=call, headers={"authorization": f"Bearer {code}"}).json()
    return {"authorization": f"Bearer {identity['token']}"}


def dump(database_url: str | None) -> dict[str, bytes]:
    """Return every table of a PostgreSQL database as text; SQLite's are files."""
    if database_url is None:
        return {}
    tables: dict[str, bytes] = {}
    with psycopg.connect(database_url) as connection:
        names: list[tuple[Any, ...]] = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (name,) in names:
            rows = connection.execute(f'SELECT CAST(t AS text) FROM "{name}" t').fetchall()
            tables[f"table {name}"] = "\n".join(row[0] for row in rows).encode()
    assert "table vault_values" in tables
    return tables
