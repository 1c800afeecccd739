"""The server killed again and again under load; `python -m bench.kill_server` does the same fifty times."""

from __future__ import annotations

import pytest

from bench import kill_server


@pytest.mark.timeout(180)
def test_nothing_acknowledged_is_missing_and_nothing_is_doubled(database_url: str | None) -> None:
    result = kill_server.run(database_url, kills=5, seed=7)

    assert result["faults"] == dict.fromkeys(result["faults"], 0)
    assert result["acknowledged"]["files"] > 0
