"""GraphQL over the tables of an app, by hand: a query, its answer, and every type with its fields."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid, NotFound
from botyard.console.frame import page
from botyard.core import apps, audit, tables
from botyard.core.access import Permission
from botyard.core.apps import App
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.tables import Asked, TableApi

if TYPE_CHECKING:  # loaded when somebody explores: it takes a server a fifth of a second
    from botyard.core.graphql import ApiSchema

_MAX_QUERY = 100_000
_MAX_SHOWN = 100_000
_MAX_TYPES = 400


class Explored(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed and what came of it; `problem` is about the variables."""

    query: str
    variables: str = ""
    result: str | None = None
    failed: bool = False
    problem: str = ""


async def show(request: Request) -> Response:
    """Show the explorer, with one of the types if it is asked for."""
    app, version = await request.db.read(_app, workspace_id=request.caller.workspace_id, named=request.path["app"])
    api = await _api(request, app, version)
    return _page(request, app, api, Explored(query=request.query.get("query", "")[:_MAX_QUERY] or _example(api)))


async def run(request: Request) -> Response:
    """Answer a query."""
    app, version = await request.db.read(_app, workspace_id=request.caller.workspace_id, named=request.path["app"])
    explored = await _run(request, app, await request.form())
    return _page(request, app, await _api(request, app, version), explored)


async def _run(request: Request, app: App, form: Form) -> Explored:
    query, typed = form.text("query")[:_MAX_QUERY], form.text("variables")[:_MAX_QUERY]
    try:
        variables = jsontext.decode(typed) if typed.strip() else {}
    except Invalid as error:
        return Explored(query=query, variables=typed, problem=f"The variables are not JSON. {error.message}")
    if not isinstance(variables, dict):
        return Explored(query=query, variables=typed, problem='The variables are not an object such as {"id": 1}.')
    answer = await _tables(request).answer(
        request.db,
        workspace_id=app.workspace_id,
        app_id=app.id,
        asked=Asked(query=query, variables=variables),
        may_write=request.caller.may(Permission.TABLES_EDIT),
        note=partial(_note, request=request, app=app),
    )
    text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
    cut = f"{text[:_MAX_SHOWN]}\n…" if len(text) > _MAX_SHOWN else text
    return Explored(query=query, variables=typed, result=cut, failed="errors" in answer)


def _note(tx: Tx, fields: list[str], *, request: Request, app: App) -> None:
    """Write down who changed rows by hand, and by which fields."""
    origin = request.origin()
    audit.record(
        tx,
        workspace_id=origin.workspace_id,
        actor=origin.actor,
        action="rows.graphql",
        target=f"{app.slug}: {', '.join(fields)}",
        verdict="allowed",
        address=origin.address,
        request_id=origin.request_id,
        now=request.now,
    )


def _page(request: Request, app: App, api: ApiSchema, explored: Explored) -> Response:
    open_types = request.tools.settings.graphql_introspection
    named = request.query.get("type", "")[:200]
    context: dict[str, Any] = {
        "app": app,
        "href": f"/apps/{app.id}/graphql",
        "it": explored,
        "answer": "Ask the tables of this app, as its actions do. Changes cannot be undone; the audit log has them.",
        "types": _types(api) if open_types else [],
        "type": _described(api, named) if open_types and named else None,
        "open_types": open_types,
        "empty_app": not api.tables.tables,
    }
    return page(request, "pages/table_explorer.html", section="/tables", block="main", **context)


async def _api(request: Request, app: App, version: int) -> ApiSchema:
    place: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    known = await _tables(request).documents(request.db, **place)
    if known.api.tables.version != version:
        known = await _tables(request).documents(request.db, **place, fresh=True)
    return known.api


def _tables(request: Request) -> TableApi:
    return request.tools.shared(TableApi, lambda: TableApi(request.tools.settings))


def _app(tx: Tx, *, workspace_id: int, named: str) -> tuple[App, int]:
    found = apps.find(tx, workspace_id=workspace_id, named=named)
    if found is None:
        raise NotFound(f'The app "{named[:100]}" does not exist.', hint="Look at the list of tables.", field="app")
    return found, tables.schema_version(tx, workspace_id=workspace_id, app_id=found.id)


def _example(api: ApiSchema) -> str:
    table = next(iter(api.tables.tables.values()), None)
    if table is None:
        return "query {\n  __typename\n}"
    names = "\n    ".join(list(table.columns)[:1] + list(table.columns)[5:9])
    return f"query {{\n  {table.full_name}(limit: 10, order_by: {{created_at: desc}}) {{\n    {names}\n  }}\n}}"


def _types(api: ApiSchema) -> list[str]:
    """Return the names of the types to begin with: the roots and the tables, then all others."""
    first = ["query_root", "mutation_root", *(table.full_name for table in api.tables.tables.values())]
    known = [name for name in api.graphql.type_map if not name.startswith("__")]
    return [*(name for name in first if name in known), *sorted(name for name in known if name not in first)][
        :_MAX_TYPES
    ]


def _described(api: ApiSchema, named: str) -> dict[str, Any] | None:
    """Return the fields of a type, each with its type and what is said of it; None for an unknown one."""
    from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, get_named_type

    found = api.graphql.type_map.get(named)
    if found is None:
        return None
    members: list[tuple[str, str, str, str]] = []
    if isinstance(found, GraphQLObjectType | GraphQLInputObjectType):
        for name, field in found.fields.items():
            arguments = ", ".join(f"{key}: {each.type}" for key, each in getattr(field, "args", {}).items())
            members.append(
                (
                    f"{name}({arguments})" if arguments else name,
                    str(field.type),
                    get_named_type(field.type).name,
                    field.description or "",
                )
            )
    elif isinstance(found, GraphQLEnumType):
        members = [(name, "", "", value.description or "") for name, value in found.values.items()]
    return {"name": found.name, "description": found.description or "", "members": members}
