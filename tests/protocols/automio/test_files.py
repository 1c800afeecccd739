"""Files and notifications of apps over the wire (contract b.18, h)."""

from __future__ import annotations

from typing import Any

import httpx2
import msgspec

from botyard.base.settings import Settings
from botyard.core import access, alerts, messages
from botyard.core.access import Role
from botyard.server.mail import Mailer
from botyard.storage import Database
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_access import check_fault
from tests.support.mail import MailServer
from tests.support.work import lease_next, make_runner

APP = "/api/apps/130"


async def upload(api: httpx2.AsyncClient, headers: dict[str, str], content: bytes, **fields: str) -> httpx2.Response:
    files = {"file": ("b.csv", content, "text/csv")}
    return await api.post(f"{APP}/files/upload/", headers=headers, data=fields, files=files)


async def test_a_file_makes_the_whole_way(api: httpx2.AsyncClient, world: World) -> None:
    reply = await upload(api, world.token, b"1;2\n", path="a/b.csv", overwrite="False")
    assert reply.status_code == 201, reply.text
    kept: dict[str, Any] = reply.json()
    assert kept["public_url"].startswith("http://botyard/api/apps/130/files/content/")
    assert (kept["path"], kept["size"], kept["content_type"]) == ("a/b.csv", 4, "text/csv")
    assert kept["original_filename"] == "b.csv"
    about = await api.get(f"{APP}/files/download/", headers=world.token, params={"path": "a/b.csv"})
    assert about.json() == {name: kept[name] for name in ("bucket_name", "path", "object_key", "size", "public_url")}
    params = {"public_url": kept["public_url"]}
    content = await api.get(f"{APP}/files/download-binary/", headers=world.token, params=params)
    assert (content.status_code, content.content) == (200, b"1;2\n")
    check_fault(await api.get(kept["public_url"]), 404)
    check_fault(await upload(api, world.token, b"3", path="a/b.csv"), 409)
    shown = await upload(api, world.token | {"X-File-Public": "true"}, b"3", path="a/b.csv", overwrite="True")
    assert (await api.get(shown.json()["public_url"])).content == b"3"
    check_fault(await api.get(f"{APP}/files/download-binary/", headers=world.token, params=params), 404)
    gone = await api.delete(f"{APP}/files/delete/", headers=world.token, params={"path": "a/b.csv"})
    assert set(gone.json()) == {"bucket_name", "path", "object_key", "detail"}
    check_fault(await api.delete(f"{APP}/files/delete/", headers=world.token, params={"path": "a/b.csv"}), 404)


async def test_files_that_cannot_be_are_refused(api: httpx2.AsyncClient, world: World) -> None:
    check_fault(await api.post(f"{APP}/files/upload/", headers=world.token, json={}), 400)
    check_fault(await api.post(f"{APP}/files/upload/", headers=world.token, data={}, files={"x": b"1"}), 400)
    check_fault(await upload(api, world.token, b"1", path="../b"), 400)
    check_fault(await upload(api, world.crm_token, b"1"), 403)
    check_fault(await api.get(f"{APP}/files/download/", headers=world.token), 400)
    sent: Any
    for sent in ({}, {"url": 5}, {"url": "http://127.0.0.1/x"}, {"url": "file:///etc/passwd"}, {"url": ""}):
        check_fault(await api.post(f"{APP}/files/upload-from-url/", headers=world.token, json=sent), 400)


