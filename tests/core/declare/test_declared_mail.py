"""Groups and subscriptions in a workspace file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import access, declare, messages
from botyard.core.access import Role
from botyard.core.declare import Change, Source
from botyard.core.messages import Kind, Recipient, Subscription
from botyard.core.vault import RootKeys
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

SOURCE = Source(file="ws.yaml", lines={"groups": 2, "groups[0]": 3, "automations": 5, "automations[0].notify": 6})
NIGHT = {"name": "night", "members": ["Bob", "Carol <carol@example.org>", "bob"]}
BILLING = {"label": "billing", "notify": [{"to": "night"}, {"to": "ann@example.org", "level": "error"}]}


@pytest.fixture
async def workspace_id(db: Database) -> int:
    def build(tx: Tx) -> int:
        workspace = make_workspace(tx)
        user = access.create_user(tx, login="bob", name="Bob", password_hash="", must_change=False, now=NOW)
        access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.VIEWER)
        return workspace.id

    return await db.write(build)


@pytest.fixture
def root_keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


async def apply(db: Database, workspace_id: int, root_keys: RootKeys, document: dict[str, Any]) -> list[Change]:
    read = declare.read(document, SOURCE)
    given: dict[str, Any] = {"workspace_id": workspace_id, "document": read, "root_keys": root_keys}
    planned = await db.read(declare.plan, **given)
    done = await db.write(declare.apply, **given, actor="user:ann", now=NOW)
    assert planned == done
    assert await db.read(declare.plan, **given) == []
    return done


async def test_groups_and_subscriptions_are_made_once(db: Database, workspace_id: int, root_keys: RootKeys) -> None:
    group, automation = await apply(db, workspace_id, root_keys, {"automations": [BILLING], "groups": [NIGHT]})
    assert (group.action, group.kind, group.name) == ("create", "group", "night")
    assert group.fields == {"members": (None, ["bob", "carol@example.org"])}
    told = [{"to": "night", "level": "warn"}, {"to": "ann@example.org", "level": "error"}]
    assert (automation.action, automation.fields) == ("create", {"notify": (None, told)})
    found = await db.read(messages.subscriptions, workspace_id=workspace_id, automation="billing")
    assert found[0] == Subscription(recipient=Recipient(kind=Kind.GROUP, name="night"), level="warn")


async def test_what_the_file_says_is_all_there_is_and_what_it_leaves_out_stays(
    db: Database, workspace_id: int, root_keys: RootKeys
) -> None:
    await apply(db, workspace_id, root_keys, {"automations": [BILLING], "groups": [NIGHT]})
    assert await apply(db, workspace_id, root_keys, {"automations": [{"label": "billing"}], "groups": []}) == []
    changes = await apply(
        db,
        workspace_id,
        root_keys,
        {
            "groups": [{"name": "night", "members": []}],
            "automations": [{"label": "billing", "priority": 3, "notify": [{"to": "bob", "level": "info"}]}],
        },
    )
    assert [change.action for change in changes] == ["update", "update"]
    assert set(changes[1].fields) == {"priority", "notify"}
    found = await db.read(messages.subscriptions, workspace_id=workspace_id, automation="billing")
    assert found == [Subscription(recipient=Recipient(kind=Kind.USER, name="bob"), level="info")]


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"groups": ["night"]}, "ws.yaml:3: groups[0]:"),
        ({"groups": [{"members": []}]}, "ws.yaml:3: groups[0].name"),
        ({"groups": [{"name": "a", "people": []}]}, "ws.yaml:3: groups[0].people"),
        ({"groups": [{"name": "a", "members": "bob"}]}, "ws.yaml:3: groups[0].members"),
        ({"groups": [{"name": "a", "members": ["nobody"]}]}, "ws.yaml:3: groups[0].members[0]"),
        ({"groups": [{"name": "a"}, {"name": "a"}]}, "ws.yaml:2: groups[1]"),
        ({"automations": [{"label": "b", "notify": "bob"}]}, "ws.yaml:6: automations[0].notify"),
        ({"automations": [{"label": "b", "notify": ["bob"]}]}, "ws.yaml:6: automations[0].notify[0]"),
        ({"automations": [{"label": "b", "notify": [{"level": "warn"}]}]}, "ws.yaml:6: automations[0].notify[0].to"),
        ({"automations": [{"label": "b", "notify": [{"to": "bob", "level": "x"}]}]}, "automations[0].notify[0].level"),
        ({"automations": [{"label": "b", "notify": [{"to": "no group"}]}]}, "automations[0].notify[0].to"),
        ({"automations": [{"label": "b", "notify": [{"to": "bob"}, {"to": "BOB"}]}]}, "automations[0].notify[1].to"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_line(
    db: Database, workspace_id: int, root_keys: RootKeys, document: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await apply(db, workspace_id, root_keys, document)
    assert place in str(refused.value)
    assert await db.read(messages.list_groups, workspace_id=workspace_id) == []
