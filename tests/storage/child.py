"""A process for fault tests: writes rows one after the other and says so on its standard output.

    python -m tests.storage.child write <data> <url or -> <callers>
    python -m tests.storage.child migrate <data> <url or ->

`write` prints a label as soon as its write was answered, and exits with 3 once the database failed for good.
`migrate` applies a second migration that does half its work and then never ends.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

from botyard.base.exceptions import Busy
from botyard.storage import Database, migrate
from tests.storage.operations import add

ENDLESS = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;",
    "postgres": "SELECT pg_sleep(3600);",
}
FAILED_STATUS = 3


async def write(data: Path, url: str | None, callers: int) -> int:
    db = await Database.open(url, data=data)
    os.write(1, b"ready\n")

    async def caller(name: int) -> None:
        for number in itertools.count():
            label = f"{name}-{number}"
            try:
                await db.write(add, label)
            except Busy as refusal:
                os.write(1, f"refused {refusal.code}\n".encode())
                if refusal.code != "storage_full":
                    return
                await asyncio.sleep(0.01)
            else:
                os.write(1, f"{label}\n".encode())

    work = asyncio.gather(*(caller(name) for name in range(callers)))
    await db.failed.wait()
    await work
    return FAILED_STATUS


async def migrate_forever(data: Path, url: str | None) -> int:
    load = migrate.load

    def with_second(backend: str) -> list[migrate.Migration]:
        text = f"-- breaking: yes\nCREATE TABLE half (id INTEGER);\n{ENDLESS[backend]}"
        return [*load(backend), migrate.Migration("9998_half", breaking=True, text=text)]

    migrate.load = with_second
    os.write(1, b"ready\n")
    await Database.open(url, data=data)
    return 0


def main() -> int:
    what, data, url = sys.argv[1:4]
    address = None if url == "-" else url
    if what == "write":
        return asyncio.run(write(Path(data), address, int(sys.argv[4])))
    return asyncio.run(migrate_forever(Path(data), address))


if __name__ == "__main__":
    sys.exit(main())
