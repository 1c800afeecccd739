"""Start a process as an external system does, wait for it, save its files: python call.py URL TOKEN ORDER.json."""

import json
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

URL, TOKEN, ORDER = sys.argv[1:4]


def send(path: str, **body: object) -> bytes:
    """Return what the server answers."""
    content = json.dumps({"auth_tkn": TOKEN, **body}).encode()
    with urlopen(Request(URL + path, content, {"Content-Type": "application/json"})) as reply:  # noqa: S310
        return reply.read()


def call(path: str, **body: object) -> dict:
    """Return the answer, or end with what it says is wrong."""
    answer = json.loads(send(path, **body))
    return sys.exit(answer["ErrorMessage"]) if "ErrorMessage" in answer else answer


process = call("/v1/repository/actual", page=1, limit=0)["process"][0]["token"]
order = {"process": process, "version": 0, "ctx": Path(ORDER).read_text(encoding="utf-8")}
task = call("/v1/orchestra/task/create", task=order)["task"]
try:
    while task["status"] not in ("DONE", "ERROR"):
        time.sleep(0.5)
        task = call("/v1/orchestra/task/status", id=task["id"])["task"]
except KeyboardInterrupt:
    task = call("/v1/orchestra/task/cancel", id=task["id"])["task"]
output = json.loads(task.get("outputCtx", "{}"))
for name in filter(None, [output.get("confirmation"), *(output.get("copies") or [])]):
    Path(name).write_bytes(send("/v1/repository/task/download", taskid=task["id"], filename=name))
print(json.dumps(output, indent=2) if task["status"] == "DONE" else task.get("log"))
