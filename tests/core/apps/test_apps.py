"""Apps: an id and a slug within a workspace, found by whatever clients call them."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Denied, Invalid, NotFound
from botyard.core import access, apps
from botyard.core.apps import App
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def make(tx: Tx, /, workspace: Workspace, slug: str, **fields: Any) -> App:
    return apps.create(tx, workspace_id=workspace.id, slug=slug, actor="user:ann", now=NOW, **fields)


async def test_ids_are_given_or_go_on_from_the_highest(db: Database) -> None:
    workspace = await db.write(make_workspace)
    shop = await db.write(make, workspace=workspace, slug="shop", app_id=130)
    crm = await db.write(make, workspace=workspace, slug="crm")
    assert (shop.id, crm.id) == (130, 131)
    other = await db.write(make_workspace)
    assert (await db.write(make, workspace=other, slug="shop", app_id=130)).id == 130
    assert [app.slug for app in await db.read(apps.list_all, workspace_id=workspace.id)] == ["shop", "crm"]


@pytest.mark.parametrize("taken", [{"slug": "shop"}, {"slug": "new", "app_id": 130}])
async def test_a_taken_id_or_slug_is_refused(db: Database, taken: dict[str, Any]) -> None:
    workspace = await db.write(make_workspace)
    await db.write(make, workspace=workspace, slug="shop", app_id=130)
    with pytest.raises(AlreadyExists):
        await db.write(make, workspace=workspace, **taken)
    crm = await db.write(make, workspace=workspace, slug="crm")
    fields = {"slug": "shop"}
    with pytest.raises(AlreadyExists):
        await db.write(apps.update, workspace_id=workspace.id, app_id=crm.id, fields=fields, actor="user:ann", now=NOW)


@pytest.mark.parametrize("slug", ["", "130", "None", "none", "a/b", "ä", "-a", "a" * 101, "a b", "a\0"])
async def test_what_could_be_taken_for_something_else_is_no_slug(db: Database, slug: str) -> None:
    workspace = await db.write(make_workspace)
    with pytest.raises(Invalid):
        await db.write(make, workspace=workspace, slug=slug)


@pytest.mark.parametrize("app_id", [0, -1, 2**31, True])
async def test_ids_fit_what_clients_can_hold(db: Database, app_id: int) -> None:
    workspace = await db.write(make_workspace)
    with pytest.raises(Invalid):
        await db.write(make, workspace=workspace, slug="shop", app_id=app_id)


async def test_the_only_app_needs_no_name_and_one_of_several_does(db: Database) -> None:
    workspace = await db.write(make_workspace)
    assert await db.read(apps.only, workspace_id=workspace.id, named=None) is None
    made = await db.write(apps.make_default, workspace_id=workspace.id, owner_id=None, actor="user:ann", now=NOW)
    assert await db.write(apps.make_default, workspace_id=workspace.id, owner_id=None, actor="x", now=NOW) == made
    assert await db.read(apps.only, workspace_id=workspace.id, named=None) == made
    await db.write(make, workspace=workspace, slug="shop")
    with pytest.raises(Invalid, match="several apps"):
        await db.read(apps.only, workspace_id=workspace.id, named=None)
    for named in ("shop", "2"):
        found = await db.read(apps.only, workspace_id=workspace.id, named=named)
        assert found is not None
        assert found.slug == "shop"
    for named in ("shopp", "3", "9" * 30, "\0"):
        with pytest.raises(NotFound):
            await db.read(apps.only, workspace_id=workspace.id, named=named)


def test_a_client_may_name_its_app_in_five_ways() -> None:
    own: dict[str, Any] = {"app_id": 130, "app_slug": "shop", "organization": "acme"}
    assert all(apps.names_app(named, **own) for named in ("", "None", "130", " 130 ", "shop", "acme/shop"))
    assert not any(apps.names_app(named, **own) for named in ("131", "crm", "evil/shop", "acme/130", "none", "9" * 30))


async def test_an_app_token_stands_for_app_person_and_workspace(db: Database) -> None:
    workspace = await db.write(make_workspace)
    app = await db.write(make, workspace=workspace, slug="shop", app_id=130)
    made = await db.write(
        access.create_app_token,
        workspace_id=workspace.id,
        app_id=app.id,
        user_id=None,
        name="shop",
        owner="user:ann",
        now=NOW,
        expires_at=NOW + 10,
    )
    caller = await db.read(access.authenticate, token=made.text, now=NOW)
    assert (caller.kind, caller.app_id, caller.app_slug, caller.dialect) == ("app", 130, "shop", "automio")
    assert (caller.workspace_id, caller.user_id) == (workspace.id, None)
    assert await db.read(access.dialect_enabled, dialect="automio")
    with pytest.raises(Denied):
        await db.read(access.authenticate, token=made.text, now=NOW + 10)
