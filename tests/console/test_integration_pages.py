"""Pages of integrations over HTTP: made per kind of sign-in, accounts connected and tried, calls logged and masked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from botyard.base.redact import MASK
from botyard.core import audit, integrations
from botyard.core.integrations import Connection, Integration
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.integrations import make_app
from tests.support.otherapi import OtherApi, other_api
from tests.support.work import make_workspace

__all__ = ["other_api"]

KEY = "canary-key-123456"
HOME = "/integrations/crm"


async def make(desk: Desk, role: str = "admin", **fields: str) -> Integration:
    """Make an integration by its form."""
    form = {"kind": "api_key", "key": "crm", "name": "CRM", "version": "1", "base_url": "https://api.example.com"}
    reply = await desk.post("/integrations", role=role, **{**form, **fields})
    assert reply.status_code == 303, re.findall(r'class="notice bad.*', reply.text)
    return await desk.db.read(integrations.get, workspace_id=desk.workspace.id, key=fields.get("key", "crm"))


async def accounts(desk: Desk, found: Integration) -> list[Connection]:
    return await desk.db.read(integrations.connections_of, integration=found)


async def test_every_kind_has_a_form_of_its_own_and_keeps_what_was_typed(desk: Desk) -> None:
    kinds: dict[str, dict[str, str]] = {
        "none": {},
        "api_key": {"api_key_distribution": "query", "api_key_query_param_key": "token"},
        "basic": {"extra_headers": "X-One: 1\nX-Two: a: b", "status_check_url": "/me"},
        "oauth2": {
            "client_id": "botyard",
            "secret": KEY,
            "authorize_url": "https://id.example.com/authorize",
            "access_token_url": "https://id.example.com/token",
            "scope": "read",
            "oauth_pkce_enabled": "1",
        },
        "hmac": {"hmac_algorithm": "sha512", "hmac_key_format": "hex", "hmac_fields": "timestamp\nbody"},
        "wsdl": {"wsdl_document_url": "https://soap.example.com/x?wsdl", "wsdl_auth_method": "digest"},
    }
    for kind, fields in kinds.items():
        form = await desk.get(f"/new/integration?kind={kind}", role="developer")
        for name in fields:
            assert f'name="{name}"' in form.text, (kind, name)
        made = await make(desk, "developer", kind=kind, key=kind, name=f"Via {kind}", **fields)
        assert made.kind == kind
        page = (await desk.get(f"/integrations/{kind}")).text
        assert f"Via {kind}" in page
        edit = (await desk.get(f"/integrations/{kind}/edit")).text
        for name, value in fields.items():
            if name not in ("secret", "oauth_pkce_enabled"):
                assert value in edit, (kind, name)
        assert KEY not in page + edit
        again = {"name": "Other", "version": "2", "base_url": "https://api.example.com/v2", **fields, "secret": ""}
        assert (await desk.post(f"/integrations/{kind}", **again)).headers["location"] == f"/integrations/{kind}"
        changed = await desk.db.read(integrations.get, workspace_id=desk.workspace.id, key=kind)
        assert (changed.name, changed.version, changed.details) == ("Other", "2", made.details)
        assert changed.secret_version == made.secret_version
    rows = await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)
    assert {"integrations.create", "integrations.update"} <= {row.action for row in rows}
    assert KEY not in str(rows)


async def test_a_mistake_is_said_beside_what_was_typed(desk: Desk) -> None:
    form = {"kind": "api_key", "key": "crm", "name": "Typed", "version": "1", "base_url": "https://api.example.com"}
    for wrong, field in (
        ({"key": "a b"}, "f-key"),
        ({"base_url": "ftp://x"}, "f-base_url"),
        ({"base_url": "http://plain.example.com"}, "f-base_url"),
        ({"version": "1.2.3.4.5.6"}, "f-version"),
        ({"extra_headers": "no colon"}, "f-extra_headers"),
        ({"api_key_distribution": "query"}, "f-api_key_query_param_key"),
    ):
        reply = await desk.post("/integrations", **{**form, **wrong})
        assert reply.status_code == 400, wrong
        assert re.search(rf'class="field wrong"><label for="{field}"', reply.text), field
        assert 'value="Typed"' in reply.text
    await make(desk)
    taken = await desk.post("/integrations", **form)
    assert "exists" in taken.text
    assert (await desk.get("/new/integration?kind=../../x")).status_code == 200


async def test_only_an_administrator_opens_the_private_network(desk: Desk) -> None:
    form = {"kind": "none", "key": "inner", "name": "Inner", "version": "1", "base_url": "http://10.0.0.1"}
    assert "allow_private_network" not in (await desk.get("/new/integration", role="developer")).text
    reply = await desk.post("/integrations", role="developer", **form, allow_private_network="1")
    assert "Only an administrator" in reply.text
    made = await make(desk, **form, allow_private_network="1")
    assert made.allow_private_network
    assert "private network" in (await desk.get("/integrations")).text
    kept = {"name": "Inside", "version": "1", "base_url": "http://10.0.0.1", "allow_private_network": "1"}
    assert (await desk.post("/integrations/inner", role="developer", **kept)).status_code == 303
    moved = await desk.post("/integrations/inner", role="developer", **{**kept, "base_url": "http://10.0.0.2"})
    assert moved.status_code == 400


async def test_an_account_is_connected_tried_and_its_secret_never_shown(desk: Desk, other_api: OtherApi) -> None:
    found = await make(desk, base_url=other_api.url, allow_private_network="1", status_check_url="/me")
    assert "No account is connected" in (await desk.get(HOME)).text
    reply = await desk.post(f"{HOME}/connect", role="developer", name="ann", key=KEY, concurrency="7")
    assert reply.status_code == 200
    assert "The test call was taken" in reply.text
    assert "Connected." in reply.text
    assert KEY not in reply.text
    assert MASK in reply.text  # the other system echoes what it was sent
    assert other_api.seen[-1].path == "/me"
    assert KEY in other_api.seen[-1].headers["authorization"]
    (account,) = await accounts(desk, found)
    assert (account.name, account.concurrency, account.every_app) == ("ann", 7, True)
    page = f"/connections/{account.id}"
    trial = await desk.post(f"{page}/test", role="developer", path="/status/403?x=1")
    assert "The test call was not taken" in trial.text
    assert re.search(r"</span>403</span>", trial.text)
    assert 'value="/status/403?x=1"' in trial.text
    away = await desk.post(f"{page}/test", path="https://elsewhere.example/x")
    assert "The test call was not taken" in away.text
    for path in ("/integrations", HOME, page, f"{HOME}/edit"):
        assert KEY not in (await desk.get(path)).text
    assert KEY not in str(await desk.db.read(audit.list_for, workspace_id=desk.workspace.id))


async def test_an_account_is_changed_limited_to_apps_and_disconnected(desk: Desk, other_api: OtherApi) -> None:
    app = await desk.db.write(make_app, desk.workspace)
    found = await make(desk, kind="basic", base_url=other_api.url, allow_private_network="1")
    await desk.post(f"{HOME}/connect", user="bob", password=KEY)
    (account,) = await accounts(desk, found)
    assert account.name == "bob"
    page = f"/connections/{account.id}"
    rules = {"name": "Bob", "every_app": "no", "apps": str(app), "concurrency": "3", "calls_per_minute": "60"}
    assert (await desk.post(page, **rules)).headers["location"] == page
    (changed,) = await accounts(desk, found)
    assert (changed.name, changed.apps, changed.concurrency, changed.calls_per_minute) == ("Bob", (app,), 3, 60)
    assert changed.secret_version == account.secret_version
    shown = (await desk.get(page)).text
    for words in ("60 calls", "3 calls", "shop", f'value="{app}" checked'):
        assert words in shown, words
    await desk.post(page, **rules, user="bob", password="other-password")
    await desk.post(f"{page}/test")
    assert (await accounts(desk, found))[0].secret_version > account.secret_version
    for wrong, field in (
        ({"concurrency": "0"}, "f-concurrency"),
        ({"calls_per_minute": "many"}, "f-calls_per_minute"),
        ({"name": "12"}, "f-name"),
    ):
        reply = await desk.post(page, **{**rules, **wrong})
        assert reply.status_code == 400
        assert re.search(rf'class="field wrong"><label for="{field}"', reply.text), field
    gone = await desk.post(f"{page}/delete", role="developer")
    assert gone.headers["location"] == HOME
    assert await accounts(desk, found) == []
    rows = {row.action for row in await desk.db.read(audit.list_for, workspace_id=desk.workspace.id)}
    assert {"integrations.connect", "integrations.reconnect", "integrations.disconnect"} <= rows


async def test_the_log_of_calls_is_filtered_and_masked(desk: Desk, other_api: OtherApi) -> None:
    found = await make(desk, base_url=other_api.url, allow_private_network="1")
    await desk.post(f"{HOME}/connect", name="ann", key=KEY, path="/status/200")
    (account,) = await accounts(desk, found)
    for path in (*("/status/404",) * 2, "/status/503", f"/echo?q={KEY}"):
        await desk.post(f"/connections/{account.id}/test", path=path)
    log = f"{HOME}/calls"

    async def rows(query: str = "", role: str = "operator") -> list[str]:
        text = (await desk.get(f"{log}{query}", role=role)).text
        assert KEY not in text
        return re.findall(rf'data-row="({log}/\d+)"', text)

    await desk.settle()
    assert len(await rows()) == 5
    for query, count in (("good", 2), ("refused", 2), ("failed", 1), ("nonsense", 5)):
        assert len(await rows(f"?status={query}")) == count, query
    assert len(await rows(f"?connection={account.id}&status=refused")) == 2
    assert await rows("?connection=999") == []
    newest = (await rows())[0]
    one = await desk.get(newest, role="operator")
    assert KEY not in one.text
    assert MASK in one.text
    assert f"/connections/{account.id}" in one.text
    sheet = await desk.get(newest, role="operator", hx_request="true")
    assert "<nav" not in sheet.text
    assert (await desk.get(f"{log}/999999")).status_code == 404
    assert (await desk.get(log, role="viewer")).status_code == 403
    assert "Latest calls" not in (await desk.get(HOME, role="viewer")).text


async def test_a_sign_in_at_a_provider_begins_with_a_page_that_says_where_it_leads(desk: Desk) -> None:
    oauth = {
        "client_id": "botyard",
        "authorize_url": "https://id.example.com/authorize",
        "access_token_url": "https://id.example.com/token",
    }
    await make(desk, kind="oauth2", **oauth)
    assert "http://botyard/oauth/callback" in (await desk.get(f"{HOME}/connect")).text
    reply = await desk.post(f"{HOME}/oauth", role="developer", name="ann")
    assert "Go to id.example.com" in reply.text
    assert re.search(r'href="https://id\.example\.com/authorize\?[^"]*state=[^"]{40,}', reply.text)
    wrong = await desk.post(f"{HOME}/oauth", name="12")
    assert (wrong.status_code, "looks like an id" in wrong.text) == (400, True)
    assert (await desk.post(f"{HOME}/oauth", role="operator")).status_code == 403


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_who_may_not_write_sees_no_way_to(desk: Desk, role: str) -> None:
    await make(desk, kind="none", key="open", name="Open")
    (account,) = await accounts(desk, await desk.db.read(integrations.get, workspace_id=desk.workspace.id, key="open"))
    for path in ("/integrations", "/integrations/open", f"/connections/{account.id}"):
        text = (await desk.get(path, role=role)).text
        assert "<main" in text
        assert not re.search(r'action="/(integrations|connections)', text.replace('role="search"', "")) or (
            path == "/integrations"
        )
    for path in ("/new/integration", "/integrations/open/edit", "/integrations/open/connect"):
        assert (await desk.get(path, role=role)).status_code == 403
    for path in ("/integrations", "/integrations/open/delete", f"/connections/{account.id}/test"):
        assert (await desk.post(path, role=role)).status_code == 403


async def test_another_workspace_has_no_integrations_here(desk: Desk) -> None:
    def elsewhere(tx: Tx) -> int:
        rival = make_workspace(tx, label="rival")
        said: dict[str, Any] = {"workspace_id": rival.id, "actor": "user:eve", "now": desk.db.now()}
        whole = integrations.checked(
            key="theirs", name="Theirs", version="1", kind="none", base_url="https://api.example.com"
        )
        made = integrations.create(tx, integration=whole, may_open=False, root_keys=None, **said)  # type: ignore[arg-type]
        return integrations.connections_of(tx, integration=made)[0].id

    foreign = await desk.db.write(elsewhere)
    assert "Theirs" not in (await desk.get("/integrations")).text
    paths = ("/integrations/theirs", "/integrations/theirs/calls", "/integrations/theirs/connect")
    for path in (*paths, f"/connections/{foreign}"):
        assert (await desk.get(path)).status_code == 404
    for path in (f"/connections/{foreign}/test", f"/connections/{foreign}/delete", "/integrations/theirs/delete"):
        assert "does%20not%20exist" in (await desk.post(path)).headers["set-cookie"]
