"""Integrations and connections over native v1, and signing in at a real OAuth2 provider."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from botyard.base.clock import SECOND
from botyard.base.settings import Settings
from botyard.core import integrations, workspaces
from botyard.core.access import Role
from botyard.core.audit import Origin
from botyard.core.integrations import Wishes
from botyard.protocols.native.oauth import ROUTES as OAUTH
from botyard.protocols.native.routes import ROUTES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.upstream.integration import Bounds, CallerOf, Outcome, Switchboard, Wanted
from botyard.web import Application
from tests.protocols.native.conftest import Api, make_key
from tests.support import provider as providers
from tests.support.otherapi import OtherApi, other_api
from tests.support.provider import CLIENT_SECRET, EMAIL, Provider

__all__ = ["other_api"]

BACK = "http://botyard/oauth/callback"


@pytest.fixture
async def app(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[Application]:
    """Yield the application with native v1 and the address that providers send people to."""
    made = create_app(settings, db, blobs, tables=[OAUTH, ROUTES])
    yield made
    for close in made.tools.closing:
        await close()
    await made.tools.upstream.close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Yield a running provider."""
    with providers.running() as running:
        yield running


def github(other: OtherApi, **fields: Any) -> dict[str, Any]:
    return {
        "key": "github",
        "name": "GitHub",
        "kind": "api_key",
        "base_url": other.url,
        "allow_private_network": True,
    } | fields


async def test_an_account_is_connected_tested_changed_and_removed(api: Api, other_api: OtherApi) -> None:
    made = await api.ok("POST", "/integrations", github(other_api, details={"status_check_url": "/status/204"}))
    assert (made["version"], made["has_secret"]) == ("1", False)
    connection = await api.ok(
        "POST", "/integrations/github/connections", {"name": "ann", "secrets": {"key": "canary-1"}}
    )
    assert connection["every_app"]
    tested = await api.ok("POST", f"/connections/{connection['id']}/test")
    assert (tested["status"], tested["ok"]) == (204, True)
    assert other_api.seen[-1].headers["authorization"] == "canary-1"
    changed = await api.ok("PATCH", f"/connections/{connection['id']}", {"concurrency": 3, "calls_per_minute": 60})
    assert (changed["concurrency"], changed["calls_per_minute"]) == (3, 60)
    await api.ok("PATCH", "/integrations/github", {"details": {"status_check_url": f"{other_api.url}/status/401"}})
    tested = await api.ok("POST", f"/connections/{connection['id']}/test")
    assert (tested["status"], tested["ok"]) == (401, False)
    page = await api.ok("GET", "/integrations?text=git&limit=1")
    assert [one["key"] for one in page["integrations"]] == ["github"]
    found = await api.ok("GET", "/integrations/github/connections")
    assert found["connections"][0]["read_by"].startswith("key:")
    assert await api.ok("GET", f"/connections/{connection['id']}") == found["connections"][0]
    await api.app.tools.shared(Switchboard, Switchboard).settle()  # type: ignore[arg-type]
    calls = (await api.ok("GET", "/integrations/github/calls?limit=1"))["calls"]
    assert [one["status"] for one in calls] == [401]
    everything = repr([page, found, calls, tested])
    assert "canary" not in everything
    await api.ok("DELETE", f"/connections/{connection['id']}")
    await api.problem("GET", f"/connections/{connection['id']}", status=404)
    await api.ok("DELETE", "/integrations/github")
    await api.problem("GET", "/integrations/github", status=404)


async def test_only_an_administrator_opens_the_private_network(api: Api, db: Database, other_api: OtherApi) -> None:
    workspace = await db.read(workspaces.get, label="acme")
    text = await db.write(lambda tx: make_key(tx, workspace_id=workspace.id, role=Role.DEVELOPER, now=db.now()))
    developer = api.as_(text)
    refused = await developer.problem("POST", "/integrations", github(other_api), status=403)
    assert "administrator" in refused["detail"]
    await api.ok("POST", "/integrations", github(other_api))
    await developer.ok("PATCH", "/integrations/github", {"name": "Git"})
    await developer.problem("PATCH", "/integrations/github", {"base_url": "http://10.0.0.1"}, status=403)
    check = {"details": {"status_check_url": "http://10.0.0.1/"}}
    await developer.problem("PATCH", "/integrations/github", check, status=403)
    open_to_all = {"key": "x", "name": "X", "base_url": "https://example.com"}
    await developer.ok("POST", "/integrations", open_to_all)
    await developer.problem("PATCH", "/integrations/x", {"allow_private_network": True}, status=403)


