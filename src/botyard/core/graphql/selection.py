"""From the selections of a document to what a statement has to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.utilities import value_from_ast_untyped

from botyard.core.graphql import faults
from botyard.core.graphql.filtering import filter_of
from botyard.core.graphql.types import TableTypes
from botyard.storage.rows import Constant, Nested, Order, Pick, Rows, Selected, Summed, Total, Totals

_MOST_TERMS = 50
_PATH = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_-]*)|\[(\d{1,9})\]|\[\"((?:[^\"\\]|\\.)*)\"\]")


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to read selections: fragments, variables as coerced and as sent, and the most rows of a list."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    sent: Mapping[str, Any]
    most: int

    def fields(self, *sets: SelectionSetNode | None) -> dict[str, list[FieldNode]]:
        """Return the fields of selection sets by their keys in the answer, in order, fragments included."""
        found: dict[str, list[FieldNode]] = {}
        for one in sets:
            for node in self._fields(one):
                found.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return found

    def arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """Return the arguments of a field, of their types."""
        # No argument of ours has a default.
        return get_argument_values(field, node, self.variables) if node.arguments else {}

    def rows(self, types: TableTypes, nodes: list[FieldNode], arguments: dict[str, Any]) -> Rows:
        """Return the rows that a list asks for, one more than the most, so that too many can be told."""
        return msgspec.structs.replace(
            self.list_of(types, nodes[0], arguments),
            select=self.selected(types, *(node.selection_set for node in nodes)),
        )

    def list_of(self, types: TableTypes, node: FieldNode, arguments: dict[str, Any]) -> Rows:
        """Return which rows a list or an aggregate is of, and in which order, with nothing selected of them."""
        limit, offset = arguments.get("limit"), arguments.get("offset") or 0
        if (limit or 0) < 0 or offset < 0:
            faults.refuse("limit and offset cannot be negative.")
        order = self.order(types, node)
        distinct = tuple(types.columns[name] for name in arguments.get("distinct_on") or ())
        led = [one.column.name for one in order if one.column is not None and not one.path]
        if distinct and order and set(led[: len(distinct)]) != {column.name for column in distinct}:
            faults.refuse('"distinct_on" columns must match initial "order_by" columns.')
        where = arguments.get("where")
        return Rows(
            source=types.table.source,
            select=(),
            where=None if where is None else filter_of(types, where),
            order=order,
            distinct=distinct,
            limit=self.most + 1 if limit is None else min(limit, self.most + 1),
            offset=offset,
        )

    def totals(self, types: TableTypes, nodes: list[FieldNode], arguments: dict[str, Any]) -> Totals:
        """Return the aggregates that a field asks for, and the rows themselves where it asks for those too."""
        rows = self.list_of(types, nodes[0], arguments)
        limited = arguments.get("limit") is not None or rows.offset or rows.distinct
        totals: list[Total] = []
        constants: list[tuple[tuple[str, ...], Any]] = []
        listed: list[tuple[str, tuple[Selected, ...]]] = []
        for key, found in self.fields(*(node.selection_set for node in nodes)).items():
            name = found[0].name.value
            if name == "__typename":
                constants.append(((key,), f"{types.name}_aggregate"))
            elif name == "nodes":
                listed.append((key, self.selected(types, *(node.selection_set for node in found))))
            else:
                self._functions(types, key, found, totals, constants)
        return Totals(
            rows=rows,
            totals=tuple(totals),
            nodes=tuple(listed),
            constants=tuple(constants),
            limited=bool(limited),
        )

    def selected(self, types: TableTypes, *sets: SelectionSetNode | None) -> tuple[Selected, ...]:
        """Return what is asked for of each row."""
        return tuple(self._part(types, key, nodes) for key, nodes in self.fields(*sets).items())

    def order(self, types: TableTypes, node: FieldNode) -> tuple[Order, ...]:
        """Return the order as it was written: reading it by its type would sort its columns as the type has them."""
        given = next((one for one in node.arguments or () if one.name.value == "order_by"), None)
        value = self._as_written(given.value) if isinstance(given, ArgumentNode) else None
        entries = value if isinstance(value, list) else [value]
        terms = tuple(term for entry in entries if entry for term in _terms(types, entry))
        if len(terms) > _MOST_TERMS:
            faults.refuse(f"An order has more than {_MOST_TERMS} parts.", faults.LIMIT)
        return terms

    def _part(self, types: TableTypes, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == "__typename":
            return Constant(key=key, value=types.name)
        field = types.row.fields[name]
        arguments = self.arguments(field, nodes[0])
        if name in types.columns:
            return Pick(key=key, column=types.columns[name], path=_json_path(arguments.get("path")))
        link_name = name
        if name not in types.links:
            link_name = name.removesuffix("_aggregate")
            return Summed(
                key=key,
                link=types.links[link_name][0],
                query=self.totals(types.at(link_name), nodes, arguments),
            )
        link = types.links[link_name][0]
        return Nested(key=key, link=link, query=self.rows(types.at(link_name), nodes, arguments))

    def _functions(
        self,
        types: TableTypes,
        key: str,
        nodes: list[FieldNode],
        totals: list[Total],
        constants: list[tuple[tuple[str, ...], Any]],
    ) -> None:
        for inner, found in self.fields(*(node.selection_set for node in nodes)).items():
            name = found[0].name.value
            if name == "__typename":
                constants.append(((key, inner), f"{types.name}_aggregate_fields"))
            elif name == "count":
                given = self.arguments(types.aggregate_fields.fields["count"], found[0])
                columns = tuple(types.columns[one] for one in given.get("columns") or ())
                totals.append(
                    Total(keys=(key, inner), function="count", columns=columns, distinct=bool(given.get("distinct")))
                )
            else:
                for last, leaves in self.fields(*(node.selection_set for node in found)).items():
                    leaf = leaves[0].name.value
                    if leaf == "__typename":
                        constants.append(((key, inner, last), f"{types.name}_{name}_fields"))
                    else:
                        totals.append(Total(keys=(key, inner, last), function=name, columns=(types.columns[leaf],)))

    def _fields(self, found: SelectionSetNode | None) -> Iterator[FieldNode]:
        for node in found.selections if found else ():
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self.fragments[node.name.value].selection_set)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _as_written(self, node: ValueNode) -> Any:
        if isinstance(node, VariableNode):
            name = node.name.value
            return self.sent[name] if name in self.sent else self.variables.coerced.get(name)
        if isinstance(node, ObjectValueNode):
            return {field.name.value: self._as_written(field.value) for field in node.fields}
        if isinstance(node, ListValueNode):
            return [self._as_written(value) for value in node.values]
        return value_from_ast_untyped(node)


def _terms(types: TableTypes, entry: Mapping[str, Any]) -> Iterator[Order]:
    for name, value in entry.items():
        if value is None:
            continue
        if name in types.columns:
            yield _order(Order(column=types.columns[name]), value)
            continue
        if name in types.links:
            link = types.links[name][0]
            for term in _terms(types.at(name), value):
                yield msgspec.structs.replace(term, path=(link, *term.path))
            continue
        link_name = name.removesuffix("_aggregate")
        link, other = types.links[link_name][0], types.at(link_name)
        for function, inner in value.items():
            if function == "count":
                yield _order(Order(column=None, function="count", path=(link,)), inner)
            else:
                for column, way in (inner or {}).items():
                    yield _order(Order(column=other.columns[column], function=function, path=(link,)), way)


def _order(order: Order, way: str) -> Order:
    descending = way.startswith("desc")
    first = way.endswith("nulls_first") or way == "desc"
    return msgspec.structs.replace(order, descending=descending, nulls_first=first)


def _json_path(path: str | None) -> tuple[str | int, ...] | None:
    if path is None:
        return None
    rest = path.removeprefix("$")
    steps: list[str | int] = []
    while rest:
        match = _PATH.match(rest)
        if match is None:
            faults.refuse(f'The path "{path[:80]}" cannot be read.', faults.PARSE)
        steps.append(int(match[2]) if match[2] else match[1] or match[3])
        rest = rest[match.end() :]
    return tuple(steps)
