"""Kill the server with -9 again and again under load, then look for every acknowledged thing.

    python -m bench.kill_server                                        fifty kills, SQLite
    python -m bench.kill_server --postgres postgresql://postgres@127.0.0.1/postgres

Callers create tasks, lease them, write log lines, leave files and end them. What was acknowledged must be there,
once; what was not may be there, once. Ends with exit code 1 when anything is missing, doubled or different.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Connection
from bench.yard import Yard, postgres_database, yard

CALLERS = 8


@dataclass
class History:
    """What the server has acknowledged."""

    tasks: dict[int, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    lines: dict[int, list[str]] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)


async def load(place: Yard, history: History, tokens: list[str], alive: asyncio.Event, over: asyncio.Event) -> None:
    """Run all callers until `over`."""
    await asyncio.gather(*(_caller(place, history, token, alive, over) for token in tokens))


async def _caller(place: Yard, history: History, token: str, alive: asyncio.Event, over: asyncio.Event) -> None:
    runner, number = Connection(place.url, token), 0
    while not over.is_set():
        number += 1
        await alive.wait()
        nonce = f"{token[-12:]}-{number}"
        history.unknown.add(nonce)
        people = Connection(place.url, "")
        try:
            people = Connection(place.url, place.admin_token())
            body = {"automation": "kill", "parameters": {"nonce": nonce}}
            status, task = await people.call("POST", "/api/v1/tasks", body)
            if status < 300:
                history.tasks[task["id"]] = nonce
                history.unknown.discard(nonce)
            else:
                history.refused[status] += 1
        except (OSError, ValueError):
            continue
        finally:
            people.close()
        await _work(history, runner, nonce, alive)
    runner.close()


async def _work(history: History, runner: Connection, claim: str, alive: asyncio.Event) -> None:
    """Lease one task and see it through; every call is repeated until it is answered, as a real runner does."""
    reply = await _insist(runner, "/api/v1/runner/lease", {"free": 1, "claim": claim, "wait": 0}, alive)
    for lease in (reply or {}).get("leases", []):
        base, texts = f"/api/v1/runner/attempts/{lease['attempt']}", [f"{claim} line {n}" for n in range(20)]
        lines = [[n + 1, time.time_ns() // 1000, "stdout", text] for n, text in enumerate(texts)]
        if await _insist(runner, f"{base}/logs", {"lines": lines, "complete": True}, alive) is not None:
            history.lines[lease["task"]] = texts
        await _leave_file(history, runner, lease, alive)
        if await _insist(runner, f"{base}/end", {"exit_code": 0, "outcome": "succeeded"}, alive) is not None:
            history.ended.add(lease["task"])


async def _leave_file(history: History, runner: Connection, lease: dict[str, Any], alive: asyncio.Event) -> None:
    bot = Connection(f"http://{runner.host}:{runner.port}", lease["token"])
    body = {"taskId": lease["task"], "name": "report.txt", "filename": "report.txt"}
    made = await _insist(bot, "/api/v2/artifact", body, alive)
    if made is not None:
        content = random.randbytes(2000).hex().encode()
        raw = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="report.txt"\r\n\r\n'
            + content
            + b"\r\n--b--\r\n"
        )
        if await _insist(bot, f"/api/v2/artifact/log/{made['id']}", None, alive, multipart=raw) is not None:
            history.files[made["id"]] = hashlib.sha256(content).hexdigest()
    bot.close()


async def _insist(
    connection: Connection, path: str, body: Any, alive: asyncio.Event, *, multipart: bytes | None = None
) -> Any:
    """Return the answer, trying again after each lost connection; None when the server refuses for good."""
    for _ in range(200):
        await alive.wait()
        try:
            kind = "multipart/form-data; boundary=b" if multipart else "application/json"
            status, answer = await connection.call("POST", path, body, raw=multipart, kind=kind)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        if status < 300:
            return answer or {}
        if status < 500:
            return None
        await asyncio.sleep(0.05)
    return None


async def torture(place: Yard, history: History, kills: int, seed: int) -> list[float]:
    """Kill and restart the server `kills` times under load; return the seconds that each restart took."""
    chance = random.Random(seed)
    place.cli("connect", "botcity")
    place.deploy_nothing("kill")
    tokens = place.runner_tokens(CALLERS)
    alive, over, restarts = asyncio.Event(), asyncio.Event(), []
    alive.set()
    running = asyncio.create_task(load(place, history, tokens, alive, over))
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        place.kill()
        alive.clear()
        restarts.append(await asyncio.to_thread(place.start))
        alive.set()
    await asyncio.sleep(0.5)
    over.set()
    await running
    return restarts


async def verdict(place: Yard, history: History) -> dict[str, int]:
    """Compare the history with what the server holds now."""
    reader = Connection(place.url, place.admin_token())
    found = {task["id"]: task for task in await _everything(reader)}
    nonces = Counter(task["parameters"]["nonce"] for task in found.values())
    known = set(history.tasks.values()) | history.unknown
    faults = {
        "tasks_missing": sum(task_id not in found for task_id in history.tasks),
        "tasks_different": sum(
            found[task_id]["parameters"]["nonce"] != nonce
            for task_id, nonce in history.tasks.items()
            if task_id in found
        ),
        "tasks_doubled": sum(count > 1 for count in nonces.values()),
        "tasks_never_asked_for": len(set(nonces) - known),
        "ends_missing": sum(found[task_id]["state"] != "succeeded" for task_id in history.ended if task_id in found),
        "ends_doubled": 0,
        "lines_wrong": 0,
        "files_wrong": 0,
    }
    for task_id in history.ended:
        _, events = await reader.call("GET", f"/api/v1/tasks/{task_id}/events")
        faults["ends_doubled"] += sum(event["kind"] == "task.succeeded" for event in events["events"]) != 1
    for task_id, texts in history.lines.items():
        _, page = await reader.call("GET", f"/api/v1/tasks/{task_id}/logs")
        faults["lines_wrong"] += [line["text"] for line in page["lines"] if line["stream"] == "stdout"] != texts
    for artifact_id, digest in history.files.items():
        status, content = await reader.call("GET", f"/api/v1/artifacts/{artifact_id}/content")
        faults["files_wrong"] += status != 200 or hashlib.sha256(content).hexdigest() != digest
    reader.close()
    await asyncio.sleep(0)
    return faults


async def _everything(reader: Connection) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = []
    query = ""
    while True:
        _, page = await reader.call("GET", f"/api/v1/tasks?limit=200{query}")
        tasks += page["tasks"]
        if page.get("next") is None:
            return tasks
        query = f"&before={page['next']}"


def run(database: str | None, kills: int, seed: int) -> dict[str, Any]:
    """Torture a server of its own and return what was acknowledged, and what is wrong."""
    history = History()
    with yard(database, "--no-runner") as place:

        async def everything() -> tuple[list[float], dict[str, int]]:
            restarts = await torture(place, history, kills, seed)
            return restarts, await verdict(place, history)

        restarts, faults = asyncio.run(everything())
    return {
        "database": "postgres" if database else "sqlite",
        "kills": kills,
        "seed": seed,
        "acknowledged": {
            "tasks": len(history.tasks),
            "ends": len(history.ended),
            "log_lines": sum(map(len, history.lines.values())),
            "files": len(history.files),
        },
        "slowest_restart_seconds": round(max(restarts), 2),
        "faults": faults,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with postgres_database(options.postgres) as database:
        result = run(database, options.kills, options.seed)
    print(json.dumps(result), flush=True)
    sys.exit(any(result["faults"].values()))


if __name__ == "__main__":
    main()
