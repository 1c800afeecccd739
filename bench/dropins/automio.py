"""The vendor's client and our drop-in side by side: what each call costs the program that makes it.

    python -m bench.dropins.automio
    python -m bench.dropins.automio --rounds 100 --only call

One server, two processes: this file itself, run with the interpreter of the vendor's package and with ours. They take
turns, a few calls each, so that what else the machine does falls on both. Prints one JSON line a call: the medians in
microseconds, how many times ours is faster, and the best tenths. `import` is a process that imports the client and
makes one.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: How many calls one side makes before the other has its turn.
CALLS = 4
VENDOR = "automio-0.1.6"
OURS = "botyard.sdk.automio"
WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables: [{{name: orders, fields: [{{name: orderId, type: text}}]}}]
    actions: [{{slug: nightly, name: Nightly, type: app_action, code: nightly.py}}]
integrations:
  - id: bench
    name: Bench
    version: "1"
    base_url: http://127.0.0.1:{port}
    allow_private_network: true
    auth: {{kind: api_key, scheme: Bearer}}
    connections: [{{name: me, key: k-1, apps: [130], concurrency: 50}}]
"""


def calls(package: str) -> dict[str, Callable[[], Any]]:
    """Return every call that both clients have, ready to be made."""
    api = importlib.import_module(f"{package}.wrapper").API()
    request = importlib.import_module(package).GraphQLRequest
    integrations = api.integrations
    bench = integrations.get_integration("bench")
    five = [{"url_params": {"n": str(number)}} for number in range(5)]
    whose = {"connection_id": bench.connected_accounts[0], "organization_id": int(os.environ["ORGANIZATION_ID"])}
    owned = [item | whose for item in five]
    query = "query ($id: String!) { app_130_orders(where: {orderId: {_eq: $id}}, limit: 1) { id orderId } }"

    def ask() -> Any:
        return api.tables.apps_graphql_query(
            app=130, table="orders", graph_ql_request=request(query=query, variables={"id": "x"})
        )

    return {
        "call GET": lambda: integrations.call(bench, "GET", "/0/100/x", params={"a": 1}),
        "call POST": lambda: integrations.call(bench, "POST", "/0/100/x", json={"a": [1, 2]}),
        "parallel_call": lambda: integrations.parallel_call(bench, "GET", "/0/100/{n}", owned),
        "parallel_call_for_connection": lambda: integrations.parallel_call_for_connection(
            bench, "GET", "/0/100/{n}", five, whose["connection_id"]
        ),
        "parallel_call_stream": lambda: list(integrations.parallel_call_stream(bench, "GET", "/0/100/{n}", five)),
        "get_integration": lambda: integrations.get_integration("bench"),
        "get_integrations": integrations.get_integrations,
        "my_connections": lambda: integrations.my_connections("bench"),
        "all_connections": lambda: integrations.all_connections(bench, "orders"),
        "plugins.get_list": lambda: api.plugins.get_list("x"),
        "actions.list": api.actions.list,
        "actions.run": lambda: api.actions.run(1),
        "run status": lambda: api.actions.actions_runs_status_retrieve(id="1"),
        "apps_graphql_query": ask,
        "tables.graphql": lambda: api.tables.graphql("orders", query, {"id": "x"}),
        "create_tag": lambda: api.tables.create_tag("orders", "urgent"),
        "cache set": lambda: api.app_cache.set("k", {"rates": [1.2, 1.5]}, ttl=300),
        "cache get": lambda: api.app_cache.get("k"),
        "cache delete": lambda: api.app_cache.delete("k"),
        "set_progress": lambda: api.task.set_progress(5, "Reading", "in_progress"),
        "notify_me": lambda: api.notify_me("Done", "All of it"),
    }


def serve_calls(package: str) -> None:
    """Make calls as they are asked for on standard input, a name and a number a line, and print the seconds of each."""
    known = calls(package)
    print(json.dumps(list(known)), flush=True)
    for line in sys.stdin:
        name, count = json.loads(line)
        call, took = known[name], []
        for _ in range(count):
            began = time.perf_counter()
            call()
            took.append(time.perf_counter() - began)
        print(json.dumps(took), flush=True)


class Side:
    """One of the two processes."""

    def __init__(self, python: str, package: str, env: dict[str, str]) -> None:
        self.command = [python, "-P", __file__, "--serve", package]
        self.make = [python, "-c", f"import {package}.wrapper as w; w.API()"]
        self.env = {**os.environ, **env, "PYTHONPATH": ""}
        self.process = subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.names: list[str] = self.read()

    def read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self.command)} ended; run it by hand to see why")
        return json.loads(line)

    def times(self, name: str, count: int) -> list[float]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, count]) + "\n")
        self.process.stdin.flush()
        found: list[float] = self.read()
        return found

    def import_time(self) -> float:
        began = time.perf_counter()
        subprocess.run(self.make, env=self.env, check=True, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def compare(name: str, theirs: list[float], ours: list[float]) -> None:
    """Print what a call costs on both sides."""
    vendor, mine = (statistics.median(each) * 1e6 for each in (theirs, ours))
    best = [statistics.quantiles(each, n=10)[0] * 1e6 for each in (theirs, ours)]
    figures = {"vendor_us": round(vendor), "ours_us": round(mine), "times_faster": round(vendor / mine, 2)}
    figures |= {"vendor_best_us": round(best[0]), "ours_best_us": round(best[1])}
    print(json.dumps({"call": name, **figures}), flush=True)


def measure(env: dict[str, str], rounds: int, only: str) -> None:
    """Let the two sides take turns."""
    from tests.support.clients import ensure

    theirs, ours = Side(str(ensure(VENDOR)), "automio", env), Side(sys.executable, OURS, env)
    imports = ([theirs.import_time(), ours.import_time()] for _ in range(min(rounds, 5)))
    if not only:
        compare("import", *map(list, zip(*imports, strict=True)))
    for name in [name for name in theirs.names if only in name]:
        took: tuple[list[float], list[float]] = ([], [])
        for side in (theirs, ours):
            side.times(name, 3)  # opens connections
        for _ in range(rounds):
            for side, times in zip((theirs, ours), took, strict=True):
                times.extend(side.times(name, CALLS))
        compare(name, *took)
    theirs.stop()
    ours.stop()


def main() -> None:
    """Measure and print, or be one of the sides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="calls whose name contains this")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_calls(options.serve)
        return
    from bench.integrations import serve
    from bench.yard import yard

    ports: Any = multiprocessing.get_context("spawn").Queue()
    upstream = multiprocessing.get_context("spawn").Process(target=serve, args=(ports,), daemon=True)
    upstream.start()
    with yard(None, "--no-runner") as place:
        (place.data / "nightly.py").write_text("RESULT = 1\n")
        file = Path(place.data / "workspace.yaml")
        file.write_text(WORKSPACE.format(port=ports.get()))
        place.cli("apply", str(file))
        measure(place.cli("connect", "automio", "--app", "130")["env"], options.rounds, options.only)
    upstream.terminate()


if __name__ == "__main__":
    main()