async def test_bad_input_is_refused_with_its_field(api: Api, stranger: Api, other_api: OtherApi) -> None:
    for body, field in (
        ({"key": "a b", "name": "x"}, "key"),
        (github(other_api, version="12345678901"), "version"),
        (github(other_api, details={"accept_header": "x" * 51}), "accept_header"),
        (github(other_api, colour="red"), "colour"),
    ):
        problem = await api.problem("POST", "/integrations", body, status=400)
        assert problem["field"] == field
    await api.ok("POST", "/integrations", github(other_api))
    await api.problem("POST", "/integrations", github(other_api), status=409)
    for secrets in ({}, {"password": "x"}, {"key": ""}, {"key": "a\nb"}):
        await api.problem("POST", "/integrations/github/connections", {"name": "a", "secrets": secrets}, status=400)
    await api.problem("POST", "/integrations/github/oauth", {}, status=400)
    made = await api.ok("POST", "/integrations/github/connections", {"name": "a", "secrets": {"key": "k"}})
    for method, path in (
        ("GET", "/integrations/github"),
        ("DELETE", "/integrations/github"),
        ("GET", "/integrations/github/calls"),
        ("GET", f"/connections/{made['id']}"),
        ("POST", f"/connections/{made['id']}/test"),
        ("DELETE", f"/connections/{made['id']}"),
    ):
        await stranger.problem(method, path, status=404)


class Flow:
    """Signs in at the provider, as a person with a browser would."""

    def __init__(self, api: Api, provider: Provider, db: Database) -> None:
        self.api, self.provider, self.db = api, provider, db

    async def integrate(self) -> None:
        body = {
            "key": "mail",
            "name": "Mail",
            "kind": "oauth2",
            "base_url": f"{self.provider.url}/api",
            "allow_private_network": True,
            "details": self.provider.details(),
            "secret": CLIENT_SECRET,
        }
        made = await self.api.ok("POST", "/integrations", body)
        assert made["has_secret"]

    async def begin(self, **wishes: Any) -> str:
        begun = await self.api.ok("POST", "/integrations/mail/oauth", wishes)
        assert begun["redirect_uri"] == BACK
        address: str = begun["authorize_url"]
        return address

    async def agree(self, address: str) -> str:
        """Return where the provider sends the person."""
        async with httpx2.AsyncClient() as browser:
            reply = await browser.get(address)
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]

    async def come_back(self, location: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self.api.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as browser:
            return await browser.get(location)

    async def connect(self, **wishes: Any) -> dict[str, Any]:
        reply = await self.come_back(await self.agree(await self.begin(**wishes)))
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = (await self.api.ok("GET", "/integrations/mail/connections"))["connections"][-1]
        return found

    async def call(self, connection: int, board: Switchboard | None = None) -> Outcome:
        workspace = await self.db.read(workspaces.get, label="acme")
        origin = Origin(workspace_id=workspace.id, actor="app:shop")
        caller = CallerOf(workspace_id=workspace.id, app_id=None, task_id=None, connection_id=None, origin=origin)
        board = board or self.api.app.tools.shared(Switchboard, Switchboard)  # type: ignore[arg-type]
        return await board.call(caller, await board.account(caller, "mail", connection), Wanted(endpoint="/x"))


@pytest.fixture
async def flow(api: Api, provider: Provider, db: Database) -> Flow:
    """Return somebody with a browser."""
    return Flow(api, provider, db)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_sign_in_makes_a_connection_named_as_its_owner(flow: Flow, method: str) -> None:
    flow.provider.auth_method = method
    await flow.integrate()
    address = await flow.begin()
    asked = dict(parse_qsl(urlsplit(address).query))
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "read write")
    reply = await flow.come_back(await flow.agree(address))
    assert reply.status_code == 200
    assert EMAIL in reply.text
    assert reply.headers["content-type"].startswith("text/html")
    (made,) = (await flow.api.ok("GET", "/integrations/mail/connections"))["connections"]
    assert (made["name"], made["uid"]) == (EMAIL, "77")
    assert made["token_expires_at"]
    outcome = await flow.call(made["id"])
    assert (outcome.status, outcome.data) == (200, b'{"token": "token-0"}')
    again = await flow.connect()
    assert again["id"] == made["id"], "the same person is the same connection"
    named = await flow.connect(name="second")
    assert (named["name"], named["id"] != made["id"]) == ("second", True)
    renewed = await flow.connect(connection_id=made["id"])
    assert renewed["id"] == named["id"], "no third one"


async def test_what_comes_back_wrong_connects_nothing(flow: Flow) -> None:
    await flow.integrate()
    location = await flow.agree(await flow.begin())
    code, state = parse_qs(urlsplit(location).query)["code"][0], parse_qs(urlsplit(location).query)["state"][0]
    other_state = dict(parse_qsl(urlsplit(await flow.begin()).query))["state"]
    for query, status in (
        (f"code={code}&state=made-up", 403),
        (f"code={code}", 403),
        ("", 403),
        (f"code={code}&state={other_state}", 400),  # the proof key is that of another sign-in
        (f"code={code}&state={other_state}", 403),
        (f"code={'x' * 9000}&state={state}", 400),
        (f"code={code}&state={state}", 403),
    ):
        reply = await flow.come_back(f"/oauth/callback?{query}")
        assert reply.status_code == status, (query, reply.text)
        assert "Not connected" in reply.text
        assert code not in reply.text
    flow.provider.denies = True
    reply = await flow.come_back(await flow.agree(await flow.begin()))
    assert reply.status_code == 400
    assert "denied" in reply.text
    state = dict(parse_qsl(urlsplit(await flow.begin()).query))["state"]
    reply = await flow.come_back(f"/oauth/callback?state={state}&error=%3Cscript%3E")
    assert "<script>" not in reply.text
    flow.provider.denies, flow.provider.broken = False, True
    assert (await flow.come_back(await flow.agree(await flow.begin()))).status_code == 400
    assert (await flow.api.ok("GET", "/integrations/mail/connections"))["connections"] == []


