"""A real server process: how it starts, what it tells, and how it stops."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from tests.support.processes import PASSWORD, Process, Server, clean_environment, make_server, wait_until


def local(server: Server) -> httpx2.Client:
    """Return a client of the local administrator."""
    known = json.loads((server.data / "server.json").read_text())
    return httpx2.Client(base_url=known["url"], headers={"authorization": f"Bearer {known['token']}"}, timeout=30)


@pytest.fixture
def embedded(tmp_path: Path, data: Path, database_url: str | None) -> Iterator[Server]:
    """Yield a server that brings its own runner; both are gone at the end."""
    process = make_server(tmp_path, data, database_url)
    try:
        process.start_ready()
        yield process
    finally:
        process.stop(seconds=40)
        with contextlib.suppress(OSError, ValueError):
            os.kill(runner_pid(process), signal.SIGKILL)


def runner_pid(server: Server) -> int:
    return int((server.data / "runner" / "pid").read_text())


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class TestStart:
    def test_needs_less_than_two_seconds_of_work(self, server: Server) -> None:
        server.stop()
        server.start_ready()
        # The clock on the wall would measure what else the machine does; alone, it shows the same.
        user, system = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        assert (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") < 2

    def test_keeps_everything_it_writes_to_its_own_user(self, server: Server) -> None:
        for path in [server.data, *server.data.rglob("*")]:
            mode = path.stat().st_mode & 0o777
            assert mode == (0o700 if path.is_dir() else 0o600), f"{path} {mode:o}"

    def test_listens_to_this_machine_only(self, server: Server) -> None:
        assert server.url.startswith("http://127.0.0.1:")
        with contextlib.suppress(OSError):
            address = socket.gethostbyname(socket.gethostname())
            if not address.startswith("127."):
                port = int(server.url.rpartition(":")[2])
                with pytest.raises(OSError, match="refused"):
                    socket.create_connection((address, port), timeout=2)

    def test_tells_where_the_console_is_and_how_to_connect(self, server: Server) -> None:
        assert server.url in server.output
        for dialect in ("botcity", "maestro-client", "runner"):
            assert f"botyard connect {dialect}" in server.output

    def test_shows_a_made_up_password_once_and_a_given_one_never(self, tmp_path: Path, server: Server) -> None:
        assert PASSWORD not in server.output
        server.stop()
        fresh = tmp_path / "fresh"
        made = make_server(tmp_path, fresh, None, "--no-runner")
        made.environment = clean_environment()
        made.log = tmp_path / "made.log"
        try:
            made.start_ready()
            found = re.search(r"password (\S+)", made.output)
            assert found is not None
            made.stop()
            made.start_ready()
            assert made.output.count(found[1]) == 1
        finally:
            made.stop()
        stored = b"".join(path.read_bytes() for path in fresh.rglob("*") if path.is_file())
        assert found[1].encode() not in stored

    def test_says_in_one_sentence_that_the_port_is_taken(self, server: Server, tmp_path: Path) -> None:
        port = server.url.rpartition(":")[2]
        second = Process(
            arguments=["up", "--data", str(tmp_path / "second"), "--port", port], log=tmp_path / "second.log"
        )
        second.start()
        assert second.popen is not None
        assert second.popen.wait(20) == 1
        assert "--port" in second.output
        assert "Traceback" not in second.output

    def test_refuses_a_data_folder_that_another_server_uses(self, backend: str, server: Server, tmp_path: Path) -> None:
        if backend != "sqlite":
            pytest.skip("servers share a PostgreSQL database on purpose")
        second = Process(arguments=["up", "--data", str(server.data), "--port", "0"], log=tmp_path / "second.log")
        second.start()
        assert second.popen is not None
        assert second.popen.wait(20) == 1
        assert "Traceback" not in second.output
        with local(server) as client:
            assert client.get("/api/v1/tasks").status_code == 200


class TestSecrets:
    def test_of_tokens_are_in_no_file_but_those_meant_for_them(self, backend: str, server: Server) -> None:
        if backend != "sqlite":
            pytest.skip("looks into the files of SQLite")
        with local(server) as client:
            made = client.post("/api/v1/connect", json={"dialect": "botcity"}).json()
            login = {"login": made["login"], "key": made["key"]}
            made["login token"] = client.post("/api/v2/workspace/login", json=login).json()["accessToken"]
            made["join code"] = client.post("/api/v1/connect", json={"dialect": "runner"}).json()["token"]
            made["local token"] = client.headers["authorization"].removeprefix("Bearer ")
        secrets = [text.split("_")[3] for text in made.values() if text.startswith("by_")]
        assert len(secrets) == 4
        server.stop()
        for path in [path for path in (*server.data.rglob("*"), server.log) if path.is_file()]:
            content = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in content], path


class TestHealth:
    def test_tells_when_each_loop_last_came_round(self, server: Server) -> None:
        def health() -> dict[str, float | None]:
            loops: dict[str, float | None] = httpx2.get(f"{server.url}/healthz").json()["loops"]
            return loops

        wait_until(lambda: all(age is not None for age in health().values()), what="a tick of every loop")
        assert set(health()) >= {"reaper", "usage", "access", "retention", "files"}
        first = health()["reaper"]
        assert first is not None
        assert first < 5


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_answers_held_requests_at_once_and_leaves_nothing_behind(
        self, server: Server, number: signal.Signals
    ) -> None:
        with local(server) as client, ThreadPoolExecutor() as pool:
            code = client.post("/api/v1/connect", json={"dialect": "runner"}).json()["token"]
            runner = {"name": "vm", "slots": 1, "host": "h", "os": "linux", "version": "1", "embedded": False}
            joined = client.post(
                "/api/v1/runners/register", json=runner, headers={"authorization": f"Bearer {code}"}
            ).json()
            headers = {"authorization": f"Bearer {joined['token']}"}
            call = {"free": 1, "wait": 30, "claim": "c1"}
            held = pool.submit(client.post, "/api/v1/runner/lease", json=call, headers=headers)
            wait_until(lambda: client.get("/api/v1/runners").json()["runners"], what="the runner")
            began = time.monotonic()
            assert server.stop(number) == 0
            reply = held.result(10)
        assert time.monotonic() - began < 5
        assert reply.status_code in (200, 503)
        assert not (server.data / "server.json").exists()
        assert "Traceback" not in server.output

    def test_revokes_the_local_administrator(self, server: Server) -> None:
        with local(server) as client:
            server.stop()
            server.start_ready()
            url = json.loads((server.data / "server.json").read_text())["url"]
            assert client.get(f"{url}/api/v1/tasks").status_code == 401


class TestLocalAdministrator:
    def test_works_again_after_the_server_was_killed(self, server: Server) -> None:
        server.kill()
        server.start_ready()
        with local(server) as client:
            assert client.get("/api/v1/tasks").status_code == 200


class TestEmbeddedRunner:
    def test_joins_and_ends_with_its_server(self, embedded: Server) -> None:
        with local(embedded) as client:
            wait_until(lambda: client.get("/api/v1/runners").json()["runners"], what="the embedded runner")
        pid = runner_pid(embedded)
        assert alive(pid)
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        assert b"by_" not in command
        embedded.stop(seconds=40)
        assert not alive(pid)

    @pytest.mark.kill
    def test_outlives_a_killed_server_and_is_taken_over(self, embedded: Server) -> None:
        with local(embedded) as client:
            wait_until(lambda: client.get("/api/v1/runners").json()["runners"], what="the embedded runner")
        wait_until((embedded.data / "runner" / "identity.json").exists, what="a runner that knows who it is")
        pid = runner_pid(embedded)
        embedded.kill()
        killed = datetime.now(UTC)
        assert alive(pid)
        embedded.start_ready()
        with local(embedded) as client:

            def seen() -> datetime:
                (runner,) = client.get("/api/v1/runners").json()["runners"]
                return datetime.fromisoformat(runner["seen_at"])

            wait_until(lambda: seen() > killed, seconds=60, what="a call of the runner")
        assert runner_pid(embedded) == pid
        embedded.stop(seconds=40)
        assert not alive(pid)

    @pytest.mark.kill
    def test_is_started_again_when_it_was_killed(self, embedded: Server) -> None:
        pid = wait_until(lambda: (embedded.data / "runner" / "pid").exists() and runner_pid(embedded), what="its pid")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: runner_pid(embedded) != pid and alive(runner_pid(embedded)), what="another runner")


def test_a_signal_during_start_up_does_not_leave_a_half_started_server(tmp_path: Path, data: Path) -> None:
    process = make_server(tmp_path, data, None, "--no-runner")
    process.start()
    assert process.popen is not None
    process.popen.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.popen.wait(20)
    assert process.popen.returncode is not None
