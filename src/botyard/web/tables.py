"""GraphQL over the tables of apps, for every protocol and page that offers it.

What is worth keeping between requests is kept here: the schema of each app that was asked lately, and the documents
that were valid under it. Whether a schema is still the present one is seen in the unit of work itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.base.settings import Settings
from botyard.core import graphql, tables
from botyard.core.graphql import ApiSchema, Documents, Failed, Limits, Prepared, Stale
from botyard.storage import Database

_KEPT = 200
_ATTEMPTS = 5


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came: the document, which of its operations, and the variables."""

    query: str
    variables: Mapping[str, Any] = {}
    operation_name: str | None = None


class TableApi:
    """Answers GraphQL requests; one for each server."""

    def __init__(self, settings: Settings) -> None:
        self._limits = Limits(
            depth=settings.graphql_depth,
            rows=settings.graphql_rows,
            introspection=settings.graphql_introspection,
        )
        self._kept: OrderedDict[tuple[int, int], Documents] = OrderedDict()

    async def answer(self, db: Database, *, workspace_id: int, app_id: int, asked: Asked) -> dict[str, Any]:
        """Return the answer to a request, with `data` or with `errors`. Raises Busy when the database cannot answer."""
        for attempt in range(_ATTEMPTS):
            documents = await self.documents(db, workspace_id=workspace_id, app_id=app_id, fresh=attempt > 0)
            try:
                return {"data": await self._run(db, documents, workspace_id, asked)}
            except Stale:
                continue
            except Failed as failed:
                return {"data": None, "errors": failed.errors}
        return {"data": None, "errors": [{"message": "The tables of this app are being changed. Try again."}]}

    async def documents(self, db: Database, *, workspace_id: int, app_id: int, fresh: bool = False) -> Documents:
        """Return what is known of an app, read again when it is asked to be fresh."""
        key = (workspace_id, app_id)
        found = self._kept.get(key)
        if found is None or fresh:
            schema = await db.read(tables.load, workspace_id=workspace_id, app_id=app_id)
            # A schema of many tables takes a while to make.
            found = Documents(await asyncio.to_thread(ApiSchema, schema), self._limits)
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    async def _run(self, db: Database, documents: Documents, workspace_id: int, asked: Asked) -> dict[str, Any]:
        prepared = documents.known(asked.query, asked.operation_name)
        if prepared is None:
            prepared = await asyncio.to_thread(documents.prepare, asked.query, asked.operation_name)
        request = graphql.Request(
            api=documents.api,
            prepared=prepared,
            variables=asked.variables,
            organization=workspace_id,
            now=db.now(),
            most=self._limits.rows,
        )
        return await _call(db, prepared, request)


async def _call(db: Database, prepared: Prepared, request: graphql.Request) -> dict[str, Any]:
    if prepared.writes:
        return await db.write(graphql.run, request=request)
    return await db.read(graphql.run, request=request)
