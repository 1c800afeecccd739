"""The state of a thing as a tag, and operations that are only carried out on the state that they were meant for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from botyard.base.exceptions import IllegalTransition
from botyard.storage import Tx, load_queries

T = TypeVar("T")

sql = load_queries(__package__)


def tag_of(found: Any) -> str:
    """Return the tag of a thing as it is now: another one after each change of it."""
    version = getattr(found, "version", None)
    number = f"-{version}" if isinstance(version, int) else ""
    return f"{found.id}-{found.updated_at:x}{number}"


def guarded(
    tx: Tx,
    /,
    *,
    operation: Callable[..., T],
    parameters: Mapping[str, Any],
    name: str,
    current: Callable[[Tx], Any],
    seen: Collection[str],
) -> T:
    """Carry out an edit of the thing called `name`, if `current` finds it in one of the states that were `seen`.

    Edits of one name wait for each other. Raises IllegalTransition (code "precondition_failed") in another state.
    """
    tx.one(sql.lock, name=name)
    if tag_of(current(tx)) not in seen:
        raise IllegalTransition(
            "It was changed since it was read, so nothing was done.",
            hint="Read it again, see what is new, and send the change with the new ETag.",
            code="precondition_failed",
        )
    return operation(tx, **parameters)
