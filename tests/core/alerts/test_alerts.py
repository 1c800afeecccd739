from __future__ import annotations

import pytest

from botyard.base.exceptions import Invalid, NotFound, StaleLease
from botyard.core import alerts, events
from botyard.core.alerts import Alert, Level
from botyard.core.tasks import AttemptRef, Task
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace


def raise_alert(
    tx: Tx,
    task: Task,
    *,
    level: Level = Level.WARN,
    title: str = "Bad invoice",
    message: str = "No VAT number",
    now: int = NOW,
    attempt: AttemptRef | None = None,
) -> Alert:
    return alerts.create(
        tx,
        workspace_id=task.workspace_id,
        task_id=task.id,
        level=level,
        title=title,
        message=message,
        actor="key:ci",
        now=now,
        attempt=attempt,
    )


async def test_an_alert_tells_what_a_list_shows(db: Database) -> None:
    def write(tx: Tx) -> Alert:
        return raise_alert(tx, make_task(tx, make_workspace(tx)))

    alert = await db.write(write)
    assert (alert.level, alert.title, alert.message) == (Level.WARN, "Bad invoice", "No VAT number")
    assert (alert.automation, alert.automation_name, alert.folder) == ("billing", "billing", "DEFAULT")
    assert (alert.package, alert.created_at, alert.created_by) == ("billing", NOW, "key:ci")


async def test_an_alert_is_an_event_of_its_task(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        alert = raise_alert(tx, task)
        history = events.list_for(tx, workspace_id=task.workspace_id, entity="task", entity_id=str(task.id))
        assert history[-1].kind == "alert.raised"
        assert history[-1].data == {"alert": alert.id, "level": "warn", "title": "Bad invoice"}

    await db.write(write)


async def test_unknown_and_foreign_tasks_are_refused_alike(db: Database) -> None:
    def refuse(tx: Tx) -> None:
        foreign = make_task(tx, make_workspace(tx))
        mine = make_workspace(tx)
        told = []
        for task_id in (foreign.id, foreign.id + 1000):
            with pytest.raises(NotFound) as refused:
                alerts.create(
                    tx,
                    workspace_id=mine.id,
                    task_id=task_id,
                    level=Level.INFO,
                    title="",
                    message="",
                    actor="key:ci",
                    now=NOW,
                )
            told.append(str(refused.value).replace(str(task_id), "N"))
        assert told[0] == told[1]
        with pytest.raises(NotFound):
            alerts.get(tx, workspace_id=mine.id, alert_id=raise_alert(tx, foreign).id)

    await db.write(refuse)


async def test_texts_have_limits_and_lose_only_their_nuls(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        assert raise_alert(tx, task, message="a\0b", title="\0").message == "a\ufffdb"
        with pytest.raises(Invalid):
            raise_alert(tx, task, title="x" * 1001)
        with pytest.raises(Invalid):
            raise_alert(tx, task, message="x" * (alerts.MAX_MESSAGE + 1))

    await db.write(write)


async def test_an_attempt_that_lost_its_lease_raises_nothing(db: Database) -> None:
    def write_late(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        raise_alert(tx, task, attempt=attempt)
        lose_all(tx)
        with pytest.raises(StaleLease):
            raise_alert(tx, task, attempt=attempt)
        assert len(alerts.search(tx, workspace_id=workspace.id, task_id=task.id)) == 1

    await db.write(write_late)


async def test_a_page_is_narrowed_by_level_task_and_time(db: Database) -> None:
    def narrow(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task, other = make_task(tx, workspace), make_task(tx, workspace)
        raise_alert(tx, task, level=Level.ERROR, now=NOW)
        recent = raise_alert(tx, task, level=Level.ERROR, now=NOW + SECOND)
        raise_alert(tx, task, level=Level.INFO, now=NOW + SECOND)
        raise_alert(tx, other, level=Level.ERROR, now=NOW + SECOND)
        found = alerts.page(tx, workspace_id=workspace.id, task_id=task.id, level=Level.ERROR, since=NOW + 1)
        assert found == ([recent], 1)
        assert alerts.page(tx, workspace_id=workspace.id, limit=3)[1] == 4

    await db.write(narrow)


async def test_search_continues_after_a_page(db: Database) -> None:
    def turn_pages(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = [raise_alert(tx, task) for _ in range(3)]
        first = alerts.search(tx, workspace_id=task.workspace_id, limit=2)
        rest = alerts.search(tx, workspace_id=task.workspace_id, before_id=first[-1].id)
        assert [alert.id for alert in first + rest] == [alert.id for alert in reversed(made)]

    await db.write(turn_pages)
