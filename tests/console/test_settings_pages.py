"""Settings over HTTP: keys that are made and shown once, members that leave, and who is told of alerts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from botyard.core import access, audit, messages
from botyard.core.messages import Kind, Recipient
from tests.console.conftest import Desk


async def people(desk: Desk) -> dict[str, int]:
    found = await desk.db.read(access.list_users, workspace_id=desk.workspace.id)
    return {user.login: user.id for user, _ in found}


@pytest.mark.parametrize("dialect", ["native", "botcity", "maestro-client", "botvelocity"])
async def test_a_key_is_made_shown_once_and_opens_what_its_role_may(desk: Desk, dialect: str) -> None:
    fields = {"name": "nightly", "for": dialect, "role": "operator", "lives": "30"}
    reply = await desk.send("/settings/keys", fields)
    token = re.search(r'data-copy="(by_key_[^"]+)"', reply.text)
    assert token, re.findall(r'class="notice bad.*', reply.text)
    assert token.group(1) not in (await desk.get("/settings/keys")).text
    (key,) = await desk.db.read(access.list_tokens, workspace_id=desk.workspace.id, kind="key")
    family = "botcity" if dialect == "maestro-client" else dialect
    assert (key.name, key.dialect, key.role, key.owner_id) == ("nightly", family, "operator", "admin")
    assert key.login == (None if dialect == "native" else "acme")
    assert key.expires_at is not None
    if dialect == "native":
        headers = {"authorization": f"Bearer {token.group(1)}"}
        assert (await desk.client.get("/api/v1/tasks", headers=headers)).status_code == 200
        assert (await desk.client.post("/api/v1/queues", headers=headers, json={"label": "x"})).status_code == 403
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    assert f"{family} token:{key.id}" in {row.target for row in rows if row.action == "access.create_key"}


async def test_only_administrators_make_keys_and_only_what_is_offered(desk: Desk) -> None:
    fields = {"name": "x", "for": "native", "role": "viewer", "lives": ""}
    assert (await desk.send("/settings/keys", fields, role="developer")).status_code == 403
    for wrong in ({"for": "automio"}, {"role": "king"}, {"lives": "31"}, {"name": "x" * 300}):
        reply = await desk.send("/settings/keys", {**fields, **wrong})
        assert reply.status_code == 400
        assert 'class="notice bad"' in reply.text


async def test_a_member_leaves_at_once_and_may_come_back(desk: Desk) -> None:
    viewer = (await people(desk))["viewer"]
    assert (await desk.post(f"/settings/members/{viewer}/remove", role="developer")).status_code == 403
    assert (await desk.post(f"/settings/members/{viewer}/remove")).headers["location"] == "/settings"
    assert (await desk.get("/queues", role="viewer")).status_code == 303
    assert "viewer" not in await people(desk)
    own = await desk.post(f"/settings/members/{(await people(desk))['admin']}/remove")
    assert own.status_code == 403
    back = await desk.send("/settings/members", {"login": "viewer", "name": "", "role": "operator"})
    assert "The first password of viewer" in back.text
    assert (await people(desk))["viewer"] == viewer


async def test_who_is_told_of_alerts_is_changed_on_a_page(desk: Desk) -> None:
    group = [Recipient(kind=Kind.ADDRESS, name="a@example.org")]
    scope: dict[str, Any] = {"workspace_id": desk.workspace.id}
    await desk.db.write(
        messages.create_group, name="Night shift", members=group, actor="user:ann", now=desk.db.now(), **scope
    )
    page = "/automations/billing/alerts"
    assert (await desk.get(page, role="operator")).status_code == 403
    assert (await desk.get(page, role="developer")).text.count('name="to"') == 3

    async def save(*rows: tuple[str, str]) -> Any:
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get(page)).text)
        assert token
        fields = [("form_token", token.group(1))]
        fields += [pair for to, level in rows for pair in (("to", to), ("level", level))]
        headers = {"cookie": f"botyard_session={desk.cookies['admin']}", "origin": "http://botyard"}
        body = "&".join(f"{key}={value}" for key, value in fields).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"
        return await desk.client.post(page, headers=headers, content=body)

    reply = await save(("Night+shift", "error"), ("", "info"), ("viewer", "warn"), ("b@example.org", "info"))
    assert reply.headers["location"] == "/automations/billing"
    told = await desk.db.read(messages.subscriptions, automation="billing", **scope)
    assert [(each.recipient.kind, each.recipient.name, each.level) for each in told] == [
        ("group", "Night shift", "error"),
        ("user", "viewer", "warn"),
        ("address", "b@example.org", "info"),
    ]
    shown = (await desk.get("/automations/billing", role="operator")).text
    assert "errors only" in shown
    assert "Change</a>" not in shown
    wrong = await save(("Night+shift", "error"), ("nobody", "warn"))
    assert wrong.status_code == 400
    assert '<div class="field wrong"><label for="to-2"' in wrong.text
    assert 'value="nobody"' in wrong.text
    assert (await save(("viewer", "shouting"))).status_code == 400
    assert (await save()).headers["location"] == "/automations/billing"
    assert await desk.db.read(messages.subscriptions, automation="billing", **scope) == []
    assert (await desk.get("/automations/nothing/alerts")).status_code == 404


async def test_a_person_says_where_mail_to_them_goes(desk: Desk) -> None:
    user = (await people(desk))["operator"]

    async def kept() -> str | None:
        return await desk.db.read(messages.get_address, user_id=user)

    wrong = await desk.send("/account/address", {"address": "no <b>address</b>"}, role="operator")
    assert (wrong.status_code, await kept()) == (400, None)
    assert "is not an e-mail address" in wrong.text
    assert "no &lt;b&gt;address&lt;/b&gt;" in wrong.text
    said = await desk.send("/account/address", {"address": " Op <op@example.org> "}, role="operator")
    assert (said.headers["location"], await kept()) == ("/account", "op@example.org")
    assert 'value="op@example.org"' in (await desk.get("/account", role="operator")).text
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    assert "user.set_address" in {row.action for row in rows}
    await desk.send("/account/address", {"address": ""}, role="operator")
    assert await kept() is None
