"""Dynamic lists: fixed fragments joined by code, values always bound.

    rows = tx.all_of(
        Select("tasks t", "t.id, t.state")
        .where("t.workspace_id = :workspace_id", workspace_id=7)
        .where_in("t.state", "state", ["queued", "running"])
        .order_by("t.id DESC")
        .limit(50)
    )

Fragments are constants in the caller's code; nothing that a client sent may become part of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botyard.storage.sql import Query, compile_query


@dataclass(frozen=True)
class Select:
    """A read that grows condition by condition; every method returns a new Select."""

    source: str
    columns: str
    conditions: tuple[str, ...] = ()
    order: str = ""
    bounds: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)

    def join(self, clause: str, **params: Any) -> Select:
        """Add a join, such as `LEFT JOIN runners r ON r.id = t.runner_id`."""
        return replace(self, source=f"{self.source} {clause}", params=self._with(params))

    def where(self, condition: str, **params: Any) -> Select:
        """Add a condition; all conditions must hold."""
        return replace(self, conditions=(*self.conditions, f"({condition})"), params=self._with(params))

    def where_in(self, column: str, name: str, values: Sequence[Any]) -> Select:
        """Keep rows whose `column` is one of `values`; none match an empty list. `name` prefixes the parameters."""
        if not values:
            return self.where("1 = 0")
        params = {f"{name}_{number}": value for number, value in enumerate(values)}
        return self.where(f"{column} IN ({', '.join(f':{key}' for key in params)})", **params)

    def order_by(self, order: str) -> Select:
        """Set the order, replacing an earlier one."""
        return replace(self, order=order)

    def limit(self, count: int, offset: int = 0) -> Select:
        """Return at most `count` rows after skipping `offset`."""
        bounds = ("LIMIT :_limit", "OFFSET :_offset") if offset else ("LIMIT :_limit",)
        params = {"_limit": count, "_offset": offset} if offset else {"_limit": count}
        return replace(self, bounds=bounds, params=self._with(params))

    def count(self, cap: int) -> Select:
        """Return a Select of one row `total`: how many rows match, never counting past `cap`."""
        inner = replace(self, columns="1 AS one", order="", bounds=("LIMIT :_cap",))
        return Select(f"({inner.text()}) AS capped", "COUNT(*) AS total", params=self._with({"_cap": cap}))

    def text(self) -> str:
        """Return the statement with `:name` parameters."""
        # Fragments are constants of the calling code, by the rule at the top of this file.
        parts = [f"SELECT {self.columns} FROM {self.source}"]  # noqa: S608
        if self.conditions:
            parts.append(f"WHERE {' AND '.join(self.conditions)}")
        if self.order:
            parts.append(f"ORDER BY {self.order}")
        return " ".join([*parts, *self.bounds])

    def query(self) -> Query:
        """Return the compiled statement; run it with `**select.params`."""
        return compile_query(self.text())

    def _with(self, params: Mapping[str, Any]) -> dict[str, Any]:
        clash = {name for name in params if name in self.params and self.params[name] != params[name]}
        if clash - {"_limit", "_offset", "_cap"}:
            raise ValueError(f"Parameters given twice with different values: {', '.join(sorted(clash))}.")
        return {**self.params, **params}
