"""Run by either interpreter: `dialect.py settings.json count`. Tells, as JSON, how long each call of a dialect takes.

The values are the seconds of each repetition, after a few that are not counted.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

_UNCOUNTED = 3


def main(dialect: str, settings: str, count: str) -> None:
    sys.path.pop(0)  # files here are named as vendors name their packages
    warnings.simplefilter("ignore")
    spec = importlib.util.spec_from_file_location("dialect", dialect)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    calls = module.calls(json.loads(Path(settings).read_text()))
    sys.stdout.write(json.dumps({name: timed(call, int(count)) for name, call in calls.items()}))


def timed(call: Callable[[], object], count: int) -> list[float]:
    taken = []
    for _ in range(count + _UNCOUNTED):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return taken[_UNCOUNTED:]


if __name__ == "__main__":
    main(*sys.argv[1:])
