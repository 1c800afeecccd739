"""What queues, items and the calls on them are. Times are microseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self

import msgspec

from botyard.core.access import Caller
from botyard.core.queues.states import FINAL, State
from botyard.storage import Row

Policy = Literal["fifo", "lifo"]
Trigger = Literal["always", "no_task_active", "never"]
UniqueScope = Literal["pending", "always"]
Outcome = Literal["done", "error", "abandoned"]
ErrorKind = Literal["business", "application", "system"]

_FLAGS = ("auto_retry", "retry_business", "abort_on_error", "time_limit_on", "active")
_decode = msgspec.json.Decoder().decode


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One declared field of a queue's items. The type is information: values are never refused or converted by it.

    The values of `unique` fields make an item's unique key, those of `display` fields its display value.
    """

    label: str
    type: str = "text"
    unique: bool = False
    display: bool = False


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue. `automation` is the label of the automation that a trigger starts; it may not exist yet.

    `max_errors` consecutive errors make the queue inactive when `abort_on_error` is set; 0 means never. A time limit
    of 0 minutes is none. `unique_scope` refuses a second item with the same unique key while one is pending or
    processing ("pending"), or for ever ("always").
    """

    id: int
    workspace_id: int
    label: str
    name: str
    folder: str
    automation: str | None
    policy: Policy
    trigger: Trigger
    auto_retry: bool
    max_retries: int
    retry_delay_seconds: int
    retry_business: bool
    abort_on_error: bool
    max_errors: int
    consecutive_errors: int
    time_limit_on: bool
    time_limit_minutes: int
    lease_seconds: int
    unique_scope: UniqueScope | None
    schema: list[Field]
    active: bool
    created_at: int
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the queue of a row that holds at least its columns."""
        values = {name: row[name] for name in cls.__struct_fields__}
        for flag in _FLAGS:
            values[flag] = bool(values[flag])
        values["schema"] = msgspec.json.decode(row["schema"], type=list[Field])
        return cls(**values)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work in a queue. `queue` is its label; `epoch` counts how often it was taken.

    A retry is another item: `parent_id` and `child_id` link the chain, `retry_index` counts the failures before,
    `recoveries` how often a holder was lost. `holder` and `runner` (a name) tell who took it last. `lease_until` is
    None when the lease lasts as long as the holder's attempt.
    """

    id: int
    workspace_id: int
    queue_id: int
    queue: str
    state: State
    error_kind: ErrorKind | None
    priority: int
    values: Any
    unique_key: str | None
    display_value: str | None
    reference: str | None
    message: str | None
    result: Any
    task_id: int | None
    attempt_id: str | None
    holder: str | None
    runner: str | None
    epoch: int
    lease_until: int | None
    time_limit_at: int | None
    parent_id: int | None
    child_id: int | None
    retry_index: int
    recoveries: int
    available_at: int
    ready: bool
    created_at: int
    created_by: str
    started_at: int | None
    finished_at: int | None

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless its holder reports again."""
        return self.state in FINAL

    @classmethod
    def from_row(cls, row: Row, queue: str) -> Self:
        """Return the item of a row of `items` in the queue of that label."""
        result = row["result"]
        return cls(
            id=row["id"],
            workspace_id=row["workspace_id"],
            queue_id=row["queue_id"],
            queue=queue,
            state=State(row["state"]),
            error_kind=row["error_kind"],
            priority=row["priority"],
            values=_decode(row["content"]),
            unique_key=row["unique_key"],
            display_value=row["display_value"],
            reference=row["reference"],
            message=row["message"],
            result=None if result is None else _decode(result),
            task_id=row["task_id"],
            attempt_id=row["attempt_id"],
            holder=row["holder"],
            runner=row["runner"],
            epoch=row["epoch"],
            lease_until=row["lease_until"],
            time_limit_at=row["time_limit_at"],
            parent_id=row["parent_id"],
            child_id=row["child_id"],
            retry_index=row["retry_index"],
            recoveries=row["recoveries"],
            available_at=row["available_at"],
            ready=bool(row["ready"]),
            created_at=row["created_at"],
            created_by=row["created_by"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
        )


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who pulls and reports. An attempt holds items as long as it lives; anybody else for the queue's lease time.

    `name` is what is stored and compared, so it must be the same for every call of the same holder.
    """

    name: str
    attempt_id: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        """Return the holder that a caller is: its attempt, else the key it signed in with, else the caller itself."""
        if caller.attempt_id is not None:
            return cls(name=caller.actor, attempt_id=caller.attempt_id)
        return cls(name=f"key:{caller.key_id}" if caller.key_id else f"{caller.kind}:{caller.id}")


class NewItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item to push: any JSON as `values`, a priority from 0 to 10 (10 goes first), a reference of the sender's."""

    values: Any
    priority: int = 0
    reference: str | None = None


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A request to push items into the queue of a label, all or none.

    `keep_existing` answers a duplicate of a unique key with the item that is there, instead of refusing the push.
    `attempt_id` names the attempt that pushes, if one does.
    """

    workspace_id: int
    queue: str
    items: list[NewItem]
    actor: str
    now: int
    keep_existing: bool = False
    attempt_id: str | None = None


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A request for up to `count` items of a queue.

    `claim`, when given, is random for each call: repeating it returns the items that it got and still holds.
    """

    workspace_id: int
    queue: str
    holder: Holder
    now: int
    count: int = 1
    claim: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item. An error without a kind is an application error.

    `queue`, when given, must be the item's. `values` and `priority` None leave them as they are; so do kind, message
    and result None in a report that repeats an outcome. `task_id` names the task of a holder that is not an attempt;
    with `any_task` one that does not exist is left out instead of refusing the report. Without `amend` an outcome that
    was reported may be repeated and not replaced by another; an item that ran over its time may still get one.
    """

    item_id: int
    outcome: Outcome
    error_kind: Literal["business", "application"] | None = None
    message: str | None = None
    result: Any = None
    queue: str | None = None
    values: Any = None
    priority: int | None = None
    task_id: int | None = None
    any_task: bool = False
    amend: bool = True


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """A request to report on items, with a verdict for each. `force` lets a person report in the holder's place."""

    workspace_id: int
    holder: Holder
    reports: list[Report]
    actor: str
    now: int
    force: bool = False


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A request to give items back unworked, as after a pull whose answer could not be delivered."""

    workspace_id: int
    holder: Holder
    item_ids: list[int]
    now: int


class ReportAndPull(msgspec.Struct, frozen=True, kw_only=True):
    """A request to report on items and to take the next ones, in one transaction."""

    reports: Reports
    pull: Pull


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a queue: items by state (every state has one), and the mean time in processing of done items."""

    queue: Queue
    counts: dict[State, int]
    done_mean: float

    @property
    def total(self) -> int:
        """How many items there are."""
        return sum(self.counts.values())


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many items ended in one way within the hour that begins at `since`."""

    since: int
    state: State
    error_kind: ErrorKind | None
    total: int


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One message among the newest errors: how often, and the newest item that has it."""

    message: str
    error_kind: ErrorKind | None
    total: int
    newest_id: int


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item of a bulk call; `error` is None when it was done, `item` the item as it is then."""

    item_id: int
    item: Item | None
    error: Exception | None


class Reaped(msgspec.Struct, frozen=True, kw_only=True):
    """What one tick did."""

    promoted: int = 0
    timed_out: int = 0
    abandoned: int = 0


#: What a new queue has where nothing is said; its name is its label.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "folder": "DEFAULT",
        "automation": None,
        "policy": "fifo",
        "trigger": "never",
        "auto_retry": True,
        "max_retries": 0,
        "retry_delay_seconds": 0,
        "retry_business": False,
        "abort_on_error": False,
        "max_errors": 0,
        "time_limit_on": False,
        "time_limit_minutes": 0,
        "lease_seconds": 86_400,
        "unique_scope": None,
        "schema": [],
        "active": True,
    }
)
