"""Queries as the statements that they become, kept with their document so that they are made once.

A plan holds for every value of the variables that are only bound. A variable on which the shape of a statement depends,
such as one that is a list, an order or a pattern, is part of the key of a plan.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec
from graphql import GraphQLError

from botyard.base.exceptions import BotyardError
from botyard.core.graphql.faults import Failed
from botyard.storage.rows import Late, Ready, ValueNeeded

_KEPT = 20
_PLAIN = (str, int, float, bool, type(None))
#: The names of all variables, and each value that shapes a statement with its type: 1 is not 1.0, nor true.
_Key: TypeAlias = "tuple[str | tuple[str, type, Any], ...]"


class Step(msgspec.Struct, frozen=True):
    """One root field: its key in the answer, its statement or its value, and what is made of the statement's result."""

    key: str
    ready: Ready | None
    finish: Callable[[Any], Any]


Plan: TypeAlias = "tuple[Step, ...]"
#: Makes the plan of a request whose variables have these values.
Maker: TypeAlias = "Callable[[Mapping[str, Any]], Plan | None]"


class Plans:
    """The plans of one document, the ones used last. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Plan] = OrderedDict()
        self._shaping: frozenset[str] = frozenset()
        self._useless = False

    def find(self, given: Mapping[str, Any], make: Maker) -> Plan | None:
        """Return the plan for values of the variables, made when it is new; None where there can be none."""
        while not self._useless:
            shaping = self._shaping
            late = {name: Late(name) for name in given if name not in shaping}
            fixed = {name: value for name, value in given.items() if name in shaping}
            if None in (given[name] for name in late) or not all(isinstance(one, _PLAIN) for one in fixed.values()):
                return None
            key: _Key = (*sorted(given), *((name, type(value), value) for name, value in fixed.items()))
            found = self._kept.get(key)
            if found is not None:
                return found
            try:
                made = make({**late, **fixed})
            except ValueNeeded as needed:
                self._shaping |= {needed.name}
                continue
            except (Failed, BotyardError, GraphQLError, TypeError, ValueError):
                # With its values in place the request tells what is wrong with it, or nothing is.
                return None
            self._keep(key, made)
            return made
        return None

    def _keep(self, key: _Key, plan: Plan | None) -> None:
        if plan is None:
            self._useless = True
            return
        self._kept[key] = plan
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
