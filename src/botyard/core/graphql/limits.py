"""What a request may ask for at most, so that none can hold up the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language import Node

from botyard.core.graphql import faults
from botyard.storage.rows import Nested, Selected, Summed, Totals


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most of everything that a document can be made of, and the most rows of one list.

    `fields` counts every field as often as it is selected, fragments written out. `repeats` is how often one
    selection may have the same key: each two of them are compared when the document is checked.
    """

    text: int = 100_000
    tokens: int = 2_000
    depth: int = 12
    roots: int = 20
    aliases: int = 30
    fragments: int = 20
    fields: int = 5_000
    repeats: int = 5
    rows: int = 10_000
    introspection: bool = True


def check_text(text: str, limits: Limits) -> None:
    """Raise GraphQLError for a document that is too long to be read."""
    if len(text) > limits.text:
        faults.refuse(f"The query is longer than {limits.text} characters. Send values as variables.", faults.LIMIT)


def check_form(document: DocumentNode, limits: Limits) -> None:
    """Raise GraphQLError, naming the limit, for a document whose checking would take long."""
    found = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    if len(found) > limits.fragments:
        faults.refuse(f"There are more than {limits.fragments} fragments.", faults.LIMIT)
    aliases, waiting = 0, list[Node](document.definitions)
    while waiting:
        inner: SelectionSetNode | None = getattr(waiting.pop(), "selection_set", None)
        keys = Counter(_key(node) for node in inner.selections) if inner else Counter[str]()
        aliases += sum(1 for node in inner.selections if getattr(node, "alias", None)) if inner else 0
        if aliases > limits.aliases:
            faults.refuse(f"There are more than {limits.aliases} aliases.", faults.LIMIT)
        if keys and max(keys.values()) > limits.repeats:
            faults.refuse(
                f"A selection repeats a field more than {limits.repeats} times. Select it once.", faults.LIMIT
            )
        waiting.extend(inner.selections if inner else ())


def check(document: DocumentNode, operation: OperationDefinitionNode, limits: Limits) -> None:
    """Raise GraphQLError when a valid document asks for more than a limit, naming it."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    roots = Counter[str]()
    for fields, (node, depth, root) in enumerate(_fields(operation.selection_set, fragments), 1):
        if depth == 1:
            roots[node.name.value] += 1
        if roots.total() > limits.roots:
            faults.refuse(f"There are more than {limits.roots} root fields.", faults.LIMIT)
        if fields > limits.fields:
            faults.refuse(f"More than {limits.fields} fields are selected.", faults.LIMIT)
        if root.startswith("__"):
            if not limits.introspection and root != "__typename":
                faults.refuse("Introspection is switched off on this server.", faults.PERMISSION)
            if roots["__schema"] > 1:
                faults.refuse("The schema is asked for more than once.", faults.LIMIT)
        elif depth > limits.depth:
            faults.refuse(f"The selection is more than {limits.depth} levels deep.", faults.LIMIT)


def bounded(rows: list[dict[str, Any]], selected: Sequence[Selected], most: int) -> list[dict[str, Any]]:
    """Return the rows. Raises GraphQLError when they, or a list below them, are longer than a list may be."""
    if len(rows) > most:
        faults.refuse(
            f"A list has more than {most} rows. Ask for fewer with limit and offset, or narrow it with where.",
            faults.LIMIT,
        )
    for part in selected:
        if isinstance(part, Nested):
            for row in rows:
                below = row[part.key]
                bounded([below] if isinstance(below, dict) else below or [], part.query.select, most)
        elif isinstance(part, Summed):
            for row in rows:
                bounded_totals(row[part.key], part.query, most)
    return rows


def bounded_totals(value: dict[str, Any], totals: Totals, most: int) -> dict[str, Any]:
    """Return the aggregate. Raises GraphQLError when its rows are more than a list may have."""
    for key, selected in totals.nodes:
        bounded(value[key], selected, most)
    return value


def _key(node: Node) -> str:
    """Return the key of a field in the answer; a fragment is like no other field."""
    if not isinstance(node, FieldNode):
        return f"...{id(node)}"
    return node.alias.value if node.alias else node.name.value


def _fields(
    found: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], depth: int = 1, root: str = ""
) -> Iterator[tuple[FieldNode, int, str]]:
    """Yield every field as often as it is selected, with its level and its root; fragments form no cycle by now."""
    for node in found.selections if found else ():
        if isinstance(node, FieldNode):
            top = root or node.name.value
            yield node, depth, top
            yield from _fields(node.selection_set, fragments, depth + 1, top)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(fragments[node.name.value].selection_set, fragments, depth, root)
        else:
            yield from _fields(getattr(node, "selection_set", None), fragments, depth, root)