async def test_what_the_console_began_is_finished_by_nobody_else(flow: Flow) -> None:
    await flow.integrate()
    await flow.begin()  # makes the switchboard
    workspace = await flow.db.read(workspaces.get, label="acme")
    board = flow.api.app.tools.shared(Switchboard, Switchboard)  # type: ignore[arg-type]
    address = await board.connecting.begin(
        workspace_id=workspace.id,
        key="mail",
        wishes=Wishes(),
        redirect_uri=BACK,
        session=True,
        actor="user:ann",
    )
    reply = await flow.come_back(await flow.agree(address))
    assert reply.status_code == 403
    assert flow.provider.tokens == []


async def test_tokens_are_renewed_before_they_end_and_once_at_a_time(flow: Flow) -> None:
    flow.provider.expires_in = 30  # less than what counts as lasting
    await flow.integrate()
    made = await flow.connect()
    flow.provider.expires_in = 3600
    outcomes = await asyncio.gather(*(flow.call(made["id"]) for _ in range(10)))
    assert {outcome.status for outcome in outcomes} == {200}
    assert flow.provider.refreshes == 1
    assert {outcome.data for outcome in outcomes} == {b'{"token": "%s"}' % _newest(flow)}


async def test_two_servers_renew_the_tokens_of_a_connection_once(flow: Flow) -> None:
    flow.provider.expires_in = 30
    await flow.integrate()
    made = await flow.connect()
    flow.provider.expires_in = 3600
    tools = flow.api.app.tools
    other = Switchboard(flow.db, tools.root_keys, tools.upstream, Bounds(seconds=5, max_bytes=100_000))
    outcomes = await asyncio.gather(
        *(flow.call(made["id"], board) for _ in range(3) for board in (None, other)),
    )
    await other.close()
    assert {outcome.data for outcome in outcomes} == {b'{"token": "%s"}' % _newest(flow)}
    assert flow.provider.refreshes == 1


async def test_a_401_renews_the_tokens_and_calls_again_once(flow: Flow) -> None:
    await flow.integrate()
    made = await flow.connect()
    flow.provider.refused = {flow.provider.tokens[0]["access_token"]}
    outcomes = await asyncio.gather(*(flow.call(made["id"]) for _ in range(5)))
    assert {outcome.status for outcome in outcomes} == {200}
    assert flow.provider.refreshes == 1
    flow.provider.refused = {token["access_token"] for token in flow.provider.tokens}
    flow.provider.broken = True
    assert (await flow.call(made["id"])).status == 401
    assert flow.provider.refreshes == 2
    shown = await flow.api.ok("GET", f"/connections/{made['id']}")
    assert shown["broken"] is None, "a provider that is out of order is no refusal"


async def test_a_refusal_of_the_provider_breaks_the_connection_until_it_is_connected_again(flow: Flow) -> None:
    flow.provider.expires_in = 1
    await flow.integrate()
    made = await flow.connect()
    flow.provider.revoked = True
    await flow.db.write(_expire, connection_id=made["id"])
    outcome = await flow.call(made["id"])
    assert (outcome.status, outcome.ok) == (502, False)
    assert "cannot be renewed" in outcome.text
    assert (await flow.call(made["id"])).status == 502
    assert flow.provider.refreshes == 1, "a broken connection does not ask again"
    shown = await flow.api.ok("GET", f"/connections/{made['id']}")
    assert "gave no tokens" in shown["broken"]
    flow.provider.revoked, flow.provider.expires_in = False, 3600
    assert (await flow.connect(connection_id=made["id"]))["broken"] is None
    assert (await flow.call(made["id"])).status == 200


def _expire(tx: Tx, *, connection_id: int) -> None:
    """Let the tokens of a connection have ended a minute ago."""
    workspace = workspaces.get(tx, label="acme")
    _, found = integrations.get_connection(tx, workspace_id=workspace.id, connection_id=connection_id)
    assert found.token_expires_at is not None
    sql = integrations.read.sql
    tx.run(
        sql.reconnect,
        id=found.id,
        name=found.name,
        uid=found.uid,
        every_app=1,
        concurrency=50,
        calls_per_minute=None,
        secret_version=found.secret_version,
        token_expires_at=found.token_expires_at - 60 * SECOND,
        broken=None,
        now=found.updated_at,
    )
    tx.wake(f"{integrations.TOPIC}{workspace.id}")


def _newest(flow: Flow) -> bytes:
    text: str = flow.provider.tokens[-1]["access_token"]
    return text.encode()


def test_the_provider_of_these_tests_leaves_nothing_behind() -> None:
    assert "AUTHLIB_INSECURE_TRANSPORT" not in os.environ
