"""Apps and their actions in a workspace file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import actions, apps, automations, declare
from botyard.core.declare import Change, Source
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

SOURCE = Source(file="ws.yaml", lines={"apps": 2, "apps[0]": 3, "apps[0].actions[0]": 7})
CODE = {"path": "sync.py", "source": "RESULT = 1\n"}
SYNC = {"slug": "nightly-sync", "name": "Nightly sync", "type": "app_action", "code": CODE}
SHOP: dict[str, Any] = {"id": 130, "slug": "shop", "tables": [], "actions": [SYNC]}


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


@pytest.fixture
def root_keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


async def apply(db: Database, workspace_id: int, root_keys: RootKeys, document: dict[str, Any]) -> list[Change]:
    return await db.write(
        declare.apply,
        workspace_id=workspace_id,
        document=declare.read(document, SOURCE),
        root_keys=root_keys,
        actor="user:ann",
        now=NOW,
    )


async def test_an_app_with_an_action_is_made_once(db: Database, workspace_id: int, root_keys: RootKeys) -> None:
    schedule = {"automation": "nightly-sync", "cron": "0 2 * * *"}
    change, planned = await apply(db, workspace_id, root_keys, {"apps": [SHOP], "schedules": [schedule]})
    assert (change.action, change.kind, change.name, planned.kind) == ("create", "app", "shop", "schedule")
    assert change.fields["actions.nightly-sync.code"] == (None, "11 characters")
    assert await apply(db, workspace_id, root_keys, {"apps": [SHOP], "schedules": [schedule]}) == []
    action = await db.read(actions.get, workspace_id=workspace_id, app_id=130, named="nightly-sync")
    assert (action.name, action.type, action.source) == ("Nightly sync", "app_action", CODE["source"])
    home = await db.read(automations.get, workspace_id=workspace_id, label="nightly-sync")
    assert (home.package_version, home.package_dialect, home.folder) == ("1", "automio", "shop")
    package = next(declare.contents(declare.read({"apps": [SHOP]}, SOURCE)))
    assert package == actions.package_of(CODE["source"], []).content


async def test_only_what_differs_is_changed_and_the_rest_stays(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    await apply(db, workspace_id, root_keys, {"apps": [SHOP]})
    newer = {"slug": "nightly-sync", "code": {**CODE, "source": "RESULT = 2\n"}, "requirements": ["automio==0.5.7"]}
    (change,) = await apply(
        db, workspace_id, root_keys, {"apps": [{"slug": "shop", "name": "Shop", "actions": [newer]}]}
    )
    assert change.action == "update"
    assert set(change.fields) == {"name", "actions.nightly-sync.requirements", "actions.nightly-sync.code"}
    action = await db.read(actions.get, workspace_id=workspace_id, app_id=130, named="nightly-sync")
    assert (action.name, action.requirements) == ("Nightly sync", ["automio==0.5.7"])
    assert (await db.read(automations.get, workspace_id=workspace_id, label="nightly-sync")).package_version == "2"
    (renamed,) = await apply(db, workspace_id, root_keys, {"apps": [{"id": 130, "slug": "store"}]})
    assert renamed.fields == {"slug": ("shop", "store")}
    assert (await db.read(apps.get, workspace_id=workspace_id, app_id=130)).slug == "store"


async def test_a_plan_changes_nothing(db: Database, workspace_id: int, root_keys: RootKeys) -> None:
    document = declare.read({"apps": [SHOP]}, SOURCE)
    planned = await db.read(declare.plan, workspace_id=workspace_id, document=document, root_keys=root_keys)
    assert [change.kind for change in planned] == ["app"]
    assert await db.read(apps.list_all, workspace_id=workspace_id) == []


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("shop", "apps[0]"),
        ({"id": 130}, "apps[0].slug"),
        ({"slug": "None"}, "apps[0].slug"),
        ({"slug": 5}, "apps[0].slug"),
        ({"slug": "shop", "id": "130"}, "apps[0].id"),
        ({"slug": "shop", "colour": "red"}, "apps[0].colour"),
        ({"slug": "shop", "tables": [{"name": "2x"}]}, "apps[0].tables[0].name"),
        (
            {"slug": "shop", "tables": [{"name": "a", "fields": [{"name": "b", "type": "x"}]}]},
            "apps[0].tables[0].fields[0].type",
        ),
        ({"slug": "shop", "actions": {}}, "apps[0].actions"),
        ({"slug": "shop", "actions": ["sync"]}, "apps[0].actions[0]"),
        ({"slug": "shop", "actions": [{"name": "Sync"}]}, "apps[0].actions[0].slug"),
        ({"slug": "shop", "actions": [{**SYNC, "type": "cron"}]}, "apps[0].actions[0].type"),
        ({"slug": "shop", "actions": [{**SYNC, "code": "sync.py"}]}, "apps[0].actions[0].code"),
        ({"slug": "shop", "actions": [{**SYNC, "code": {"source": " "}}]}, "apps[0].actions[0].code"),
        ({"slug": "shop", "actions": [{**SYNC, "code": {"source": "\0"}}]}, "apps[0].actions[0].code"),
        ({"slug": "shop", "actions": [SYNC, SYNC]}, "apps[0].actions[1].slug"),
        ({"slug": "shop", "actions": [{"slug": "a", "requirements": ["x"]}]}, "apps[0].actions[0].requirements"),
        ({"slug": "shop", "actions": [{**SYNC, "requirements": ["-e ."]}]}, "apps[0].actions[0].requirements[0]"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(entry: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare.read({"apps": [entry]}, SOURCE)
    assert refused.value.field == place
    assert refused.value.message.startswith("ws.yaml:")


async def test_the_slug_of_another_app_is_refused_before_anything_is_written(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    await apply(db, workspace_id, root_keys, {"apps": [SHOP]})
    with pytest.raises(Invalid, match="The app 130 is called"):
        await apply(db, workspace_id, root_keys, {"folders": ["New"], "apps": [{"id": 7, "slug": "shop"}]})


ORDERS = {"name": "orders", "fields": [{"name": "orderId", "type": "text"}]}
WATCH = {"slug": "watch", "type": "trigger_action", "table": "orders", "code": CODE}


@pytest.mark.parametrize(("said", "events"), [({}, ["insert", "update", "delete"]), ({"on": ["delete"]}, ["delete"])])
async def test_a_trigger_waits_for_rows_of_a_table_of_the_same_file(
    db: Database, workspace_id: int, root_keys: RootKeys, said: dict[str, Any], events: list[str]
) -> None:
    document = {"apps": [{**SHOP, "tables": [ORDERS], "actions": [{**WATCH, **said}]}]}
    assert len(await apply(db, workspace_id, root_keys, document)) == 1
    assert await apply(db, workspace_id, root_keys, document) == []
    action = await db.read(actions.get, workspace_id=workspace_id, app_id=130, named="watch")
    assert (action.table_name, action.events) == ("orders", events)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"table": "order"}, 'The closest is "orders"'),
        ({"on": ["exploded"]}, "insert, update, delete"),
        ({"type": "app_action", "on": ["insert"]}, "trigger_action"),
        ({"table": None, "on": ["insert"]}, "table"),
    ],
)
async def test_a_trigger_that_could_never_start_is_refused(
    db: Database, workspace_id: int, root_keys: RootKeys, said: dict[str, Any], told: str
) -> None:
    document = {"apps": [{**SHOP, "tables": [ORDERS], "actions": [{**WATCH, **said}]}]}
    with pytest.raises(Invalid) as caught:
        await apply(db, workspace_id, root_keys, document)
    assert told in f"{caught.value.message} {caught.value.hint}"
