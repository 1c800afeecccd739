"""One request from its prepared document to the answer: one statement for each root field of a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
from botyard.core.graphql import faults, limits
from botyard.core.graphql.inserting import Place
from botyard.core.graphql.mutations import Change, mutate
from botyard.core.graphql.plan import Plan, Step
from botyard.core.graphql.prepare import Prepared
from botyard.core.graphql.schema import ApiSchema
from botyard.core.graphql.selection import Reader
from botyard.core.triggers import Watch
from botyard.storage import Backend, TooSlow, Tx
from botyard.storage.rows import Compare, ready, ready_totals


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
    try:
        with tx.within(request.seconds):
            return _mutate(tx, request, found) if request.prepared.writes else _query(tx, request, found)
    except TooSlow:
        raise faults.Failed([faults.item(_too_slow(request.seconds))]) from None


def _mutate(tx: Tx, request: Request, variables: VariableValues) -> dict[str, Any]:
    known, reader = request.api.tables, _reader(request, variables, request.variables)
    watch = Watch(
        tx,
        app=known.app_id,
        workspace=known.workspace_id,
        organization=request.organization,
        now=request.now,
        cause=request.cause,
    )
    place = Place(tx=tx, organization=request.organization, now=request.now, watch=watch, most=request.most)
    kind, answer = request.api.graphql.mutation_type, dict[str, Any]()
    for key, nodes in reader.fields(request.prepared.operation.selection_set).items():
        name = nodes[0].name.value
        with _told(key):
            if kind is None or name == "__typename":
                answer[key] = "mutation_root"
                continue
            root = request.api.roots[name]
            change = Change(place=place, reader=reader, types=root.types, nodes=nodes)
            answer[key] = mutate(change, root.operation, reader.arguments(kind.fields[name], nodes[0]))
    return answer


def _query(tx: Tx, request: Request, variables: VariableValues) -> dict[str, Any]:
    def make(values: Mapping[str, Any]) -> Plan | None:
        reader = _reader(request, VariableValues(variables.sources, dict(values)), values)
        fields = reader.fields(request.prepared.operation.selection_set)
        if any(nodes[0].name.value in ("__schema", "__type") for nodes in fields.values()):
            return None
        return tuple(_step(tx.backend, request, reader, key, nodes) for key, nodes in fields.items())

    plan = request.prepared.plans.find(variables.coerced, make)
    steps: Iterable[Step] = plan or ()
    if plan is None:
        reader = _reader(request, variables, request.variables)
        fields = reader.fields(request.prepared.operation.selection_set)
        steps = (_step(tx.backend, request, reader, key, nodes) for key, nodes in fields.items())
    return {step.key: _done(tx, request, step, variables.coerced) for step in steps}


def _done(tx: Tx, request: Request, step: Step, given: Mapping[str, Any]) -> Any:
    with _told(step.key):
        found = step.ready.run(tx, organization=request.organization, given=given) if step.ready else None
        return step.finish(found)


def _step(backend: Backend, request: Request, reader: Reader, key: str, nodes: list[FieldNode]) -> Step:
    """Return what a root field of a query takes. Raises Failed."""
    name, kind = nodes[0].name.value, request.api.graphql.query_type
    if name in ("__schema", "__type"):
        return Step(key, None, lambda _: _introspect(request, nodes))
    if kind is None or name not in request.api.roots:
        return Step(key, None, lambda _: "query_root" if name == "__typename" else None)
    root, most = request.api.roots[name], reader.most
    with _told(key):
        arguments = reader.arguments(kind.fields[name], nodes[0])
        if root.operation == "aggregate":
            totals = reader.totals(root.types, nodes, arguments)
            return Step(key, ready_totals(backend, totals), lambda value: limits.bounded_totals(value, totals, most))
        if root.operation == "by_pk":
            where = Compare(column=root.types.columns["id"], operator="eq", value=arguments["id"])
            one = msgspec.structs.replace(reader.rows(root.types, nodes, {}), where=where, limit=1)
            return Step(
                key, ready(backend, one), lambda value: next(iter(limits.bounded(value, one.select, most)), None)
            )
        rows = reader.rows(root.types, nodes, arguments)
        return Step(key, ready(backend, rows), lambda value: limits.bounded(value, rows.select, most))


def _reader(request: Request, variables: VariableValues, sent: Mapping[str, Any]) -> Reader:
    return Reader(fragments=request.prepared.fragments, variables=variables, sent=sent, most=request.most)


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Raise Failed, whose error leads to the root field, for what goes wrong in the block."""
    try:
        yield
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
