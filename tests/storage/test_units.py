"""Units of work: what `Database` promises on every backend."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence

import pytest

from botyard.base.exceptions import AlreadyExists, Busy, Invalid, NotFound
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from botyard.storage.wakeups import ALL
from tests.storage.operations import (
    LABELS,
    RENAME,
    Refused,
    add,
    add_then_refuse,
    count,
    find,
    labels,
    rename,
    turn,
)


def hold(tx: Tx, entered: threading.Event, leave: threading.Event) -> None:
    """Keep a writer busy, so that what is submitted meanwhile waits together."""
    entered.set()
    assert leave.wait(10)


class Held:
    """Every writer of a database is busy inside the block."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.leave = threading.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        for _ in range(self.writers):
            entered = threading.Event()
            self.tasks.append(asyncio.create_task(self.db.write(hold, entered, self.leave)))
            assert await asyncio.to_thread(entered.wait, 10)

    async def __aexit__(self, *_: object) -> None:
        self.leave.set()
        await asyncio.gather(*self.tasks)

    @property
    def writers(self) -> int:
        return len(self.db._store.writing._threads)


class TestWrite:
    async def test_returns_what_the_operation_returns(self, db: Database) -> None:
        made = await db.write(add, "a", name="Alpha")
        assert await db.read(find, "a") == {"id": made, "label": "a", "name": "Alpha", "created_at": 1}

    async def test_is_visible_to_reads_after_it_returned(self, db: Database) -> None:
        for number in range(50):
            await db.write(add, f"w{number:02}")
            assert (await db.read(labels))[-1] == f"w{number:02}"

    async def test_undoes_only_the_call_that_raises(self, db: Database) -> None:
        async with Held(db):
            calls: list[asyncio.Task[object]] = [
                asyncio.create_task(db.write(add_then_refuse if number % 3 == 0 else add, f"n{number}"))
                for number in range(9)
            ]
            await turn()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(outcome).__name__ for outcome in outcomes] == ["Refused", "int", "int"] * 3
        assert await db.read(labels) == ["n1", "n2", "n4", "n5", "n7", "n8"]

    async def test_undoes_only_the_call_whose_statement_is_refused(self, db: Database) -> None:
        await db.write(add, "taken")
        async with Held(db):
            calls = [asyncio.create_task(db.write(add, label)) for label in ("b", "taken", "c")]
            await turn()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(outcomes[1], AlreadyExists)
        assert await db.read(labels) == ["b", "c", "taken"]

    async def test_counts_the_rows_that_a_statement_changed(self, db: Database) -> None:
        await db.write(add, "a")
        assert await db.write(rename, "a", "new") == 1
        assert await db.write(rename, "nobody", "new") == 0

    async def test_counts_the_rows_of_a_statement_that_begins_with_a_cte(self, db: Database) -> None:
        statement = compile_query(
            "WITH chosen AS (SELECT id FROM workspaces) UPDATE workspaces SET name = :name"
            " WHERE id IN (SELECT id FROM chosen)"
        )
        for label in ("a", "b"):
            await db.write(add, label)
        assert await db.write(lambda tx: tx.run(statement, name="z")) == 2

    async def test_runs_a_statement_for_many_rows(self, db: Database) -> None:
        await db.write(add, "a")
        await db.write(add, "b")
        rows = [{"label": "a", "name": "A"}, {"label": "b", "name": "B"}]
        await db.write(lambda tx: tx.run_many(RENAME, rows))
        await db.write(lambda tx: tx.run_many(RENAME, []))
        assert [(await db.read(find, label) or {})["name"] for label in ("a", "b")] == ["A", "B"]

    async def test_cannot_hide_a_refused_statement(self, db: Database) -> None:
        await db.write(add, "taken")

        def swallow(tx: Tx) -> str:
            add(tx, "before")
            with contextlib.suppress(AlreadyExists):
                add(tx, "taken")
            return "fine"

        with pytest.raises(AlreadyExists):
            await db.write(swallow)
        assert await db.read(labels) == ["taken"]

    async def test_goes_on_after_a_refusal_in_a_savepoint(self, db: Database) -> None:
        await db.write(add, "taken")
        fired: list[str] = []

        def retry(tx: Tx) -> str:
            add(tx, "before")
            with contextlib.suppress(AlreadyExists), tx.savepoint():
                add(tx, "inside")
                tx.after_commit(lambda: fired.append("inside"))
                add(tx, "taken")
            tx.after_commit(lambda: fired.append("after"))
            add(tx, "after")
            return "fine"

        assert await db.write(retry) == "fine"
        assert await db.read(labels) == ["after", "before", "taken"]
        assert fired == ["after"]

    async def test_survives_callers_that_stop_waiting(self, db: Database) -> None:
        async with Held(db):
            gone = [asyncio.create_task(db.write(add, f"gone{number}")) for number in range(5)]
            stays = asyncio.create_task(db.write(add, "stays"))
            await turn()
            for task in gone:
                task.cancel()
            await asyncio.gather(*gone, return_exceptions=True)
        await stays
        await db.write(add, "later")
        assert await db.read(labels) == ["later", "stays"]

    async def test_never_blocks_the_event_loop(self, db: Database) -> None:
        async with Held(db):
            await asyncio.wait_for(turn(), 1)

    async def test_survives_an_operation_that_exits(self, db: Database) -> None:
        def leave(tx: Tx) -> None:
            add(tx, "a")
            raise SystemExit(3)

        with pytest.raises(RuntimeError, match="SystemExit"):
            await db.write(leave)
        assert await db.read(count) == 0

    async def test_is_refused_at_once_when_too_many_wait(self, db: Database) -> None:
        async with Held(db):
            db._store.writing._capacity = 3
            waiting = [asyncio.create_task(db.write(add, f"q{number}")) for number in range(5)]
            await turn()
            refused = [task for task in waiting if task.done()]
            assert [type(task.exception()) for task in refused] == [Busy, Busy]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(outcome, int) for outcome in outcomes) == 3
        assert await db.read(count) == 3

    async def test_is_refused_after_closing(self, db: Database) -> None:
        await db.close()
        with pytest.raises(Busy):
            await db.write(add, "late")


