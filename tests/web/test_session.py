from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher

from botyard.base.settings import Settings
from botyard.core import access, audit
from botyard.core.access import Permission, passwords
from botyard.server.app import create_app
from botyard.storage import Blobs, Database
from botyard.web import (
    OPEN,
    PAGE_HEADERS,
    SIGNED_IN,
    Request,
    Response,
    Route,
    RouteTable,
    redirect,
    session,
    text_response,
)

PASSWORD = "correct horse battery"
# A hash tells what it cost, so a cheap one is checked cheaply.
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
HERE = {"origin": "http://botyard", "sec-fetch-site": "same-origin"}


async def home(request: Request) -> Response:
    return text_response(session.form_token(request))


async def sign_in(request: Request) -> Response:
    form = await request.form()
    _, cookie = await session.sign_in(request, login=form.text("login"), password=form.text("password"))
    return redirect(session.safe_next(form.text("next")), headers=[cookie])


async def sign_out(request: Request) -> Response:
    return redirect("/", headers=[await session.sign_out(request)])


async def change(request: Request) -> Response:
    return text_response(request.caller.name)


async def new_password(request: Request) -> Response:
    form = await request.form()
    cookie = await session.change_password(request, current=form.text("old"), new=form.text("new"))
    return redirect("/", headers=[cookie])


CONSOLE = RouteTable(
    "console",
    "",
    [
        Route("GET", "/", home, SIGNED_IN),
        Route("POST", "/sign-in", sign_in, OPEN),
        Route("POST", "/sign-out", sign_out, SIGNED_IN),
        Route("POST", "/change", change, Permission.TASKS_RUN),
        Route("POST", "/password", new_password, SIGNED_IN),
    ],
    authenticate=session.authenticate,
    guard=session.guard,
    headers=PAGE_HEADERS,
)