async def test_a_mail_lies_in_the_outbox_of_the_person(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    where = "/api/integrations/mailer/notify-me/"
    mail = {"subject": "Done", "text": "All of it", "html": None}
    check_fault(await api.post(where, headers=world.token, json=mail), 400)
    await db.write(make_person, workspace_id=world.workspace.id)
    reply = await api.post(where, headers=world.token, json=mail)
    assert (reply.status_code, reply.json()["success"]) == (200, True)
    reply = await api.post(where, headers=world.token, json={"subject": "", "text": None, "html": "<b>Hi</b>"})
    assert reply.status_code == 200
    found = await db.read(messages.search, workspace_id=world.workspace.id)
    assert [(each.subject, each.body, each.plain) for each in found] == [
        ("A message of your app", "<b>Hi</b>", "Hi\n"),
        ("Done", "All of it", None),
    ]
    wrong: Any
    for wrong in ({}, {"subject": "x"}, {"subject": 5, "text": "x"}, {"text": " ", "html": ""}, []):
        check_fault(await api.post(where, headers=world.token, json=wrong), 400)
    check_fault(await api.post(where, headers=world.token, content=b""), 400)
    check_fault(await api.post(where, headers=world.token, json={"text": "x" * 300_000}), 400)
    check_fault(await api.post(where, json=mail), 403)


SEED = {
    "subject": "API Process Completed",
    "text": "Successfully processed 1000 records",
    "html": "<h1>Success!</h1><p>Processed <strong>1000</strong> records</p>",
}


async def test_a_mail_keeps_its_text_and_its_html(
    api: httpx2.AsyncClient, world: World, db: Database, settings: Settings, mail_server: MailServer
) -> None:
    await db.write(make_person, workspace_id=world.workspace.id)
    reply = await api.post("/api/integrations/mailer/notify-me/", headers=world.token, json=SEED)
    assert reply.json() == {
        "success": True,
        "message": "The mail is in the outbox until this server is given a mail server.",
    }
    mail_server.start()
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": mail_server.port, "smtp_tls": "none", "smtp_from": "b@example.org"}
    await Mailer(msgspec.structs.replace(settings, **smtp), db, holder="one").run()
    ((recipient, mail),) = mail_server.mails
    assert (recipient, mail["subject"]) == ("ann@example.com", SEED["subject"])
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content().strip() for part in mail.iter_parts()] == [SEED["text"], SEED["html"]]


async def test_somebody_without_an_address_is_said_to_get_no_mail(
    api: httpx2.AsyncClient, world: World, db: Database
) -> None:
    await db.write(make_person, workspace_id=world.workspace.id, login="ann")
    reply = await api.post("/api/integrations/mailer/notify-me/", headers=world.token, json=SEED)
    assert reply.status_code == 200, "an error would stall the program"
    assert reply.json()["success"] is False
    assert reply.json()["message"].startswith("The mail is not sent. This user has no e-mail address.")
    (kept,) = await db.read(messages.search, workspace_id=world.workspace.id)
    assert (kept.state, kept.plain) == (messages.State.FAILED, SEED["text"])


def make_person(tx: Any, /, workspace_id: int, login: str = "ann@example.com") -> None:
    user = access.create_user(tx, login=login, name="Ann", password_hash="x", must_change=False, now=1)
    access.set_role(tx, workspace_id=workspace_id, user_id=user.id, role=Role.ADMIN)


async def test_a_notification_lies_on_the_page_of_its_run(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    where = f"{APP}/notifications/"
    run = (await api.post("/api/actions/sync/run/", headers=world.token)).json()
    named = {"X-Task-Id": run["task_id"]}
    reply = await api.post(where, headers=world.token | named, json={"title": "Half", "kind": "warning"})
    assert (reply.status_code, reply.json()) == (201, {"ok": True})
    runner = await db.write(lambda tx: make_runner(tx, world.workspace, now=db.now()))
    lease = await db.write(lambda tx: lease_next(tx, world.workspace, runner, now=db.now()))
    own = {"Authorization": f"App-Token {lease.credential.text}"}
    assert (await api.post(where, headers=own, json={"title": "Done", "description": "All"})).status_code == 201
    found = await db.read(alerts.search, workspace_id=world.workspace.id, task_id=run["run_id"])
    assert [(each.title, str(each.level)) for each in found] == [("Done", "info"), ("Half", "warn")]
    await db.write(make_person, workspace_id=world.workspace.id)
    assert (await api.post(where, headers=world.token, json={"title": "Outside"})).status_code == 201
    assert [each.subject for each in await db.read(messages.search, workspace_id=world.workspace.id)] == ["Outside"]
    wrong: Any
    for wrong in ({}, {"title": ""}, {"title": "x" * 256}, {"title": "x", "kind": "loud"}):
        check_fault(await api.post(where, headers=world.token, json=wrong), 400)
    check_fault(await api.post(where, headers=world.token, json={"title": "x", "organization_id": 99}), 403)
    exact = "Invalid or unauthorized App-Token for this application."
    for headers in ({}, world.crm_token, {"Authorization": "App-Token None"}):
        assert check_fault(await api.post(where, headers=headers, json={"title": "x"}), 403)["detail"] == exact


async def test_there_is_no_ai_router(api: httpx2.AsyncClient, world: World) -> None:
    for path in ("generate/", "generate/stream/", "images/edits/"):
        fault = check_fault(await api.post(f"/api/ai-router/{path}", headers=world.token, json={}), 404)
        assert fault["code"] == "no_ai_router"
    check_fault(await api.post("/api/ai-router/anything/else/", headers=world.token, json={}), 404)
