"""Caches and progress without a cache service: straight in Redis, under the vendor's keys."""

import json
import os
import sys

from botyard.sdk.automio.wrapper import API

api = API()
task = os.environ["TASK_ID"]
assert api.app_cache.get("my key") is None
assert api.app_cache.set("my key", {"data": "Å"}, ttl=300)["success"] is True
found = api.app_cache.get("my key")
assert json.loads(found["value"]) == {"data": "Å"}, found
assert (found["key"], found["exists"]) == ("my key", True), found
assert 290 < found["ttl"] <= 300, found
assert api.app_cache.set("for ever", 1)["ttl"] is None
assert api.app_cache.get("for ever")["ttl"] == -1
assert api.app_cache.set("unfit", object()) is False
assert api.user_cache.set("my key", "mine")["success"] is True
assert api.app_cache.delete("my key")["deleted"] is True
assert api.app_cache.delete("my key")["deleted"] is False
told = api.task.set_progress(50, "Halfway done", "pending")
assert told == {**told, "success": True, "task_id": task, "progress": 50, "info": "Halfway done", "status": "pending"}
api.close()
assert api.user_cache.get("my key")["value"] == '"mine"'
sys.stdout.write("fine\n")
