"""Queues and their items, as the native protocol shows and changes them.

Every hot call takes many items: push, pull, report, and report and pull in one. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Policy = Literal["fifo", "lifo"]
Trigger = Literal["always", "no_task_active", "never"]
UniqueScope = Literal["pending", "always"]
ItemOutcome = Literal["done", "error", "abandoned"]
ItemAction = Literal["cancel", "retry"]


class QueueField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One declared field of a queue's items: part of their unique key, of the text shown for them, or neither."""

    label: str
    type: str = "text"
    unique: bool = False
    display: bool = False


class UpdateQueue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The fields to change; what is not sent stays."""

    name: str | UnsetType = UNSET
    folder: str | UnsetType = UNSET
    automation: str | UnsetType | None = UNSET
    policy: Policy | UnsetType = UNSET
    trigger: Trigger | UnsetType = UNSET
    auto_retry: bool | UnsetType = UNSET
    max_retries: int | UnsetType = UNSET
    retry_delay_seconds: int | UnsetType = UNSET
    retry_business: bool | UnsetType = UNSET
    abort_on_error: bool | UnsetType = UNSET
    max_errors: int | UnsetType = UNSET
    time_limit_on: bool | UnsetType = UNSET
    time_limit_minutes: int | UnsetType = UNSET
    lease_seconds: int | UnsetType = UNSET
    unique_scope: UniqueScope | UnsetType | None = UNSET
    schema: list[QueueField] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class CreateQueue(UpdateQueue, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A queue to make; only the label is needed."""

    label: str


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """A queue with its numbers: items by state, and the mean time in processing of done ones."""

    id: int
    label: str
    name: str
    folder: str
    automation: str | None
    policy: str
    trigger: str
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
    unique_scope: str | None
    schema: list[QueueField]
    active: bool
    created_at: str
    updated_at: str
    counts: dict[str, int]
    total: int
    done_mean_seconds: float


class QueuePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page in the order of labels; pass `next` as `after`."""

    queues: list[QueueView]
    next: str | None = None


class NewItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An item to push: any JSON as `values`, a priority from 0 to 10 (10 goes first), a reference of the sender's."""

    values: Any = {}
    priority: int = 0
    reference: str | None = None


class PushCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Push up to 1,000 items, all or none. `keep_existing` answers a duplicate key with the item that is there."""

    items: list[NewItem]
    keep_existing: bool = False


class PushedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was pushed, or was there with its unique key."""

    id: int
    state: str
    unique_key: str | None


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """The items, in the order they were sent."""

    items: list[PushedItem]


class PullCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take up to `count` items, waiting up to `wait` seconds for the first.

    `claim` is random for each call: repeating a call that carries one returns the items that it got and still holds.
    """

    count: int = 1
    claim: str | None = None
    wait: float = 0.0


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item. A retry is another item: `parent` and `child` link them. `epoch` counts how often it was taken."""

    id: int
    queue: str
    state: str
    error_kind: str | None
    priority: int
    values: Any
    unique_key: str | None
    display_value: str | None
    reference: str | None
    message: str | None
    result: Any
    task: int | None
    holder: str | None
    runner: str | None
    epoch: int
    lease_until: str | None
    time_limit_at: str | None
    parent: int | None
    child: int | None
    retry_index: int
    recoveries: int
    available_at: str
    created_at: str
    created_by: str
    started_at: str | None
    finished_at: str | None


class PullReply(msgspec.Struct, frozen=True, kw_only=True):
    """The items that the caller now holds, first in line first; none when there is nothing to take."""

    items: list[ItemView]


class ItemReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What became of one item that the caller holds. Values and priority change when they are sent."""

    item: int
    outcome: ItemOutcome
    error_kind: Literal["business", "application"] | None = None
    message: str | None = None
    result: Any = None
    values: Any = None
    priority: int | None = None
    task: int | None = None


class ReportCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Report on up to 1,000 items; each gets its own verdict."""

    reports: list[ItemReport]


class ReportAndPullCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Report on items and take the next ones, in one transaction."""

    reports: list[ItemReport] = []
    count: int = 1
    claim: str | None = None


class ItemVerdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one item of a call: its state and the retry that follows, or `code` and `detail` of the refusal.

    For a bulk retry, `child` is the new item.
    """

    item: int
    state: str | None = None
    child: int | None = None
    code: str | None = None
    detail: str | None = None


class ReportReply(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts, in the order of the reports."""

    verdicts: list[ItemVerdict]


class ReportAndPullReply(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts, and the items that the caller now holds besides."""

    verdicts: list[ItemVerdict]
    items: list[ItemView]


class GiveBackCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items to put back into their place in line, unworked."""

    items: list[int]


class UpdateItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to change in an item without ending it; null and what is not sent stay."""

    values: Any = None
    priority: int | None = None
    message: str | None = None
    task: int | None = None


class CancelItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an item is cancelled."""

    message: str | None = None


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before`."""

    items: list[ItemView]
    next: int | None = None


class ItemChain(msgspec.Struct, frozen=True, kw_only=True):
    """An item with what it retries and what retries it, oldest first."""

    items: list[ItemView]


class ItemBulkCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cancel or retry up to 500 items."""

    action: ItemAction
    ids: list[int]


class ItemMatchCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Cancel or retry the newest items of a queue that match, as in the list of items, below the id `before`.

    `dry_run` only tells which those are. Without `states`, cancel means what is pending and retry what failed.
    """

    action: ItemAction
    states: list[str] | None = None
    text: str | None = None
    key: str | None = None
    error_kind: str | None = None
    dry_run: bool = False
    before: int | None = None
    limit: int = 10_000


class ItemBulkReply(msgspec.Struct, frozen=True, kw_only=True):
    """How many items were meant, and for how many it was done. The verdicts are those of the refused ones.

    `next` goes on as `before`, where more items match than the call was for.
    """

    matched: int
    done: int
    refused: list[ItemVerdict]
    ids: list[int]
    next: int | None = None
    dry_run: bool = False


class ImportReply(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows became items, and the ids of the first and the last."""

    items: int
    first: int | None
    last: int | None
