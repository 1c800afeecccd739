"""Alerts, files and faults as the console lists them: by level, automation and words, and how often lately."""

from __future__ import annotations

from typing import Any

from botyard.base.clock import DAY
from botyard.core import alerts, artifacts, errors
from botyard.core.alerts import Level
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_task, make_workspace


async def test_alerts_are_found_by_level_automation_and_words(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        workspace = make_workspace(tx)
        scope: dict[str, Any] = {"workspace_id": workspace.id}
        for automation, level, title in (("a", Level.INFO, "100% done"), ("b", Level.ERROR, "No disk")):
            task = make_task(tx, workspace, automation=automation)
            alerts.create(tx, task_id=task.id, level=level, title=title, message="x", actor="u", now=NOW, **scope)
        filters: list[dict[str, Any]] = [
            {"level": Level.ERROR},
            {"automation": "a"},
            {"text": "100%"},
            {"text": "%"},
            {"text": "NO"},
            {"automation": "b", "level": Level.INFO},
        ]
        return [[each.title for each in alerts.search(tx, **scope, **wanted)] for wanted in filters]

    found = await db.write(scenario)

    assert found == [["No disk"], ["100% done"], ["100% done"], ["100% done"], ["No disk"], []]


async def test_files_are_found_by_automation_and_words(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        workspace = make_workspace(tx)
        scope: dict[str, Any] = {"workspace_id": workspace.id, "actor": "u", "now": NOW}
        for automation, name in (("a", "Report"), ("b", "Picture")):
            task = make_task(tx, workspace, automation=automation)
            made = artifacts.create(tx, task_id=task.id, name=name, file_name=f"{name}.bin", **scope)
            artifacts.attach(tx, artifact_id=made.id, digest="0" * 64, size=1, **scope)
        filters: list[dict[str, Any]] = [{"automation": "b"}, {"text": "report.BIN"}, {"text": "_eport"}]
        return [[each.name for each in artifacts.search(tx, workspace_id=workspace.id, **w)] for w in filters]

    assert await db.write(scenario) == [["Picture"], ["Report"], []]


async def test_a_fault_tells_how_often_it_came_lately(db: Database) -> None:
    def scenario(tx: Tx) -> Any:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        for age in (9, 2, 2, 0):
            made = errors.report(
                tx,
                workspace_id=workspace.id,
                task_id=task.id,
                type="ValueError",
                message="bad",
                stack=None,
                language="PYTHON",
                tags={},
                actor="u",
                now=NOW - age * DAY,
            )
        since = NOW // DAY * DAY - 6 * DAY
        return errors.recent(tx, group_id=made.group_id, since=since, bucket=DAY, count=7)

    assert await db.write(scenario) == [0, 0, 0, 0, 2, 0, 1]
