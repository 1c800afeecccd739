"""What users write and mypy has to understand; read by tests/sdk/test_typing.py, never run."""

from collections.abc import Sequence
from typing import Any, assert_type

from botyard.sdk import AsyncBotyard, Botyard
from botyard.sdk.calls import Call
from botyard.sdk.concepts.tasks import Tasks
from botyard.sdk.content import AsyncContent, Content
from botyard.sdk.paging import AsyncItems, Items
from botyard.wire import native as wire


def in_a_script(yard: Botyard) -> None:
    assert_type(yard.tasks.create("invoices", {"month": "2026-01"}, priority=3), wire.TaskView)
    assert_type(yard.tasks.run("invoices", timeout=60), wire.TaskView)
    assert_type(yard.tasks.list(state="failed"), Items[wire.TaskView])
    assert_type([task.message for task in yard.tasks.list(state=["failed", "partial"])], list[str | None])
    assert_type(yard.tasks.list().first(), wire.TaskView | None)
    for page in yard.tasks.list().pages():
        assert_type(page, Sequence[wire.TaskView])
    assert_type([line.text for line in yard.tasks.logs(7, follow=True)], list[str])
    for event in yard.events.follow(kind="task.failed"):
        assert_type(event.entity_id, str)
    assert_type(yard.artifacts.content(7), Content)
    assert_type(yard.queues.create(label="orders", auto_retry=True), wire.QueueView)
    assert_type(yard.queues.update("orders", max_retries=5).counts, dict[str, int])
    assert_type(yard.tables.change("shop", "orders", fields=[]).version, int)
    assert_type([row["total"] for row in yard.rows.list("shop", "orders", filter=["total:gte:10"])], list[Any])
    assert_type(yard.credentials.value("portal", "password").value, str)
    assert_type(yard.using(timeout=5), Botyard)
    yard.schedules.delete(7)


async def in_an_event_loop(yard: AsyncBotyard) -> None:
    assert_type(await yard.tasks.create("invoices", {"month": "2026-01"}, priority=3), wire.TaskView)
    assert_type(await yard.tasks.run("invoices", timeout=60), wire.TaskView)
    assert_type(yard.tasks.list(state="failed"), AsyncItems[wire.TaskView])
    assert_type([task.message async for task in yard.tasks.list(state=["failed"])], list[str | None])
    assert_type(await yard.tasks.list().first(), wire.TaskView | None)
    assert_type([line.text async for line in yard.tasks.logs(7, follow=True)], list[str])
    async for event in yard.events.follow(kind="task.failed"):
        assert_type(event.entity_id, str)
    assert_type(yard.artifacts.content(7), AsyncContent)
    assert_type(await yard.artifacts.content(7).read(), bytes)
    assert_type(await yard.queues.create(label="orders", auto_retry=True), wire.QueueView)
    assert_type((await yard.queues.update("orders", max_retries=5)).counts, dict[str, int])
    assert_type(yard.using(timeout=5), AsyncBotyard)
    await yard.schedules.delete(7)


def as_data(yard: Botyard) -> None:
    assert_type(Tasks.create("invoices"), Call[wire.TaskView])
    assert_type(yard.send(Tasks.create("invoices")), wire.TaskView)
