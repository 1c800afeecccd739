"""A page of rows begins where an index leads, in the midst of equal values and among rows without one as well."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import apps, tables
from botyard.core.rows import Sort
from botyard.core.rows.paging import cursor, stretches
from botyard.core.tables import Table
from botyard.storage import Database, Tx
from botyard.storage.rows import Every, Pick, Rows
from tests.core.graphql.test_plans import plan
from tests.support.work import NOW, make_workspace

FIELDS = [{"name": "kind", "index": True}, {"name": "value", "type": "number", "index": True}]
ROW = {"id": "0198c1b2-7a4e-7000-8000-000000000001", "kind": "FEE", "value": 2.5}


def _make(tx: Tx) -> Table:
    place: dict[str, Any] = {"workspace_id": make_workspace(tx).id, "app_id": 130, "actor": "user:ann", "now": NOW}
    apps.create(tx, slug="shop", **place)
    return tables.create(tx, name="orders", definition={"fields": FIELDS}, **place)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", ["kind", "value", "created_at"])
@pytest.mark.parametrize("place", ["begin", "midst", "empty"])
async def test_no_stretch_of_a_page_is_sorted_or_scanned(
    db: Database, column: str, place: str, descending: bool
) -> None:
    table = await db.write(_make)
    found = table.columns[column]
    value = "2026-01-01T00:00:00.000000+00:00" if column == "created_at" else ROW.get(column)
    row = {**ROW, column: None if place == "empty" and found.nullable else value}
    after = None if place == "begin" else cursor(row, found)
    for stretch in stretches(found, Sort(column=column, descending=descending), after):
        picked = (Pick(key="id", column=table.columns["id"]),)
        where = Every(parts=stretch.where) if stretch.where else None
        rows = Rows(source=table.source, select=picked, where=where, order=stretch.order, limit=51)
        told = await db.write(plan, rows=rows, organization=table.workspace_id)
        assert "ix_" in told, told
        assert "TEMP B-TREE" not in told, told
        assert "Sort" not in told or "Incremental" in told, told
