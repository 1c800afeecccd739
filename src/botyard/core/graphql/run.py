"""One request from its prepared document to the answer: one statement for each root field of a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)
from graphql.execution.values import VariableValues, get_variable_values

from botyard.base.exceptions import BotyardError, Busy
from botyard.core import tables
from botyard.core.graphql import faults
from botyard.core.graphql.inserting import Place
from botyard.core.graphql.mutations import Change, mutate
from botyard.core.graphql.prepare import Prepared
from botyard.core.graphql.schema import ApiSchema
from botyard.core.graphql.selection import Reader
from botyard.core.triggers import Watch
from botyard.storage import TooSlow, Tx
from botyard.storage.rows import Compare, fetch, fetch_totals


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An operation to run, for whom and with what, in how many seconds.

    `cause` is the task in whose name it is asked for, if any.
    """

    api: ApiSchema
    prepared: Prepared
    variables: Mapping[str, Any]
    organization: int
    now: int
    most: int
    cause: int | None = None
    seconds: float = 5.0


class Stale(Exception):
    """The tables of the app have changed since its schema was made; nothing was done."""


def run(tx: Tx, *, request: Request) -> dict[str, Any]:
    """Return the data of the answer.

    Raises Failed with the errors, which undoes a unit of work that changed rows, and Stale for an old schema.
    """
    known = request.api.tables
    if tables.schema_version(tx, workspace_id=known.workspace_id, app_id=known.app_id) != known.version:
        raise Stale
    found = get_variable_values(
        request.api.graphql, request.prepared.operation.variable_definitions or (), dict(request.variables)
    )
    if not isinstance(found, VariableValues):
        raise faults.Failed([faults.item(error) for error in found])
    reader = Reader(fragments=request.prepared.fragments, variables=found, sent=request.variables, most=request.most)
    watch = Watch(
        tx,
        app=known.app_id,
        workspace=known.workspace_id,
        organization=request.organization,
        now=request.now,
        cause=request.cause,
    )
    answer: dict[str, Any] = {}
    try:
        with tx.within(request.seconds):
            for key, nodes in reader.fields(request.prepared.operation.selection_set).items():
                answer[key] = _told(tx, request, reader, watch, nodes, key=key)
    except TooSlow:
        raise faults.Failed([faults.item(_too_slow(request.seconds))]) from None
    return answer


def _told(tx: Tx, request: Request, reader: Reader, watch: Watch, nodes: list[FieldNode], *, key: str) -> Any:
    """Return the value of a root field. Raises Failed, whose error leads to the field."""
    try:
        return _value(tx, request, reader, watch, nodes)
    except Busy:
        raise
    except GraphQLError as error:
        raise faults.Failed([faults.item(error, path=[key])]) from None
    except BotyardError as error:
        raise faults.Failed([faults.item(faults.of(error), path=[key])]) from None


def _too_slow(seconds: float) -> GraphQLError:
    return GraphQLError(
        f"The request took longer than {seconds:g} s and was stopped; nothing was changed. Narrow it with where, follow"
        " fewer relationships, or ask for fewer rows at a time.",
        extensions={"code": faults.LIMIT},
    )


def _value(tx: Tx, request: Request, reader: Reader, watch: Watch, nodes: list[FieldNode]) -> Any:
    api, name = request.api, nodes[0].name.value
    if name == "__typename":
        return "mutation_root" if request.prepared.writes else "query_root"
    if name in ("__schema", "__type"):
        return _introspect(request, nodes)
    root = api.roots.get(name)
    if root is None:
        return None
    kind = api.graphql.mutation_type if request.prepared.writes else api.graphql.query_type
    if kind is None:
        return None
    arguments = reader.arguments(kind.fields[name], nodes[0])
    if request.prepared.writes:
        place = Place(tx=tx, organization=request.organization, now=request.now, watch=watch, most=request.most)
        return mutate(Change(place=place, reader=reader, types=root.types, nodes=nodes), root.operation, arguments)
    return _query(tx, request, reader, nodes, arguments)


def _query(tx: Tx, request: Request, reader: Reader, nodes: list[FieldNode], arguments: dict[str, Any]) -> Any:
    root = request.api.roots[nodes[0].name.value]
    if root.operation == "aggregate":
        totals = reader.totals(root.types, nodes, arguments)
        return bounded(fetch_totals(tx, totals, organization=request.organization), reader.most)
    if root.operation == "by_pk":
        where = Compare(column=root.types.columns["id"], operator="eq", value=arguments["id"])
        rows = msgspec.structs.replace(reader.rows(root.types, nodes, {}), where=where, limit=1)
        found = fetch(tx, rows, organization=request.organization)
        return bounded(found[0], reader.most) if found else None
    return bounded(fetch(tx, reader.rows(root.types, nodes, arguments), organization=request.organization), reader.most)


def bounded(value: Any, most: int) -> Any:
    """Return the value of a root field. Raises GraphQLError when a list in it is longer than a list may be."""
    if isinstance(value, list):
        if len(value) > most:
            faults.refuse(
                f"A list has more than {most} rows. Ask for fewer with limit and offset, or narrow it with where.",
                faults.LIMIT,
            )
        for entry in value:
            if not isinstance(entry, dict):
                break
            bounded(entry, most)
    elif isinstance(value, dict):
        for entry in value.values():
            if isinstance(entry, list | dict):
                bounded(entry, most)
    return value


def _introspect(request: Request, nodes: list[FieldNode]) -> Any:
    operation = request.prepared.operation
    alone = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(nodes)),
    )
    others = tuple(request.prepared.fragments.values())
    result = execute_sync(
        request.api.graphql,
        DocumentNode(definitions=(alone, *others)),
        variable_values=dict(request.variables),
    )
    if result.errors:
        raise result.errors[0]
    return next(iter((result.data or {}).values()), None)
