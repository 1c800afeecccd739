"""What a request may ask for at most, so that none can hold up the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from botyard.core.graphql import faults


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most tokens of a document, levels of a selection, root fields, aliases, fields, and rows of one list."""

    tokens: int = 10_000
    depth: int = 12
    roots: int = 50
    aliases: int = 200
    fields: int = 5_000
    rows: int = 10_000
    introspection: bool = True


def check(document: DocumentNode, operation: OperationDefinitionNode, limits: Limits) -> None:
    """Raise GraphQLError when a valid document asks for more than a limit, naming it."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    aliases = fields = 0
    for node, depth, root in _fields(operation.selection_set, fragments):
        fields += 1
        aliases += node.alias is not None
        if root and root.startswith("__"):
            if not limits.introspection and root != "__typename":
                faults.refuse("Introspection is switched off on this server.", faults.PERMISSION)
            continue
        if depth > limits.depth:
            faults.refuse(f"The selection is more than {limits.depth} levels deep.", faults.LIMIT)
        if aliases > limits.aliases:
            faults.refuse(f"There are more than {limits.aliases} aliases.", faults.LIMIT)
        if fields > limits.fields:
            faults.refuse(f"More than {limits.fields} fields are selected.", faults.LIMIT)
    count = sum(1 for _, depth, _ in _fields(operation.selection_set, fragments) if depth == 1)
    if count > limits.roots:
        faults.refuse(f"There are more than {limits.roots} root fields.", faults.LIMIT)


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
