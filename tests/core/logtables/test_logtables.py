from __future__ import annotations

import asyncio
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, StaleLease
from botyard.core import events, logtables
from botyard.core.logtables import Column, LogTable
from botyard.core.tasks import AttemptRef
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace

COLUMNS = (Column(label="order", name="Order"), Column(label="sum", name="Sum", width=50))


def declare(
    tx: Tx,
    workspace: Workspace,
    label: str = "nightly",
    columns: tuple[Column, ...] = COLUMNS,
    *,
    attempt: AttemptRef | None = None,
) -> LogTable:
    return logtables.create(
        tx, workspace_id=workspace.id, label=label, columns=columns, actor="key:ci", now=NOW, attempt=attempt
    )


def add(
    tx: Tx,
    workspace: Workspace,
    content: dict[str, Any],
    *,
    label: str = "nightly",
    now: int = NOW,
    attempt: AttemptRef | None = None,
) -> logtables.LogRow:
    return logtables.append(
        tx, workspace_id=workspace.id, label=label, content=content, actor="key:ci", now=now, attempt=attempt
    )


def delete(tx: Tx, workspace: Workspace, label: str = "nightly") -> None:
    logtables.delete(tx, workspace_id=workspace.id, label=label, actor="user:ann", now=NOW)


def contents(tx: Tx, table: LogTable, **narrowed: Any) -> list[dict[str, Any]]:
    return [row.content for row in logtables.rows(tx, table=table, **narrowed)]


