"""A datapool: entries waiting for somebody to work them off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from botyard.sdk.botcity.datapool.entry import DataPoolEntry
from botyard.sdk.botcity.datapool.enums import ConsumptionPolicyEnum, FieldType, StateEnum, TriggerEnum
from botyard.sdk.botcity.model import camel
from botyard.sdk.transport import Reply, segment

if TYPE_CHECKING:
    from botyard.sdk.botcity.session import Session

_CANCELLABLE = (StateEnum.PENDING,)
_DELETABLE = (StateEnum.PENDING, StateEnum.CANCELED, StateEnum.DONE, StateEnum.ERROR)
_NAMES = {"datapool_id": "id", "default_automation": "defaultActivity"}


@dataclass
class SchemaField:
    """A field that entries are expected to have; `unique_id` and `display_value` make it their key or their title."""

    label: str | None = None
    type: FieldType | str | None = None
    unique_id: bool = False
    display_value: bool = False


@dataclass
class DataPool:
    """A datapool. Calls raise HTTPError when the server refuses.

    Fields and their order are those of `botcity-maestro-sdk` 0.9.1; its reference lists fewer, in another order.
    Better than there: `active` is what the server says from the first, a datapool that was just created knows its id,
    and a schema may also be None or a list of mappings, as older releases had it.
    """

    label: str
    name: str | None = None
    default_automation: str | None = None
    consumption_policy: str = ConsumptionPolicyEnum.FIFO
    trigger: str = TriggerEnum.NEVER
    schema: list[SchemaField] = field(default_factory=list)
    auto_retry: bool = True
    max_auto_retry: int = 0
    abort_on_error: bool = True
    max_errors_before_inactive: int = 0
    enable_processing_time: bool = True
    item_max_processing_time: int = 0
    datapool_id: str | None = None
    maestro: Session | None = None
    active: bool = True
    repository_label: str = "DEFAULT"

    def to_dict(self) -> dict[str, Any]:
        """Return what is sent when the datapool is created or changed."""
        names = (each.name for each in fields(self) if each.name not in ("maestro", "datapool_id"))
        return {camel(name): getattr(self, name) for name in names} | {
            "schema": [_shown(one) for one in self.schema or []]
        }

    @staticmethod
    def from_json(payload: bytes | str, maestro: Session) -> DataPool:
        """Read a server's answer; the datapool belongs to that session."""
        return _take(DataPool(label="", maestro=maestro), json.loads(payload))

    def activate(self) -> bool:
        """Let entries be taken. Returns True."""
        return self._switch(active=True)

    def deactivate(self) -> bool:
        """Let no entries be taken; they can still be added. Returns True."""
        return self._switch(active=False)

    def is_active(self) -> bool:
        """Read the datapool again, and return whether its entries can be taken."""
        _take(self, self._send("GET").json())
        return self.active

    def summary(self) -> dict[str, Any]:
        """Return how many entries are in each state (`countPending`, …)."""
        counted: dict[str, Any] = self._send("GET", "/summary").json()
        return counted

    def create_entry(self, entry: DataPoolEntry) -> DataPoolEntry:
        """Add an entry; returned is the same object, with what the server made of it."""
        reply = self._send("POST", "/push", content=entry.to_json())
        return self._own(entry, reply)

    def get_entry(self, entry_id: str) -> DataPoolEntry:
        """Return an entry, which stays where it is."""
        return self._own(DataPoolEntry(), self._send("GET", _path(entry_id)))

    def cancel_entry(self, entry_id: str, finish_message: str = "") -> DataPoolEntry:
        """Take an entry out of line that still waits. Raises ValueError for others."""
        self._check_state(entry_id, _CANCELLABLE, "Cancelling")
        body = json.dumps({"state": StateEnum.CANCELED, "message": finish_message})
        return self._own(DataPoolEntry(), self._send("PUT", f"{_path(entry_id)}/cancel", content=body))

    def delete_entry(self, entry_id: str) -> None:
        """Delete an entry that nobody works on. Raises ValueError for others."""
        self._check_state(entry_id, _DELETABLE, "Deleting")
        self._send("DELETE", _path(entry_id))

    def is_empty(self) -> bool:
        """Return whether no entry waits."""
        return not self.summary().get("countPending", 0)

    def has_next(self) -> bool:
        """Return whether an entry waits. `next` can still return None: another bot was faster, or it is inactive."""
        return not self.is_empty()

    def next(self, task_id: Any) -> DataPoolEntry | None:
        """Take the next entry, in the name of a task; None when there is none to take."""
        reply = self._send("GET", "/pull")
        if reply.status_code == 204:
            return None
        entry = self._own(DataPoolEntry(), reply)
        entry.task_id = str(task_id)
        return entry

    def _delete(self) -> None:
        self._send("DELETE")

    def _switch(self, *, active: bool) -> bool:
        _take(self, self._send("POST", content=json.dumps(self.to_dict() | {"active": active})).json())
        return True

    def _own(self, entry: DataPoolEntry, reply: Reply) -> DataPoolEntry:
        entry.update_from_json(reply.content)
        entry.maestro = self.maestro
        return entry

    def _check_state(self, entry_id: str, states: tuple[StateEnum, ...], what: str) -> None:
        state = self.get_entry(entry_id).state
        if state not in states:
            names = ", ".join(allowed.value for allowed in states)
            raise ValueError(f"{what} is only allowed for entries that are {names}; this one is {state}.")

    def _send(self, method: str, path: str = "", *, content: str | None = None) -> Reply:
        if self.maestro is None:
            raise ValueError("This datapool is not known to a server yet. Pass it to BotMaestroSDK.create_datapool.")
        reply = self.maestro.call_api(method, f"/datapool/{segment(self.label)}{path}", content=content)
        reply.raise_for_status()
        return reply


def _take(pool: DataPool, answer: Mapping[str, Any]) -> DataPool:
    """Give a datapool what a server answers, and return it."""
    for each in fields(pool):
        if each.name not in ("maestro", "schema", "active"):
            setattr(pool, each.name, answer.get(_NAMES.get(each.name) or camel(each.name)))
    pool.schema = [_read(entry) for entry in answer.get("schema") or []]
    pool.active = answer.get("active", True)
    return pool


def _path(entry_id: str) -> str:
    return f"/entry/{segment(entry_id)}"


def _read(entry: Mapping[str, Any]) -> SchemaField:
    return SchemaField(entry.get("label"), entry.get("type"), entry.get("uniqueId"), entry.get("displayValue"))  # type: ignore[arg-type]


def _shown(entry: SchemaField | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(entry, Mapping):
        return entry
    return {camel(name): value for name, value in vars(entry).items()}
