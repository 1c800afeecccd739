"""What a runner costs and how fast it is: from a task to its bot, idle, in a flood, and after a kill.

    python -m bench.runner                                              SQLite
    python -m bench.runner --postgres postgresql://postgres@127.0.0.1/postgres

The promises: a task created becomes a started process within 300 ms (p50, warm environment, embedded runner); after
`kill -9` of a runner the task runs elsewhere within 40 s and exactly one attempt finishes.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from bench.yard import BOTYARD, Yard, postgres_database, yard

BOTS = {
    "nothing": "print('done')",
    "flood": "import os\nfor number in range(1_000_000): os.write(1, b'line %d\\n' % number)\n",
    "long": (
        "import os, pathlib, time\n"
        "print('pid', os.getpid(), flush=True)\n"
        "while not pathlib.Path(os.environ['BOTYARD_INTERRUPT']).exists(): time.sleep(0.05)\n"
    ),
}


class Tasks:
    """Calls about tasks."""

    def __init__(self, place: Yard) -> None:
        self._place = place
        self._token = place.admin_token()
        for label, code in BOTS.items():
            package = io.BytesIO()
            with zipfile.ZipFile(package, "w") as archive:
                archive.writestr("main.py", code)
            self.post(f"automations/{label}/deploy?dialect=plain", package.getvalue())

    def post(self, path: str, body: Any) -> Any:
        return self._place.post(f"/api/v1/{path}", body, self._token)

    def get(self, path: str) -> Any:
        import urllib.request

        request = urllib.request.Request(
            f"{self._place.url}/api/v1/{path}", headers={"Authorization": f"Bearer {self._token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read())

    def start(self, label: str) -> int:
        task: int = self.post("tasks", {"automation": label})["id"]
        return task

    def run(self, label: str) -> Any:
        """Run a task to its end."""
        task = self.start(label)
        while not (found := self.get(f"tasks/{task}?wait=20"))["settled"]:
            pass
        return found

    def until_running(self, task: int, *, attempts: int = 1) -> None:
        while (found := self.get(f"tasks/{task}"))["state"] != "running" or found["attempts"] < attempts:
            time.sleep(0.01)


def start_delays(tasks: Tasks, count: int) -> list[float]:
    """Return the milliseconds from created to started of tasks run one after the other, sorted."""
    tasks.run("nothing")
    delays = []
    for _ in range(count):
        found = tasks.run("nothing")
        created, started = (datetime.fromisoformat(found[name]) for name in ("created_at", "started_at"))
        delays.append((started - created).total_seconds() * 1000)
        time.sleep(0.02)
    return sorted(delays)


def measure_embedded(database: str | None, count: int) -> dict[str, Any]:
    """Measure the runner that comes with the server."""
    with yard(database) as place:
        tasks = Tasks(place)
        delays = start_delays(tasks, count)
        runner = psutil.Process(int((place.data / "runner" / "pid").read_text()))
        idle = runner.memory_info().rss
        before = sum(runner.cpu_times()[:2])
        time.sleep(20)
        cores = (sum(runner.cpu_times()[:2]) - before) / 20
        began = time.perf_counter()
        tasks.run("flood")
        peak = Path(f"/proc/{runner.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        return {
            "created_to_started_ms": {
                "p50": round(statistics.median(delays), 1),
                "p95": round(delays[int(len(delays) * 0.95)], 1),
                "max": round(delays[-1], 1),
            },
            "idle_mib": round(idle / 2**20, 1),
            "idle_percent_of_a_core": round(cores * 100, 3),
            "flood_of_a_million_lines_seconds": round(time.perf_counter() - began, 1),
            "peak_mib_after_flood": round(int(peak) / 1024, 1),
        }


def measure_kill(database: str | None) -> dict[str, Any]:
    """Kill a runner while its bot runs, and wait for another to take over."""
    with yard(database, "--no-runner") as place:
        tasks = Tasks(place)
        homes = [Path(tempfile.mkdtemp(prefix="botyard-bench-")) for _ in range(2)]
        runners = []
        try:
            runners.append(_runner(place, homes[0]))
            task = tasks.start("long")
            tasks.until_running(task)
            while not (lines := tasks.get(f"tasks/{task}/logs")["lines"]) or not lines[-1]["text"].startswith("pid"):
                time.sleep(0.01)
            bot = int(lines[-1]["text"].split()[1])
            runners.append(_runner(place, homes[1]))
            time.sleep(2)
            killed = time.perf_counter()
            runners[0].kill()
            while psutil.pid_exists(bot):
                time.sleep(0.001)
            died = time.perf_counter()
            tasks.until_running(task, attempts=2)
            again = time.perf_counter()
            tasks.post(f"tasks/{task}/interrupt", {})
            while not (found := tasks.get(f"tasks/{task}?wait=20"))["settled"]:
                pass
            ends = [attempt["state"] for attempt in tasks.get(f"tasks/{task}/attempts")["attempts"]]
            return {
                "bot_dead_after_ms": round((died - killed) * 1000, 1),
                "running_elsewhere_after_seconds": round(again - killed, 1),
                "state": found["state"],
                "attempts": ends,
            }
        finally:
            for runner in runners:
                runner.send_signal(signal.SIGTERM)
                runner.wait(40)
            for home in homes:
                shutil.rmtree(home, ignore_errors=True)


def _runner(place: Yard, home: Path) -> subprocess.Popen[bytes]:
    joining = place.cli("connect", "runner")
    command = [BOTYARD, "runner", "--server", joining["server"], "--token", joining["token"], "--work", str(home / "w")]
    return subprocess.Popen(command, env=os.environ | {"BOTYARD_LOG": "error"})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", help="a PostgreSQL server on which databases may be created")
    parser.add_argument("--tasks", type=int, default=50)
    options = parser.parse_args()
    result: dict[str, Any] = {"database": "postgres" if options.postgres else "sqlite"}
    with postgres_database(options.postgres) as database:
        result["embedded"] = measure_embedded(database, options.tasks)
    with postgres_database(options.postgres) as database:
        result["killed"] = measure_kill(database)
    print(json.dumps(result, indent=2), flush=True)


if __name__ == "__main__":
    main()
