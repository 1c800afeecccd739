from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import Invalid, NotFound, StaleLease
from botyard.core import errors, events, tasks
from botyard.core.errors import ErrorReport, FileKind
from botyard.core.tasks import AttemptRef, Finish, Task
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace

STACK = 'File "bot.py", line 3, in main'
DAY = 86_400 * SECOND


def report(
    tx: Tx,
    task: Task,
    *,
    type: str = "ValueError",  # noqa: A002
    message: str = "no VAT number",
    stack: str | None = STACK,
    tags: dict[str, str] | None = None,
    now: int = NOW,
    attempt: AttemptRef | None = None,
) -> ErrorReport:
    return errors.report(
        tx,
        workspace_id=task.workspace_id,
        task_id=task.id,
        type=type,
        message=message,
        stack=stack,
        language="PYTHON",
        tags=tags or {},
        actor="key:ci",
        now=now,
        attempt=attempt,
    )


def attach(tx: Tx, made: ErrorReport, *, kind: FileKind = FileKind.ATTACHMENT, name: str = "a.txt") -> errors.ErrorFile:
    return errors.attach(
        tx,
        workspace_id=made.workspace_id,
        error_id=made.id,
        kind=kind,
        name=name,
        digest=f"digest of {name}",
        size=3,
        now=NOW,
    )


