"""python -m bench.dropins [--dialect botcity] [--count 50] [--at-least 1.0].

Per call one line: what the vendor's package and ours take in microseconds, and how many times faster ours is. The two
run at the same time and take turns call by call, so that both see the same server and the same machine; what counts is
the quarter of the repetitions that was least disturbed (its slowest one). `TMPDIR=/dev/shm` takes the disk out of it.
Ends with 1 when a call is slower than `--at-least` asks for.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from bench.yard import yard
from tests.support import clients
from tests.support.processes import clean_environment

HERE = Path(__file__).parent
_UNCOUNTED = 3


class Side:
    """The vendor's package or ours, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.calls: list[str] = json.loads(self._line())

    def once(self, call: str) -> float:
        """Make a call and return the seconds that it took."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{call}\n")
        self.process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args!r} ended with {self.process.wait()}")
        return line


@contextmanager
def side(name: str, dialect: ModuleType, settings: Path) -> Iterator[Side]:
    """Yield a client that is ready, ended afterwards."""
    command = [*clients.command(name), str(HERE / "measure.py"), str(dialect.__file__), str(settings)]
    process = subprocess.Popen(
        command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield Side(process)
        finally:
            process.kill()


def compare(name: str, dialect: ModuleType, count: int) -> float:
    """Print a line for each call and return the smallest ratio."""
    least = float("inf")
    with yard(None, "--no-runner") as place, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.json")
        settings.write_text(json.dumps(dialect.prepare(place)))
        with side(dialect.CLIENT, dialect, settings) as theirs, side(dialect.MODULE, dialect, settings) as ours:
            for call in theirs.calls:
                taken = [(theirs.once(call), ours.once(call)) for _ in range(count + _UNCOUNTED)][_UNCOUNTED:]
                vendor, own = (statistics.quantiles(times)[0] * 1e6 for times in zip(*taken, strict=True))
                least = min(least, vendor / own)
                line = {"dialect": name, "call": call, "theirs_us": round(vendor), "ours_us": round(own)}
                print(json.dumps({**line, "times_faster": round(vendor / own, 2)}), flush=True)
            print(json.dumps({"dialect": name, "calls": len(theirs.calls), "least_times_faster": round(least, 2)}))
    return least


def dialects() -> dict[str, ModuleType]:
    files = (path.stem for path in sorted(HERE.glob("*.py")))
    modules = {name: importlib.import_module(f"bench.dropins.{name}") for name in files if not name.startswith("_")}
    return {name: module for name, module in modules.items() if hasattr(module, "MODULE")}


def main() -> None:
    known = dialects()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", action="append", choices=sorted(known))
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--at-least", type=float, default=1.0)
    given = parser.parse_args()
    least = [compare(name, known[name], given.count) for name in given.dialect or known]
    sys.exit(min(least) < given.at_least)


if __name__ == "__main__":
    main()
