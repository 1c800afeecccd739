"""S, the yardstick: how many single-row durable commits a second SQLite does here and now."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

_PAYLOAD = '{"customer":"ACME Robotics GmbH","invoice":184467,"path":"inbox/2026/11/0001.pdf","tags":["eu","pdf"]}'
_TABLE = """
CREATE TABLE job (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, priority INT NOT NULL, state INT NOT NULL DEFAULT 0,
                  lease_until REAL, worker TEXT, attempt INT NOT NULL DEFAULT 0, payload BLOB, created REAL);
CREATE INDEX job_ready ON job (queue, priority DESC, id) WHERE state = 0;
CREATE INDEX job_leased ON job (lease_until) WHERE state = 1;
"""


def single_row_commits(seconds: float = 1.0) -> float:
    """Return commits a second with WAL and `synchronous=FULL`, one row each, no client, no HTTP."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "limit.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_TABLE)
        count, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < seconds:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO job (queue, priority, payload, created) VALUES ('q', 50, ?, 1.0)", (_PAYLOAD,)
            )
            connection.execute("COMMIT")
            count += 1
        connection.close()
        return count / spent
