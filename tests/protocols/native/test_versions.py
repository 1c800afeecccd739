"""Versions of packages over native v1, and deleting automations."""

from __future__ import annotations

import pytest

from botyard.core import workspaces
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key, package

ALL = "/automations/invoices/versions"


@pytest.fixture
async def deployed(api: Api) -> Api:
    """Return the API of a workspace whose automation `invoices` has three versions."""
    for number in range(1, 4):
        await api.deploy("invoices", package(main__py=f"print({number})"))
    return api


async def test_versions_are_listed_read_released_and_deleted(deployed: Api) -> None:
    first = await deployed.ok("GET", f"{ALL}?limit=2")
    rest = await deployed.ok("GET", ALL, params={"before": first["next"]})
    found = [*first["versions"], *rest["versions"]]
    assert [(one["version"], one["released"]) for one in found] == [("3", True), ("2", False), ("1", False)]
    assert (found[0]["dialect"], found[0]["entry"], found[0]["files"]) == ("plain", "main.py", 1)
    assert await deployed.ok("GET", f"{ALL}/2") == found[1]
    assert (await deployed.ok("POST", f"{ALL}/1/release"))["version"] == "1"
    assert (await deployed.ok("GET", f"{ALL}/1"))["released"]
    await deployed.ok("DELETE", f"{ALL}/3")
    await deployed.problem("GET", f"{ALL}/3", status=404)
    await deployed.problem("POST", f"{ALL}/3/release", status=404)
    await deployed.problem("DELETE", f"{ALL}/3", status=404)
    assert (await deployed.problem("GET", f"{ALL}?before=9", status=400))["field"] == "before"


async def test_a_version_that_is_run_stays(deployed: Api) -> None:
    runner = await deployed.new_runner()
    task = await deployed.ok("POST", "/tasks", {"automation": "invoices"})
    (lease,) = await runner.lease()
    await deployed.problem("DELETE", f"{ALL}/3", status=409)
    refused = await deployed.problem("DELETE", "/automations/invoices", status=409)
    assert refused["code"] == "has_history"
    await deployed.ok("POST", f"/tasks/{task['id']}/cancel")
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
    await deployed.ok("DELETE", f"{ALL}/3")


async def test_an_automation_that_never_ran_goes_with_all_that_belongs_to_it(deployed: Api) -> None:
    made = await deployed.ok("POST", "/schedules", {"automation": "invoices", "cron": "@daily"})
    await deployed.ok("DELETE", "/automations/invoices")
    for path in ("/automations/invoices", ALL, f"/schedules/{made['id']}"):
        await deployed.problem("GET", path, status=404)
    # Its label and its versions are free again.
    again = await deployed.deploy("invoices", package(main__py="print('new')"))
    assert (again["version"], again["created"]) == ("1", True)
    bare = await deployed.ok("POST", "/automations", {"label": "bare"})
    assert (await deployed.ok("GET", f"/automations/{bare['label']}/versions"))["versions"] == []
    await deployed.problem("GET", "/automations/bare/versions/1", status=404)


async def test_what_is_an_action_is_deleted_as_one(api: Api) -> None:
    await api.ok("POST", "/apps", {"slug": "shop"})
    await api.ok("POST", "/apps/shop/actions", {"slug": "sync"})
    assert "action" in (await api.problem("DELETE", "/automations/sync", status=409))["detail"]


async def test_another_workspace_has_none_of_it(deployed: Api, stranger: Api) -> None:
    for method, path in [
        ("GET", ALL),
        ("GET", f"{ALL}/1"),
        ("POST", f"{ALL}/1/release"),
        ("DELETE", f"{ALL}/1"),
        ("DELETE", "/automations/invoices"),
    ]:
        await stranger.problem(method, path, status=404)


async def test_who_may_do_what(deployed: Api, db: Database) -> None:
    place = await db.read(workspaces.get, label="acme")
    operator, developer = [
        deployed.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now()))
        for role in (Role.OPERATOR, Role.DEVELOPER)
    ]
    for method, path in (("GET", ALL), ("POST", f"{ALL}/1/release"), ("DELETE", "/automations/invoices")):
        await operator.problem(method, path, status=403)
    await developer.ok("POST", f"{ALL}/1/release")
