"""What ends over native v1: tasks, runners; and files of apps."""

from __future__ import annotations

from urllib.parse import quote

from botyard.core import workspaces
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key

TEXT = {"Content-Type": "text/csv"}


async def test_a_bot_finishes_its_own_task_and_amends_what_it_said(api: Api) -> None:
    await api.deploy("invoices")
    runner = await api.new_runner()
    task, other = [(await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"] for _ in range(2)]
    (lease,) = await runner.lease()
    bot = api.as_(lease["token"])
    done = {"outcome": "partial", "message": "Two failed", "total_items": 3, "processed_items": 1, "failed_items": 2}
    finished = await bot.ok("POST", f"/tasks/{task}/finish", done | {"output": {"sent": 1}})
    assert (finished["state"], finished["message"], finished["failed_items"]) == ("partial", "Two failed", 2)
    assert finished["output"] == {"sent": 1}
    assert (await bot.ok("POST", f"/tasks/{task}/finish", {"outcome": "succeeded"}))["state"] == "succeeded"
    await bot.problem("POST", f"/tasks/{other}/finish", {"outcome": "failed"}, status=403)
    # People may say so as well, of whatever is not finished yet.
    assert (await api.ok("POST", f"/tasks/{other}/finish", {"outcome": "failed"}))["state"] == "failed"
    refused = await api.problem("POST", f"/tasks/{task}/finish", done | {"total_items": 9}, status=400)
    assert refused["field"] == "total"
    await api.problem("POST", f"/tasks/{task}/finish", {"outcome": "cancelled"}, status=400)
    await api.ok("POST", f"/tasks/{task}/restart")
    await bot.problem("POST", f"/tasks/{task}/finish", {"outcome": "failed"}, status=409)


async def test_only_a_test_is_deleted(api: Api, stranger: Api) -> None:
    await api.ok("POST", "/automations", {"label": "invoices"})
    test = (await api.ok("POST", "/tasks", {"automation": "invoices", "test": True}))["id"]
    real = (await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    for method, path in (("DELETE", f"/tasks/{test}"), ("POST", f"/tasks/{real}/finish")):
        await stranger.problem(method, path, {"outcome": "failed"} if method == "POST" else None, status=404)
    await api.problem("DELETE", f"/tasks/{real}", status=403)
    await api.ok("DELETE", f"/tasks/{test}")
    await api.problem("GET", f"/tasks/{test}", status=404)


async def test_a_runner_that_holds_nothing_is_removed_with_its_token(api: Api, stranger: Api) -> None:
    await api.deploy("invoices")
    runner = await api.new_runner(name="vm")
    (found,) = (await api.ok("GET", "/runners"))["runners"]
    path = f"/runners/{found['id']}"
    assert (await api.ok("GET", path))["name"] == "vm"
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    (lease,) = await runner.lease()
    assert "holds a task" in (await api.problem("DELETE", path, status=409))["detail"]
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
    for method in ("GET", "DELETE"):
        await stranger.problem(method, path, status=404)
    await api.ok("DELETE", path)
    await api.problem("GET", path, status=404)
    await runner.problem("GET", "/me", status=401)


async def test_files_of_apps_are_kept_listed_read_and_deleted(api: Api, stranger: Api, db: Database) -> None:
    await api.ok("POST", "/apps", {"slug": "shop"})
    await stranger.ok("POST", "/apps", {"slug": "shop"})
    where = "/apps/shop/files"
    query = {"path": "reports/march.csv", "public": "true"}
    made = await api.ok("POST", where, content=b"a,b", headers=TEXT, params=query)
    assert (made["original_name"], made["media_type"], made["size"], made["public"]) == (
        "march.csv",
        "text/csv",
        3,
        True,
    )
    assert made["url"].startswith("http://botyard/api/apps/1/files/content/")
    await api.problem("POST", where, content=b"x", headers=TEXT, params=query, status=409)
    other = await api.ok("POST", where, content=b"c,d,e", headers=TEXT, params=query | {"overwrite": "true"})
    assert other["url"] != made["url"]
    await api.ok("POST", where, content=b"z", headers=TEXT, params={"path": "z.txt"})
    first = await api.ok("GET", f"{where}?limit=1")
    rest = await api.ok("GET", where, params={"after": first["next"]})
    assert [file["path"] for file in [*first["files"], *rest["files"]]] == ["reports/march.csv", "z.txt"]
    one = f"{where}/{quote('reports/march.csv', safe='')}"
    assert await api.ok("GET", one) == other
    assert (await api("GET", f"{one}/content")).content == b"c,d,e"
    for method, path in (("GET", one), ("GET", f"{one}/content"), ("DELETE", one)):
        await stranger.problem(method, path, status=404)
    place = await db.read(workspaces.get, label="acme")
    operator = api.as_(await db.write(make_key, workspace_id=place.id, role=Role.OPERATOR, now=db.now()))
    await operator.ok("GET", where)
    await operator.problem("DELETE", one, status=403)
    await api.ok("DELETE", one)
    await api.problem("GET", one, status=404)
    assert (await api.problem("POST", where, content=b"x", headers=TEXT, status=400))["field"] == "path"
    bad = await api.problem("POST", where, content=b"x", headers=TEXT, params={"path": "../x"}, status=400)
    assert bad["field"] == "path"
