"""Run by hand with automio 0.1.6 or robotnikai 0.2.11: everything about actions that they can do."""

import contextlib
import importlib
import sys
import threading
import time
from typing import Any


def slept(*_: object) -> None:
    raise AssertionError("the client slept")


time.sleep = slept
client = importlib.import_module(sys.argv[1])
wrapper = importlib.import_module(f"{sys.argv[1]}.wrapper")
api = wrapper.API()
(action,) = [each for each in api.actions.list() if each.slug == sys.argv[2]]
assert action.action_type.value == "app_action", action
assert action.code.startswith("import"), action.code

bare = api.actions.run(action.id)
assert (type(bare.run_id), type(bare.task_id)) == (int, str), bare
(account,) = api.integrations.get_integration("mail").connected_accounts
made = api.actions.run(action.id, user_input={"n": 21}, selected_rows=["r1"], connection_id=str(account))
assert made.run_number == bare.run_number + 1, made


def status(run: Any) -> Any:
    return api.actions.actions_runs_status_retrieve(id=str(run.run_id))


lines = list(api.actions.stream_logs(made.task_id))
assert "doubling 21 … Å" in lines, lines
assert "a b" in lines, lines
for _ in range(200):
    found = status(made)
    if found.status.value not in ("pending", "running"):
        break
    threading.Event().wait(0.1)
assert found.status.value == "completed", found
assert found.result == {"doubled": 42, "rows": ["r1"], "connection": account}, found
assert "doubling 21" in found.logs, found
assert list(api.actions.stream_logs(made.task_id, skip_existing=True)) == []
with contextlib.suppress(ValueError):  # the vendor's client checks the id as text and gives a number
    assert api.actions.run_status(made.run_id).status.value == "completed"
sent = api.notify_me(subject="Done", text="All of it")
assert (sent["success"], "no e-mail address" in sent["message"]) == (False, True), sent
sys.stdout.write("fine\n")
