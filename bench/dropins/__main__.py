"""python -m bench.dropins [--dialect botcity] [--count 30] [--rounds 3] [--at-least 1.0].

Per call one line: the median of the vendor's package and of ours in microseconds, and how many times faster ours is.
Packages and ours take turns, so that both see the same server and the same machine. Ends with 1 when a call is slower
than `--at-least` asks for.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from types import ModuleType

from bench.yard import yard
from tests.support import clients
from tests.support.processes import clean_environment

HERE = Path(__file__).parent


def dialects() -> dict[str, ModuleType]:
    names = [
        path.stem for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_") and path.stem != "measure"
    ]
    return {name: importlib.import_module(f"bench.dropins.{name}") for name in names}


def measure(command: list[str], dialect: ModuleType, settings: Path, count: int) -> dict[str, list[float]]:
    done = subprocess.run(
        [*command, str(HERE / "measure.py"), str(dialect.__file__), str(settings), str(count)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    taken: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return taken


def compare(name: str, dialect: ModuleType, *, count: int, rounds: int) -> float:
    """Print a line for each call and return the smallest ratio."""
    found: dict[str, dict[str, list[float]]] = {"theirs": defaultdict(list), "ours": defaultdict(list)}
    commands = {"theirs": clients.command(dialect.CLIENT), "ours": clients.command(dialect.MODULE)}
    with yard(None, "--no-runner") as place, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.json")
        settings.write_text(json.dumps(dialect.prepare(place)))
        for _ in range(rounds):
            for side, command in commands.items():
                for call, taken in measure(command, dialect, settings, count).items():
                    found[side][call] += taken
    ratios = []
    for call in found["theirs"]:
        theirs, ours = (statistics.median(found[side][call]) * 1e6 for side in ("theirs", "ours"))
        ratios.append(theirs / ours)
        line = {"dialect": name, "call": call, "theirs_us": round(theirs), "ours_us": round(ours)}
        print(json.dumps({**line, "times_faster": round(theirs / ours, 2)}), flush=True)
    print(json.dumps({"dialect": name, "calls": len(ratios), "least_times_faster": round(min(ratios), 2)}), flush=True)
    return min(ratios)


def main() -> None:
    known = dialects()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", action="append", choices=sorted(known))
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least", type=float, default=1.0)
    given = parser.parse_args()
    chosen = given.dialect or list(known)
    least = [compare(name, known[name], count=given.count, rounds=given.rounds) for name in chosen]
    sys.exit(min(least) < given.at_least)


if __name__ == "__main__":
    main()
