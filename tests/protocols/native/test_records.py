"""What tasks leave behind, over native v1: files, alerts, errors, messages and log tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from botyard.core import workspaces
from botyard.core.access import Role
from botyard.storage import Database
from tests.protocols.native.conftest import Api, make_key

BYTES = {"Content-Type": "application/octet-stream"}


@dataclass
class Run:
    """A task whose attempt runs: its id, the API as its bot sees it, and as its runner and an administrator do."""

    task: int
    attempt: str
    bot: Api
    runner: Api
    api: Api

    async def end(self) -> None:
        """Let the process end; the token of the bot is good for its own task and a short while."""
        await self.runner.ok("POST", f"/runner/attempts/{self.attempt}/end", {"exit_code": 0})


@pytest.fixture
async def run(api: Api) -> Run:
    await api.deploy("invoices")
    runner = await api.new_runner()
    task = (await api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start")
    return Run(task, lease["attempt"], api.as_(lease["token"]), runner, api)


async def test_files_of_tasks_are_sent_found_and_deleted(run: Run) -> None:
    where = f"/tasks/{run.task}/artifacts"
    first = await run.bot.ok("POST", where, content=b"a,b", headers=BYTES, params={"name": "report.csv"})
    assert (first["file_name"], first["size"], first["automation"]) == ("report.csv", 3, "invoices")
    again = await run.bot.ok("POST", where, content=b"a,b", headers=BYTES, params={"name": "report.csv"})
    assert again["id"] == first["id"]
    other = await run.api.ok("POST", where, content=b"{}", headers=BYTES, params={"name": "log.json"})
    page = await run.api.ok("GET", "/artifacts?limit=1")
    assert [file["id"] for file in page["artifacts"]] == [other["id"]]
    rest = await run.api.ok("GET", "/artifacts", params={"before": page["next"], "task": run.task})
    assert [file["id"] for file in rest["artifacts"]] == [first["id"]]
    found = await run.api.ok("GET", "/artifacts?automation=invoices&text=REPORT")
    assert found["artifacts"] == [first]
    assert (await run.api.ok("GET", "/artifacts?automation=none"))["artifacts"] == []
    assert await run.api.ok("GET", f"/artifacts/{first['id']}") == first
    assert (await run.api("GET", f"/artifacts/{first['id']}/content")).content == b"a,b"
    await run.api.ok("DELETE", f"/artifacts/{first['id']}")
    await run.api.problem("GET", f"/artifacts/{first['id']}", status=404)
    told = (await run.api.ok("GET", f"/tasks/{run.task}/events"))["events"][-1]
    assert told["kind"] == "artifact.deleted"
    assert (await run.api.problem("POST", where, content=b"x", headers=BYTES, status=400))["field"] == "name"
    bad = await run.api.problem("POST", where, content=b"x", headers=BYTES, params={"name": "\x07"}, status=400)
    assert bad["field"] == "name"


async def test_alerts_are_raised_and_found(run: Run) -> None:
    made = await run.bot.ok("POST", f"/tasks/{run.task}/alerts", {"title": "Late", "message": "Soon", "level": "warn"})
    assert (made["level"], made["automation"]) == ("warn", "invoices")
    await run.api.ok("POST", f"/tasks/{run.task}/alerts", {"title": "All is well"})
    assert (await run.api.ok("GET", "/alerts?level=warn"))["alerts"] == [made]
    assert (await run.api.ok("GET", "/alerts?text=late&automation=invoices"))["alerts"] == [made]
    assert (await run.api.ok("GET", "/alerts?app=7"))["alerts"] == []
    page = await run.api.ok("GET", "/alerts", params={"limit": 1, "task": run.task})
    assert (await run.api.ok("GET", "/alerts", params={"before": page["next"]}))["alerts"] == [made]
    assert await run.api.ok("GET", f"/alerts/{made['id']}") == made
    await run.api.problem("POST", f"/tasks/{run.task}/alerts", {"title": "x", "level": "loud"}, status=400)
    await run.api.problem("POST", "/tasks/999/alerts", {"title": "x"}, status=404)
    assert (await run.api.problem("GET", "/alerts?level=loud", status=400))["field"] == "level"


async def test_errors_are_reported_with_files_and_their_fault_is_mended(run: Run) -> None:
    sent = {
        "type": "ValueError",
        "message": "No customer",
        "stack": 'File "bot.py", line 3, in main',
        "tags": {"a": "b"},
    }
    made = await run.bot.ok("POST", f"/tasks/{run.task}/errors", sent)
    assert (made["type"], made["tags"], made["files"]) == ("ValueError", {"a": "b"}, [])
    files = f"/errors/{made['id']}/files"
    query = {"kind": "screenshot", "name": "screen.png"}
    shot = await run.bot.ok("POST", files, content=b"\x89PNG", headers=BYTES, params=query)
    await run.api.ok("POST", files, content=b"more", headers=BYTES, params={"name": "more.txt"})
    found = await run.api.ok("GET", f"/errors/{made['id']}")
    assert [(file["kind"], file["name"]) for file in found["files"]] == [
        ("screenshot", "screen.png"),
        ("attachment", "more.txt"),
    ]
    assert (await run.api("GET", f"/errors/files/{shot['id']}/content")).content == b"\x89PNG"
    await run.bot.ok("POST", f"/tasks/{run.task}/errors", sent | {"message": "Again"})
    await run.bot.ok("POST", f"/tasks/{run.task}/errors", {"type": "OSError"})
    assert len((await run.api.ok("GET", "/errors", params={"group": made["group"]}))["errors"]) == 2
    page = await run.api.ok("GET", "/errors", params={"limit": 2, "task": run.task, "automation": "invoices"})
    assert [
        error["id"] for error in (await run.api.ok("GET", "/errors", params={"before": page["next"]}))["errors"]
    ] == [made["id"]]
    groups = (await run.api.ok("GET", "/error-groups"))["groups"]
    assert [(group["type"], group["total"]) for group in groups] == [("OSError", 1), ("ValueError", 2)]
    first = await run.api.ok("GET", "/error-groups?limit=1")
    rest = await run.api.ok("GET", "/error-groups", params={"before": first["next"]})
    assert [group["id"] for group in rest["groups"]] == [made["group"]]
    one = f"/error-groups/{made['group']}"
    assert (await run.api.ok("POST", f"{one}/resolve"))["resolved_by"]
    assert [group["type"] for group in (await run.api.ok("GET", "/error-groups"))["groups"]] == ["OSError"]
    assert len((await run.api.ok("GET", "/error-groups?state=all&text=value&since=2020-01-01"))["groups"]) == 1
    assert (await run.api.ok("POST", f"{one}/reopen"))["resolved_at"] is None
    assert (await run.api.ok("GET", one))["total"] == 2


async def test_messages_are_sent_looked_at_and_sent_again(run: Run) -> None:
    sent = {"subject": "Done", "body": "All", "addresses": ["ann@example.org", "bob@example.org"]}
    made = await run.bot.ok("POST", "/messages", sent)
    assert (made["task"], made["state"], made["queued"]) == (run.task, "queued", 2)
    found = await run.api.ok("GET", f"/messages/{made['id']}")
    assert [each["address"] for each in found["deliveries"]] == ["ann@example.org", "bob@example.org"]
    own = await run.api.ok("POST", "/messages", {"subject": "By hand", "addresses": ["ann@example.org"]})
    page = await run.api.ok("GET", "/messages?limit=1&state=queued")
    assert [each["id"] for each in page["messages"]] == [own["id"]]
    rest = await run.api.ok("GET", "/messages", params={"before": page["next"], "task": run.task})
    assert [each["id"] for each in rest["messages"]] == [made["id"]]
    assert (await run.api.ok("GET", "/messages?state=failed"))["messages"] == []
    assert (await run.api.ok("POST", f"/messages/{own['id']}/repeat"))["queued"] == 1
    assert (await run.api.problem("POST", "/messages", {"subject": "x"}, status=400))["hint"]
    await run.api.problem("POST", "/messages", {"addresses": ["no address"]}, status=400)
    await run.api.problem("POST", "/messages", {"users": ["nobody"]}, status=400)


async def test_a_log_table_is_declared_filled_read_exported_and_deleted(run: Run) -> None:
    declared = {"label": "sent", "columns": [{"label": "invoice"}, {"label": "sum", "name": "Sum", "width": 40}]}
    made = await run.bot.ok("POST", "/log-tables", declared)
    assert [column["name"] for column in made["columns"]] == ["invoice", "Sum"]
    assert await run.bot.ok("POST", "/log-tables", declared) == made
    await run.api.problem("POST", "/log-tables", {"label": "sent", "columns": [{"label": "x"}]}, status=409)
    rows = [{"invoice": f"R-{number}", "sum": number} for number in range(3)]
    assert await run.bot.ok("POST", "/log-tables/sent/rows", {"rows": rows}) == {"added": 3}
    await run.api.ok("POST", "/log-tables/sent/rows", {"rows": [{"invoice": "=1", "more": True}]})
    first = await run.api.ok("GET", "/log-tables/sent/rows?limit=2")
    rest = await run.api.ok("GET", "/log-tables/sent/rows", params={"before": first["next"]})
    found = [*first["rows"], *rest["rows"]]
    assert found[0]["values"] == {"invoice": "=1", "sum": "", "more": True}
    assert [(row["values"]["sum"], row["task"]) for row in found[1:]] == [(n, run.task) for n in (2, 1, 0)]
    lines = (await run.api("GET", "/log-tables/sent/export")).text.splitlines()
    assert lines[0] == "invoice,Sum,dateCreation"
    assert [line.rpartition(",")[0] for line in lines[1:]] == ["R-0,0", "R-1,1", "R-2,2", "'=1,"]
    assert (await run.api.ok("GET", "/log-tables/sent/rows?since=2100-01-01"))["rows"] == []
    assert (await run.api.ok("GET", "/log-tables?text=SE"))["tables"] == [made]
    assert (await run.api.ok("GET", "/log-tables?after=sent"))["tables"] == []
    await run.api.problem("POST", "/log-tables/sent/rows", {"rows": []}, status=400)
    await run.api.ok("DELETE", "/log-tables/sent")
    await run.api.problem("POST", "/log-tables/sent/rows", {"rows": rows}, status=404)
    await run.api.problem("GET", "/log-tables/sent", status=404)


NONSENSE: list[tuple[Any, Any]] = [
    ("/artifacts?before=x", "before"),
    ("/artifacts?colour=red", "colour"),
    ("/errors?group=x", "group"),
    ("/error-groups?state=none", "state"),
    ("/error-groups?before=x", "before"),
    ("/error-groups?since=soon", "since"),
    ("/messages?state=lost", "state"),
    ("/messages?limit=0", "limit"),
    ("/log-tables?limit=501", "limit"),
]


async def test_a_question_that_makes_no_sense_names_its_part(api: Api) -> None:
    for path, field in NONSENSE:
        assert (await api.problem("GET", path, status=400))["field"] == field


async def test_a_bot_writes_to_its_own_task_and_once_it_has_ended_sees_nothing_else(run: Run) -> None:
    other = (await run.api.ok("POST", "/tasks", {"automation": "invoices"}))["id"]
    alert = await run.api.ok("POST", f"/tasks/{other}/alerts", {"title": "Of another task"})
    message = await run.api.ok("POST", "/messages", {"addresses": ["ann@example.org"]})
    file = await run.api.ok("POST", f"/tasks/{other}/artifacts", content=b"x", headers=BYTES, params={"name": "x"})
    error = await run.api.ok("POST", f"/tasks/{other}/errors", {"type": "OSError"})
    await run.bot.problem("POST", f"/tasks/{other}/alerts", {"title": "x"}, status=403)
    await run.bot.problem("POST", f"/tasks/{other}/errors", {"type": "x"}, status=403)
    await run.bot.problem("POST", f"/errors/{error['id']}/files", content=b"x", headers=BYTES, status=403)
    await run.bot.problem("DELETE", f"/artifacts/{file['id']}", status=403)
    await run.bot.ok("GET", f"/alerts/{alert['id']}")
    await run.end()
    await run.bot.ok("POST", f"/tasks/{run.task}/alerts", {"title": "Last words"})
    assert [each["task"] for each in (await run.bot.ok("GET", "/alerts"))["alerts"]] == [run.task]
    assert (await run.bot.ok("GET", "/artifacts"))["artifacts"] == []
    assert (await run.bot.ok("GET", "/errors"))["errors"] == []
    assert (await run.bot.ok("GET", "/messages"))["messages"] == []
    for path in (f"/alerts/{alert['id']}", f"/artifacts/{file['id']}", f"/errors/{error['id']}"):
        await run.bot.problem("GET", path, status=404)
    await run.bot.problem("GET", f"/messages/{message['id']}", status=404)
    await run.bot.problem("GET", f"/alerts?task={other}", status=404)
    await run.bot.problem("GET", "/log-tables", status=403)


async def test_another_workspace_has_none_of_it(run: Run, stranger: Api) -> None:
    alert = await run.api.ok("POST", f"/tasks/{run.task}/alerts", {"title": "x"})
    error = await run.api.ok("POST", f"/tasks/{run.task}/errors", {"type": "OSError"})
    where = {"content": b"x", "headers": BYTES, "params": {"name": "x"}}
    file = await run.api.ok("POST", f"/tasks/{run.task}/artifacts", **where)
    picture = await run.api.ok("POST", f"/errors/{error['id']}/files", **where)
    message = await run.api.ok("POST", "/messages", {"addresses": ["ann@example.org"]})
    await run.api.ok("POST", "/log-tables", {"label": "sent", "columns": [{"label": "x"}]})
    asked: list[tuple[str, str, Any]] = [
        ("GET", f"/alerts/{alert['id']}", None),
        ("POST", f"/tasks/{run.task}/alerts", {"title": "x"}),
        ("GET", f"/errors/{error['id']}", None),
        ("POST", f"/tasks/{run.task}/errors", {"type": "x"}),
        ("GET", f"/errors/files/{picture['id']}/content", None),
        ("POST", f"/error-groups/{error['group']}/resolve", None),
        ("GET", f"/artifacts/{file['id']}", None),
        ("DELETE", f"/artifacts/{file['id']}", None),
        ("GET", f"/messages/{message['id']}", None),
        ("POST", f"/messages/{message['id']}/repeat", None),
        ("GET", "/log-tables/sent", None),
        ("POST", "/log-tables/sent/rows", {"rows": [{"x": 1}]}),
        ("DELETE", "/log-tables/sent", None),
    ]
    for method, path, body in asked:
        await stranger.problem(method, path, body, status=404)
    await stranger.problem("POST", f"/tasks/{run.task}/artifacts", **where, status=404)
    await stranger.problem("POST", f"/errors/{error['id']}/files", **where, status=404)
    for path, name in (("/alerts", "alerts"), ("/errors", "errors"), ("/artifacts", "artifacts")):
        assert (await stranger.ok("GET", path))[name] == []


async def test_who_may_do_what(run: Run, db: Database) -> None:
    place = await db.read(workspaces.get, label="acme")
    viewer, operator = [
        run.api.as_(await db.write(make_key, workspace_id=place.id, role=role, now=db.now()))
        for role in (Role.VIEWER, Role.OPERATOR)
    ]
    await viewer.ok("GET", "/alerts")
    for path in ("/artifacts", "/errors", "/error-groups", "/messages", "/log-tables"):
        await viewer.problem("GET", path, status=403)
        await operator.ok("GET", path)
    await viewer.problem("POST", f"/tasks/{run.task}/alerts", {"title": "x"}, status=403)
    await operator.ok("POST", f"/tasks/{run.task}/alerts", {"title": "x"})
