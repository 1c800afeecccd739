"""An entry of a datapool: what there is to do, and how far it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from botyard.sdk.botcity.datapool.enums import ErrorType, StateEnum
from botyard.sdk.botcity.model import camel
from botyard.sdk.transport import segment

if TYPE_CHECKING:
    from botyard.sdk.botcity.session import Session

#: Which states may follow one that is left by hand; the others may be followed by any.
_FOLLOWING = {
    StateEnum.PENDING: (StateEnum.PROCESSING, StateEnum.CANCELED),
    StateEnum.PROCESSING: (StateEnum.TIMEOUT, StateEnum.DONE, StateEnum.ERROR),
    StateEnum.TIMEOUT: (StateEnum.DONE, StateEnum.ERROR),
}
_NAMES = {"entry_id": "id", "datapool_label": "dataPoolLabel"}
#: What is sent when an entry is saved; the server knows the rest better.
_SAVED = (
    *("priority", "values", "datapool_label", "state", "unique_key", "display_value", "message"),
    *("error_type", "retry_index", "runner", "task_id", "parent", "child"),
)


@dataclass
class DataPoolEntry:
    """An entry: `entry["net"]` is one of its values, else one of its fields.

    Fields and their order are those of `botcity-maestro-sdk` 0.9.1; its reference lists fewer, in another order, and no
    parameters of `report_done` and `report_error`.
    The state can only be set to one that may follow. Better than there: a state that the server answers is taken as
    it is (there, an entry that the server had put back raised after a save), and an entry that
    `DataPool.create_entry` returns can be saved.
    """

    priority: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    datapool_label: str | None = None
    state: str | None = None
    entry_id: str | None = None
    unique_key: str | None = None
    display_value: str | None = None
    message: str | None = None
    error_type: str | None = None
    retry_index: int = 0
    runner: str | None = None
    task_id: Any = None
    parent: str | None = None
    child: str | None = None
    date_register: str | None = None
    date_processing: str | None = None
    date_finished: str | None = None
    maestro: Session | None = None

    def to_json(self) -> str:
        """Return what is sent when the entry is added to a datapool."""
        return json.dumps({"priority": self.priority, "values": self.values})

    def json_to_update(self) -> str:
        """Return what is sent when the entry is saved."""
        return json.dumps({_wire(name): getattr(self, name) for name in _SAVED})

    def update_from_json(self, payload: bytes | str) -> DataPoolEntry:
        """Take all fields from a server's answer, and return the entry itself."""
        answer = json.loads(payload)
        names = (each.name for each in fields(self) if each.name != "maestro")
        vars(self).update({name: answer.get(_wire(name)) for name in names})
        return self

    def get_value(self, key: str, default: Any = None) -> Any:
        """Return one of the values, or `default`."""
        return self.values.get(key, default)

    def save(self) -> DataPoolEntry:
        """Send the entry as it is now, and take what the server answers. Raises HTTPError when it refuses."""
        session = self._session()
        label, entry = segment(self.datapool_label), segment(self.entry_id)
        reply = session.call_api("POST", f"/datapool/{label}/entry/{entry}", content=self.json_to_update())
        reply.raise_for_status()
        return self.update_from_json(reply.content)

    def report_done(self, finish_message: str = "") -> None:
        """Say that the entry was worked off. Raises ValueError for one that was not taken with `DataPool.next`."""
        self._report(StateEnum.DONE, finish_message)

    def report_error(self, error_type: ErrorType = ErrorType.SYSTEM, finish_message: str = "") -> None:
        """Say that the entry failed; one with the type SYSTEM is tried again if its datapool says so."""
        self.error_type = error_type
        self._report(StateEnum.ERROR, finish_message)

    def _report(self, state: StateEnum, message: str) -> None:
        self.state = state
        self.message = message
        self.save()

    def _session(self) -> Session:
        if self.maestro is None:
            raise ValueError("This entry belongs to no datapool yet. Add it with DataPool.create_entry first.")
        return self.maestro

    def __setattr__(self, key: str, value: Any) -> None:
        if key == "state":
            _check_follows(vars(self).get("state"), value)
        object.__setattr__(self, key, value)

    def __getitem__(self, item: str) -> Any:
        return self.values[item] if item in self.values else getattr(self, item)

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self.values:
            self.values[key] = value
        else:
            setattr(self, key, value)


def _check_follows(current: str | None, wanted: str | None) -> None:
    allowed = _FOLLOWING.get(current)  # type: ignore[call-overload]  # a text equals the member that has its value
    if allowed is not None and wanted != current and wanted not in allowed:
        names = ", ".join(state.value for state in allowed)
        raise ValueError(f"An entry that is {_text(current)} cannot become {_text(wanted)}; allowed is {names}.")


def _text(state: str | None) -> str:
    return state.value if isinstance(state, StateEnum) else str(state)


def _wire(name: str) -> str:
    return _NAMES.get(name) or camel(name)
