"""A callback as others see it."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.core.callbacks.states import State


class NewCallback(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wants to be told. `policy` says what calling may do, `kind` whose words it is told in."""

    workspace_id: int
    task_id: int
    url: str
    policy: dict[str, Any] | None
    kind: str
    now: int


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a callback so far; `next_at` is when it is tried next, `error` why the last try failed."""

    task_id: int
    kind: str
    url: str
    state: State
    tries: int
    next_at: int | None
    error: str | None
    updated_at: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A callback that a server has taken on; `tries` counts this one too, `due_at` is when it was first due."""

    task_id: int
    workspace_id: int
    kind: str
    url: str
    policy: dict[str, Any] | None
    ended_at: int
    due_at: int
    tries: int
