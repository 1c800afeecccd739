"""Tables of apps: list, make, change, take back, drop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from botyard.base.clock import iso
from botyard.core import tables
from botyard.core.tables import Definition, Table, Version
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.tables import in_app
from botyard.wire import tables as wire


async def list_all(request: Request) -> Response:
    """List the tables of an app by name."""
    found = await request.db.read(in_app, operation=tables.load, **_app(request))
    return json_response(wire.TableList(tables=[view(table) for table in found.tables.values()]))


async def create(request: Request) -> Response:
    """Make a table."""
    call = await request.json(wire.CreateTable)
    made = await request.change(
        in_app,
        audit_action="tables.create",
        audit_target=_target,
        operation=tables.create,
        name=call.name,
        title=call.title,
        definition=_definition(call),
        **_app(request),
        **_who(request),
    )
    return json_response(view(made), status=201)


async def get(request: Request) -> Response:
    """Describe a table."""
    found = await request.db.read(in_app, operation=tables.get, **_table(request))
    return json_response(view(found), headers=tag_of(found))


async def change(request: Request) -> Response:
    """Give a table another definition; what it leaves out is taken away, and can be brought back."""
    call = await request.json(wire.ChangeTable)
    changed = await request.change(
        in_app,
        audit_action="tables.change",
        current=_current(request),
        audit_target=_target,
        operation=tables.change,
        title=call.title,
        definition=_definition(call),
        renames=call.renames,
        version=call.version,
        **_table(request),
        **_who(request),
    )
    return json_response(view(changed), headers=tag_of(changed))


async def revert(request: Request) -> Response:
    """Give a table the definition that it had at a version."""
    call = await request.json(wire.RevertTable)
    changed = await request.change(
        in_app,
        audit_action="tables.revert",
        audit_target=_target,
        operation=tables.revert,
        to=call.to,
        **_table(request),
        **_who(request),
    )
    return json_response(view(changed))


async def drop(request: Request) -> Response:
    """Drop a table with its rows, for good."""
    await request.change(
        in_app,
        audit_action="tables.drop",
        current=_current(request),
        audit_target=request.path["table"][:100],
        operation=tables.drop,
        **_table(request),
        **_who(request),
    )
    return no_content()


async def list_versions(request: Request) -> Response:
    """List the versions of a table, the newest first."""
    limit = request.query_int("limit", default=50, low=1, high=500)
    before = request.query_int("before", default=2**31 - 1, low=1, high=2**31 - 1)
    found = await request.db.read(in_app, operation=_versions, before=before, limit=limit, **_table(request))
    last = found[-1].version if len(found) == limit else None
    return json_response(wire.TableVersionPage(versions=[_version(one) for one in found], next=last))


def _versions(tx: Tx, *, workspace_id: int, app_id: int, name: str, before: int, limit: int) -> list[Version]:
    table = tables.get(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    return tables.versions(tx, table_id=table.id, before=before, limit=limit)


def _current(request: Request) -> Callable[[Tx], Table]:
    """Return what finds the table of the path."""
    return partial(in_app, operation=tables.get, **_table(request))


def view(table: Table) -> wire.TableView:
    """Return a table as it goes over the wire."""
    return wire.TableView(
        id=table.id,
        app_id=table.app_id,
        name=table.name,
        full_name=table.full_name,
        title=table.title,
        fields=_fields(table.definition),
        unique_together=[list(names) for names in table.definition.unique_together],
        search_fields=list(table.definition.search_fields),
        columns={name: column.kind for name, column in table.columns.items()},
        constraints={constraint.name: list(constraint.columns) for constraint in table.constraints},
        version=table.version,
        created_at=iso(table.created_at),
        created_by=table.created_by,
        updated_at=iso(table.updated_at),
    )


def _version(found: Version) -> wire.TableVersionView:
    return wire.TableVersionView(
        version=found.version,
        change=found.change,
        fields=_fields(found.definition),
        at=iso(found.at),
        actor=found.actor,
    )


def _fields(definition: Definition) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(field) for field in definition.fields]


def _definition(call: wire.CreateTable | wire.ChangeTable) -> dict[str, Any]:
    return {"fields": call.fields, "unique_together": call.unique_together, "search_fields": call.search_fields}


def _target(table: Table) -> str:
    return table.full_name


def _app(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "app": request.path["app"]}


def _table(request: Request) -> dict[str, Any]:
    return {**_app(request), "name": request.path["table"]}


def _who(request: Request) -> dict[str, Any]:
    return {"actor": request.caller.actor, "now": request.now}
