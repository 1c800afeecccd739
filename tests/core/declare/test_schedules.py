"""Schedules in a workspace file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.clock import DAY, parse
from botyard.base.exceptions import Invalid
from botyard.core import declare, schedules
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

SOURCE = Source(file="ws.yaml", lines={"schedules": 4, "schedules[0]": 5, "schedules[0].cron": 6})
NIGHTLY = {"automation": "TestCI", "cron": "0 2 * * *", "timezone": "Europe/Warsaw", "overlap": "skip"}
AUTOMATIONS = [{"label": "TestCI", "parameters": [{"name": "Days", "type": "int"}]}]


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


async def apply(db: Database, workspace_id: int, entry: dict[str, Any], *, now: int = NOW) -> list[Change]:
    document = declare.read({"automations": AUTOMATIONS, "schedules": [entry]}, SOURCE)
    return await db.write(
        declare.apply,
        workspace_id=workspace_id,
        document=document,
        root_keys=RootKeys(Path("unused.key")),
        actor="user:ann",
        now=now,
    )


async def test_a_schedule_is_made_once_with_its_automation(db: Database, workspace_id: int) -> None:
    changes = await apply(db, workspace_id, NIGHTLY)
    assert [(change.action, change.kind) for change in changes] == [("create", "automation"), ("create", "schedule")]
    assert await apply(db, workspace_id, {**NIGHTLY, "cron": "0  2 * * *"}) == []
    (made,) = await db.read(schedules.search, workspace_id=workspace_id)
    assert (made.cron, made.timezone, made.catch_up) == ("0 2 * * *", "Europe/Warsaw", "last")


async def test_another_policy_changes_it_and_another_time_makes_another(db: Database, workspace_id: int) -> None:
    await apply(db, workspace_id, NIGHTLY)
    (change,) = await apply(db, workspace_id, {**NIGHTLY, "catch_up": "none"})
    assert (change.action, change.fields) == ("update", {"catch_up": ("last", "none")})
    (change,) = await apply(db, workspace_id, {**NIGHTLY, "cron": "0 3 * * *"})
    assert change.action == "create"


async def test_a_named_schedule_keeps_its_name_when_its_time_changes(db: Database, workspace_id: int) -> None:
    await apply(db, workspace_id, {**NIGHTLY, "name": "night"})
    (change,) = await apply(db, workspace_id, {**NIGHTLY, "name": "night", "cron": "30 3 * * *"})
    assert (change.action, change.fields) == ("update", {"cron": ("0 2 * * *", "30 3 * * *")})


async def test_one_moment_that_was_fired_is_left_alone(db: Database, workspace_id: int) -> None:
    entry = {"automation": "TestCI", "once_at": "2023-11-15T00:00:00Z", "active": True}
    await apply(db, workspace_id, entry)
    await db.write(schedules.tick, now=parse("2023-11-15T00:00:01Z"))
    assert await apply(db, workspace_id, entry, now=NOW + 2 * DAY) == []


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ([], "must hold keys"),
        ({"cron": "0 2 * * *"}, "needs the label"),
        ({**NIGHTLY, "cron": "61 * * * *"}, "ws.yaml:6: schedules\\[0\\].cron: .* is not a cron"),
        ({**NIGHTLY, "cron": 5}, "must be a text"),
        ({**NIGHTLY, "timezone": "Mars/Base"}, "not a time zone"),
        ({**NIGHTLY, "overlap": "maybe"}, "overlap"),
        ({**NIGHTLY, "crom": 1}, "not known"),
        ({**NIGHTLY, "once_at": "2030-01-01"}, "or one moment"),
        ({**NIGHTLY, "automation": "Nope"}, "no automation"),
        ({**NIGHTLY, "active": "yes"}, "true or false"),
        ({**NIGHTLY, "parameters": {"days": "x"}}, "ws.yaml:5: schedules\\[0\\].*Days: Parameter .* must be a whole"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_its_line(db: Database, workspace_id: int, entry: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        await apply(db, workspace_id, entry)
    assert await db.read(schedules.search, workspace_id=workspace_id) == []
