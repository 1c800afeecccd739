"""The form that starts a task, over HTTP: a field of its type per parameter, files sent along, faults beside them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from botyard.core import artifacts, automations, tasks
from botyard.core.tasks import Task
from botyard.storage import Blobs
from tests.console.conftest import ORIGIN, Desk
from tests.support.work import lease_next, make_runner, make_task, make_workspace

DECLARED: list[dict[str, Any]] = [
    {"name": "Month", "type": "string", "scope": "InOut"},
    {"name": "Count", "type": "int"},
    {"name": "Ratio", "type": "double"},
    {"name": "DryRun", "type": "bool"},
    {"name": "Since", "type": "datetime"},
    {"name": "Invoice", "type": "file"},
    {"name": "Names", "type": "string", "array": True},
    {"name": "Limits", "type": "int", "array": True},
    {"name": "Days", "type": "datetime", "array": True},
    {"name": "Papers", "type": "file", "array": True},
    {"name": "Result", "type": "string", "scope": "Out"},
]
TYPED = {
    "p.Month": "2026-10",
    "p.Count": "9223372036854775807",
    "p.Ratio": "0.25",
    "p.DryRun": "false",
    "p.Since": "2026-01-31T08:30:15",
    "p.Names": "one\n  two words \n\nthree",
    "p.Limits": "1\n-2",
    "p.Days": '["2026-01-31", "2026-01-31T08:30:00.1234567+01:00"]',
}


@pytest.fixture(autouse=True)
async def declared(desk: Desk) -> None:
    await desk.post(f"/tasks/{desk.task_id}/cancel")
    await desk.db.write(
        automations.update,
        workspace_id=desk.workspace.id,
        label="billing",
        fields={"parameters": DECLARED},
        actor="user:ann",
        now=desk.db.now(),
    )


async def start(desk: Desk, fields: dict[str, Any], *files: tuple[str, tuple[str, bytes]]) -> Any:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get("/account", role="operator")).text)
    assert token
    return await desk.client.post(
        "/tasks",
        headers={"cookie": f"botyard_session={desk.cookies['operator']}", "origin": ORIGIN},
        data={"form_token": token.group(1), "automation": "billing", **fields},
        files=[(name, (file, content, "text/plain")) for name, (file, content) in files] or None,
    )


async def started(desk: Desk, reply: Any) -> Task:
    assert reply.status_code == 303, re.findall(r'class="hint fault"[^>]*>([^<]+)', reply.text)
    task_id = int(reply.headers["location"].rpartition("/")[2])
    return await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=task_id)


async def test_every_type_has_a_field_that_is_empty_at_first(desk: Desk) -> None:
    form = (await desk.get("/tasks/new?automation=billing")).text
    kinds = dict(re.findall(r'name="p\.(\w+)" type="([\w-]+)"[^>]* value=""', form))
    assert kinds == {
        "Month": "text",
        "Count": "number",
        "Ratio": "number",
        "Since": "datetime-local",
        "Invoice": "text",
    }
    assert set(re.findall(r'<textarea id="p-\d+" name="p\.(\w+)"', form)) == {"Names", "Limits", "Days", "Papers"}
    assert set(re.findall(r'name="u\.(\w+)" type="file"( multiple)?', form)) == {
        ("Invoice", ""),
        ("Papers", " multiple"),
    }
    assert "Result" not in form
    assert 'enctype="multipart/form-data"' in form
    assert (await started(desk, await start(desk, {}))).parameters == {}


async def test_what_is_typed_becomes_what_is_declared_and_comes_back_when_run_again(desk: Desk) -> None:
    task = await started(desk, await start(desk, {**TYPED, "json": '{"extra": {"a": 1}, "MONTH": "over"}'}))
    assert task.state == "queued"
    assert task.parameters == {
        "extra": {"a": 1},
        "Month": "2026-10",
        "Count": 2**63 - 1,
        "Ratio": 0.25,
        "DryRun": False,
        "Since": "2026-01-31T08:30:15Z",
        "Names": ["one", "two words", "three"],
        "Limits": [1, -2],
        "Days": ["2026-01-31T00:00:00Z", "2026-01-31T07:30:00.1234567Z"],
    }
    form = (await desk.get(f"/tasks/new?from={task.id}")).text
    for words in ('value="9223372036854775807"', 'value="2026-01-31T08:30:15"', "one\ntwo words\nthree", "&#34;extra"):
        assert words in form, words
    assert "<option selected>false</option>" in form
    values = dict(re.findall(r'name="p\.(\w+)"[^>]*value="([^"]*)"', form))
    values |= dict(re.findall(r'<textarea id="p-\d+" name="p\.(\w+)"[^>]*>([^<]*)<', form))
    again = await start(
        desk,
        {f"p.{name}": value for name, value in values.items()} | {"p.DryRun": "false", "json": '{"extra": {"a": 1}}'},
    )
    assert (await started(desk, again)).parameters == task.parameters


async def test_every_fault_is_said_beside_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    wrong = {
        "p.Month": "kept",
        "p.Count": "1.5",
        "p.Ratio": "NaN",
        "p.DryRun": "perhaps",
        "p.Since": "tomorrow",
        "p.Limits": "1\nmany",
        "p.Names": "[1",
        "json": "{",
        "priority": "eleven",
        "not_before": "soon",
    }
    reply = await start(desk, wrong, ("u.Papers", ("a.txt", b"a")))
    assert reply.status_code == 400
    page = reply.text
    assert "9 fields are wrong." in page
    assert len(re.findall('class="hint fault"', page)) == 9
    assert page.count('aria-invalid="true"') == 9
    assert "Choose the files again" in page
    for value in wrong.values():
        assert value.replace('"', "&#34;") in page, value
    assert "Limits[1]" in page
    newest = (await desk.db.read(tasks.search, workspace_id=desk.workspace.id, limit=1))[0]
    assert newest.id == desk.task_id


async def test_a_file_that_is_sent_along_is_an_input_of_the_task(desk: Desk, blobs: Blobs) -> None:
    reply = await start(
        desk,
        {"p.Papers": "https://example.org/first.pdf", "p.Invoice": ""},
        ("u.Invoice", ("C:\\scans\\invoice.pdf", b"%PDF-1")),
        ("u.Papers", ("b.txt", b"bb")),
        ("u.Papers", ("c.txt", b"c")),
        ("u.Month", ("", b"")),
    )
    task = await started(desk, reply)
    assert task.state == "preparing"
    assert task.parameters["Invoice"] == "invoice.pdf"
    assert task.parameters["Papers"] == ["https://example.org/first.pdf", "b.txt", "c.txt"]
    files = await desk.db.read(tasks.inputs_of, workspace_id=desk.workspace.id, task_id=task.id)
    assert [(file.parameter, file.position, file.file_name, file.size) for file in files] == [
        ("Papers", 0, None, None),
        ("Invoice", 0, "invoice.pdf", 6),
        ("Papers", 1, "b.txt", 2),
        ("Papers", 2, "c.txt", 1),
    ]


async def test_a_task_with_files_that_are_there_runs_at_once_and_may_keep_them_when_run_again(desk: Desk) -> None:
    first = await started(desk, await start(desk, {}, ("u.Invoice", ("invoice.pdf", b"%PDF-1"))))
    assert (first.state, first.ready) == ("queued", True)

    form = (await desk.get(f"/tasks/new?from={first.id}")).text
    kept = re.search(r'name="k\.Invoice" value="(\d+)" checked', form)
    assert kept
    assert 'name="p.Invoice" type="text" inputmode="url" value=""' in form
    fields = {"from": str(first.id), "k.Invoice": kept.group(1), f"n.{kept.group(1)}": "invoice.pdf"}
    second = await started(desk, await start(desk, fields))
    (file,) = await desk.db.read(tasks.inputs_of, workspace_id=desk.workspace.id, task_id=second.id)
    assert (file.file_name, file.size) == ("invoice.pdf", 6)
    assert str(file.artifact_id) != kept.group(1)

    both = await start(desk, {**fields, "p.Invoice": "https://example.org/x", "p.Count": "x"})
    assert "is one file" in both.text
    assert 'name="k.Invoice" value="' in both.text

    def lease(tx: Any) -> Any:
        return lease_next(tx, desk.workspace, make_runner(tx, desk.workspace, now=desk.db.now()), now=desk.db.now())

    leased = await desk.db.write(lease)
    assert [(given.parameter, given.file_name, given.size) for given in leased.files] == [("Invoice", "invoice.pdf", 6)]


async def test_a_file_of_another_workspace_or_one_that_is_too_large_is_refused(desk: Desk, settings: Any) -> None:
    def elsewhere(tx: Any) -> int:
        rival = make_workspace(tx, label="rival")
        task = make_task(tx, rival, now=desk.db.now())
        scope: dict[str, Any] = {"workspace_id": rival.id, "actor": "user:eve", "now": desk.db.now()}
        made = artifacts.create(tx, task_id=task.id, name="x", file_name="x", **scope)
        artifacts.attach(tx, artifact_id=made.id, digest="0" * 64, size=1, **scope)
        return made.id

    foreign = await desk.db.write(elsewhere)
    for kept in (str(foreign), "999999", "x", "9" * 40):
        reply = await start(desk, {"k.Invoice": kept})
        assert reply.status_code in (303, 400)
        if reply.status_code == 303 and "/tasks/" in reply.headers["location"]:
            assert "Invoice" not in (await started(desk, reply)).parameters
    for name in ("", "..", "a" * 300, "\x01"):
        assert (await start(desk, {}, ("u.Invoice", (name, b"x")))).status_code in (303, 400)
