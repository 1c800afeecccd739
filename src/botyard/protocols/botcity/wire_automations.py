"""What travels on this wire about bots, automations, runners, schedules and workspaces, with exact field names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.core.automations import Automation, Bundle
from botyard.core.packages import PackageVersion
from botyard.core.runners import Runner
from botyard.core.schedules import Schedule
from botyard.core.tasks import AttemptState
from botyard.core.workspaces import Workspace

#: Every package that this server runs is started by Python.
TECHNOLOGY = "PYTHON"

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "string": "TEXT",
        "int": "INTEGER",
        "double": "DOUBLE",
        "bool": "BOOLEAN",
        "datetime": "DATETIME",
        "file": "FILE",
    }
)


class BotSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bot to make, change or release; `label` and `repository` are the names that one client uses."""

    bot_id: str | None = None
    label: str | None = None
    version: str | None = None
    repository_label: str | None = None
    repository: str | None = None
    description: str | None = None

    @property
    def name(self) -> str:
        """Which bot is meant. Raises Invalid when it is not said."""
        name = self.bot_id or self.label
        if not name:
            raise Invalid('"botId" is missing.', hint="Send the id of the bot.", field="botId")
        return name

    @property
    def folder(self) -> str | None:
        """The repository, under either name."""
        return self.repository_label or self.repository

    @property
    def fields(self) -> dict[str, str]:
        """What there is to change about the bot's automation."""
        sent = {"folder": self.folder, "description": self.description}
        return {name: value for name, value in sent.items() if value is not None}


class BotView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A bot; `version` is the released one, else the one that came last, null before the first upload."""

    id: str
    bot_id: str
    version: str | None
    released_version: str | None
    latest_version: str | None
    technology: str = TECHNOLOGY
    command: None = None
    organization_label: str
    repository_label: str
    date_creation: str

    @classmethod
    def of(cls, bundle: Bundle, workspace: str) -> BotView:
        """Return what clients see of a bot of the workspace with that label."""
        return cls(
            id=bundle.id,
            bot_id=bundle.name,
            version=bundle.released or bundle.latest,
            released_version=bundle.released,
            latest_version=bundle.latest,
            organization_label=workspace,
            repository_label=bundle.folder,
            date_creation=clock.iso(bundle.created_at),
        )


class BotVersionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One version of a bot."""

    bot_id: str
    version: str
    released: bool
    technology: str = TECHNOLOGY
    command: None = None
    organization_label: str
    repository_label: str
    size: int
    sha256: str
    date_creation: str

    @classmethod
    def of(cls, version: PackageVersion, bundle: Bundle, workspace: str) -> BotVersionView:
        """Return what clients see of a version of a bot of the workspace with that label."""
        return cls(
            bot_id=bundle.name,
            version=version.version,
            released=version.version == bundle.released,
            organization_label=workspace,
            repository_label=bundle.folder,
            size=version.size,
            sha256=version.digest,
            date_creation=clock.iso(version.created_at),
        )


class ParameterView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A declared input of an automation; tasks may leave any out."""

    label: str
    name: str
    type: str
    array: bool
    required: bool = False
    value: None = None


class ActivityView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An automation."""

    id: str
    label: str
    name: str
    icon: None = None
    description: str
    agent_id: str | None
    bot_version: str | None
    organization_label: str
    repository_label: str
    priority: int
    human_time_per_item: None = None
    parameters: list[ParameterView]
    machines: list[str]
    cron: str | None
    schedule_strategy: str | None
    technology: str = TECHNOLOGY
    status: str = "ACTIVE"
    date_creation: str
    date_last_modified: str

    @classmethod
    def of(cls, found: Automation, machines: list[str], schedule: Schedule | None, workspace: str) -> ActivityView:
        """Return what clients see of an automation, with the runners and the schedule that it has."""
        return cls(
            id=found.id,
            label=found.label,
            name=found.name,
            description=found.description,
            agent_id=found.label if found.package_id else None,
            bot_version=found.package_version,
            organization_label=workspace,
            repository_label=found.folder,
            priority=found.priority,
            parameters=[
                ParameterView(label=one["name"], name=one["name"], type=_TYPES[one["type"]], array=one["array"])
                for one in found.parameters
                if one["scope"] != "Out"
            ],
            machines=machines,
            cron=cron_of(schedule) if schedule else None,
            schedule_strategy=schedule.strategy if schedule else None,
            date_creation=clock.iso(found.created_at),
            date_last_modified=clock.iso(found.updated_at),
        )


