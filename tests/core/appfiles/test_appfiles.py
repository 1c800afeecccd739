"""Files of apps: kept under a path, found by path or address, public or not."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import appfiles, apps
from botyard.core.apps import App
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace

DIGEST = "a" * 64


def make_app(tx: Tx, /) -> App:
    return apps.create(tx, workspace_id=make_workspace(tx).id, slug="shop", actor="user:ann", now=NOW)


def about(app: App, **changes: Any) -> dict[str, Any]:
    file = {"path": "a/b.csv", "original_name": "b.csv", "media_type": "text/csv", "digest": DIGEST, "size": 3}
    said = {"public": False, "overwrite": False, "actor": "app:shop", "now": NOW}
    return {"workspace_id": app.workspace_id, "app_id": app.id, **file, **said, **changes}


async def test_a_file_is_found_by_path_and_address_within_its_app(db: Database) -> None:
    app, other = await db.write(make_app), await db.write(make_app)
    kept = await db.write(appfiles.keep, **about(app, path="/a//b.csv"))
    assert (kept.path, kept.original_name) == ("a/b.csv", "b.csv")
    scope: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    url = f"https://bots.example/{kept.address}"
    assert await db.read(appfiles.get, **scope, path="a/b.csv") == kept
    assert await db.read(appfiles.get, **scope, url=url) == kept
    elsewhere: dict[str, Any] = {"workspace_id": other.workspace_id, "app_id": other.id}
    named: Any
    for named in ({"path": "a/b.csv"}, {"url": url}):
        with pytest.raises(NotFound):
            await db.read(appfiles.get, **elsewhere, **named)
    wrong: Any
    for wrong in ({"path": "x"}, {"url": "https://example.com/x"}, {"url": "http://[::1"}, {"url": "\0"}):
        with pytest.raises(NotFound):
            await db.read(appfiles.get, **scope, **wrong)
    with pytest.raises(Invalid):
        await db.read(appfiles.get, **scope)


async def test_bytes_are_replaced_only_when_that_is_wished_and_get_another_address(db: Database) -> None:
    app = await db.write(make_app)
    first = await db.write(appfiles.keep, **about(app))
    with pytest.raises(AlreadyExists):
        await db.write(appfiles.keep, **about(app))
    with pytest.raises(AlreadyExists):
        await db.read(appfiles.check_free, workspace_id=app.workspace_id, app_id=app.id, path="a/b.csv")
    second = await db.write(appfiles.keep, **about(app, overwrite=True, digest="b" * 64))
    assert second.object_key != first.object_key
    assert await db.read(appfiles.unreferenced, digests=[DIGEST, "b" * 64]) == {DIGEST}


async def test_only_a_public_file_is_found_without_an_app(db: Database) -> None:
    app = await db.write(make_app)
    hidden = await db.write(appfiles.keep, **about(app))
    shown = await db.write(appfiles.keep, **about(app, path="c", public=True))
    assert await db.read(appfiles.find_public, object_key=shown.object_key) == shown
    for key in (hidden.object_key, "x", "\0"):
        with pytest.raises(NotFound):
            await db.read(appfiles.find_public, object_key=key)


async def test_deleting_takes_the_file_away(db: Database) -> None:
    app = await db.write(make_app)
    await db.write(appfiles.keep, **about(app))
    scope: dict[str, Any] = {"workspace_id": app.workspace_id, "app_id": app.id}
    assert (await db.write(appfiles.delete, **scope, path="a/b.csv")).digest == DIGEST
    with pytest.raises(NotFound):
        await db.write(appfiles.delete, **scope, path="a/b.csv")
    assert await db.read(appfiles.unreferenced, digests=[DIGEST]) == {DIGEST}


@pytest.mark.parametrize("path", ["", "/", "..", "a/../b", "./a", "a\\b", "a\0", "a\nb", "x" * 501])
async def test_what_leads_elsewhere_is_no_path(db: Database, path: str) -> None:
    app = await db.write(make_app)
    with pytest.raises(Invalid):
        await db.write(appfiles.keep, **about(app, path=path))