class TestValues:
    @pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**400])
    async def test_numbers_that_do_not_fit_are_invalid(self, db: Database, value: int) -> None:
        statement = compile_query("INSERT INTO workspaces (label, name, created_at) VALUES ('a', 'a', :value)")
        with pytest.raises(Invalid):
            await db.write(lambda tx: tx.run(statement, value=value))
        assert await db.write(add, "b")

    async def test_halves_of_surrogate_pairs_are_invalid(self, db: Database) -> None:
        with pytest.raises(Invalid):
            await db.write(add, "\ud800")

    async def test_zero_characters_are_invalid(self, db: Database) -> None:
        with pytest.raises(Invalid):
            await db.write(add, "a\x00b")

    async def test_a_missing_reference_is_not_found(self, db: Database) -> None:
        statement = compile_query("INSERT INTO memberships (workspace_id, user_id, role) VALUES (1, 1, 'viewer')")
        with pytest.raises(NotFound):
            await db.write(lambda tx: tx.run(statement))

    async def test_a_value_out_of_its_range_is_invalid(self, db: Database) -> None:
        await db.write(add, "a")
        statement = compile_query("INSERT INTO memberships (workspace_id, user_id, role) VALUES (1, 1, 'king')")
        with pytest.raises(Invalid):
            await db.write(lambda tx: tx.run(statement))

    async def test_flags_sums_and_percent_signs_are_the_same_on_both(self, db: Database) -> None:
        statement = compile_query(
            "SELECT SUM(n) AS sum, CAST(:flag AS INTEGER) AS flag, '100% :x' AS text, COUNT(*) AS total"
            " FROM (SELECT 3 AS n UNION ALL SELECT 4) AS given WHERE 'a%b' LIKE :pattern"
        )
        row = await db.read(lambda tx: tx.one(statement, flag=True, pattern="a%"))
        assert row == {"sum": 7, "flag": 1, "text": "100% :x", "total": 2}
        assert row is not None
        assert type(row["sum"]) is int


