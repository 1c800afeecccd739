"""Folders: made, renamed with what lies in them, and deleted when nothing does."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, IllegalTransition, Invalid, NotFound
from botyard.core import assets, automations, events, folders, queues
from botyard.core.folders import DEFAULT, Contents
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def said(workspace: Workspace) -> dict[str, Any]:
    return {"workspace_id": workspace.id, "actor": "user:ann", "now": NOW}


def stock(tx: Tx, workspace: Workspace, data: Any) -> None:
    """Put one thing of three kinds into the folder Finance."""
    who = said(workspace)
    automations.create(tx, label="billing", fields={"folder": "Finance"}, **who)
    queues.create(tx, label="orders", folder="Finance", **who)
    asset = assets.checked(name="URL", type="text", value="x", folder="Finance")
    assets.create(tx, root_keys=RootKeys(data / "root.key"), asset=asset, **who)


async def test_what_lies_in_a_renamed_folder_stays_in_it_and_its_id_too(db: Database, data: Any) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = folders.create(tx, name="Finance", **said(workspace))
        stock(tx, workspace, data)
        renamed = folders.rename(tx, folder="Finance", name="Money", **said(workspace))
        assert (renamed.id, renamed.slug, renamed.name) == (made.id, "finance", "Money")
        assert folders.contents(tx, workspace_id=workspace.id) == {
            "Money": Contents(automations=1, queues=1, assets=1),
        }
        assert assets.get(tx, workspace_id=workspace.id, name="URL", folder="finance").folder == "Money"
        again = folders.create(tx, name="Finance", **said(workspace))
        assert again.id != made.id
        assert again.slug == "finance-2"
        assert folders.get(tx, workspace_id=workspace.id, folder=made.id).name == "Money"
        history = events.list_for(tx, workspace_id=workspace.id, entity="folder", entity_id=made.id, limit=10)
        assert [event.kind for event in history] == ["folder.created", "folder.renamed"]

    await db.write(scenario)


async def test_a_folder_that_nobody_made_can_be_renamed_and_its_old_name_comes_anew(db: Database, data: Any) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        stock(tx, workspace, data)
        implied = folders.get(tx, workspace_id=workspace.id, folder="Finance")
        assert not implied.declared
        renamed = folders.rename(tx, folder="finance", name="Money", **said(workspace))
        assert (renamed.id, renamed.declared) == (implied.id, True)
        automations.create(tx, label="second", fields={"folder": "Finance"}, **said(workspace))
        names = {each.name: each for each in folders.search(tx, workspace_id=workspace.id)}
        assert sorted(names) == [DEFAULT, "Finance", "Money"]
        assert len({each.id for each in names.values()}) == len({each.slug for each in names.values()}) == 3

    await db.write(scenario)


async def test_only_an_empty_folder_is_deleted(db: Database, data: Any) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        who = said(workspace)
        folders.create(tx, name="Finance", **who)
        folders.create(tx, name="Sales", **who)
        stock(tx, workspace, data)
        folders.delete(tx, folder="sales", **who)
        with pytest.raises(NotFound):
            folders.delete(tx, folder="Sales", **who)
        for refused in ("Finance", DEFAULT):
            with pytest.raises(IllegalTransition):
                folders.delete(tx, folder=refused, **who)
        assert [each.name for each in folders.search(tx, workspace_id=workspace.id)] == [DEFAULT, "Finance"]

    await db.write(scenario)


async def test_a_name_that_is_taken_or_none_is_refused(db: Database, data: Any) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        who = said(workspace)
        folders.create(tx, name="Sales", **who)
        stock(tx, workspace, data)
        for taken in ("Finance", DEFAULT):
            with pytest.raises(AlreadyExists):
                folders.rename(tx, folder="Sales", name=taken, **who)
        with pytest.raises(IllegalTransition):
            folders.rename(tx, folder=DEFAULT, name="Other", **who)
        for bad in ("", " ", "\0", "x" * 101):
            with pytest.raises(Invalid):
                folders.rename(tx, folder="Sales", name=bad, **who)
        assert folders.rename(tx, folder="Sales", name="Sales", **who).name == "Sales"

    await db.write(scenario)


async def test_a_new_thing_goes_where_the_name_the_id_or_the_slug_of_a_folder_says(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = folders.create(tx, name="Fünf Häuser", **said(workspace))
        for named in (made.id, made.slug, made.name):
            assert folders.name_for(tx, workspace_id=workspace.id, folder=named) == "Fünf Häuser"
        assert folders.name_for(tx, workspace_id=workspace.id, folder=" New ") == "New"

    await db.write(scenario)
