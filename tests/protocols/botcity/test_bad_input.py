"""Every field, query parameter and id of every route gets every nasty value: none is a fault of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import httpx2

from botyard.protocols.botcity.routes import ROUTES
from botyard.storage import Database
from tests.protocols.botcity.conftest import AUTOMATION, World
from tests.support.work import make_task

NASTY_JSON = (
    *("null", "true", "false", "0", "-1", "-0.0", "1.5", "1e308", "1e999", "-1e999", "9223372036854775807"),
    *("9223372036854775808", "99999999999999999999999999999999999999", "1" * 400, "NaN", "Infinity"),
    *('""', '" "', '"x"', '"0"', '"-1"', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\uffff"', '"\U0001f600"'),
    *('"' + "x" * 70_000 + '"', '"2026-13-01T00:00:00"', '"0000-00-00"', '"9999-12-31T23:59:59.999999-12:00"'),
    *("[]", "[[]]", "[1]", "{}", '{"a":null}', '{"a":{"b":"\\u0000"}}', '{"":1}', '{"a":1,"a":2}'),
    *("[" * 100 + "]" * 100, '{"a":' * 100 + "1" + "}" * 100),
)
NASTY_BYTES = (
    *(b"", b" ", b"-1", b"0", b"x", b"\0", b"\xff", b"\xc0\x80"),
    *(b"\xed\xa0\x80", b"9" * 40, b"1e5", b"%25", b".."),
)
BODIES = {
    "/workspace/login": ("login", "key"),
    "/task": ("activityLabel", "automationLabel", "parameters", "data", "test", "priority", "minExecutionDate"),
    "/task/{id}": (
        *("state", "finishStatus", "finishMessage", "totalItems", "processedItems", "failedItems"),
        *("interrupted", "killed", "status", "message"),
    ),
    "/task/{id}/finish": ("finishStatus", "status", "finishMessage", "message", "totalItems"),
    "/alerts": ("taskId", "title", "message", "type"),
    "/artifact": ("taskId", "name", "filename"),
    "/log": ("activityLabel", "label", "columns", "repositoryLabel", "organizationLabel"),
    "/log/{label}/entry": ("order", "other"),
    "/message": ("emails", "logins", "group", "groups", "subject", "body", "type"),
    "/error": ("taskId", "type", "message", "stackTrace", "language", "tags"),
    "/datapool": (
        *("label", "name", "defaultAutomation", "defaultActivity", "consumptionPolicy", "schema", "trigger"),
        *("autoRetry", "maxAutoRetry", "abortOnError", "maxErrorsBeforeInactive", "enableProcessingTime"),
        *("itemMaxProcessingTime", "active", "repositoryLabel"),
    ),
    "/datapool/{label}": ("name", "defaultActivity", "schema", "trigger", "maxAutoRetry", "active"),
    "/datapool/{label}/push": ("priority", "values"),
    "/datapool/{label}/entry/{id}": ("priority", "values", "state", "message", "errorType", "taskId", "parent"),
    "/datapool/{label}/entry/{id}/cancel": ("state", "message"),
    "/credential": ("label", "secrets", "repositoryLabel"),
    "/credential/{label}": ("label", "secrets"),
    "/credential/{label}/key": ("key", "value"),
    "/bot": ("organization", "botId", "label", "version", "technology", "command", "repositoryLabel", "repository"),
    "/bot/release": ("botId", "version"),
    "/bot/{bot}": ("repository", "repositoryLabel", "description", "version"),
    "/bot/{bot}/release": ("version",),
    "/scheduling": (
        *("activityLabel", "automationLabel", "cron", "scheduleStrategy", "parameters", "priority", "active", "name"),
    ),
    "/scheduling/{id}": ("activityLabel", "cron", "scheduleStrategy", "parameters", "priority", "active", "name"),
}
GOOD = {
    "/workspace/login": {"login": '"acme"', "key": '"k"'},
    "/task": {"activityLabel": f'"{AUTOMATION}"'},
    "/task/{id}": {"state": '"FINISHED"', "finishStatus": '"SUCCESS"'},
    "/task/{id}/finish": {},
    "/alerts": {"taskId": "ID", "title": '"t"', "message": '"m"', "type": '"INFO"'},
    "/artifact": {"taskId": "ID", "name": '"n"', "filename": '"f"'},
    "/log": {"activityLabel": '"swept"', "columns": '[{"name":"o","label":"order","width":1}]'},
    "/log/{label}/entry": {"order": "1"},
    "/message": {"emails": '["ann@example.org"]', "subject": '"s"', "body": '"b"', "type": '"TEXT"'},
    "/error": {"taskId": "ID", "type": '"E"', "message": '"m"', "stackTrace": '"s"', "tags": '{"a":"b"}'},
    "/datapool": {"label": '"swept"'},
    "/datapool/{label}": {"active": "true"},
    "/datapool/{label}/push": {"values": '{"a":1}'},
    "/datapool/{label}/entry/{id}": {"state": '"ERROR"'},
    "/datapool/{label}/entry/{id}/cancel": {},
    "/credential": {"label": '"swept"', "secrets": '[{"key":"k","value":"v"}]'},
    "/credential/{label}": {"secrets": '[{"key":"k","value":"v"}]'},
    "/credential/{label}/key": {"key": '"k"', "value": '"v"'},
    "/bot": {"botId": '"swept"', "version": '"1"'},
    "/bot/release": {"botId": f'"{AUTOMATION}"', "version": '"1"'},
    "/bot/{bot}": {},
    "/bot/{bot}/release": {},
    "/scheduling": {"activityLabel": f'"{AUTOMATION}"', "cron": '"0 0 2 * * ?"'},
    "/scheduling/{id}": {},
}
UPLOADS = {
    "/artifact/log/{id}",
    "/error/{id}/screenshot",
    "/error/{id}/attachments",
    "/bot/upload/{bot}/version/{version}",
}
PUT = {route.path for route in ROUTES.routes if route.method == "PUT"}
QUERIES = (
    "page",
    "size",
    "sort",
    "days",
    "taskId",
    "type",
    "stateFilter",
    "activityLabel",
    "machineId",
    "isOnline",
    "botId",
    "label",
    "automation",
    "format",
    "other",
)


def bodies(task_id: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield a method, a path and a body per nasty value of each field, the other fields being good."""
    for path, fields in BODIES.items():
        for field in fields:
            for value in NASTY_JSON:
                pairs = {**GOOD[path], field: value}
                body = ",".join(f'"{name}":{text}' for name, text in pairs.items())
                yield (
                    "PUT" if path in PUT else "POST",
                    path.replace("{id}", str(task_id)).replace("{label}", "swept").replace("{bot}", AUTOMATION),
                    f"{{{body}}}".replace(":ID", f":{task_id}").encode(),
                )


