"""Run by an interpreter with the maestro-client package: `server login key label`."""

from __future__ import annotations

import sys

from maestro_client import MaestroClient  # type: ignore[import-not-found]

server, login, key, label = sys.argv[1:]
client = MaestroClient(login=login, key=key, base_url=server)
client.authenticate()
assert client.token
assert client.organization == "default"

made = client.tasks.create(label, {"x": 1})
assert made.status_code == 200, made.data
task_id = made.data["id"]
assert made.data["parameters"] == {"x": 1}
assert client.tasks.get(task_id).data["state"] == "START"
assert client.tasks.cancel(task_id).data["state"] == "CANCELED"
assert client.tasks.restart(task_id).data["state"] == "START"
assert client.tasks.finish(task_id).data["finishStatus"] == "SUCCESS"
assert client.tasks.finish(task_id, {"status": "FAILED", "message": "no"}).data["finishStatus"] == "FAILED"
assert client.tasks.list(page=0, size=5).data["content"][0]["id"] == task_id
assert client.tasks.list().data["number"] == 0

# Every refusal has to be something else than 401: this client waits for ever on that.
missing = client.tasks.get(987654321)
assert (missing.ok, missing.status_code) == (False, 404)
assert missing.data["message"]
assert client.tasks.create("no such label", {}).status_code == 404
assert client.request_raw("GET", "/datapool").status_code == 404
assert client.logs.list().status_code == 404
assert client.request_raw("GET", "/task", params={"size": 50, "page": 0, "sort": "dateCreation"}).status_code == 200

files = client.result_files.list(page=0, size=50)
assert files.data["content"], files.data
found = files.data["content"][-1]
assert client.result_files.get(found["id"]).data["fileName"] == found["fileName"]
assert isinstance(client.result_files.get_file(found["id"]).data, bytes)
