"""Tables: GraphQL and tags (contract b.15, b.16, d)."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base.exceptions import NotFound
from botyard.core import tables
from botyard.core.tables import Schema, Tag
from botyard.protocols.automio.auth import app_of
from botyard.storage import Tx
from botyard.web.body import decode_json
from botyard.web.request import Request
from botyard.web.response import Response, html_response, json_response
from botyard.web.tables import Asked, TableApi

_PLAYGROUND = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GraphQL</title>
<h1>GraphQL</h1>
<p>Send <code>POST</code> with <code>{"query": "...", "variables": {}}</code> and an App-Token to this address.
People find an explorer under <a href="/apps">Apps</a> in the console.</p>
</html>
"""


class GraphQLSent(msgspec.Struct, frozen=True):
    """The body of a GraphQL request."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 -- the word of the protocol


class TagSent(msgspec.Struct, frozen=True):
    """The body of a new tag."""

    name: str
    description: str | None = None
    color: str | None = None


async def graphql(request: Request) -> Response:
    """Answer a GraphQL request; its faults are in the answer, with HTTP 200 (contract d.9)."""
    sent = decode_json(await request.body(), GraphQLSent)
    await check_table(request)
    api = request.tools.shared(TableApi, lambda: TableApi(request.tools.settings))
    answer = await api.answer(
        request.db,
        workspace_id=request.caller.workspace_id,
        app_id=app_of(request.caller),
        asked=Asked(
            query=sent.query,
            variables=sent.variables or {},
            operation_name=sent.operationName,
            task_id=request.caller.task_id,
        ),
    )
    return json_response(answer)


async def check_table(request: Request) -> None:
    """Raise NotFound when the request names a table that its app does not have."""
    named = request.query.get("table")
    if not named:
        return
    api = request.tools.shared(TableApi, lambda: TableApi(request.tools.settings))
    workspace_id, app_id = request.caller.workspace_id, app_of(request.caller)
    known = await api.documents(request.db, workspace_id=workspace_id, app_id=app_id)
    try:
        known.api.tables.find(named)
    except NotFound:
        # It may have been made a moment ago.
        known = await api.documents(request.db, workspace_id=workspace_id, app_id=app_id, fresh=True)
        known.api.tables.find(named)


async def playground(request: Request) -> Response:  # noqa: ARG001 -- a handler
    """Say how this address is used, to a browser."""
    return html_response(_PLAYGROUND)


async def add_tag(request: Request) -> Response:
    """Make a tag of a table, or find the one of that name (contract b.16)."""
    sent = decode_json(await request.body(), TagSent)
    tag = await request.db.write(
        _add_tag,
        workspace_id=request.caller.workspace_id,
        app_id=app_of(request.caller),
        table=request.path["table"],
        sent=sent,
        now=request.now,
    )
    return json_response(tag_view(tag), status=201)


def _add_tag(tx: Tx, *, workspace_id: int, app_id: int, table: str, sent: TagSent, now: int) -> Tag:
    schema: Schema = tables.load(tx, workspace_id=workspace_id, app_id=app_id)
    return tables.add_tag(
        tx, table=schema.find(table), name=sent.name, description=sent.description, color=sent.color, now=now
    )


def tag_view(tag: Tag) -> dict[str, Any]:
    """Return a tag at the top and below `tag`: versions of the client look in either place."""
    view = {
        "_id": tag.uid,
        "name": tag.name,
        "organization_id": tag.workspace_id,
        "collection_name": tag.collection,
        "description": tag.description,
        "color": tag.color,
        "count": tag.uses,
        "createdAt": tables.from_micros(tag.created_at),
        "updatedAt": tables.from_micros(tag.updated_at),
    }
    return {**view, "tag": {**view, "id": tag.id}}
