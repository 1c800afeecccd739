"""Run with a token that does not hold: each way to ask says so at once, and nothing sleeps."""

import functools
import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def slept(*_: object) -> None:
    raise AssertionError("the client slept")


time.sleep = slept
client = importlib.import_module(sys.argv[1])
wrapper = importlib.import_module(f"{sys.argv[1]}.wrapper")


def refused(call: Callable[[], Any]) -> str:
    try:
        found = call()
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 -- each kind of call has its own
        return f"{type(error).__name__}: {error}"
    return str(found)


def log_of(api: Any) -> list[str]:
    return list(api.actions.stream_logs("b07a9d7a-5c1d-8a3f-8000-000000000001"))


for token in ("nonsense", "", os.environ["APP_TOKEN"][:-3]):
    os.environ["APP_TOKEN"] = token
    api = wrapper.API()
    for call in (
        api.actions.list,
        functools.partial(log_of, api),
        functools.partial(api.actions.run, 1),
        functools.partial(api.notify_me, subject="x", text="y"),
    ):
        said = refused(call)
        assert "403" in said or "detail" in said, said
        assert "token" in said.lower(), said
sys.stdout.write("fine\n")
