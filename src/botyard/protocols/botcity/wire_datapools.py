"""What travels on this wire about datapools and their entries, with this dialect's exact field names.

Clients send back whole objects that they have read, so null means "as it is" everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from botyard.base.exceptions import Invalid, NotFound
from botyard.core.queues import ErrorKind, Field, Item, Queue, State, Summary
from botyard.protocols.botcity import enums
from botyard.protocols.botcity.enums import ConsumptionPolicy, EntryState, ErrorType, Trigger
from botyard.protocols.botcity.wire import date, task_id_of

_ERROR_TYPES: Mapping[ErrorKind | None, ErrorType | None] = MappingProxyType(
    {None: None, "business": ErrorType.BUSINESS, "application": ErrorType.SYSTEM, "system": ErrorType.SYSTEM}
)
#: A task id that is none: Python clients write out the absence of one.
_NO_TASK = frozenset({"", "none", "null"})


class FieldSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One declared field of a datapool; old clients send label and type only."""

    label: str | None = None
    type: str | int | None = None
    unique_id: bool | None = None
    display_value: bool | None = None

    def field(self) -> Field:
        """Return it as it is stored. Raises Invalid when it has no label."""
        if not self.label:
            raise Invalid("A field of the schema has no label.", hint="Name every field.", field="schema")
        kind = enums.read(enums.FieldType, self.type, field="type") if isinstance(self.type, int) else self.type
        return Field(
            label=self.label,
            type=(kind or "text").lower(),
            unique=bool(self.unique_id),
            display=bool(self.display_value),
        )


class DatapoolSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A datapool to make or to change. The automation has a name in requests and another one in answers."""

    label: str | None = None
    name: str | None = None
    default_automation: str | None = None
    default_activity: str | None = None
    consumption_policy: str | int | None = None
    schema: list[FieldSent] | None = None
    trigger: str | int | None = None
    auto_retry: bool | None = None
    max_auto_retry: int | None = None
    abort_on_error: bool | None = None
    max_errors_before_inactive: int | None = None
    enable_processing_time: bool | None = None
    item_max_processing_time: int | None = None
    active: bool | None = None
    repository_label: str | None = None

    def fields(self) -> dict[str, Any]:
        """Return the queue's fields that were sent. Raises Invalid naming the one at fault."""
        sent = {
            "name": self.name,
            "folder": self.repository_label or None,
            "automation": self.default_automation or self.default_activity or None,
            "policy": _lower(ConsumptionPolicy, self.consumption_policy, "consumptionPolicy"),
            "trigger": _lower(Trigger, self.trigger, "trigger"),
            "auto_retry": self.auto_retry,
            "max_retries": self.max_auto_retry,
            "abort_on_error": self.abort_on_error,
            "max_errors": self.max_errors_before_inactive,
            "time_limit_on": self.enable_processing_time,
            "time_limit_minutes": self.item_max_processing_time,
            "schema": None if self.schema is None else [one.field() for one in self.schema],
            "active": self.active,
        }
        return {name: value for name, value in sent.items() if value is not None}


class FieldView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One declared field of a datapool."""

    label: str
    type: str
    unique_id: bool
    display_value: bool


class DatapoolView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A datapool. `item_count` is for the rows of a list."""

    id: str
    label: str
    name: str
    default_activity: str | None
    consumption_policy: ConsumptionPolicy
    schema: list[FieldView]
    trigger: Trigger
    auto_retry: bool
    max_auto_retry: int
    abort_on_error: bool
    max_errors_before_inactive: int
    enable_processing_time: bool
    item_max_processing_time: int
    active: bool
    date_timeout: None = None
    organization_label: str
    repository_label: str
    item_count: int | None

    @classmethod
    def of(cls, queue: Queue, workspace: str, total: int | None = None) -> DatapoolView:
        """Return what clients see of a queue with `total` items of the workspace with that label."""
        return cls(
            id=str(queue.id),
            label=queue.label,
            name=queue.name,
            default_activity=queue.automation,
            consumption_policy=ConsumptionPolicy[queue.policy.upper()],
            schema=[
                FieldView(label=one.label, type=one.type.upper(), unique_id=one.unique, display_value=one.display)
                for one in queue.schema
            ],
            trigger=Trigger[queue.trigger.upper()],
            auto_retry=queue.auto_retry,
            max_auto_retry=queue.max_retries,
            abort_on_error=queue.abort_on_error,
            max_errors_before_inactive=queue.max_errors,
            enable_processing_time=queue.time_limit_on,
            item_max_processing_time=queue.time_limit_minutes,
            active=queue.active,
            organization_label=workspace,
            repository_label=queue.folder,
            item_count=total,
        )