async def test_a_table_is_declared_once_however_often_it_is_declared(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        first = declare(tx, workspace)
        assert (first.label, first.folder, first.columns) == ("nightly", "DEFAULT", COLUMNS)
        wider = (Column(label="order", name="Order", width=500), COLUMNS[1])
        assert declare(tx, workspace, columns=wider) == first
        for other in (COLUMNS[:1], COLUMNS[::-1], (COLUMNS[0], Column(label="sum", name="Total"))):
            with pytest.raises(AlreadyExists, match="order, sum"):
                declare(tx, workspace, columns=other)
        told = events.list_for(tx, workspace_id=workspace.id, entity="logtable", entity_id=str(first.id))
        assert [event.kind for event in told] == ["logtable.created"]

    await db.write(write)


async def test_two_bots_that_declare_at_the_same_moment_get_the_same_table(db: Database) -> None:
    workspace = await db.write(make_workspace)
    made = await asyncio.gather(*(db.write(declare, workspace) for _ in range(8)))
    assert len({table.id for table in made}) == 1


@pytest.mark.parametrize(
    ("label", "columns"),
    [
        ("", COLUMNS),
        ("a/b", COLUMNS),
        ("..", COLUMNS),
        ("a\nb", COLUMNS),
        ("x" * 256, COLUMNS),
        ("a", ()),
        ("a", (COLUMNS[0], COLUMNS[0])),
        ("a", (Column(label="", name="x"),)),
        ("a", (Column(label="x", name="x", width=-1),)),
        ("a", tuple(Column(label=str(number), name="x") for number in range(201))),
    ],
)
async def test_what_cannot_be_a_table_is_refused(db: Database, label: str, columns: tuple[Column, ...]) -> None:
    workspace = await db.write(make_workspace)
    with pytest.raises(Invalid):
        await db.write(declare, workspace, label, columns)


async def test_rows_keep_what_they_had_and_read_with_every_column(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        table = declare(tx, workspace)
        add(tx, workspace, {"order": "A\0", "sum": 12.5})
        add(tx, workspace, {"extra": {"deep": [1, None]}, "order": None})
        assert contents(tx, table) == [
            {"order": "A\0", "sum": 12.5},
            {"order": None, "sum": "", "extra": {"deep": [1, None]}},
        ]
        with pytest.raises(NotFound, match="nightly"):
            add(tx, workspace, {}, label="nightli")
        with pytest.raises(Invalid) as refused:
            add(tx, workspace, {"order": "x" * 300_000})
        assert refused.value.code == "too_large"

    await db.write(write)


async def test_rows_are_read_in_their_order_page_by_page_and_by_age(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        table = declare(tx, workspace)
        for number in range(5):
            add(tx, workspace, {"order": number}, now=NOW + number // 2)
        read = list[Any]()
        after = (0, 0)
        while page := logtables.rows(tx, table=table, after=after, limit=2):
            read += [row.content["order"] for row in page]
            after = (page[-1].created_at, page[-1].id)
        assert read == [0, 1, 2, 3, 4]
        assert [content["order"] for content in contents(tx, table, since=NOW + 1)] == [2, 3, 4]
        latest = logtables.rows_latest(tx, table=table, limit=2)
        assert [row.content["order"] for row in latest] == [4, 3]
        rest = logtables.rows_latest(tx, table=table, before=(latest[-1].created_at, latest[-1].id))
        assert [row.content["order"] for row in rest] == [2, 1, 0]

    await db.write(write)


async def test_a_deleted_table_is_gone_with_its_rows_and_its_label_is_free(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        old = declare(tx, workspace)
        add(tx, workspace, {"order": 1})
        delete(tx, workspace)
        with pytest.raises(NotFound):
            delete(tx, workspace)
        with pytest.raises(NotFound):
            add(tx, workspace, {"order": 2})
        assert contents(tx, old) == []
        assert contents(tx, declare(tx, workspace, columns=COLUMNS[:1])) == []

    await db.write(write)


async def test_a_big_table_goes_bit_by_bit(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        table = declare(tx, workspace)
        for number in range(5):
            add(tx, workspace, {"order": number})
        logtables.delete(tx, workspace_id=workspace.id, label="nightly", actor="user:ann", now=NOW, at_once=2)
        assert logtables.search(tx, workspace_id=workspace.id) == []
        assert len(contents(tx, table)) == 3
        declare(tx, workspace)
        assert logtables.prune(tx, before=NOW, limit=2) == 2
        assert logtables.prune(tx, before=NOW, limit=2) == 1
        assert logtables.prune(tx, before=NOW, limit=2) == 0

    await db.write(write)


async def test_old_rows_are_deleted_and_the_table_stays(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        table = declare(tx, workspace)
        add(tx, workspace, {"order": 1}, now=NOW)
        add(tx, workspace, {"order": 2}, now=NOW + SECOND)
        assert logtables.prune(tx, before=NOW + SECOND) == 1
        assert [content["order"] for content in contents(tx, table)] == [2]

    await db.write(write)


async def test_an_attempt_that_lost_its_lease_writes_nothing(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        declare(tx, workspace, attempt=attempt)
        assert add(tx, workspace, {"order": 1}, attempt=attempt).task_id == task.id
        lose_all(tx)
        with pytest.raises(StaleLease):
            add(tx, workspace, {"order": 2}, attempt=attempt)
        with pytest.raises(StaleLease):
            declare(tx, workspace, "late", attempt=attempt)

    await db.write(write)


async def test_tables_of_another_workspace_are_not_there(db: Database) -> None:
    def write(tx: Tx) -> None:
        mine, theirs = make_workspace(tx), make_workspace(tx)
        declare(tx, theirs)
        declare(tx, theirs, "100%_done".replace("%", "."))
        assert logtables.find(tx, workspace_id=mine.id, label="nightly") is None
        assert logtables.search(tx, workspace_id=mine.id) == []
        assert [table.label for table in logtables.search(tx, workspace_id=theirs.id, text="_")] == ["100._done"]

    await db.write(write)


def test_the_file_holds_no_formula() -> None:
    columns = (Column(label="a", name="=A"), Column(label="b", name='B, "b"'))
    values = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", "a\nb", -1.5, 10**20, True, None, {"k": [1]}]
    rows = [
        logtables.LogRow(id=1, content={"a": value, "b": ""}, task_id=None, created_at=NOW, created_by="x")
        for value in values
    ]
    text = (logtables.csv_head(columns) + logtables.csv_rows(columns, rows)).decode()
    assert text.startswith('\'=A,"B, ""b""",dateCreation\r\n\'=1+1,,2023-11-14T22:13:20.000+00:00\r\n\'+1,')
    firsts = [line.split(",")[0] for line in text.replace("a\nb", "a b").replace("\rx", "CRx").split("\r\n")[1:-1]]
    assert firsts[2:5] == ["'-1", "'@x", "'\tx"]
    assert firsts[8:12] == ["-1.5", "100000000000000000000", "true", ""]
