"""How long the SDK takes to import, in a fresh interpreter each time, beside an interpreter that imports nothing.

    .venv/bin/python -m bench.sdk_import [ROUNDS]

`-X importtime` sums what the imports take; the wall clock is that of the whole process less that of an empty one. The
first round warms the files up and is left out; the median of the others counts.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time

#: At most so many milliseconds for `import botyard.sdk`.
LIMIT = 150.0
STATEMENTS = {
    "import botyard.sdk": "import botyard.sdk",
    "the names of both clients": "from botyard.sdk import AsyncBotyard, Botyard",
    "a client, ready to call": "from botyard.sdk import Botyard; Botyard('http://127.0.0.1:1', 'x').tasks.list",
    "httpx2, for comparison": "import httpx2",
}


def imported(statement: str) -> float:
    """Return the milliseconds that importtime counts for what a statement imports, beyond the interpreter's own."""
    total = sum(_times(statement)) - sum(_times("pass"))
    return total / 1000


def _times(statement: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return [int(own) for own in re.findall(r"^import time:\s+(\d+) \|", done.stderr, re.MULTILINE)]


def took(statement: str) -> float:
    """Return the milliseconds of a whole process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print a table, and fail when the first line is over the limit."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"{'':30} {'importtime':>12} {'wall clock':>12}   (median of {rounds}, ms)")
    counted = 0.0
    for name, statement in STATEMENTS.items():
        sums, walls = [], []
        for _ in range(rounds + 1):
            sums.append(imported(statement))
            walls.append(took(statement) - took("pass"))
        by_import, by_clock = statistics.median(sums[1:]), statistics.median(walls[1:])
        counted = counted or by_import
        print(f"{name:30} {by_import:12.1f} {by_clock:12.1f}")
    print(f"limit of the first line: {LIMIT:g}")
    sys.exit(counted > LIMIT)


if __name__ == "__main__":
    main()
