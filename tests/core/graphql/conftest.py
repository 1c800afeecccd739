"""An app with tables, asked as a client would."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.core import apps, graphql, tables
from botyard.core.graphql import ApiSchema, Documents, Failed, Limits, Request
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

ORDERS = {
    "fields": [
        {"name": "orderId", "type": "text", "required": True, "unique": True},
        {"name": "buyerLogin", "type": "text"},
        {"name": "delivered", "type": "boolean"},
        {"name": "value", "type": "number"},
        {"name": "occurredAt", "type": "datetime"},
        {"name": "extra", "type": "tags"},
    ]
}
MESSAGES = {"fields": [{"name": "order", "type": "foreign_key", "to": "orders"}, {"name": "text", "type": "text"}]}
LABELS = {"fields": [{"name": "name", "unique": True}, {"name": "orders", "type": "many_to_many", "to": "orders"}]}


class Shop:
    """One app with tables; `organization` is whom it asks for."""

    def __init__(self, db: Database, workspace: Workspace, *, limits: Limits, organization: int | None = None) -> None:
        self.db = db
        self.workspace = workspace
        self.limits = limits
        self.organization = workspace.id if organization is None else organization
        self.documents: Documents

    async def load(self) -> Shop:
        schema = await self.db.read(tables.load, workspace_id=self.workspace.id, app_id=130)
        self.documents = Documents(ApiSchema(schema), self.limits)
        return self

    async def ask(self, text: str, **variables: Any) -> dict[str, Any]:
        prepared = self.documents.prepare(text, None)
        request = Request(
            api=self.documents.api,
            prepared=prepared,
            variables=variables,
            organization=self.organization,
            now=NOW,
            most=self.limits.rows,
        )
        call = self.db.write if prepared.writes else self.db.read
        return await call(graphql.run, request=request)

    async def fail(self, text: str, **variables: Any) -> dict[str, Any]:
        with pytest.raises(Failed) as caught:
            await self.ask(text, **variables)
        error: dict[str, Any] = caught.value.errors[0]
        return error


def make(tx: Tx) -> Workspace:
    workspace = make_workspace(tx)
    apps.create(tx, workspace_id=workspace.id, slug="shop", app_id=130, actor="user:ann", now=NOW)
    for name, definition in (("orders", ORDERS), ("messages", MESSAGES), ("labels", LABELS)):
        tables.create(
            tx, workspace_id=workspace.id, app_id=130, name=name, definition=definition, actor="user:ann", now=NOW
        )
    return workspace


@pytest.fixture
async def shop(db: Database) -> Shop:
    return await Shop(db, await db.write(make), limits=Limits(rows=200)).load()
