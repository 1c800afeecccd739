"""Run by either interpreter: `dialect.py settings.json`. Makes one call for each line of its input.

The first line of its output is JSON, the names of all calls; then come the seconds that each took.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from pathlib import Path


def main(dialect: str, settings: str) -> None:
    sys.path.pop(0)  # files here are named as vendors name their packages
    warnings.simplefilter("ignore")
    spec = importlib.util.spec_from_file_location("dialect", dialect)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    calls = module.calls(json.loads(Path(settings).read_text()))
    print(json.dumps(list(calls)), flush=True)
    for line in sys.stdin:
        call = calls[line.rstrip("\n")]
        began = time.perf_counter()
        call()
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
