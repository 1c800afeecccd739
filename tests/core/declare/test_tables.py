"""Tables in a workspace file: made once, changed where they differ, and led to in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import declare, tables
from botyard.core.declare import Source
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

MESSAGES = {
    "name": "messages",
    "fields": [{"name": "order", "type": "foreign_key", "to": "orders"}, {"name": "messageContent", "type": "text"}],
}
ORDERS = {
    "name": "orders",
    "fields": [
        {"name": "orderId", "type": "text", "required": True, "unique": True},
        {"name": "last", "type": "foreign_key", "to": "messages"},
    ],
}


async def apply(db: Database, workspace: Workspace, *declared: dict[str, Any]) -> list[dict[str, Any]]:
    document = declare.read({"apps": [{"id": 130, "slug": "shop", "tables": list(declared)}]}, Source())
    changes = await db.write(
        declare.apply,
        workspace_id=workspace.id,
        document=document,
        root_keys=RootKeys(Path("root.key")),
        actor="user:ann",
        now=NOW,
    )
    return [change.fields for change in changes]


async def test_tables_that_lead_to_each_other_are_made_once(db: Database) -> None:
    workspace = await db.write(make_workspace)
    assert await apply(db, workspace, MESSAGES, ORDERS)
    assert await apply(db, workspace, MESSAGES, ORDERS) == []
    schema = await db.read(tables.load, workspace_id=workspace.id, app_id=130)
    assert set(schema.links("orders")) == {"last", "messages"}
    assert set(schema.links("messages")) == {"order", "orders"}
    assert "uq_app_130_orders_orderId_org" in {one.name for one in schema.find("orders").constraints}


async def test_fields_that_a_document_does_not_mention_stay(db: Database) -> None:
    workspace = await db.write(make_workspace)
    await apply(db, workspace, MESSAGES, ORDERS)
    more = {"name": "orders", "fields": [{"name": "total", "type": "number"}]}
    (changed,) = await apply(db, workspace, more)
    assert list(changed) == ["tables.orders.total"]
    schema = await db.read(tables.load, workspace_id=workspace.id, app_id=130)
    assert [field.name for field in schema.find("orders").definition.fields] == ["orderId", "last", "total"]


async def test_a_link_to_a_table_that_will_not_be_there_is_refused(db: Database) -> None:
    workspace = await db.write(make_workspace)
    with pytest.raises(Invalid) as caught:
        await apply(db, workspace, MESSAGES)
    assert caught.value.field == "apps[0].tables[0].fields[0].to"
    assert (await db.read(tables.load, workspace_id=workspace.id, app_id=130)).tables == {}