async def test_a_report_tells_what_a_list_shows(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = report(tx, task, tags={"host": "vm-1"})
        assert (made.automation, made.package, made.package_version) == ("billing", "billing", None)
        assert (made.type, made.message, made.stack, made.tags) == (
            "ValueError",
            "no VAT number",
            STACK,
            {"host": "vm-1"},
        )
        history = events.list_for(tx, workspace_id=task.workspace_id, entity="task", entity_id=str(task.id))
        assert history[-1].kind == "error.reported"
        assert history[-1].data["place"] == "bot.py: main"

    await db.write(write)


async def test_reports_of_one_fault_are_one_group_for_each_automation(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task, other = make_task(tx, workspace), make_task(tx, workspace, automation="other")
        report(tx, task, now=NOW)
        last = report(tx, task, message="no VAT number either", now=NOW + SECOND)
        report(tx, task, type="KeyError", now=NOW + 2 * SECOND)
        report(tx, other, now=NOW + 3 * SECOND)
        groups = errors.search_groups(tx, workspace_id=workspace.id)
        assert [(group.type, group.automation, group.total) for group in groups] == [
            ("ValueError", "other", 1),
            ("KeyError", "billing", 1),
            ("ValueError", "billing", 2),
        ]
        fault = groups[-1]
        assert (fault.first_seen, fault.last_seen, fault.last_task_id) == (NOW, NOW + SECOND, task.id)
        assert (fault.message, fault.place, fault.resolved) == ("no VAT number either", "bot.py: main", False)
        assert errors.search(tx, workspace_id=workspace.id, group_id=fault.id)[0] == last
        found = errors.search_groups(tx, workspace_id=workspace.id, before=(groups[0].last_seen, groups[0].id))
        assert found == groups[1:]
        assert errors.search_groups(tx, workspace_id=workspace.id, text="EITHER", automation="billing") == [fault]
        assert errors.search_groups(tx, workspace_id=workspace.id, text="100%") == []

    await db.write(write)


async def test_a_resolved_fault_opens_again_when_it_returns(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        workspace_id, group_id = task.workspace_id, report(tx, task).group_id
        given: dict[str, Any] = {"workspace_id": workspace_id, "group_id": group_id, "actor": "user:ann", "now": NOW}
        for _ in range(2):
            resolved = errors.resolve(tx, **given)
            assert (resolved.resolved, resolved.resolved_by) == (True, "user:ann")
        assert errors.search_groups(tx, workspace_id=workspace_id) == []
        assert errors.search_groups(tx, workspace_id=workspace_id, resolved=True) == [resolved]
        report(tx, task)
        assert errors.get_group(tx, workspace_id=workspace_id, group_id=group_id).resolved is False
        errors.resolve(tx, **given)
        assert errors.reopen(tx, **given).resolved is False
        told = events.list_for(tx, workspace_id=workspace_id, entity="error", entity_id=str(group_id))
        assert [event.kind for event in told] == [
            "error.resolved",
            "error.returned",
            "error.resolved",
            "error.reopened",
        ]

    await db.write(write)


async def test_files_are_tied_to_a_report_and_a_new_screenshot_replaces_the_old(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = report(tx, task)
        attach(tx, made, kind=FileKind.SCREENSHOT, name="old.png")
        attach(tx, made, name="C:\\x\\piplist.txt")
        attach(tx, made, name="..")
        shot = attach(tx, made, kind=FileKind.SCREENSHOT, name="new.png")
        assert (shot.media_type, shot.task_id) == ("image/png", task.id)
        files = errors.files_of(tx, workspace_id=task.workspace_id, error_id=made.id)
        assert [file.name for file in files] == ["piplist.txt", "attachment", "new.png"]
        assert errors.unreferenced(tx, digests=["digest of old.png", "digest of new.png"]) == {"digest of old.png"}
        for _ in range(48):
            attach(tx, made)
        with pytest.raises(Invalid, match="files already"):
            attach(tx, made)

    await db.write(write)


async def test_foreign_and_unknown_things_are_refused_alike(db: Database) -> None:
    def write(tx: Tx) -> None:
        foreign, mine = make_task(tx, make_workspace(tx)), make_workspace(tx)
        made = report(tx, foreign)
        file = attach(tx, made)
        for refused in (
            lambda: errors.get(tx, workspace_id=mine.id, error_id=made.id),
            lambda: errors.get_file(tx, workspace_id=mine.id, file_id=file.id),
            lambda: errors.get_group(tx, workspace_id=mine.id, group_id=made.group_id),
            lambda: errors.resolve(tx, workspace_id=mine.id, group_id=made.group_id, actor="user:eve", now=NOW),
        ):
            with pytest.raises(NotFound):
                refused()
        assert errors.files_of(tx, workspace_id=mine.id, error_id=made.id) == []
        assert errors.page(tx, workspace_id=mine.id) == ([], 0)

    await db.write(write)


async def test_an_attempt_that_lost_its_lease_reports_nothing(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        made = report(tx, task, attempt=attempt)
        assert made.package_version == "1"
        lose_all(tx)
        with pytest.raises(StaleLease):
            report(tx, task, attempt=attempt)
        with pytest.raises(StaleLease):
            errors.attach(
                tx,
                workspace_id=workspace.id,
                error_id=made.id,
                kind=FileKind.ATTACHMENT,
                name="late",
                digest="d",
                size=1,
                now=NOW,
                attempt=attempt,
            )
        assert errors.search_groups(tx, workspace_id=workspace.id)[0].total == 1

    await db.write(write)


async def test_texts_have_limits_and_lose_only_their_nuls(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = report(tx, task, type="\0", message="a\0b", stack="c\0d", tags={"k\0": "v\0"})
        assert (made.type, made.message, made.stack) == ("\ufffd", "a\ufffdb", "c\ufffdd")
        assert made.tags == {"k\ufffd": "v\ufffd"}
        assert report(tx, task, type=" ", stack="").type == "Error"
        wrongs: tuple[dict[str, Any], ...] = (
            {"type": "x" * 256},
            {"message": "x" * 65_537},
            {"stack": "x" * (512 * 1024 + 1)},
            {"tags": {str(number): "" for number in range(101)}},
        )
        for wrong in wrongs:
            with pytest.raises(Invalid):
                report(tx, task, **wrong)

    await db.write(write)


async def test_reports_go_with_their_task_and_an_empty_group_after_a_while(db: Database) -> None:
    def write(tx: Tx) -> None:
        task = make_task(tx, make_workspace(tx))
        made = report(tx, task)
        attach(tx, made)
        tasks.finish(
            tx,
            workspace_id=task.workspace_id,
            task_id=task.id,
            report=Finish(outcome="failed"),
            attempt=None,
            actor="key:ci",
            now=NOW,
        )
        assert errors.prune(tx, before=NOW + DAY) == 0
        assert tasks.prune(tx, before=NOW + DAY) == 1
        assert errors.search(tx, workspace_id=task.workspace_id) == []
        assert errors.unreferenced(tx, digests=["digest of a.txt"]) == {"digest of a.txt"}
        assert errors.get_group(tx, workspace_id=task.workspace_id, group_id=made.group_id).total == 1
        assert errors.prune(tx, before=NOW) == 0
        assert errors.prune(tx, before=NOW + DAY) == 1

    await db.write(write)


async def test_a_page_is_narrowed_by_automation_task_and_time(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task, other = make_task(tx, workspace), make_task(tx, workspace, automation="other")
        old, new = report(tx, task), report(tx, task, now=NOW + SECOND)
        file = attach(tx, new)
        report(tx, other, now=NOW + SECOND)
        found = errors.page(tx, workspace_id=workspace.id, automation="billing")
        assert found == ([(new, [file]), (old, [])], 2)
        assert errors.page(tx, workspace_id=workspace.id, task_id=task.id, since=NOW + 1)[1] == 1
        assert errors.page(tx, workspace_id=workspace.id, offset=2, limit=1)[1] == 3

    await db.write(write)
