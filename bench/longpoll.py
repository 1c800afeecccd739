"""What a thousand idle runners cost, and how fast a new task reaches one that waits.

    python bench/longpoll.py [--waiters 1000] [--hold 25] [--tasks 300] [--database postgresql://...]

Starts a server of its own, registers the runners, and holds one lease call of each open. Reported are the server's
memory and processor time for each waiter over two holds, and the time from sending `POST /api/v1/tasks` until the
lease has arrived at the runner: creating, committing, waking, leasing and committing again, over loopback. What the
server takes of it is that less a bare round trip, which is measured in the same seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).resolve().parent
PORT = 18473


class Connection:
    """A keep-alive HTTP connection that costs little itself, so that a thousand fit into the measuring process."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", PORT, limit=65536)

    def close(self) -> None:
        self._writer.close()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        await self.send(method, path, body)
        return await self.answer()

    async def send(self, method: str, path: str, body: Any = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._writer.write(head.encode() + content)

    async def answer(self) -> Any:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
        content = await self._reader.readexactly(length)
        if not head[0].split()[1].startswith("2"):
            raise RuntimeError(f"{head[0]}: {content.decode()}")
        return json.loads(content) if content else None


def start_server(data: Path, database: str | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "botyard", "up", "--no-runner", "--port", str(PORT), "--data", str(data)]
    command += ["--database", database] if database else []
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not (data / "server.json").exists():
        if time.monotonic() > deadline or server.poll() is not None:
            raise RuntimeError("the server did not start")
        time.sleep(0.05)
    return server


async def prepare(token: str, waiters: int) -> list[Connection]:
    """Deploy an automation and register the runners; return one connection for each."""
    sys.path.insert(0, str(HERE.parent / "src"))
    from botyard.sdk import Botyard

    with tempfile.TemporaryDirectory() as folder, Botyard(f"http://127.0.0.1:{PORT}", token) as client:
        (Path(folder) / "main.py").write_text("print()")
        from botyard.cli.pack import pack

        client.automations.deploy("bench", pack(Path(folder)))
    admin = Connection(token)
    await admin.open()
    join = Connection((await admin.call("POST", "/api/v1/connect", {"dialect": "runner"}))["token"])
    await join.open()
    runners = []
    for number in range(waiters):
        body = {"name": f"runner-{number}", "slots": 256}
        runner = Connection((await join.call("POST", "/api/v1/runners/register", body))["token"])
        await runner.open()
        runners.append(runner)
    admin.close()
    join.close()
    return runners


async def poll(runner: Connection, hold: float, arrived: asyncio.Queue[tuple[float, int]]) -> None:
    """Wait for work for ever, as a runner does, and note when each task arrives."""
    while True:
        body = {"free": 1, "wait": hold, "claim": os.urandom(12).hex()}
        leases = (await runner.call("POST", "/api/v1/runner/lease", body))["leases"]
        for lease in leases:
            arrived.put_nowait((time.perf_counter(), lease["task"]))


async def latency(token: str, count: int, arrived: asyncio.Queue[tuple[float, int]]) -> dict[str, list[float]]:
    """Create tasks one by one; return the milliseconds of each until the runner had it, and of bare round trips."""
    caller = Connection(token)
    await caller.open()
    times: dict[str, list[float]] = {"bare_round_trip": [], "create_to_answer": [], "create_to_runner": []}
    for _ in range(count):
        began = time.perf_counter()
        await caller.call("GET", "/healthz")
        times["bare_round_trip"].append(time.perf_counter() - began)
        began = time.perf_counter()
        await caller.send("POST", "/api/v1/tasks", {"automation": "bench"})
        created = await caller.answer()
        times["create_to_answer"].append(time.perf_counter() - began)
        at, task = await arrived.get()
        if task != created["id"]:
            raise RuntimeError("another task arrived")
        times["create_to_runner"].append(at - began)
        await asyncio.sleep(0.01)
    caller.close()
    return {name: sorted(1000 * value for value in values) for name, values in times.items()}


async def measure(options: argparse.Namespace, process: psutil.Process, token: str) -> dict[str, Any]:
    before_all = process.memory_info().rss
    runners = await prepare(token, options.waiters)
    await asyncio.sleep(2)
    connected = process.memory_info().rss
    arrived: asyncio.Queue[tuple[float, int]] = asyncio.Queue()
    polls = []
    for number, runner in enumerate(runners):
        polls.append(asyncio.create_task(poll(runner, options.hold, arrived)))
        # A thousand runners do not call in the same instant: spread over the hold, as they are in life.
        if number % 40 == 39:
            await asyncio.sleep(options.hold * 40 / options.waiters)
    cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(2 * options.hold)
    used = (sum(process.cpu_times()[:2]) - cpu) / (time.monotonic() - began)
    held = process.memory_info().rss
    times = await latency(token, options.tasks, arrived)
    for task in polls:
        task.cancel()
    await asyncio.gather(*polls, return_exceptions=True)
    return {
        "waiters": options.waiters,
        "hold_s": options.hold,
        "kib_each_with_connection": round((held - before_all) / 1024 / options.waiters, 1),
        "kib_each_for_the_wait": round((held - connected) / 1024 / options.waiters, 1),
        "core_percent_each": round(100 * used / options.waiters, 5),
        **{f"{name}_ms_p50": round(values[len(values) // 2], 2) for name, values in times.items()},
        **{f"{name}_ms_p99": round(values[int(len(values) * 0.99)], 2) for name, values in times.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiters", type=int, default=1000)
    parser.add_argument("--hold", type=float, default=25.0)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--database")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        server = start_server(data, options.database)
        try:
            token = json.loads((data / "server.json").read_text())["token"]
            print(json.dumps(asyncio.run(measure(options, psutil.Process(server.pid), token)), indent=2))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
