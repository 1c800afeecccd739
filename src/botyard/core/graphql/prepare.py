"""A request's document, parsed and checked once for each schema and kept for the next time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    parse,
    validate,
)
from graphql.language import NamedTypeNode, NameNode, VariableDefinitionNode, Visitor, visit
from graphql.type import get_named_type
from graphql.validation import ValidationContext

from botyard.core.graphql import faults, limits
from botyard.core.graphql.limits import Limits
from botyard.core.graphql.plan import Plans
from botyard.core.graphql.schema import ApiSchema

_KEPT = 500
_MAX_KEPT_TEXT = 20_000


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a document that is valid under a schema."""

    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    plans: Plans = msgspec.field(default_factory=Plans)

    @property
    def writes(self) -> bool:
        """Say whether the operation is a mutation."""
        return self.operation.operation is OperationType.MUTATION


class Documents:
    """Documents that were prepared under one schema, the ones used last."""

    def __init__(self, api: ApiSchema, allowed: Limits) -> None:
        self.api = api
        self._allowed = allowed
        self._kept: OrderedDict[tuple[str, str | None], Prepared] = OrderedDict()

    def known(self, text: str, operation_name: str | None) -> Prepared | None:
        """Return the operation if it was prepared before, or None."""
        return self._kept.get((text, operation_name))

    def prepare(self, text: str, operation_name: str | None) -> Prepared:
        """Return the operation of that name, or the only one. Raises Failed with every fault of the document."""
        key = (text, operation_name)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        prepared = self._prepare(text, operation_name)
        if len(text) <= _MAX_KEPT_TEXT:
            self._kept[key] = prepared
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return prepared

    def _prepare(self, text: str, operation_name: str | None) -> Prepared:
        try:
            limits.check_text(text, self._allowed)
            document = parse(text, max_tokens=self._allowed.tokens)
            limits.check_form(document, self._allowed)
        except GraphQLSyntaxError as error:
            raise faults.Failed([faults.item(error, code=faults.PARSE)]) from None
        except GraphQLError as error:
            raise faults.Failed([faults.item(error)]) from None
        except RecursionError:
            raise faults.Failed([faults.item(GraphQLError("The document is nested too deeply."))]) from None
        try:
            operation = _operation(document, operation_name)
            errors = validate(self.api.graphql, document, max_errors=20)
            retyped = _retyped(self.api, document, operation) if errors else None
            if retyped is not None:
                document, operation = retyped, _operation(retyped, operation_name)
                errors = validate(self.api.graphql, document, max_errors=20)
            if errors:
                raise faults.Failed([faults.item(error) for error in errors])
            limits.check(document, operation, self._allowed)
        except GraphQLError as error:
            raise faults.Failed([faults.item(error)]) from None
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        return Prepared(document=document, operation=operation, fragments=fragments)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        found = [node for node in found if node.name and node.name.value == name]
    if len(found) != 1:
        if found:
            faults.refuse("The document has several operations. Say which with operationName.")
        faults.refuse(f"The document has no operation{f' called {name[:80]}' if name else ''}.")
    if found[0].operation is OperationType.SUBSCRIPTION:
        faults.refuse("Subscriptions are not served.")
    return found[0]


def _retyped(api: ApiSchema, document: DocumentNode, operation: OperationDefinitionNode) -> DocumentNode | None:
    """Return the document with text variables that stand for an id, a moment or another scalar of ours as such.

    Clients declare ids as String (contract automio, section d.11); with the type of its place, a value is checked like
    any other. None when there is nothing to change.
    """
    context = ValidationContext(api.graphql, document, TypeInfo(api.graphql), _ignore)
    places: dict[str, set[str]] = {}
    for usage in context.get_recursive_variable_usages(operation):
        if usage.type is not None:
            places.setdefault(usage.node.name.value, set()).add(get_named_type(usage.type).name)
    wanted = {name: next(iter(found)) for name, found in places.items() if len(found) == 1 and found <= _OURS}
    found: DocumentNode = visit(document, _Retype(wanted)) if wanted else document
    return None if found is document else found


class _Retype(Visitor):
    """Gives variables that are declared as texts the types of `wanted`."""

    def __init__(self, wanted: Mapping[str, str]) -> None:
        super().__init__()
        self._wanted = wanted
        self._current: str | None = None

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        """Remember which variable is declared."""
        self._current = self._wanted.get(node.variable.name.value)

    def leave_variable_definition(self, *_: object) -> None:
        """Forget it."""
        self._current = None

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> NamedTypeNode | None:
        """Change the type of the variable."""
        if self._current is None or node.name.value != "String":
            return None
        return NamedTypeNode(name=NameNode(value=self._current, loc=node.name.loc), loc=node.loc)


def _ignore(_: GraphQLError) -> None:
    """Leave the faults of a document to its validation."""


_OURS = frozenset({"uuid", "timestamptz", "date", "time", "numeric", "bigint"})
