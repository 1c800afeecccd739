"""Pages over HTTP: who sees what, what forms do, and that nothing that a client sends is a fault of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from botyard.base.clock import DAY, HOUR
from botyard.core import access, artifacts, automations, tasks
from botyard.storage import Blobs, Tx
from tests.console.conftest import Desk
from tests.support.work import make_task, make_workspace

PAGES = ("/", "/tasks", "/tasks/{task}", "/automations", "/automations/billing", "/runners", "/account")
FRAGMENTS = ("/", "/tasks", "/tasks/{task}", "/automations", "/automations/billing", "/runners", "/palette?q=bill")


@pytest.mark.parametrize("role", ["viewer", "operator", "developer", "admin"])
async def test_every_role_sees_every_page(desk: Desk, role: str) -> None:
    for path in PAGES:
        reply = await desk.get(path.format(task=desk.task_id), role=role)
        assert reply.status_code == 200, path
        assert "<h1" in reply.text
        assert len(reply.content) < 100_000


async def test_a_script_gets_the_part_without_the_frame(desk: Desk) -> None:
    for path in FRAGMENTS:
        reply = await desk.get(path.format(task=desk.task_id), hx_request="true")
        assert reply.status_code == 200, path
        assert "<html" not in reply.text, path


async def test_what_a_role_may_not_do_has_no_button(desk: Desk) -> None:
    task = f"/tasks/{desk.task_id}"
    assert "Cancel" not in (await desk.get(task, role="viewer")).text
    assert "Logs need the operator role" in (await desk.get(task, role="viewer")).text
    assert "Start a task" not in (await desk.get("/automations/billing", role="viewer")).text
    assert "Cancel" in (await desk.get(task, role="operator")).text


async def test_somebody_unknown_is_sent_to_sign_in_and_back(desk: Desk) -> None:
    reply = await desk.client.get("/tasks?q=state:failed")
    assert reply.status_code == 303
    assert reply.headers["location"] == "/sign-in?next=%2Ftasks%3Fq%3Dstate%3Afailed"
    part = await desk.client.get("/tasks", headers={"hx-request": "true"})
    assert part.status_code == 401
    assert "hx-redirect" in part.headers


async def test_a_forged_form_is_refused(desk: Desk) -> None:
    cookie = {"cookie": f"botyard_session={desk.cookies['admin']}"}
    path = f"/tasks/{desk.task_id}/cancel"
    for headers in (cookie, {**cookie, "origin": "http://elsewhere.example"}, {**cookie, "origin": "http://botyard"}):
        reply = await desk.client.post(path, headers=headers, data={"form_token": "0" * 64})
        assert reply.status_code == 403
    found = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=desk.task_id)
    assert found.state == "queued"


async def test_a_task_is_cancelled_and_restarted_by_its_buttons(desk: Desk) -> None:
    reply = await desk.post(f"/tasks/{desk.task_id}/cancel")
    assert (reply.status_code, reply.headers["location"]) == (303, f"/tasks/{desk.task_id}")
    page = await desk.client.get(
        reply.headers["location"],
        headers={"cookie": f"botyard_session={desk.cookies['admin']}; {reply.headers['set-cookie'].split(';')[0]}"},
    )
    assert f"Task {desk.task_id} is cancelled." in page.text
    assert "Cancelled by admin" in page.text
    await desk.post(f"/tasks/{desk.task_id}/restart")
    found = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=desk.task_id)
    assert found.state == "queued"


async def test_what_is_not_possible_goes_back_with_the_reason(desk: Desk) -> None:
    await desk.post(f"/tasks/{desk.task_id}/cancel")
    reply = await desk.post("/automations/billing/release", version="77")
    assert reply.status_code == 303
    assert "does%20not%20exist" in reply.headers["set-cookie"]


async def test_another_workspace_looks_like_nothing(desk: Desk) -> None:
    stranger = await desk.db.write(make_workspace, label="rival")
    foreign = await desk.db.write(make_task, stranger)
    for path in (f"/tasks/{foreign.id}", f"/tasks/{foreign.id}/log.txt", "/tasks/999999999", "/tasks/x", "/files/12"):
        assert (await desk.get(path)).status_code == 404, path
    assert (await desk.get(f"/tasks/{foreign.id}/log")).text.count('class="line') == 0
    assert f'id="task-{foreign.id}"' not in (await desk.get("/tasks")).text
    assert f'id="task-{foreign.id}"' not in (await desk.get(f"/tasks/fresh?ids={foreign.id}&newest=0")).text


async def test_an_error_has_a_page_of_the_same_design(desk: Desk) -> None:
    reply = await desk.get("/tasks/424242")
    assert reply.status_code == 404
    assert "Task 424242 does not exist" in reply.text
    assert 'aria-label="Main"' in reply.text
    unknown = await desk.get("/nowhere")
    assert unknown.status_code == 404
    assert "Not found" in unknown.text


async def test_the_list_goes_on_by_keys(desk: Desk) -> None:
    def many(tx: Tx) -> list[int]:
        return [make_task(tx, desk.workspace, now=desk.db.now()).id for _ in range(60)]

    made = await desk.db.write(many)
    first = await desk.get("/tasks")
    assert first.text.count('id="task-') == 50
    rest = await desk.get(f"/tasks?before={made[10]}")
    assert f'id="task-{made[9]}"' in rest.text
    assert f'id="task-{made[10]}"' not in rest.text
    fresh = await desk.get(f"/tasks/fresh?q=state:queued&newest={made[56]}&ids={made[3]}")
    assert "3 new tasks" in fresh.text
    assert f'id="task-{made[3]}"' in fresh.text


async def test_several_tasks_are_previewed_and_cancelled(desk: Desk) -> None:
    other = await desk.db.write(make_task, desk.workspace, now=desk.db.now())
    await desk.post(f"/tasks/{other.id}/cancel")
    ids = f"id={desk.task_id}&id={other.id}&id=999999"
    preview = await desk.get(f"/tasks/bulk?action=cancel&{ids}")
    assert "Cancel 1 task" in preview.text
    reply = await desk.post("/tasks/bulk", action="cancel", id=str(desk.task_id), back="/tasks?q=state:queued")
    assert reply.headers["location"] == "/tasks?q=state:queued"
    found = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=desk.task_id)
    assert found.state == "cancelled"


class TestStarting:
    async def test_declared_parameters_become_their_types(self, desk: Desk) -> None:
        declared = [
            {"name": "count", "type": "int"},
            {"name": "ratio", "type": "double"},
            {"name": "dry_run", "type": "bool"},
            {"name": "names", "type": "string", "array": True},
            {"name": "month", "type": "string"},
            {"name": "result", "type": "string", "scope": "Out"},
        ]
        await desk.db.write(
            automations.update,
            workspace_id=desk.workspace.id,
            label="billing",
            fields={"parameters": declared},
            actor="user:ann",
            now=desk.db.now(),
        )
        form = (await desk.get("/automations/billing")).text
        assert 'name="p.count"' in form
        assert 'name="p.result"' not in form
        fields = {"p.count": "7", "p.ratio": "0.5", "p.dry_run": "true", "p.names": '["a","b"]', "p.month": " 2026-10"}
        reply = await desk.post("/tasks", automation="billing", json='{"extra": [1]}', priority="3", **fields)
        task_id = int(reply.headers["location"].rpartition("/")[2])
        task = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=task_id)
        assert task.parameters == {
            "extra": [1],
            "count": 7,
            "ratio": 0.5,
            "dry_run": True,
            "names": ["a", "b"],
            "month": " 2026-10",
        }
        assert (task.priority, task.created_by) == (3, "user:admin")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"json": "[1]"}, "The JSON is not an object."),
            ({"json": "{"}, "The JSON cannot be read."),
            ({"json": '{"a": NaN}'}, "The JSON cannot be read."),
            ({"priority": "11"}, "is not a whole number from 0 to 10"),
            ({"priority": "high"}, "is not a whole number from 0 to 10"),
            ({"not_before": "tomorrow"}, "is not a date and time."),
            ({"automation": "nothing"}, "does not exist"),
        ],
    )
    async def test_what_is_wrong_is_said_beside_what_was_typed(
        self, desk: Desk, fields: dict[str, str], words: str
    ) -> None:
        reply = await desk.post("/tasks", **{"automation": "billing", **fields})
        assert reply.status_code in (303, 400)
        told = reply.text if reply.status_code == 400 else reply.headers["set-cookie"].replace("%20", " ")
        assert words in told

    async def test_a_task_can_be_started_again_with_changes(self, desk: Desk) -> None:
        reply = await desk.post("/tasks", automation="billing", json='{"month": "2026-10"}')
        task_id = int(reply.headers["location"].rpartition("/")[2])
        form = await desk.get(f"/tasks/new?from={task_id}")
        assert "&#34;month&#34;: &#34;2026-10&#34;" in form.text


STRANGE = ("", "\0", "'", '"><b>', "..", "%00", "é" * 300, "9" * 40, "-1", "1e9", "NaN", "true", "{}", "🤖")


@pytest.mark.parametrize("value", STRANGE)
async def test_strange_input_is_never_a_fault_of_the_server(desk: Desk, value: str) -> None:
    from urllib.parse import quote

    text = quote(value)
    paths = [
        f"/tasks?q={text}&before={text}",
        f"/tasks?q=state:{text}+automation:{text}+newer:{text}+runner:{text}",
        f"/tasks/fresh?q={text}&newest={text}&ids={text},{text}",
        f"/tasks/bulk?action={text}&id={text}",
        f"/tasks/bulk?action=cancel&id={text}&back={text}",
        f"/tasks/new?automation={text}&from={text}",
        f"/tasks/{desk.task_id}?tab={text}&find={text}&stream={text}",
        f"/tasks/{desk.task_id}/log?before={text}&after={text}&find={text}",
        f"/automations?q={text}&after={text}",
        f"/automations/{text}",
        f"/palette?q={text}",
        f"/sign-in?next={text}",
        f"/static/{text}/console.js",
        f"/static/1/{text}",
        f"/files/{text}",
    ]
    for path in paths:
        assert (await desk.get(path)).status_code < 500, path
    for path in ("/tasks", "/tasks/bulk", "/account/password", "/account/sessions/end", "/account/theme"):
        fields = dict.fromkeys(("automation", "json", "priority", "id", "action", "back", "old", "new", "again"), value)
        assert (await desk.post(path, **fields)).status_code < 500, path


async def test_static_files_are_kept_by_browsers_and_pages_are_not(desk: Desk) -> None:
    page = await desk.get("/")
    assert page.headers["cache-control"] == "no-store"
    script = page.text.split('type="module" src="')[1].split('"')[0]
    reply = await desk.client.get(script)
    assert reply.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert reply.headers["content-type"].startswith("text/javascript")


async def test_pages_hold_nothing_inline_and_name_no_other_host(desk: Desk) -> None:
    for path in PAGES:
        text = (await desk.get(path.format(task=desk.task_id))).text
        for banned in ("<style", " style=", "javascript:", " onclick=", " onload=", "<script>", "//cdn", 'src="http'):
            assert banned not in text, (path, banned)


async def test_a_join_code_is_shown_once_and_only_to_administrators(desk: Desk) -> None:
    reply = await desk.post("/runners/join")
    assert reply.status_code == 200
    assert "--token by_join_" in reply.text
    assert "by_join_" not in (await desk.get("/runners")).text
    assert (await desk.post("/runners/join", role="developer")).status_code == 403


async def test_a_password_made_by_somebody_else_must_be_replaced_within_a_day(desk: Desk) -> None:
    def newcomer(tx: Tx, login: str, age: int) -> str:
        hashed = access.passwords.hash_password("made by the server")
        user = access.create_user(
            tx, login=login, name=login, password_hash=hashed, must_change=True, now=desk.db.now() - age
        )
        access.set_role(tx, workspace_id=desk.workspace.id, user_id=user.id, role=access.Role.OPERATOR)
        return access.start_session(tx, user_id=user.id, now=desk.db.now())[0]

    desk.cookies["olga"] = await desk.db.write(newcomer, "olga", DAY - HOUR)
    reminded = await desk.get("/tasks", role="olga")
    assert (reminded.status_code, "Choose one of your own" in reminded.text) == (200, True)
    desk.cookies["nina"] = await desk.db.write(newcomer, "nina", DAY + HOUR)
    for path in ("/", "/tasks", "/runners"):
        reply = await desk.get(path, role="nina")
        assert (reply.status_code, reply.headers["location"]) == (303, "/account")
    assert "Choose a password of your own." in (await desk.get("/account", role="nina")).text
    fields = {"old": "made by the server", "new": "seven quiet otters", "again": "seven quiet otter"}
    refused = await desk.post("/account/password", role="nina", **fields)
    assert (refused.status_code, "The two new passwords differ." in refused.text) == (400, True)
    changed = await desk.post("/account/password", role="nina", **fields | {"again": "seven quiet otters"})
    assert changed.status_code == 303
    desk.cookies["nina"] = changed.headers.get_list("set-cookie")[0].split(";")[0].partition("=")[2]
    assert (await desk.get("/tasks", role="nina")).status_code == 200


async def test_another_browser_can_be_signed_out_but_not_somebody_elses(desk: Desk) -> None:
    def sessions_of(tx: Tx, login: str) -> list[access.Session]:
        stored = access.find_password(tx, login=login)
        assert stored is not None
        return access.list_sessions(tx, user_id=stored.user_id, now=desk.db.now())

    (foreign,) = await desk.db.read(sessions_of, "viewer")
    await desk.post("/account/sessions/end", id=foreign.id)
    assert (await desk.get("/", role="viewer")).status_code == 200
    (own,) = await desk.db.read(sessions_of, "admin")
    await desk.post("/account/sessions/end", id=own.id)
    assert (await desk.get("/")).status_code == 303


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c6300010000050001"
    "0d0a2db40000000049454e44ae426082"
)


async def _leave(desk: Desk, blobs: Blobs, file_name: str, content: bytes) -> int:
    """Have the task leave a file, and return the id of the artifact."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    blob = await blobs.put(chunks(), limit=1_000_000)

    def record(tx: Tx) -> int:
        scope: dict[str, Any] = {"workspace_id": desk.workspace.id, "actor": "user:ann", "now": desk.db.now()}
        made = artifacts.create(tx, task_id=desk.task_id, name=f"The {file_name}", file_name=file_name, **scope)
        artifacts.attach(tx, artifact_id=made.id, digest=blob.digest, size=blob.size, **scope)
        return made.id

    return await desk.db.write(record)


async def test_files_are_downloads_whatever_is_in_them(desk: Desk, blobs: Blobs) -> None:
    page = await _leave(desk, blobs, "report.html", b"<script>alert(1)</script>")
    reply = await desk.get(f"/files/{page}")
    assert reply.content == b"<script>alert(1)</script>"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"].startswith('attachment; filename="report.html"')
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert (await desk.get(f"/files/{page}", role="viewer")).status_code == 403
    assert "The report.html" in (await desk.get(f"/tasks/{desk.task_id}?tab=files")).text
    assert "The report.html" not in (await desk.get(f"/tasks/{desk.task_id}", role="viewer")).text


async def test_a_picture_is_shown_beside_the_log(desk: Desk, blobs: Blobs) -> None:
    picture = await _leave(desk, blobs, "error.PNG", PIXEL)
    assert f'<img src="/files/{picture}"' in (await desk.get(f"/tasks/{desk.task_id}")).text
    assert (await desk.get(f"/files/{picture}")).headers["content-type"] == "image/png"
