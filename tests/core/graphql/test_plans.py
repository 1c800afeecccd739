"""The statements behind pages of rows read an index, and sort nothing."""

from __future__ import annotations

import pytest

from botyard.core import tables
from botyard.storage import Database, Tx
from botyard.storage.rows import Compare, Filter, Order, Pick, Rows
from botyard.storage.rows.select import select
from botyard.storage.rows.statement import Statement
from botyard.storage.sql import compile_query
from tests.core.graphql.conftest import Shop

LATE = "2026-01-01T00:00:00.000000+00:00"


def plan(tx: Tx, *, rows: Rows, organization: int) -> str:
    """Return what the database says of how it will run the statement, on one line."""
    statement = Statement(tx.backend, organization)
    text, _ = select(statement, rows)
    if tx.backend == "postgres":
        # A table of a few rows is read from end to end whatever indexes it has.
        tx.run(compile_query("SET LOCAL enable_seqscan = off", "plan"))
    explain = "EXPLAIN QUERY PLAN" if tx.backend == "sqlite" else "EXPLAIN"
    found = tx.all(compile_query(f"{explain} {text}", "plan"), **statement.params)
    return " / ".join(str(list(row.values())[-1]) for row in found)


async def planned(shop: Shop, where: Filter | None, *order: Order, limit: int | None = 50) -> str:
    table = await shop.db.read(tables.get, workspace_id=shop.workspace.id, app_id=130, name="orders")
    rows = Rows(
        source=table.source, select=(Pick(key="id", column=table.columns["id"]),), where=where, order=order, limit=limit
    )
    return await shop.db.write(plan, rows=rows, organization=shop.workspace.id)


@pytest.mark.parametrize("descending", [True, False])
async def test_a_page_in_the_order_of_an_indexed_column_is_read_from_its_index(shop: Shop, descending: bool) -> None:
    column = shop.documents.api.tables.find("orders").columns["occurredAt"]
    order = Order(column=column, descending=descending, nulls_first=descending)
    for where in (None, Compare(column=column, operator="lt", value=LATE)):
        found = await planned(shop, where, order)
        assert "ix_" in found, found
        assert "TEMP B-TREE" not in found, found
        assert "Sort" not in found or "Incremental" in found, found


async def test_a_row_is_found_by_its_unique_key_and_by_its_id(shop: Shop, db: Database) -> None:
    columns = shop.documents.api.tables.find("orders").columns
    found = await planned(shop, Compare(column=columns["orderId"], operator="eq", value="A"), limit=1)
    assert "uq_" in found, found
    known = "01890000-0000-7000-8000-000000000000"
    found = await planned(shop, Compare(column=columns["id"], operator="in", value=[known]))
    assert ("sqlite_autoindex" if db.backend == "sqlite" else "_pkey") in found, found