class MachineView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A runner, which tasks name by its name."""

    id: str
    machine_id: str
    name: str
    type: str = "RUNNER"
    is_online: bool
    status: str
    label: str | None
    slots: int
    busy: int
    task_ids: list[int]
    draining: bool
    host_name: str
    os: str
    version: str
    organization_label: str
    date_creation: str
    date_last_seen: str

    @classmethod
    def of(cls, runner: Runner, workspace: str, now: int) -> MachineView:
        """Return what clients see of a runner of the workspace with that label."""
        online = runner.is_online(now)
        return cls(
            id=runner.id,
            machine_id=runner.name,
            name=runner.name,
            is_online=online,
            status="ONLINE" if online else "OFFLINE",
            label=runner.label,
            slots=runner.slots,
            busy=runner.busy,
            task_ids=runner.running,
            draining=runner.draining,
            host_name=runner.host,
            os=runner.os,
            version=runner.version,
            organization_label=workspace,
            date_creation=clock.iso(runner.created_at),
            date_last_seen=clock.iso(runner.seen_at),
        )


class MachineSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the tries that began on a runner in the last `days` stand."""

    machine_id: str
    days: int
    total: int
    running: int
    success: int
    failed: int
    partially_completed: int
    canceled: int

    @classmethod
    def of(cls, runner: Runner, counts: Mapping[AttemptState, int], days: int) -> MachineSummary:
        """Return the summary of a runner's attempts."""
        state = AttemptState
        return cls(
            machine_id=runner.name,
            days=days,
            total=sum(counts.values()),
            running=counts.get(state.LEASED, 0) + counts.get(state.RUNNING, 0),
            success=counts.get(state.SUCCEEDED, 0),
            failed=counts.get(state.FAILED, 0) + counts.get(state.LOST, 0),
            partially_completed=counts.get(state.PARTIAL, 0),
            canceled=counts.get(state.CANCELLED, 0) + counts.get(state.RELEASED, 0),
        )


class ScheduleSent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A schedule to make, or what to change of one: what is absent or null stays."""

    activity_label: str | None = None
    automation_label: str | None = None
    name: str | None = None
    cron: str | None = None
    schedule_strategy: str | None = None
    parameters: dict[str, Any] | None = None
    priority: int | None = None
    active: bool | None = None

    @property
    def automation(self) -> str | None:
        """The label of the automation, under either name."""
        return self.activity_label or self.automation_label

    def fields(self, present: Schedule | None = None) -> dict[str, Any]:
        """Return the fields that were sent, those of `present` that only come back unchanged left out."""
        sent = {
            "name": self.name,
            "strategy": self.schedule_strategy,
            "parameters": self.parameters,
            "priority": self.priority,
            "active": self.active,
        }
        given = {name: value for name, value in sent.items() if value is not None}
        if self.cron is not None and (present is None or " ".join(self.cron.split()) != cron_of(present)):
            # This dialect knows no time zones.
            given |= {"cron": self.cron, "timezone": "UTC"}
        return given


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A schedule. `cron` is read in `timezone`, which is UTC for all that this dialect made."""

    id: int
    name: str
    activity_label: str
    activity_name: str
    organization_label: str
    repository_label: str
    cron: str
    timezone: str
    schedule_strategy: str
    parameters: dict[str, Any]
    priority: int | None
    active: bool
    next_execution: str | None
    last_execution: str | None
    last_task_id: int | None
    date_creation: str
    date_last_modified: str

    @classmethod
    def of(cls, found: Schedule, workspace: str) -> ScheduleView:
        """Return what clients see of a schedule of the workspace with that label."""
        return cls(
            id=found.id,
            name=found.name,
            activity_label=found.automation,
            activity_name=found.automation_name,
            organization_label=workspace,
            repository_label=found.folder,
            cron=cron_of(found),
            timezone=found.timezone if found.cron is not None else "UTC",
            schedule_strategy=found.strategy,
            parameters=found.parameters,
            priority=found.priority,
            active=found.active,
            next_execution=_date(found.next_at),
            last_execution=_date(found.last_at),
            last_task_id=found.last_task_id,
            date_creation=clock.iso(found.created_at),
            date_last_modified=clock.iso(found.updated_at),
        )


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A workspace."""

    id: int
    label: str
    name: str
    organization_label: str
    active: bool = True
    date_creation: str

    @classmethod
    def of(cls, found: Workspace) -> WorkspaceView:
        """Return what clients see of a workspace."""
        return cls(
            id=found.id,
            label=found.label,
            name=found.name,
            organization_label=found.label,
            date_creation=clock.iso(found.created_at),
        )


def cron_of(schedule: Schedule) -> str:
    """Return when a schedule fires as a cron expression; a single moment as one whose year is fixed."""
    if schedule.cron is not None:
        return schedule.cron
    moment = clock.to_datetime(schedule.once_at or 0).astimezone(UTC)
    return f"{moment.second} {moment.minute} {moment.hour} {moment.day} {moment.month} ? {moment.year}"


def _date(moment: int | None) -> str | None:
    return None if moment is None else clock.iso(moment)
