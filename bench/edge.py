"""What the edge costs: a small authenticated POST with strict JSON in and out, and no database.

    .venv/bin/python bench/edge.py [--seconds 4] [--callers 32]

Needs `wrk`. The server runs on one core, wrk on another. `bare` is an ASGI application that reads the body and
answers with a constant: what uvicorn itself can do in the same minute. The target is 12,000 requests a second on one
core, or two thirds of `bare` on a machine that is busy or slow.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from botyard.base.settings import Settings
from botyard.core import access
from botyard.core.access import Permission, Role
from botyard.server.app import create_app
from botyard.server.serve import http_server, listen
from botyard.storage import Blobs, Database
from botyard.web import Request, Response, Route, RouteTable, json_response

BODY = '{"automation":"invoices","parameters":{"customer":"ACME","invoice":184467},"priority":3}'
CASES = {"fixed path": "/api/v1/tasks", "path with an id": "/api/v1/tasks/4711"}


class Call(msgspec.Struct):
    automation: str
    parameters: dict[str, str | int]
    priority: int = 0


async def echo(request: Request) -> Response:
    return json_response(await request.json(Call))


async def bare(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = BODY.encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve(which: str, port: int, token_file: Path) -> None:
    sock = listen("127.0.0.1", port)
    if which == "bare":
        await http_server(bare).serve([sock])  # type: ignore[arg-type]
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        db = await Database.open(None, data=data)
        routes = [Route("POST", path, echo, Permission.TASKS_RUN) for path in ("/tasks", "/tasks/{id}")]
        app = create_app(
            Settings(data=data), db, Blobs.open(None, data=data), tables=[RouteTable("bench", "/api/v1", routes)]
        )
        await db.write(access.first_start, password_hash="", must_change=False, now=db.now())
        key = await db.write(
            access.create_key, workspace_id=1, name="bench", role=Role.OPERATOR, owner="user:1", now=db.now()
        )
        token_file.write_text(key.text)  # noqa: ASYNC240 -- before the first request
        await http_server(app).serve([sock])


def measure(which: str, paths: dict[str, str], options: argparse.Namespace, port: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        token_file, script = Path(folder, "token"), Path(folder, "post.lua")
        command = [sys.executable, __file__, "--serve", which, "--port", str(port), "--token-file", str(token_file)]
        server = subprocess.Popen(pinned(0) + command)
        try:
            wait_for(port)
            token = token_file.read_text() if token_file.exists() else ""
            script.write_text(
                f"wrk.method = 'POST'\nwrk.body = '{BODY}'\nwrk.headers['Content-Type'] = 'application/json'\n"
                f"wrk.headers['Authorization'] = 'Bearer {token}'\n"
            )
            return {name: wrk(f"http://127.0.0.1:{port}{path}", script, options) for name, path in paths.items()}
        finally:
            server.terminate()
            server.wait()


def wrk(url: str, script: Path, options: argparse.Namespace) -> float:
    load = ["wrk", "-t1", f"-c{options.callers}", f"-d{options.seconds}", "-s", str(script), url]
    output = subprocess.run(pinned(1) + load, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise SystemExit(output)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]


def pinned(core: int) -> list[str]:
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--callers", type=int, default=32)
    parser.add_argument("--port", type=int, default=9917)
    parser.add_argument("--serve", choices=["bare", "edge"], help=argparse.SUPPRESS)
    parser.add_argument("--token-file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        uvloop.run(serve(options.serve, options.port, options.token_file))
        return
    limit = measure("bare", {"bare": "/"}, options, options.port)["bare"]
    print(f"{'bare':18}{limit:10,.0f} requests/s")
    for name, rate in measure("edge", CASES, options, options.port + 1).items():
        print(f"{name:18}{rate:10,.0f} requests/s  {rate / limit:.0%} of bare")


if __name__ == "__main__":
    main()
