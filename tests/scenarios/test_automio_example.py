"""The example for Automio, as its README says: an API of its own, plugins, and a real runner with the real client."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.scenarios.yard import Yard

EXAMPLE = Path(__file__).parents[2] / "examples" / "automio"


@pytest.fixture
def warehouse() -> Iterator[Any]:
    """Yield the example's other system, on a free port and quicker than by hand."""
    spec = importlib.util.spec_from_file_location("warehouse", EXAMPLE / "warehouse.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["SECONDS"] = 0.01
    with module.Warehouse(0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, warehouse: Any) -> Path:
    """Return a copy of the example whose integration leads to that system."""
    copy = tmp_path / "automio"
    shutil.copytree(EXAMPLE, copy)
    text = (copy / "workspace.yaml").read_text()
    (copy / "workspace.yaml").write_text(text.replace("8098", str(warehouse.server_address[1])))
    return copy


def run(yard: Yard, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the action as the README says; return its task and its result."""
    done = yard.server.json("task", "run", "stock-check", "--wait", *options)
    assert done["state"] == "succeeded", yard.server.cli("task", "logs", str(done["id"])).stdout
    return done["id"], done["output"]


def rows(yard: Yard, query: str) -> list[Any]:
    """Return what the server's database holds."""
    if yard.server.database_url is None:
        with contextlib.closing(sqlite3.connect(f"file:{yard.server.data}/botyard.db?mode=ro", uri=True)) as lite:
            return lite.execute(query).fetchall()
    with psycopg.connect(yard.server.database_url) as connection:
        return connection.cursor().execute(query.encode()).fetchall()


def test_the_example_counts_stock_and_remembers_it(shared_yard: Yard, folder: Path, warehouse: Any) -> None:
    yard = shared_yard
    yard.server.cli("apply", str(folder / "workspace.yaml"))
    assert "Nothing to change" in yard.server.cli("apply", str(folder / "workspace.yaml")).stdout
    yard.server.cli("deploy", str(folder), "--automation", "stock-check", "--dialect", "automio")
    _, first = run(yard, "--param", "low_at=1")
    assert (first["products"], first["sold"], first["failed_pages"]) == (400, 0, 0)
    assert {"P-0000", "P-0101"} <= set(first["low"])
    assert warehouse.refused > {7, 14}, "two pages were refused and asked for again"
    task, second = run(yard, "--param", "low_at=1")
    assert second["products"] == 400
    assert second["sold"] > 0
    _, none = run(yard, "--param", "low_at=-1")
    assert none["low"] == []
    assert [each for (each,) in rows(yard, "SELECT subject FROM messages ORDER BY id")] == [
        f"{len(found['low'])} products are running out" for found in (first, second)
    ]
    assert rows(yard, f"SELECT percent, info, status FROM task_progress WHERE task_id = {task}") == [
        (100, "Counted 400 products", "completed")
    ]


def test_a_page_that_is_refused_again_and_again_is_counted(
    shared_yard: Yard, folder: Path, warehouse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "look", lambda page: page == 5)
    shared_yard.server.cli("apply", str(folder / "workspace.yaml"))
    shared_yard.server.cli("deploy", str(folder), "--automation", "stock-check", "--dialect", "automio")
    task, found = run(shared_yard)
    assert (found["products"], found["failed_pages"]) == (380, 1)
    assert sum("503" in line for line in shared_yard.lines(task)) == 3