class SummaryView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The numbers of a datapool; `avg_done` is the mean time in processing of done entries, in seconds."""

    count_pending: int
    count_processing: int
    count_done: int
    count_error: int
    count_timeout: int
    count_canceled: int
    avg_done: float
    active: bool

    @classmethod
    def of(cls, summary: Summary) -> SummaryView:
        """Return what clients see of the numbers of a queue."""
        counts = summary.counts
        return cls(
            count_pending=counts[State.PENDING],
            count_processing=counts[State.PROCESSING],
            count_done=counts[State.DONE],
            count_error=counts[State.ERROR] + counts[State.ABANDONED],
            count_timeout=counts[State.TIMEOUT],
            count_canceled=counts[State.CANCELLED],
            avg_done=summary.done_mean,
            active=summary.queue.active,
        )


class EntrySent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry to push, or to save as its client has it. Keys, links, runner and dates are the server's own."""

    priority: int | None = None
    values: dict[str, Any] | None = None
    state: str | int | None = None
    message: str | None = None
    error_type: str | int | None = None
    task_id: str | int | None = None

    @property
    def wanted(self) -> EntryState | None:
        """The state that was sent, None when none was. Raises Invalid."""
        return None if self.state is None else enums.read(EntryState, self.state, field="state")

    @property
    def error_kind(self) -> Literal["business", "application"] | None:
        """What kind of error it was, None when the client does not say. Raises Invalid."""
        if self.error_type in (None, ""):
            return None
        return enums.ERROR_KINDS[enums.read(ErrorType, self.error_type or 0, field="errorType")]

    @property
    def task(self) -> int | None:
        """The task that the client works for, None when it names none. Raises Invalid."""
        if self.task_id is None or str(self.task_id).strip().lower() in _NO_TASK:
            return None
        try:
            return task_id_of(self.task_id)
        except NotFound:
            raise Invalid(
                f'"taskId" cannot be "{str(self.task_id)[:40]}".',
                hint="Send the id of a task, or leave it out.",
                field="taskId",
            ) from None


class EntryView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry."""

    id: str
    # Spelled with a capital P on this wire; clients build the address of the next request from it.
    datapool_label: str = msgspec.field(name="dataPoolLabel")
    state: EntryState
    values: dict[str, Any]
    priority: int
    unique_key: str | None
    display_value: str | None
    message: str | None
    error_type: ErrorType | None
    retry_index: int
    runner: str | None
    task_id: str | None
    parent: str | None
    child: str | None
    date_register: str | None
    date_processing: str | None
    date_finished: str | None

    @classmethod
    def of(cls, item: Item) -> EntryView:
        """Return what clients see of an item; values that are no object, from another client, appear as `value`."""
        return cls(
            id=str(item.id),
            datapool_label=item.queue,
            state=enums.ENTRY_STATES[item.state],
            values=item.values if isinstance(item.values, dict) else {"value": item.values},
            priority=item.priority,
            unique_key=item.unique_key,
            display_value=item.display_value,
            message=item.message,
            error_type=_ERROR_TYPES[item.error_kind],
            retry_index=item.retry_index,
            runner=item.runner,
            task_id=_text(item.task_id),
            parent=_text(item.parent_id),
            child=_text(item.child_id),
            date_register=date(item.created_at),
            date_processing=date(item.started_at),
            date_finished=date(item.finished_at),
        )


def _lower(kind: type[ConsumptionPolicy | Trigger], sent: str | int | None, field: str) -> str | None:
    return None if sent is None else enums.read(kind, sent, field=field).lower()


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