@pytest.fixture
async def browser(settings: Settings, db: Database, blobs: Blobs) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a browser that keeps cookies and says where it comes from."""
    await db.write(access.first_start, password_hash=CHEAP_HASH, must_change=False, now=db.now())
    app = create_app(settings, db, blobs, tables=[CONSOLE])
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://botyard") as client:
        yield client


async def enter(browser: httpx2.AsyncClient, password: str = PASSWORD, **extra: str) -> httpx2.Response:
    return await browser.post("/sign-in", data={"login": "admin", "password": password, **extra}, headers=HERE)


async def token_of(browser: httpx2.AsyncClient) -> str:
    reply = await browser.get("/")
    assert reply.status_code == 200
    return reply.text


class TestSignIn:
    async def test_sets_a_cookie_that_scripts_cannot_read(self, browser: httpx2.AsyncClient) -> None:
        reply = await enter(browser)
        assert reply.status_code == 303
        cookie = reply.headers["set-cookie"]
        assert re.fullmatch(r"botyard_session=by_session_\w+; Path=/; HttpOnly; SameSite=Lax", cookie)
        assert (await browser.get("/")).status_code == 200

    async def test_makes_a_secure_host_cookie_over_tls(self, browser: httpx2.AsyncClient) -> None:
        browser.base_url = httpx2.URL("https://botyard")
        headers = {"origin": "https://botyard"}
        reply = await browser.post("/sign-in", data={"login": "admin", "password": PASSWORD}, headers=headers)
        assert reply.headers["set-cookie"].startswith("__Host-botyard_session=by_session_")
        assert reply.headers["set-cookie"].endswith("; Secure")
        assert "max-age" in reply.headers["strict-transport-security"]

    async def test_says_the_same_for_a_wrong_name_and_a_wrong_password(
        self, browser: httpx2.AsyncClient, db: Database
    ) -> None:
        texts = set()
        for login, password in (
            ("admin", "wrong"),
            ("nobody", PASSWORD),
            ("admin", ""),
            ("", ""),
            ("\ufffd" * 500, "x"),
        ):
            reply = await browser.post("/sign-in", data={"login": login, "password": password}, headers=HERE)
            assert reply.status_code == 401
            texts.add(reply.json()["detail"])
        assert len(texts) == 1
        rows = await db.read(audit.list_latest)
        assert {(row.action, row.verdict) for row in rows} == {("session.start", "denied")}
        assert not any(PASSWORD in str(row) for row in rows)

    async def test_keeps_a_costlier_hash_when_the_old_one_was_cheap(
        self, browser: httpx2.AsyncClient, db: Database
    ) -> None:
        await enter(browser)
        stored = await db.read(access.find_password, login="admin")
        assert stored is not None
        assert not passwords.needs_rehash(stored.password_hash)
        assert (await enter(browser)).status_code == 303

    async def test_turns_a_crowd_away_instead_of_filling_the_memory(self, browser: httpx2.AsyncClient) -> None:
        crowd = [
            browser.post("/sign-in", data={"login": f"user{number}", "password": "x"}, headers=HERE)
            for number in range(60)
        ]
        statuses = [reply.status_code for reply in await asyncio.gather(*crowd)]
        assert set(statuses) == {401, 429}

    async def test_is_slowed_down_after_failures_and_tells_when_to_come_back(self, browser: httpx2.AsyncClient) -> None:
        statuses = [(await enter(browser, "wrong")).status_code for _ in range(8)]
        assert statuses == [401] * 5 + [429] * 3
        reply = await enter(browser)
        assert reply.status_code == 429
        assert int(reply.headers["retry-after"]) >= 1

    async def test_replaces_a_session_that_somebody_else_chose(self, browser: httpx2.AsyncClient) -> None:
        await enter(browser)
        first = browser.cookies["botyard_session"]
        await enter(browser)
        assert browser.cookies["botyard_session"] != first

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "\\\\evil",
            "evil",
            "",
            "/\t/evil.example",
            "/ok\r\nset-cookie: x=y",
            "http:/evil",
            "///evil",
            "/a\\b",
        ],
    )
    async def test_goes_on_only_to_paths_of_ours(self, browser: httpx2.AsyncClient, target: str) -> None:
        reply = await enter(browser, next=target)
        assert reply.headers["location"] == "/"

    async def test_goes_on_to_the_page_that_was_asked_for(self, browser: httpx2.AsyncClient) -> None:
        reply = await enter(browser, next="/tasks?state=failed&text=a%20b")
        assert reply.headers["location"] == "/tasks?state=failed&text=a%20b"


class TestSession:
    async def test_ends_with_signing_out(self, browser: httpx2.AsyncClient) -> None:
        await enter(browser)
        stolen = browser.cookies["botyard_session"]
        headers = HERE | {"x-form-token": await token_of(browser)}
        reply = await browser.post("/sign-out", headers=headers)
        assert "Max-Age=0" in reply.headers["set-cookie"]
        browser.cookies.clear()
        assert (await browser.get("/", headers={"cookie": f"botyard_session={stolen}"})).status_code == 401

    async def test_is_replaced_by_a_new_password(self, browser: httpx2.AsyncClient) -> None:
        await enter(browser)
        stolen = browser.cookies["botyard_session"]
        headers = HERE | {"x-form-token": await token_of(browser)}
        new = "four other words entirely"
        for old, password, status in (("wrong", new, 403), (PASSWORD, "short", 400), (PASSWORD, new, 303)):
            reply = await browser.post("/password", data={"old": old, "new": password}, headers=headers)
            assert reply.status_code == status
        assert (await browser.get("/")).status_code == 200
        browser.cookies.clear()
        assert (await browser.get("/", headers={"cookie": f"botyard_session={stolen}"})).status_code == 401
        assert (await enter(browser)).status_code == 401
        assert (await enter(browser, new)).status_code == 303

    @pytest.mark.parametrize(
        "cookie", ["", "x", "botyard_session", "botyard_session=", "botyard_session=x; a=b", "=;=;"]
    )
    async def test_is_not_made_of_any_cookie(self, browser: httpx2.AsyncClient, cookie: str) -> None:
        assert (await browser.get("/", headers={"cookie": cookie})).status_code == 401


class TestForgery:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"origin": "http://botyard", "sec-fetch-site": "same-origin"}, 200),
            ({"origin": "http://botyard"}, 200),
            ({"sec-fetch-site": "same-origin"}, 200),
            ({}, 403),
            ({"origin": "http://evil.example"}, 403),
            ({"origin": "http://botyard.evil.example"}, 403),
            ({"origin": "http://botyard:81"}, 403),
            ({"origin": "null"}, 403),
            ({"origin": "null", "host": ""}, 403),
            ({"origin": "http://["}, 403),
            ({"origin": "http://botyard/path"}, 403),
            ({"origin": "http://user@botyard"}, 403),
            ({"origin": ""}, 403),
            ({"origin": "http://botyard", "sec-fetch-site": "cross-site"}, 403),
            ({"sec-fetch-site": "cross-site"}, 403),
            ({"sec-fetch-site": "same-site"}, 403),
        ],
    )
    async def test_is_refused_by_where_a_request_comes_from(
        self, browser: httpx2.AsyncClient, headers: dict[str, str], status: int
    ) -> None:
        await enter(browser)
        token = await token_of(browser)
        reply = await browser.post("/change", headers=headers | {"x-form-token": token})
        assert reply.status_code == status
        reply = await browser.post("/change", headers=headers, data={"form_token": token})
        assert reply.status_code == status

    @pytest.mark.parametrize("sent", [{}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "ä"}])
    async def test_is_refused_without_the_token_of_the_session(
        self, browser: httpx2.AsyncClient, sent: dict[str, Any]
    ) -> None:
        await enter(browser)
        assert (await browser.post("/change", headers=HERE, data=sent | {"x": "y"})).status_code == 403

    async def test_is_refused_with_the_token_of_another_session(self, browser: httpx2.AsyncClient) -> None:
        await enter(browser)
        token = await token_of(browser)
        await enter(browser)
        assert (await browser.post("/change", headers=HERE, data={"form_token": token})).status_code == 403

    async def test_of_signing_in_is_refused_too(self, browser: httpx2.AsyncClient) -> None:
        data = {"login": "admin", "password": PASSWORD}
        headers = {"origin": "http://evil.example"}
        assert (await browser.post("/sign-in", data=data, headers=headers)).status_code == 403

    async def test_changes_nothing_by_get(self, browser: httpx2.AsyncClient) -> None:
        await enter(browser)
        for path in ("/change", "/sign-out", "/password"):
            assert (await browser.get(path)).status_code == 405


class TestPages:
    async def test_run_no_script_but_our_own_and_are_never_framed(self, browser: httpx2.AsyncClient) -> None:
        policy = (await browser.get("/")).headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
