"""Statements that are made once and run with other values each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import msgspec

from botyard.storage.rows import values
from botyard.storage.rows.model import Kind
from botyard.storage.sql import Query
from botyard.storage.tx import Row, Tx


class ValueNeeded(Exception):
    """The shape of a statement depends on the value of `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Late:
    """Stands for a value, never null, that is given when the statement is run.

    It can be bound and nothing else: whoever looks at it gets ValueNeeded.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def needed(self, *_: object) -> NoReturn:
        """Raise ValueNeeded."""
        raise ValueNeeded(self.name)

    def __getattr__(self, _: str) -> NoReturn:
        self.needed()

    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = __str__ = __int__ = __float__ = __index__ = needed
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = needed
    __eq__ = __ne__ = __hash__ = needed


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with what is bound in it; `late` are parameters whose values come when it is run.

    `load` makes what the caller sees of the rows that the database gives.
    """

    query: Query
    params: Mapping[str, Any]
    late: Mapping[str, tuple[Kind, str]]
    load: Callable[[list[Row]], Any]

    def run(self, tx: Tx, *, organization: int, given: Mapping[str, Any] | None = None) -> Any:
        """Run it for an organization, with values for what is late."""
        params = {**self.params, "organization": organization}
        for name, (kind, source) in self.late.items():
            params[name] = values.stored(tx.backend, kind, (given or {})[source])
        return self.load(tx.all(self.query, **params))