class TestRead:
    async def test_cannot_write(self, db: Database) -> None:
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            await db.read(add, "a")
        assert await db.read(count) == 0

    async def test_raises_what_the_operation_raises(self, db: Database) -> None:
        def refuse(tx: Tx) -> None:
            raise Refused

        with pytest.raises(Refused):
            await db.read(refuse)

    async def test_goes_on_while_writers_are_busy(self, db: Database) -> None:
        async with Held(db):
            assert await asyncio.wait_for(db.read(labels), 5) == []


class TestAfterCommit:
    async def test_runs_in_the_loop_before_the_caller_goes_on(self, db: Database) -> None:
        fired: list[threading.Thread] = []

        def work(tx: Tx) -> None:
            tx.after_commit(lambda: fired.append(threading.current_thread()))
            add(tx, "a")
            assert not fired

        await db.write(work)
        assert fired == [threading.current_thread()]

    async def test_does_not_run_for_a_call_that_raises(self, db: Database) -> None:
        fired: list[str] = []

        def work(tx: Tx, label: str) -> None:
            tx.after_commit(lambda: fired.append(label))
            tx.wake(label)
            if label == "bad":
                raise Refused

        heard: list[str] = []
        db.wakeups.listen(heard.append)
        async with Held(db):
            calls = [asyncio.create_task(db.write(work, label)) for label in ("good", "bad", "fine")]
            await turn()
        await asyncio.gather(*calls, return_exceptions=True)
        assert sorted(fired) == ["fine", "good"]
        # A listener that has just connected says that earlier signals may have been missed.
        assert sorted(topic for topic in heard if topic != ALL) == ["fine", "good"]

    async def test_a_hook_that_fails_harms_nobody(self, db: Database) -> None:
        def work(tx: Tx) -> str:
            tx.after_commit(lambda: 1 / 0)  # type: ignore[arg-type]
            return "done"

        assert await db.write(work) == "done"


