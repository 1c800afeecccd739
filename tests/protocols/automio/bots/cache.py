"""The cache and the progress of a client, as its user calls them; the argument is the name of its package."""

import importlib
import sys
import time


def never(seconds: float) -> None:
    raise AssertionError(f"the client slept for {seconds} s")


time.sleep = never  # type: ignore[assignment]
module = sys.argv[1]
api = importlib.import_module(f"{module}.wrapper").API()
newer = hasattr(api, "org_cache")

VALUES = [None, True, 0, 7, 1.5, "text", "olá/ö", [1, {"a": None}], {"page": 3, "rates": [0.25]}]
for number, value in enumerate(VALUES):
    assert api.app_cache.set(f"key {number}/{number}", value)["success"] is True
for number, value in enumerate(VALUES):
    found = api.app_cache.get(f"key {number}/{number}")
    assert (found["value"], found["exists"], type(found["value"])) == (value, True, type(value)), found

missing = api.app_cache.get("nothing")
assert (missing["value"], missing["exists"], missing["ttl"]) == (None, False, None), missing

api.app_cache.set("short", "x", ttl=300)
assert 290 <= api.app_cache.get("short")["ttl"] <= 300
assert api.app_cache.delete("short")["deleted"] is True
assert api.app_cache.delete("short")["deleted"] is False

shared = api.org_cache if newer else api.user_cache
shared.set("key 1/1", {"for": "all"}, ttl=3600)
assert shared.get("key 1/1")["value"] == {"for": "all"}
assert api.app_cache.get("key 1/1")["value"] is True
assert shared.delete("key 1/1")["deleted"] is True

told = api.task.set_progress(25, "Reading", "in_progress")
assert (told["success"], told["progress"], told["info"], told["status"]) == (True, 25, "Reading", "pending"), told
assert api.task.set_progress(100, "Done", "completed")["status"] == "completed"
sys.stdout.write("fine\n")
