"""Connecting clients of Automio, and deploying what they wrote."""

from __future__ import annotations

import pytest

from botyard.core import actions
from botyard.core.actions import Action
from botyard.storage import Database, Tx
from botyard.wire.execution import task_of_uuid
from tests.protocols.native.conftest import Api, package

VARIABLES = {
    "API_BASE_URL",
    "PUBLIC_API_BASE_URL",
    "APP_TOKEN",
    "APP_ID",
    "APP_SLUG",
    "ORG_SLUG",
    "ORGANIZATION_ID",
    "ACTION_OWNER_ORGANIZATION_ID",
    "ACTION_ID",
    "ACTION_SLUG",
    "ACTION_TYPE",
    "TASK_ID",
    "USER_ID",
    "CACHE_SERVICE_URL",
    "CACHE_SERVICE_TOKEN",
}


async def test_a_client_is_given_every_variable_that_it_reads(api: Api) -> None:
    made = await api.ok("POST", "/connect", {"dialect": "automio"})
    assert set(made) == {"env"}
    env = made["env"]
    assert set(env) == VARIABLES
    assert all(isinstance(value, str) for value in env.values())
    assert env["APP_TOKEN"] == env["CACHE_SERVICE_TOKEN"]
    assert env["APP_TOKEN"].startswith("by_app_")
    assert (env["API_BASE_URL"], env["CACHE_SERVICE_URL"]) == ("http://botyard", "http://botyard/cache")
    assert env["PUBLIC_API_BASE_URL"] == "http://botyard/api"
    assert (env["APP_ID"], env["APP_SLUG"], env["ORG_SLUG"]) == ("1", "default", "acme")
    task_id = task_of_uuid(env["TASK_ID"])
    task = await api.ok("GET", f"/tasks/{task_id}")
    assert (task["state"], task["automation_name"]) == ("running", "Run by hand")
    again = (await api.ok("POST", "/connect", {"dialect": "automio", "app": "default"}))["env"]
    assert {name for name in VARIABLES if again[name] != env[name]} == {"APP_TOKEN", "CACHE_SERVICE_TOKEN", "TASK_ID"}


async def test_one_of_several_apps_has_to_be_named(api: Api) -> None:
    document = {"apps": [{"id": 130, "slug": "shop"}, {"id": 131, "slug": "crm"}]}
    await api.ok("POST", "/apply", {"document": document})
    told = await api.problem("POST", "/connect", {"dialect": "automio"}, status=400)
    assert "130 (shop), 131 (crm)" in told["hint"]
    for named in ("131", "crm"):
        assert (await api.ok("POST", "/connect", {"dialect": "automio", "app": named}))["env"]["APP_ID"] == "131"
    for named in ("crmm", "999", ""):
        await api.problem("POST", "/connect", {"dialect": "automio", "app": named}, status=404)
    await api.problem("POST", "/connect", {"dialect": "automio", "app": 130}, status=400)
    await api.problem("POST", "/connect", {"dialect": "automio", "expires": "2001-01-01", "app": "crm"}, status=400)


async def test_an_app_token_opens_nothing_else(api: Api) -> None:
    env = (await api.ok("POST", "/connect", {"dialect": "automio"}))["env"]
    for path in ("/tasks", "/automations", "/runners", "/credentials"):
        await api.as_(env["APP_TOKEN"]).problem("GET", path, status=403)


async def test_a_deployed_folder_is_an_action_of_the_app(api: Api, db: Database) -> None:
    content = package(main__py="print('ä')", helper__py="x = 1")
    deployed = await api.deploy("Nightly sync", content, dialect="automio")
    assert (deployed["version"], deployed["dialect"]) == ("1", "automio")
    again = await api.deploy("Nightly sync", content, dialect="automio")
    assert again["created"] is False

    def found(tx: Tx) -> Action | None:
        return actions.find_by_automation(tx, workspace_id=1, label="Nightly sync")

    action = await db.read(found)
    assert action is not None
    assert (action.slug, action.name, action.source) == ("Nightly-sync", "Nightly sync", "print('ä')")
    await api.ok("POST", "/tasks", {"automation": "Nightly sync", "parameters": {"a": 1}})
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    assert (lease["dialect"], lease["entry"], lease["modules"]) == ("automio", "main.py", {})
    assert lease["run"]["variables"]["ACTION_SLUG"] == "Nightly-sync"
    assert lease["run"]["values"]["WEBHOOK_PAYLOAD"] is None
    await api.deploy("plain one", package(main__py="print()"))
    await api.ok("POST", "/tasks", {"automation": "plain one"})
    (plain,) = await runner.lease()
    assert (plain["dialect"], plain["run"]) == ("plain", None)


@pytest.mark.parametrize("named", ["nothing", "999"])
async def test_deploying_to_an_app_that_is_not_there_deploys_nothing(api: Api, named: str) -> None:
    headers = {"Content-Type": "application/zip"}
    params = {"dialect": "automio", "app": named}
    await api.problem(
        "POST", "/automations/x/deploy", content=package(main__py="1"), headers=headers, params=params, status=404
    )
    await api.problem("GET", "/automations/x", status=404)
