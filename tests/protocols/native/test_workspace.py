"""Automations, deploys, keys and the workspace file over native v1."""

from __future__ import annotations

from typing import Any

from botyard.core import access
from botyard.storage import Database
from tests.protocols.native.conftest import Api, package

ZIP = {"Content-Type": "application/zip"}


async def test_an_automation_is_made_read_changed_and_listed(api: Api) -> None:
    made = await api.ok("POST", "/automations", {"label": "TestCI", "name": "CI", "parameters": [{"name": "a"}]})
    assert (made["version"], made["parameters"][0]["type"]) == (None, "string")
    assert await api.ok("GET", "/automations/TestCI") == made
    changed = await api.ok("PATCH", "/automations/TestCI", {"priority": 5, "runner_label": None})
    assert (changed["priority"], changed["name"]) == (5, "CI")
    listed = await api.ok("GET", "/automations", params={"text": "test"})
    assert [found["label"] for found in listed["automations"]] == ["TestCI"]


async def test_labels_with_spaces_and_letters_of_all_kinds_work(api: Api) -> None:
    label = "Kündigungen & Verträge 2"
    await api.ok("POST", "/automations", {"label": label})
    assert (await api.ok("GET", "/automations/K%C3%BCndigungen%20%26%20Vertr%C3%A4ge%202"))["label"] == label


async def test_what_cannot_be_done_is_refused(api: Api) -> None:
    cases: list[tuple[str, str, Any, int]] = [
        ("POST", "/automations", {"label": "TestCI"}, 409),
        ("POST", "/automations", {"label": "a/b"}, 400),
        ("POST", "/automations", {"label": "x", "colour": 1}, 400),
        ("POST", "/automations", {"label": "x", "on_lost": "explode"}, 400),
        ("PATCH", "/automations/TestCI", {"priority": 11}, 400),
        ("PATCH", "/automations/TestCI", {"label": "y"}, 400),
        ("PATCH", "/automations/Absent", {"priority": 1}, 404),
        ("GET", "/automations/Absent", None, 404),
        ("PUT", "/automations/TestCI", {}, 405),
        ("DELETE", "/automations/Absent", None, 404),
        ("GET", "/absent", None, 404),
    ]
    await api.ok("POST", "/automations", {"label": "TestCI"})
    for method, path, body, status in cases:
        await api.problem(method, path, body, status=status)


async def test_a_deploy_answers_with_automation_version_and_process(api: Api) -> None:
    first = await api.deploy("invoices")
    assert (first["automation"], first["version"], first["dialect"], first["created"]) == (
        "invoices",
        "1",
        "plain",
        True,
    )
    assert first["process"] == (await api.ok("GET", "/automations/invoices"))["id"]
    again = await api.deploy("invoices")
    assert (again["version"], again["created"]) == ("1", False)
    other = await api.deploy("invoices", package(bot__py="1"), version="2.0")
    assert (other["version"], other["dialect"]) == ("2.0", "botcity")


async def test_other_bytes_under_a_version_in_use_are_refused(api: Api) -> None:
    await api.deploy("invoices", version="1.0")
    problem = await api.problem(
        "POST",
        "/automations/invoices/deploy",
        status=409,
        content=package(main__py="2"),
        headers=ZIP,
        params={"version": "1.0"},
    )
    assert problem["code"] == "version_exists"


async def test_packages_that_cannot_be_are_refused_and_leave_nothing(api: Api) -> None:
    cases: list[tuple[bytes, dict[str, str], int]] = [
        (b"", {}, 400),
        (b"not a zip", {}, 400),
        (package(readme__txt=""), {}, 400),
        (package(), {"dialect": "botcity"}, 400),
        (package(), {"dialect": "cobol"}, 400),
        (package(), {"version": "a b"}, 400),
        (package(), {"colour": "red"}, 400),
        (package(main__py="", **{"..__/evil": ""}), {}, 400),
        (package(bvproject__yaml=""), {}, 400),
    ]
    for content, query, status in cases:
        await api.problem(
            "POST", "/automations/invoices/deploy", status=status, content=content, headers=ZIP, params=query
        )
        await api.problem("GET", "/automations/invoices", status=404)


