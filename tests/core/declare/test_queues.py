"""Queues in a workspace document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import declare, queues
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

SOURCE = Source(file="ws.yaml", lines={"queues[0]": 3})
NO_KEYS = RootKeys(Path("/nowhere/root.key"))


async def apply(db: Database, workspace_id: int, *found: dict[str, Any], **others: Any) -> list[Change]:
    """Apply a document that declares queues."""
    document = declare.read({"queues": list(found), **others}, SOURCE)
    return await db.write(
        declare.apply, workspace_id=workspace_id, document=document, root_keys=NO_KEYS, actor="user:ann", now=NOW
    )


async def test_a_queue_is_created_and_a_second_time_nothing_changes(db: Database) -> None:
    workspace = await db.write(make_workspace)
    orders = {
        "label": "orders",
        "max_retries": 1,
        "lease": "24h",
        "retry_delay": "5m",
        "time_limit": "90s",
        "policy": "lifo",
        "schema": [{"label": "no", "unique": True}],
        "trigger": "always",
        "automation": "billing",
    }
    made = await apply(db, workspace.id, orders, automations=[{"label": "billing"}])
    queue = await db.read(queues.get, workspace_id=workspace.id, label="orders")

    assert [(change.action, change.kind, change.name) for change in made][1:] == [("create", "queue", "orders")]
    assert (queue.max_retries, queue.lease_seconds, queue.retry_delay_seconds) == (1, 86_400, 300)
    assert (queue.time_limit_on, queue.time_limit_minutes, queue.policy) == (True, 2, "lifo")
    assert queue.schema == [queues.Field(label="no", unique=True)]
    assert await apply(db, workspace.id, orders) == []


async def test_only_the_difference_is_changed_and_told(db: Database) -> None:
    workspace = await db.write(make_workspace)
    await apply(db, workspace.id, {"label": "orders", "max_retries": 1, "time_limit": "5m"})
    (change,) = await apply(db, workspace.id, {"label": "orders", "max_retries": 3, "time_limit": 0})

    assert change.fields == {
        "max_retries": (1, 3),
        "time_limit_on": (True, False),
        "time_limit_minutes": (5, 0),
    }


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ("orders", "queues[0]"),
        ({"name": "x"}, "queues[0].label"),
        ({"label": "a/b"}, "queues[0].label"),
        ({"label": "a", "lease": "soon"}, "queues[0].lease"),
        ({"label": "a", "lease": 5}, "queues[0].lease"),
        ({"label": "a", "max_retries": "many"}, "queues[0].max_retries"),
        ({"label": "a", "max_retry": 1}, "queues[0].max_retry"),
        ({"label": "a", "trigger": "always"}, "queues[0].automation"),
        ({"label": "a", "trigger": "always", "automation": "gone"}, "queues[0].automation"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_place(db: Database, wrong: Any, place: str) -> None:
    workspace = await db.write(make_workspace)
    with pytest.raises(Invalid) as refusal:
        await apply(db, workspace.id, wrong)

    assert refusal.value.field == place
    assert refusal.value.message.startswith(f"ws.yaml:3: {place}: ")