class TestWriteSet:
    async def test_runs_waiting_items_in_one_call(self, db: Database) -> None:
        sizes: list[int] = []
        entered, leave = threading.Event(), threading.Event()

        def add_many(tx: Tx, items: list[str]) -> list[int]:
            sizes.append(len(items))
            if "first" in items:
                hold(tx, entered, leave)
            return [add(tx, label) for label in items]

        first = asyncio.create_task(db.write_set(add_many, "first"))
        assert await asyncio.to_thread(entered.wait, 10)
        rest = [asyncio.create_task(db.write_set(add_many, f"s{number}")) for number in range(20)]
        await turn()
        leave.set()
        made = await asyncio.gather(first, *rest)
        assert sizes == [1, 20]
        assert len(set(made)) == 21
        assert await db.read(count) == 21

    async def test_raises_an_exception_in_the_results_to_its_caller_only(self, db: Database) -> None:
        def add_even(tx: Tx, items: list[int]) -> Sequence[int | Exception]:
            return [add(tx, f"e{item}") if item % 2 == 0 else Refused(item) for item in items]

        outcomes = await asyncio.gather(*(db.write_set(add_even, item) for item in range(6)), return_exceptions=True)
        assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True] * 3
        assert await db.read(labels) == ["e0", "e2", "e4"]

    async def test_falls_back_to_one_by_one_when_the_set_fails(self, db: Database) -> None:
        await db.write(add, "taken")

        def add_many(tx: Tx, items: list[str]) -> list[int]:
            return [add(tx, label) for label in items]

        wanted = ["a", "taken", "b", "c"]
        outcomes = await asyncio.gather(*(db.write_set(add_many, label) for label in wanted), return_exceptions=True)
        assert [isinstance(outcome, AlreadyExists) for outcome in outcomes] == [False, True, False, False]
        assert await db.read(labels) == ["a", "b", "c", "taken"]

    async def test_keeps_hooks_of_the_run_that_counted(self, db: Database) -> None:
        fired: list[str] = []

        def work(tx: Tx, items: list[str]) -> list[None]:
            for item in items:
                tx.after_commit(lambda item=item: fired.append(item))  # type: ignore[misc]
                if item == "bad":
                    raise Refused
            return [None for _ in items]

        await asyncio.gather(*(db.write_set(work, item) for item in ("a", "bad", "b")), return_exceptions=True)
        assert sorted(fired) == ["a", "b"]

    async def test_refuses_a_result_list_of_another_length(self, db: Database) -> None:
        def short(tx: Tx, items: list[str]) -> list[int]:
            add(tx, items[0])
            return []

        with pytest.raises(RuntimeError, match="0 results for 1 item"):
            await db.write_set(short, "a")
        assert await db.read(count) == 0

    async def test_different_sets_and_plain_calls_mix(self, db: Database) -> None:
        def add_left(tx: Tx, items: list[str]) -> list[int]:
            return [add(tx, f"left-{label}") for label in items]

        def add_right(tx: Tx, items: list[str]) -> list[int]:
            return [add(tx, f"right-{label}") for label in items]

        calls = [db.write_set(add_left if n % 2 else add_right, str(n)) for n in range(10)]
        plain = [db.write(add, f"plain-{n}") for n in range(10)]
        await asyncio.gather(*calls, *plain)
        assert await db.read(count) == 20

    async def test_a_set_that_fails_leaves_the_sets_beside_it_alone(self, db: Database) -> None:
        entered, leave = threading.Event(), threading.Event()
        fired: list[str] = []

        def wait_many(tx: Tx, items: list[str]) -> list[None]:
            hold(tx, entered, leave)
            return [None for _ in items]

        def add_left(tx: Tx, items: list[str]) -> list[int]:
            tx.after_commit(lambda: fired.append("left"))
            return [add(tx, label) for label in items]

        def add_right(tx: Tx, items: list[str]) -> list[int]:
            tx.after_commit(lambda: fired.append("right"))
            return [add(tx, label) for label in items]

        await db.write(add, "taken")
        first = asyncio.create_task(db.write_set(wait_many, "first"))
        assert await asyncio.to_thread(entered.wait, 10)
        left = [asyncio.create_task(db.write_set(add_left, label)) for label in ("l1", "taken", "l2")]
        right = [asyncio.create_task(db.write_set(add_right, label)) for label in ("r1", "r2")]
        await turn()
        leave.set()
        outcomes = await asyncio.gather(first, *left, *right, return_exceptions=True)
        assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", "int", "AlreadyExists", *["int"] * 3]
        assert await db.read(labels) == ["l1", "l2", "r1", "r2", "taken"]
        assert fired == ["left", "left", "right"]


class TestThreads:
    @pytest.mark.parametrize("kind", ["read", "write"])
    async def test_one_that_ends_by_a_fault_leaves_nobody_waiting(
        self, db: Database, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        def fault(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr(db._store, f"_{kind}", fault)
        with pytest.raises(Busy) as refusal:
            await (db.read(count) if kind == "read" else db.write(add, "a"))
        assert refusal.value.code == "storage_failed"
        await asyncio.wait_for(db.failed.wait(), 5)
        with pytest.raises(Busy):
            await (db.read(count) if kind == "read" else db.write(add, "b"))


class TestLists:
    async def test_named_columns_come_in_the_order_asked(self, db: Database) -> None:
        await db.write(add, "a")
        rows = await db.read(lambda tx: tx.all(LABELS))
        assert rows == [{"label": "a"}]
