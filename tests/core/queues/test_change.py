"""Queues themselves: creating, changing, deleting, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import events, queues
from botyard.core.queues import DEFAULTS, Field, Queue
from botyard.storage import Database, Tx
from tests.support.queues import make_queue, pull, push
from tests.support.work import NOW, make_workspace


class TestCreate:
    async def test_fills_in_what_is_not_said(self, db: Database) -> None:
        queue = await db.write(make_queue, label="orders")

        assert queue.name == "orders"
        assert {name: getattr(queue, name) for name in DEFAULTS} == dict(DEFAULTS)

    async def test_keeps_every_field(self, db: Database) -> None:
        fields: dict[str, Any] = {
            "name": "Aufträge",
            "folder": "Finance",
            "automation": "billing",
            "policy": "lifo",
            "auto_retry": False,
            "max_retries": 3,
            "retry_delay_seconds": 60,
            "retry_business": True,
            "abort_on_error": True,
            "max_errors": 5,
            "time_limit_on": True,
            "time_limit_minutes": 30,
            "lease_seconds": 3600,
            "unique_scope": "always",
            "active": False,
        }
        queue = await db.write(make_queue, schema=[{"label": "no", "type": "integer", "unique": True}], **fields)

        assert {name: getattr(queue, name) for name in fields} == fields
        assert queue.schema == [Field(label="no", type="integer", unique=True, display=False)]
        assert await db.read(queues.get, workspace_id=queue.workspace_id, label=queue.label) == queue

    @pytest.mark.parametrize(
        "wrong",
        [
            {"policy": "random"},
            {"policy": None},
            {"trigger": 1},
            {"max_retries": -1},
            {"max_retries": True},
            {"max_retries": 2**70},
            {"auto_retry": 1},
            {"time_limit_minutes": 1.5},
            {"lease_seconds": 0},
            {"unique_scope": "sometimes"},
            {"schema": {}},
            {"schema": [{"type": "text"}]},
            {"schema": [{"label": ""}]},
            {"schema": [{"label": "a", "unique": "yes"}]},
            {"schema": [{"label": "a"}] * 101},
            {"name": ""},
            {"name": 7},
            {"folder": "a\nb"},
            {"automation": ""},
            {"colour": "red"},
        ],
        ids=str,
    )
    async def test_refuses_what_cannot_be_and_names_the_field(self, db: Database, wrong: dict[str, Any]) -> None:
        with pytest.raises(Invalid) as refusal:
            await db.write(make_queue, **wrong)

        assert (refusal.value.field or "").startswith(next(iter(wrong)))

    @pytest.mark.parametrize("label", ["", " ", "a/b", "..", "a\0b", "x" * 101, "what?"])
    async def test_refuses_a_label_that_could_not_be_part_of_an_address(self, db: Database, label: str) -> None:
        with pytest.raises(Invalid):
            await db.write(lambda tx: make_queue(tx, label=label or " "))

    async def test_refuses_a_label_twice_and_one_that_was_deleted(self, db: Database) -> None:
        def scenario(tx: Tx) -> list[str]:
            workspace = make_workspace(tx)
            queue = make_queue(tx, workspace, label="orders")
            make_queue(tx, make_workspace(tx), label="orders")
            messages = []
            for _ in range(2):
                with pytest.raises(AlreadyExists) as refusal:
                    make_queue(tx, workspace, label="orders")
                messages.append(refusal.value.message)
                if len(messages) == 1:
                    queues.delete(tx, workspace_id=queue.workspace_id, label="orders", actor="u", now=NOW)
            return messages

        first, second = await db.write(scenario)

        assert "exists already" in first
        assert "was deleted" in second


class TestUpdate:
    async def test_changes_only_what_is_given_and_tells_from_what_to_what(self, db: Database) -> None:
        def scenario(tx: Tx) -> Any:
            queue = make_queue(tx, max_retries=1, active=False)
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "label": queue.label, "actor": "u"}
            changed = queues.update(tx, **where, now=NOW + 1, max_retries=2, policy="fifo", active=True)
            same = queues.update(tx, **where, now=NOW + 2, max_retries=2)
            told = events.list_for(tx, workspace_id=queue.workspace_id, entity="queue", entity_id=str(queue.id))
            return changed, same, told

        changed, same, told = await db.write(scenario)

        assert (changed.max_retries, changed.active, changed.updated_at) == (2, True, NOW + 1)
        assert same == changed
        assert [event.kind for event in told] == ["queue.created", "queue.activated", "queue.updated"]
        assert told[-1].data["changes"] == {"max_retries": [1, 2]}

    async def test_refuses_what_create_refuses(self, db: Database) -> None:
        queue = await db.write(make_queue)
        where: dict[str, Any] = {"workspace_id": queue.workspace_id, "label": queue.label, "actor": "u", "now": NOW}
        with pytest.raises(Invalid):
            await db.write(queues.update, **where, trigger="always")
        with pytest.raises(Invalid):
            await db.write(queues.update, **where, max_errors=-1)
        assert await db.read(queues.get, workspace_id=queue.workspace_id, label=queue.label) == queue


class TestFind:
    async def test_an_unknown_label_names_the_closest(self, db: Database) -> None:
        queue = await db.write(make_queue, label="invoices")

        for label in ("invoice", "INVOICES", "invoices\0"):
            with pytest.raises(NotFound) as refusal:
                await db.read(queues.get, workspace_id=queue.workspace_id, label=label)
            assert refusal.value.code == "unknown_queue"
        with pytest.raises(NotFound, match=r'The closest is "invoices"\.'):
            await db.read(queues.get, workspace_id=queue.workspace_id, label="invoice")

    async def test_search_and_pages_go_by_label(self, db: Database) -> None:
        def scenario(tx: Tx) -> Queue:
            workspace = make_workspace(tx)
            made = [make_queue(tx, workspace, label=label) for label in ("b", "a_1", "c", "ab1")]
            queues.delete(tx, workspace_id=workspace.id, label="c", actor="u", now=NOW)
            return made[0]

        where: dict[str, Any] = {"workspace_id": (await db.write(scenario)).workspace_id}

        def found(items: list[Queue]) -> list[str]:
            return [queue.label for queue in items]

        assert found(await db.read(queues.search, **where)) == ["a_1", "ab1", "b"]
        assert found(await db.read(queues.search, **where, after="a_1", limit=1)) == ["ab1"]
        assert found(await db.read(queues.search, **where, text="A_1")) == ["a_1"]
        page, total = await db.read(queues.page, **where, offset=1, limit=1)
        assert (found(page), total) == (["ab1"], 3)
        assert await db.read(queues.labels, **where) == ["a_1", "ab1", "b"]


async def test_a_deleted_queue_and_its_items_are_gone(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        queue = make_queue(tx)
        (item,) = push(tx, queue)
        queues.delete(tx, workspace_id=queue.workspace_id, label=queue.label, actor="u", now=NOW)
        for refused in (
            lambda: pull(tx, queue),
            lambda: queues.get_item(tx, workspace_id=queue.workspace_id, item_id=item.id),
            lambda: queues.cancel(tx, workspace_id=queue.workspace_id, item_id=item.id, actor="u", now=NOW),
            lambda: queues.delete(tx, workspace_id=queue.workspace_id, label=queue.label, actor="u", now=NOW),
        ):
            with pytest.raises(NotFound):
                refused()

    await db.write(scenario)
