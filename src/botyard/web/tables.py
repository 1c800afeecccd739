"""GraphQL over the tables of apps, for every protocol and page that offers it.

What is worth keeping between requests is kept here: the schema of each app that was asked lately, and the documents
that were valid under it. Whether a schema is still the present one is seen in the unit of work itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from botyard.base.exceptions import NotFound
from botyard.base.settings import Settings
from botyard.core import apps, tables
from botyard.storage import Database, Tx

if TYPE_CHECKING:  # loaded when the first request comes: it takes a server a fifth of a second
    from botyard.core import graphql
    from botyard.core.graphql import Documents, Limits, Prepared

#: Writes down that rows were changed, by these root fields, in the unit of work that changes them.
Note: TypeAlias = Callable[[Tx, list[str]], None]

_KEPT = 200
_ATTEMPTS = 5


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came: the document, which of its operations, the variables, and the task that sends it."""

    query: str
    variables: Mapping[str, Any] = {}
    operation_name: str | None = None
    task_id: int | None = None


class TableApi:
    """Answers GraphQL requests; one for each server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: OrderedDict[tuple[int, int], Documents] = OrderedDict()

    @property
    def limits(self) -> Limits:
        """Return what a request may ask for at most."""
        from botyard.core.graphql import Limits

        return Limits(
            depth=self._settings.graphql_depth,
            rows=self._settings.graphql_rows,
            introspection=self._settings.graphql_introspection,
        )

    async def answer(
        self,
        db: Database,
        *,
        workspace_id: int,
        app_id: int,
        asked: Asked,
        may_write: bool = True,
        note: Note | None = None,
    ) -> dict[str, Any]:
        """Return the answer to a request, with `data` or with `errors`. Raises Busy when the database cannot answer.

        `note` is called in the unit of work of a mutation, with the names of its root fields, once they are done.
        """
        from botyard.core.graphql import UNEXPECTED, Failed, Stale, fault

        for attempt in range(_ATTEMPTS):
            documents = await self.documents(db, workspace_id=workspace_id, app_id=app_id, fresh=attempt > 0)
            try:
                return {"data": await self._run(db, documents, workspace_id, asked, may_write=may_write, note=note)}
            except Stale:
                continue
            except Failed as failed:
                return {"data": None, "errors": failed.errors}
        return {"data": None, "errors": [fault("The tables of this app are being changed. Try again.", UNEXPECTED)]}

    async def documents(self, db: Database, *, workspace_id: int, app_id: int, fresh: bool = False) -> Documents:
        """Return what is known of an app, read again when it is asked to be fresh."""
        from botyard.core.graphql import ApiSchema, Documents

        key = (workspace_id, app_id)
        found = self._kept.get(key)
        if found is None or fresh:
            schema = await db.read(tables.load, workspace_id=workspace_id, app_id=app_id)
            # A schema of many tables takes a while to make.
            found = Documents(await asyncio.to_thread(ApiSchema, schema), self.limits)
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    async def _run(
        self,
        db: Database,
        documents: Documents,
        workspace_id: int,
        asked: Asked,
        *,
        may_write: bool,
        note: Note | None,
    ) -> dict[str, Any]:
        from botyard.core import graphql

        prepared = documents.known(asked.query, asked.operation_name)
        if prepared is None:
            prepared = await asyncio.to_thread(documents.prepare, asked.query, asked.operation_name)
        if prepared.writes and not may_write:
            refusal = graphql.fault("You may read these tables, but not change their rows.", graphql.PERMISSION)
            raise graphql.Failed([refusal])
        request = graphql.Request(
            api=documents.api,
            prepared=prepared,
            variables=asked.variables,
            organization=workspace_id,
            now=db.now(),
            most=self._settings.graphql_rows,
            cause=asked.task_id,
            seconds=self._settings.graphql_seconds,
        )
        return await _call(db, prepared, request, note)


async def _call(db: Database, prepared: Prepared, request: graphql.Request, note: Note | None) -> dict[str, Any]:
    from botyard.core import graphql

    if not prepared.writes:
        return await db.read(graphql.run, request=request)
    if note is None:
        return await db.write(graphql.run, request=request)
    return await db.write(_noted, request=request, note=note)


def _noted(tx: Tx, *, request: graphql.Request, note: Note) -> dict[str, Any]:
    from botyard.core import graphql

    data = graphql.run(tx, request=request)
    roots = request.prepared.operation.selection_set.selections
    note(tx, [root.name.value for root in roots if hasattr(root, "name")])
    return data


def in_app(tx: Tx, /, *, operation: Callable[..., Any], workspace_id: int, app: str, **said: Any) -> Any:
    """Run an operation for the app that an id or a slug stands for. Raises NotFound."""
    found = apps.find(tx, workspace_id=workspace_id, named=app)
    if found is None:
        raise NotFound(f'The app "{app[:100]}" does not exist.', hint="Check its id or slug.", field="app")
    return operation(tx, workspace_id=workspace_id, app_id=found.id, **said)