async def test_a_body_that_is_not_declared_as_an_archive_is_refused(api: Api) -> None:
    await api.problem("POST", "/automations/invoices/deploy", {"zip": 1}, status=415)


async def test_connect_answers_with_what_each_client_needs(api: Api, db: Database) -> None:
    botcity = await api.ok("POST", "/connect", {"dialect": "botcity"})
    assert list(botcity) == ["server", "login", "key"]
    assert (botcity["server"], botcity["login"]) == ("http://botyard", "acme")
    client = await api.ok("POST", "/connect", {"dialect": "maestro-client", "name": "CI"})
    assert list(client) == ["base_url", "login", "key"]
    assert list(await api.ok("POST", "/connect", {"dialect": "runner"})) == ["server", "token"]
    login = await db.write(
        access.login_with_key, dialects=("botcity",), login=client["login"], key=client["key"], now=db.now()
    )
    assert login.workspace_label == "acme"


async def test_keys_that_cannot_be_are_refused(api: Api) -> None:
    cases: list[tuple[object, str | None]] = [
        ({"dialect": "cobol"}, "dialect"),
        ({"dialect": "botcity", "expires": "2001-01-01"}, "expires"),
        ({"dialect": "botcity", "expires": "soon"}, None),
        ({"dialect": "runner", "expires": "2100-01-01"}, "expires"),
        ({"dialect": "botcity", "workspace": "rival"}, None),
        ({}, "dialect"),
    ]
    for body, field in cases:
        problem = await api.problem("POST", "/connect", body, status=400)
        assert field is None or problem["field"] == field


async def test_a_workspace_is_named_only_by_its_own(api: Api, stranger: Api) -> None:
    del stranger
    mine = {"X-Botyard-Workspace": "acme"}
    await api.ok("GET", "/tasks", headers=mine)
    for label in ("rival", "absent"):
        await api.problem("GET", "/tasks", status=404, headers={"X-Botyard-Workspace": label})
        await api.problem("POST", "/apply", {"document": {"workspace": label}}, status=404)


async def test_a_document_is_applied_once(api: Api) -> None:
    body = {"document": {"workspace": "acme", "automations": [{"label": "TestCI", "name": "CI"}]}}
    planned = await api.ok("POST", "/apply", body, params={"dry_run": "true"})
    assert planned["dry_run"] is True
    await api.problem("GET", "/automations/TestCI", status=404)
    done = await api.ok("POST", "/apply", body)
    assert done["changes"] == planned["changes"]
    assert done["changes"][0]["fields"] == {"name": [None, "CI"]}
    assert (await api.ok("POST", "/apply", body))["changes"] == []


async def test_a_document_with_a_mistake_is_refused_whole(api: Api) -> None:
    document = {"automations": [{"label": "good"}, {"label": "bad", "priority": 99}]}
    body = {"document": document, "file": "ws.yaml", "lines": {"automations[1].priority": 7}}
    problem = await api.problem("POST", "/apply", body, status=400)
    assert problem["detail"].startswith("ws.yaml:7: automations[1].priority: ")
    assert problem["field"] == "automations[1].priority"
    await api.problem("GET", "/automations/good", status=404)


async def test_changes_leave_audit_rows(api: Api, db: Database) -> None:
    from botyard.core import audit

    await api.deploy("invoices")
    await api.ok("POST", "/connect", {"dialect": "botcity"})
    await api.as_((await api.ok("POST", "/connect", {"dialect": "runner"}))["token"]).problem(
        "GET", "/tasks", status=403
    )
    caller = await db.read(access.authenticate, token=str(api.token), now=db.now())
    rows = await db.read(audit.list_for, workspace_id=caller.workspace_id)
    assert [(row.action, row.verdict) for row in reversed(rows)] == [
        ("automations.deploy", "allowed"),
        ("access.connect", "allowed"),
        ("access.connect", "allowed"),
        ("tasks:read", "denied"),
    ]
