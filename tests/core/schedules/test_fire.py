"""Schedules: exactly one task a firing, and a word about each that starts none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from botyard.base.clock import DAY, HOUR, MINUTE, parse
from botyard.base.exceptions import BotyardError, Invalid, NotFound
from botyard.core import automations, schedules, tasks
from botyard.core.schedules import Schedule
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import SECOND, deploy, make_workspace

NOW = parse("2026-05-04T08:00:00Z")


class Yard:
    """A workspace with one automation."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.workspace: Workspace = make_workspace(tx)
        deploy(tx, self.workspace, automation="nightly")

    def schedule(self, **fields: Any) -> Schedule:
        values = {"cron": "0 * * * *", **fields}
        return schedules.create(
            self.tx, workspace_id=self.workspace.id, automation="nightly", fields=values, actor="user:ann", now=NOW
        )

    def read(self, schedule: Schedule) -> Schedule:
        return schedules.get(self.tx, workspace_id=self.workspace.id, schedule_id=schedule.id)

    def tick(self, now: int) -> schedules.Fired:
        return schedules.tick(self.tx, now=now)

    def started(self) -> list[tasks.Task]:
        return tasks.search(self.tx, workspace_id=self.workspace.id)[::-1]

    def verdicts(self, schedule: Schedule) -> list[str]:
        found = schedules.firings_of(self.tx, workspace_id=self.workspace.id, schedule_id=schedule.id)
        return [firing.verdict for firing in reversed(found)]

    def end(self, task: tasks.Task) -> None:
        tasks.cancel(self.tx, workspace_id=self.workspace.id, task_id=task.id, actor="user:ann", now=NOW)


