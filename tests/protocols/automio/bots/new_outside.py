"""Run by hand with automio 0.5.7: everything about actions, files and notifications that it can do."""

import sys
import time
from typing import Any

from automio.exceptions import ApiException  # type: ignore[import-not-found]
from automio.wrapper import API  # type: ignore[import-not-found]

waited = time.sleep


def slept(seconds: Any) -> None:
    assert seconds <= 1, "the client slept"
    waited(seconds)


time.sleep = slept
api = API()
(action,) = [each for each in api.actions.list() if each.slug == "double"]
assert action.files == [], action

key = api.actions.new_request_key()
made = api.actions.run("double", user_input={"n": 4}, request_key=key)
assert api.actions.run("double", user_input={"n": 4}, request_key=key) == made
assert api.actions.recover_run("double", key) == made
try:
    api.actions.run("double", user_input={"n": 5}, request_key=key)
except ApiException as error:
    status = error.status
assert status == 409, status
done = api.actions.wait_for_run(made.run_id, timeout=60)
assert (done.status.value, done.result["doubled"]) == ("completed", 8), done
assert api.actions.stop(made.run_id) == {"run_id": made.run_id, "status": "completed", "confirmed": True}

slow = api.actions.run("wait")
for line in api.actions.stream_logs(slow.task_id):
    if line == "waiting":
        stopped = api.actions.stop(slow.run_id)
assert stopped["status"] == "stopped", stopped
assert api.actions.wait_for_run(slow.run_id).status.value == "stopped"

kept = api.files.upload(("report.csv", b"a;b\n"), path="reports/report.csv", is_public=False)
assert (kept.path, kept.size) == ("reports/report.csv", 4), kept
assert api.files.get_metadata("reports/report.csv").public_url == kept.public_url
assert api.files.download_binary(kept.public_url) == b"a;b\n"
assert api.files.delete("reports/report.csv").path == "reports/report.csv"
sent = api.runtime.send_notification("Half way", "Still going", kind="success")
assert sent == {"ok": True}, sent
sys.stdout.write("fine\n")
