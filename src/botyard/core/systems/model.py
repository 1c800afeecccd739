"""What a system is, what its fields may hold, and what it sends and is told."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid
from botyard.core.logs import Line
from botyard.core.systems.states import State
from botyard.core.tasks import Task
from botyard.storage import Row

#: The only dialect that systems speak.
DIALECT = "elma"

MAX_DESCRIPTION = 1000
_MOST = 1000
_MAX_FILE_BYTES = 2**40

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_HOST = re.compile(r"(\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]+")
_LISTS = ("processes", "networks", "file_hosts")

#: What a new system has where nothing is said.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "description": "",
        "processes": None,
        "reads_all": False,
        "networks": None,
        "file_hosts": [],
        "private_targets": False,
        "max_file_bytes": None,
    }
)


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A system without its token. `id` is a UUID that others may see and that opens nothing."""

    id: str
    workspace_id: int
    workspace_label: str
    name: str
    description: str
    state: State
    #: Labels of the automations that it may use; None means all, an empty list none.
    processes: tuple[str, ...] | None
    #: Whether it may read tasks that it did not start.
    reads_all: bool
    #: The networks that it may call from; None means all.
    networks: tuple[str, ...] | None
    #: The hosts that files are fetched from and that are told of a task's end; empty means every public one.
    file_hosts: tuple[str, ...]
    #: Whether those may lie in private networks.
    private_targets: bool
    #: The largest input file; None means what the server allows.
    max_file_bytes: int | None
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    #: When it was last allowed or locked, and by whom; None before.
    decided_at: int | None
    decided_by: str | None
    #: When it last called, within a minute.
    used_at: int | None

    @property
    def actor(self) -> str:
        """Return the author of the tasks that it starts."""
        return f"system:{self.name}"

    def may_use(self, automation: str) -> bool:
        """Return whether it may start, and see in lists, the automation of that label."""
        return self.processes is None or automation in self.processes

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the system of a row."""
        values = dict(row)
        for name in _LISTS:
            values[name] = None if row[name] is None else tuple(jsontext.decode(row[name]))
        values["state"] = State(row["state"])
        values["reads_all"], values["private_targets"] = bool(row["reads_all"]), bool(row["private_targets"])
        return cls(**values)


class NewSystem(msgspec.Struct, frozen=True, kw_only=True):
    """A system with the token that it was just given; the token is shown once and kept nowhere."""

    system: System
    token: str

    @property
    def id(self) -> str:
        """Return the system's id, for the audit."""
        return self.system.id


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A task that a system wants. `process` is an automation's id, `version` a number, 0 for the released one.

    `policy` says what fetching its files may do, `callback_policy` what telling of its end may, in the words of the
    server's client; priority None takes the automation's.
    """

    system: System
    process: str
    now: int
    version: int = 0
    values: dict[str, Any] = {}
    priority: int | None = None
    callback: str | None = None
    policy: dict[str, Any] = {}
    callback_policy: dict[str, Any] = {}


class TaskReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a system may know of a task: the task, who started it, its declared parameters and the end of its log."""

    task: Task
    #: The id of the system that started it; None when somebody else did.
    system_id: str | None
    declared: Sequence[Mapping[str, Any]]
    lines: Sequence[Line] = ()
    #: Whether the log has more lines before these.
    cut: bool = False
    #: Whether what was asked for could not be done in the task's state.
    conflict: bool = False


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """An automation as systems see it, in its released version; `number` is 0 without one."""

    id: str
    label: str
    name: str
    description: str
    runner_label: str | None
    created_at: int
    number: int
    version: str | None
    digest: str | None
    uploaded_at: int | None
    uploaded_by: str | None


def new_token() -> str:
    """Return a token for a system."""
    return str(uuid.uuid4())


def checked_token(token: Any, *, field: str = "token") -> str:
    """Return a token in its stored form, whatever the case it came in. Raises Invalid for what is no UUID."""
    clean = token.strip().strip("{}").lower() if isinstance(token, str) else ""
    if not _UUID.fullmatch(clean) or not clean.strip("0-"):
        raise Invalid(
            "The token of a system must be a UUID.",
            hint="Write 32 hexadecimal digits with hyphens, made at random.",
            field=field,
        )
    return str(uuid.UUID(clean))


def checked_name(name: Any) -> str:
    """Return the name of a system as it is stored. Raises Invalid."""
    if not isinstance(name, str):
        raise Invalid("A system needs a name, which is a text.", field="name")
    return text.name(name, field="name", limit=100)


def checked_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields, some of DEFAULTS, in their stored form. Raises Invalid naming the field at fault."""
    return {name: _CHECKS[name](value) for name, value in values.items()}


def _description(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid("description must be a text.", field="description")
    return text.prose(value, field="description", limit=MAX_DESCRIPTION)


def _truth(name: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Invalid(f"{name} must be true or false.", field=name)
        return value

    return check


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > _MOST or not all(isinstance(each, str) for each in value):
        raise Invalid(f"{name} must be a list of at most {_MOST} texts.", field=name)
    return list(value)


def _processes(value: Any) -> list[str] | None:
    return None if value is None else [text.label(label, field="processes") for label in _texts(value, "processes")]


def _networks(value: Any) -> list[str] | None:
    return None if value is None else [_network(each) for each in _texts(value, "networks")]


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError:
        raise Invalid(
            f"{ascii(value)[:80]} is not a network.", hint="Write 10.0.0.0/8 or one address.", field="networks"
        ) from None


def _hosts(value: Any) -> list[str]:
    hosts = [each.strip().strip("[]").lower() for each in _texts(value, "file_hosts")]
    for host in hosts:
        if len(host) > 253 or not _HOST.fullmatch(host):
            raise Invalid(
                f"{ascii(host)[:80]} is not a host.",
                hint="Write files.example.com, or *.example.com for all below it.",
                field="file_hosts",
            )
    return hosts


def _bytes(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MAX_FILE_BYTES:
        raise Invalid(
            f"max_file_bytes cannot be {ascii(value)[:40]}.",
            hint="Give a number of bytes from 1 on, or null.",
            field="max_file_bytes",
        )
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "description": _description,
        "processes": _processes,
        "reads_all": _truth("reads_all"),
        "networks": _networks,
        "file_hosts": _hosts,
        "private_targets": _truth("private_targets"),
        "max_file_bytes": _bytes,
    }
)