class TestTick:
    async def test_starts_one_task_when_the_time_has_come_and_not_before(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(parameters={"full": True}, priority=7)
            assert schedule.next_at == NOW + HOUR
            assert yard.tick(NOW + HOUR - 1).started == 0
            assert yard.tick(NOW + HOUR).started == 1
            assert yard.tick(NOW + HOUR + SECOND).started == 0
            (task,) = yard.started()
            assert (task.parameters, task.priority, task.created_by) == ({"full": True}, 7, schedule.actor)
            after = yard.read(schedule)
            assert (after.next_at, after.last_at, after.last_task_id) == (NOW + 2 * HOUR, NOW + HOUR, task.id)

        await db.write(scenario)

    async def test_one_moment_fires_once_and_then_rests(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(cron=None, once_at=NOW + MINUTE)
            assert yard.tick(NOW + MINUTE + SECOND).started == 1
            after = yard.read(schedule)
            assert (after.active, after.next_at) == (False, None)
            assert yard.tick(NOW + DAY).started == 0

        await db.write(scenario)

    @pytest.mark.parametrize(
        ("overlap", "started", "verdicts"),
        [("skip", 1, ["started", "skipped"]), ("queue", 2, ["started"] * 2), ("replace", 2, ["started"] * 2)],
    )
    async def test_overlap_is_skipped_queued_or_replaces(
        self, db: Database, overlap: str, started: int, verdicts: list[str]
    ) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(overlap=overlap)
            yard.tick(NOW + HOUR)
            yard.tick(NOW + 2 * HOUR)
            assert len(yard.started()) == started
            assert yard.verdicts(schedule) == verdicts
            first = yard.started()[0]
            assert (first.state == "cancelled") == (overlap == "replace")

        await db.write(scenario)

    async def test_a_skipped_firing_does_not_stop_the_next_one(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            yard.schedule()
            yard.tick(NOW + HOUR)
            yard.tick(NOW + 2 * HOUR)
            yard.end(yard.started()[0])
            assert yard.tick(NOW + 3 * HOUR).started == 1

        await db.write(scenario)

    @pytest.mark.parametrize(
        ("policy", "started", "verdicts"),
        [
            ("none", 0, ["missed"]),
            ("last", 1, ["missed", "started"]),
            ("all", 3, ["missed", "started", "started", "started"]),
        ],
    )
    async def test_what_was_due_without_a_server_follows_the_policy(
        self, db: Database, policy: str, started: int, verdicts: list[str]
    ) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(catch_up=policy, catch_up_cap=3, overlap="queue")
            yard.tick(NOW + 7 * HOUR + 30 * MINUTE)
            assert len(yard.started()) == started
            assert yard.verdicts(schedule) == verdicts
            assert yard.read(schedule).next_at == NOW + 8 * HOUR

        await db.write(scenario)

    async def test_a_schedule_of_every_second_catches_up_without_computing_a_month(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(cron="* * * * * *", catch_up="all", catch_up_cap=5, overlap="queue")
            now = NOW + 30 * DAY
            yard.tick(now)
            found = schedules.firings_of(tx, workspace_id=yard.workspace.id, schedule_id=schedule.id, limit=200)
            assert len([firing for firing in found if firing.verdict == "started"]) == 5 + 61

        await db.write(scenario)

    async def test_a_schedule_that_cannot_fire_is_paused_and_the_others_go_on(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            broken, good = yard.schedule(), yard.schedule(overlap="queue")
            tx.run(_broken_zone(), schedule_id=broken.id)
            fired = yard.tick(NOW + HOUR)
            assert (fired.started, fired.failed) == (1, 1)
            after = yard.read(broken)
            assert (after.active, "Nowhere" in (after.error or "")) == (False, True)
            assert yard.read(good).next_at == NOW + 2 * HOUR

        await db.write(scenario)

    async def test_a_paused_schedule_rests_and_makes_up_for_nothing(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule()
            where: dict[str, Any] = {"workspace_id": yard.workspace.id, "schedule_id": schedule.id, "actor": "user:ann"}
            schedules.pause(tx, paused=True, now=NOW, **where)
            assert yard.tick(NOW + DAY).started == 0
            resumed = schedules.pause(tx, paused=False, now=NOW + DAY, **where)
            assert resumed.next_at == NOW + DAY + HOUR

        await db.write(scenario)

    async def test_run_now_starts_a_task_beside_the_plan(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(parameters={"x": 1})
            task = schedules.run_now(
                tx, workspace_id=yard.workspace.id, schedule_id=schedule.id, actor="user:ann", now=NOW
            )
            assert (task.parameters, task.created_by) == ({"x": 1}, "user:ann")
            assert yard.read(schedule).next_at == NOW + HOUR

        await db.write(scenario)


class TestTwoServers:
    async def test_each_firing_starts_one_task_when_two_servers_tick_at_once(
        self, database_url: str | None, data: Path, tmp_path: Path
    ) -> None:
        if database_url is None:
            first = second = await Database.open(None, data=data)
        else:
            first, second = [await Database.open(database_url, data=tmp_path / name) for name in ("a", "b")]

        def prepare(tx: Tx) -> Workspace:
            yard = Yard(tx)
            for _ in range(20):
                yard.schedule(overlap="queue", cron="*/10 * * * *")
            return yard.workspace

        try:
            workspace = await first.write(prepare)
            for step in range(1, 6):
                now = NOW + step * 10 * MINUTE
                await asyncio.gather(*(db.write(schedules.tick, now=now) for db in (first, second, first, second)))
            _, total = await first.read(tasks.page, workspace_id=workspace.id, offset=0, limit=1)
            assert total == 100
        finally:
            await first.close()
            if second is not first:
                await second.close()


class TestChange:
    @pytest.mark.parametrize(
        "fields",
        [
            {"cron": "61 * * * *"},
            {"cron": "0 0 2 1 1 ? 2025"},
            {"cron": None, "once_at": NOW - 1},
            {"cron": None},
            {"once_at": NOW + HOUR},
            {"timezone": "Mars/Base"},
            {"overlap": "maybe"},
            {"catch_up": "some"},
            {"catch_up_cap": 0},
            {"priority": 11},
            {"priority": True},
            {"parameters": [1]},
            {"parameters": {"x": "y" * 300_000}},
            {"colour": "red"},
        ],
        ids=lambda fields: repr(fields)[:60],
    )
    async def test_what_cannot_be_is_refused(self, db: Database, fields: dict[str, Any]) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            with pytest.raises(Invalid):
                yard.schedule(**fields)

        await db.write(scenario)

    async def test_a_change_of_one_field_keeps_the_others_and_plans_anew(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(parameters={"x": 1}, timezone="Europe/Warsaw")
            where: dict[str, Any] = {
                "workspace_id": yard.workspace.id,
                "schedule_id": schedule.id,
                "actor": "user:ann",
                "now": NOW,
            }
            changed = schedules.update(tx, fields={"cron": "30 2 * * *"}, **where)
            assert (changed.parameters, changed.timezone) == ({"x": 1}, "Europe/Warsaw")
            assert changed.next_at == parse("2026-05-05T00:30:00Z")
            moment = schedules.update(tx, fields={"once_at": NOW + DAY}, **where)
            assert (moment.cron, moment.next_at) == (None, NOW + DAY)

        await db.write(scenario)

    async def test_a_foreign_schedule_looks_like_one_that_never_was(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard, other = Yard(tx), make_workspace(tx)
            schedule = yard.schedule()
            for schedule_id in (schedule.id, 10**15):
                with pytest.raises(NotFound, match=f"Schedule {schedule_id} does not exist"):
                    schedules.delete(tx, workspace_id=other.id, schedule_id=schedule_id, actor="x", now=NOW)

        await db.write(scenario)

    async def test_an_unknown_automation_is_refused(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            workspace = make_workspace(tx)
            with pytest.raises(BotyardError):
                schedules.create(
                    tx, workspace_id=workspace.id, automation="none", fields={"cron": "@daily"}, actor="x", now=NOW
                )

        await db.write(scenario)

    async def test_pages_list_the_newest_first_and_filter_by_automation(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            made = [yard.schedule().id for _ in range(3)]
            page, total = schedules.page(tx, workspace_id=yard.workspace.id, offset=1, limit=1)
            assert ([schedule.id for schedule in page], total) == ([made[1]], 3)
            assert schedules.search(tx, workspace_id=yard.workspace.id, automation="other") == []

        await db.write(scenario)


def _broken_zone() -> Any:
    from botyard.storage.sql import compile_query

    return compile_query("UPDATE schedules SET timezone = 'Nowhere/Land' WHERE id = :schedule_id")


class TestParameters:
    async def test_wrong_types_are_refused_when_the_schedule_is_made(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            declare(yard, {"name": "Days", "type": "int"})
            with pytest.raises(Invalid, match='"Days" must be a whole number'):
                yard.schedule(parameters={"days": "many"})
            schedule = yard.schedule(parameters={"days": "3"})
            yard.tick(NOW + HOUR)
            assert (schedule.parameters, yard.started()[0].parameters) == ({"days": "3"}, {"Days": 3})

        await db.write(scenario)

    async def test_a_schedule_whose_automation_changed_pauses_and_says_why(self, db: Database) -> None:
        def scenario(tx: Tx) -> None:
            yard = Yard(tx)
            schedule = yard.schedule(parameters={"days": "many"})
            declare(yard, {"name": "Days", "type": "int"})
            assert yard.tick(NOW + HOUR).failed == 1
            paused = yard.read(schedule)
            assert (paused.active, yard.started()) == (False, [])
            assert '"Days" must be a whole number' in str(paused.error)

        await db.write(scenario)


def declare(yard: Yard, *parameters: dict[str, Any]) -> None:
    """Declare the parameters of the yard's automation."""
    automations.update(
        yard.tx,
        workspace_id=yard.workspace.id,
        label="nightly",
        fields={"parameters": list(parameters)},
        actor="user:ann",
        now=NOW,
    )