def check(reply: httpx2.Response, what: object) -> None:
    assert reply.status_code < 500, (what, reply.text)
    if reply.status_code >= 400:
        assert reply.json()["message"], what


async def log_in(api: httpx2.AsyncClient, world: World) -> dict[str, str]:
    reply = await api.post("/api/v2/workspace/login", json={"login": "acme", "key": world.key})
    return {"token": reply.json()["accessToken"]}


def test_every_route_that_reads_json_is_swept() -> None:
    posted = {route.path for route in ROUTES.routes if route.method in ("POST", "PUT")}
    without_json = {"/task/{id}/cancel", "/task/{id}/restart", *UPLOADS}
    assert posted - without_json == set(BODIES)


async def test_no_value_of_any_field_breaks_the_server(api: httpx2.AsyncClient, db: Database, world: World) -> None:
    headers = await log_in(api, world)
    task = await db.write(make_task, world.workspace, automation=AUTOMATION, now=db.now())
    # An entry with the id of the task, held by the caller.
    assert (await api.post("/api/v2/datapool", json={"label": "swept"}, headers=headers)).status_code == 200
    entry = await api.post("/api/v2/datapool/swept/push", json={"values": {}}, headers=headers)
    assert entry.json()["id"] == str(task.id)
    assert (await api.get("/api/v2/datapool/swept/pull", headers=headers)).status_code == 200
    # A schedule with that id too.
    body = {"activityLabel": AUTOMATION, "cron": "0 0 2 * * ?"}
    assert (await api.post("/api/v2/scheduling", json=body, headers=headers)).json()["id"] == task.id
    for method, path, content in bodies(task.id):
        reply = await api.request(method, f"/api/v2{path}", content=content, headers=headers)
        check(reply, (method, path, content[:200]))


async def test_no_id_and_no_query_breaks_the_server(api: httpx2.AsyncClient, world: World) -> None:
    headers = await log_in(api, world)
    for nasty in NASTY_BYTES:
        sent = quote_from_bytes(nasty, safe="%")
        for route in ROUTES.routes:
            path = "/api/v2" + re.sub(r"\{\w+\}", sent, route.path)
            if "{" in route.path:
                reply = await api.request(route.method, path, headers=headers, content=b"{}")
                check(reply, (route.method, path))
                assert reply.status_code in {400, 403, 404, 405, 415}, (path, reply.text)
            elif route.method == "GET":
                for name in QUERIES:
                    check(await api.get(f"{path}?{name}={sent}", headers=headers), (path, name, sent))


async def test_no_header_breaks_the_server(api: httpx2.AsyncClient, world: World) -> None:
    token = (await log_in(api, world))["token"]
    for nasty in (b"", b" ", b"x", b"\xff", b"Bearer", b"Bearer ", b"Basic eDp5", b"by_login_x", token.encode()[:-1]):
        for name in ("token", "authorization"):
            reply = await api.get("/api/v2/task", headers=[(name.encode(), nasty)])
            assert reply.status_code == 401, (name, nasty)
        for name in ("organization", "x-organization"):
            reply = await api.get("/api/v2/task", headers=[(b"token", token.encode()), (name.encode(), nasty)])
            assert reply.status_code == (403 if nasty.strip() else 200), (name, nasty)
