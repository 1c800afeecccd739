"""Credentials over native v1: names for operators, values for developers' keys and bots, nothing for anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.settings import Settings
from botyard.core import access, audit
from botyard.core.access import Role
from botyard.protocols.native.routes import ROUTES
from botyard.server.app import create_app
from botyard.storage import Blobs, Database, Tx
from botyard.storage.sql import compile_query
from botyard.wire import native as wire
from tests.protocols.native.conftest import Api, make_key

pytestmark = pytest.mark.usefixtures("bank")

CANARY = "canary-5c1e-ação"
BANK = {"label": "Bank", "secrets": {"user": "ann", "pin": CANARY}}
EACH: list[tuple[str, str, Any]] = [
    ("GET", "/credentials/Bank/keys/pin", None),
    ("POST", "/credentials", {"label": "Other", "secrets": {}}),
    ("PUT", "/credentials/Bank", {"secrets": {}}),
    ("PATCH", "/credentials/Bank", {"secrets": {}}),
    ("DELETE", "/credentials/Bank", None),
    ("DELETE", "/credentials/Bank/keys/pin", None),
]


async def with_role(api: Api, db: Database, role: Role) -> Api:
    def build(tx: Tx) -> str:
        workspace = access.authenticate(tx, token=api.token or "", now=db.now()).workspace_id
        return make_key(tx, workspace_id=workspace, role=role, now=db.now())

    return api.as_(await db.write(build))


@pytest.fixture
async def bank(api: Api) -> dict[str, Any]:
    """Return a set with two keys, as it is described."""
    made: dict[str, Any] = await api.ok("POST", "/credentials", BANK)
    return made


async def bot(api: Api, *, uses: dict[str, list[str]] | None = None) -> tuple[Api, Api, Any]:
    """Return the API as a running attempt and as its runner see it, and the lease."""
    await api.deploy("invoices")
    await api.ok("PATCH", "/automations/invoices", {"uses": uses})
    await api.ok("POST", "/tasks", {"automation": "invoices"})
    runner = await api.new_runner()
    (lease,) = await runner.lease()
    await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/start", {})
    return api.as_(lease["token"]), runner, lease


class TestSets:
    async def test_are_described_without_values(self, api: Api, bank: dict[str, Any]) -> None:
        assert (bank["label"], bank["folder"]) == ("Bank", "DEFAULT")
        assert [(key["name"], key["version"], key["read_at"]) for key in bank["keys"]] == [
            ("user", 1, None),
            ("pin", 1, None),
        ]
        assert await api.ok("GET", "/credentials/Bank") == bank
        assert await api.ok("GET", "/credentials") == {"credentials": [bank], "next": None}
        for path in ("/credentials", "/credentials/Bank"):
            assert CANARY not in (await api("GET", path)).text

    async def test_change_key_by_key_or_whole(self, api: Api) -> None:
        changed = await api.ok("PATCH", "/credentials/Bank", {"secrets": {"user": "bob", "more": 7}})
        assert [(key["name"], key["version"]) for key in changed["keys"]] == [("user", 2), ("pin", 1), ("more", 1)]
        assert await api.ok("GET", "/credentials/Bank/keys/more") == {"value": "7"}
        await api.ok("DELETE", "/credentials/Bank/keys/more")
        changed = await api.ok("PUT", "/credentials/Bank", {"secrets": {"pin": CANARY}})
        assert [(key["name"], key["version"]) for key in changed["keys"]] == [("pin", 1)]
        await api.ok("DELETE", "/credentials/Bank")
        await api.problem("GET", "/credentials/Bank", status=404)

    async def test_tell_when_and_by_whom_they_were_read(self, api: Api) -> None:
        reply = await api("GET", "/credentials/Bank/keys/pin")
        assert reply.json() == {"value": CANARY}
        assert reply.headers["cache-control"] == "no-store"
        described = await api.ok("GET", "/credentials/Bank")
        assert described["keys"][1]["read_by"] == "key:test"
        assert described["keys"][1]["read_at"] is not None

    @pytest.mark.parametrize(
        ("call", "status"),
        [
            (("POST", "/credentials", {"label": "Bank"}), 409),
            (("POST", "/credentials", {"label": "a/b"}), 400),
            (("POST", "/credentials", {"label": "x", "secrets": {"k": {"deep": CANARY}}}), 400),
            (("POST", "/credentials", {"label": "x", "secrets": {"k": CANARY * 10_000}}), 413),
            (("POST", "/credentials", {"label": "x", "secrets": [CANARY]}), 400),
            (("POST", "/credentials", {"label": "x", "secret": {"k": CANARY}}), 400),
            (("PUT", "/credentials/Bank", {}), 400),
            (("PUT", "/credentials/Nowhere", {"secrets": {"k": CANARY}}), 404),
            (("PATCH", "/credentials/Bank", {"secrets": {"a#b": CANARY}}), 400),
            (("GET", "/credentials/Bank/keys/none", None), 404),
            (("GET", "/credentials/Bank%20%00", None), 404),
            (("GET", "/credentials?limit=0", None), 400),
            (("DELETE", "/credentials/Bank/keys/none", None), 404),
        ],
    )
    async def test_bad_input_is_refused_without_repeating_a_value(
        self, api: Api, call: tuple[str, str, Any], status: int
    ) -> None:
        reply = await api(*call)
        assert reply.status_code == status, reply.text
        assert CANARY not in reply.text
        assert "canary" not in reply.text


class TestAccess:
    async def test_viewers_see_nothing_and_operators_names_only(
        self, api: Api, db: Database, bank: dict[str, Any]
    ) -> None:
        viewer, operator = await with_role(api, db, Role.VIEWER), await with_role(api, db, Role.OPERATOR)
        await viewer.problem("GET", "/credentials", status=403)
        assert await operator.ok("GET", "/credentials/Bank") == bank
        for caller in (viewer, operator):
            for method, path, body in EACH:
                reply = await caller(method, path, body)
                assert reply.status_code == 403
                assert CANARY not in reply.text

    async def test_another_workspace_finds_nothing(self, stranger: Api) -> None:
        assert await stranger.ok("GET", "/credentials") == {"credentials": [], "next": None}
        for method, path, body in EACH:
            if path != "/credentials":
                await stranger.problem(method, path, body, status=404)

    async def test_a_runner_reads_nothing(self, api: Api) -> None:
        runner = await api.new_runner()
        for method, path, body in EACH:
            await runner.problem(method, path, body, status=403)

    async def test_a_bot_reads_what_its_automation_declares(self, api: Api) -> None:
        await api.ok("POST", "/credentials", {"label": "Other", "secrets": {"k": "v"}})
        attempt, _, _ = await bot(api, uses={"credentials": ["Bank"]})
        assert await attempt.ok("GET", "/credentials/Bank/keys/pin") == {"value": CANARY}
        assert [one["label"] for one in (await attempt.ok("GET", "/credentials"))["credentials"]] == ["Bank"]
        for method, path, body in EACH:
            if "Bank" in path:
                refused = await attempt.problem(method, path.replace("Bank", "Other"), body, status=403)
                assert "uses" in refused["hint"]

    async def test_a_bot_whose_task_has_ended_reads_nothing(self, api: Api) -> None:
        attempt, runner, lease = await bot(api)
        await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
        for method, path, body in EACH:
            assert (await attempt(method, path, body)).status_code in {401, 403}


class TestMasking:
    async def test_what_a_bot_read_is_hidden_in_its_log(self, api: Api) -> None:
        attempt, runner, lease = await bot(api)
        logs = f"/runner/attempts/{lease['attempt']}/logs"
        await runner.ok("POST", logs, {"lines": [[1, 1, "stdout", "before"]]})
        await attempt.ok("GET", "/credentials/Bank/keys/pin")
        await runner.ok("POST", logs, {"lines": [[2, 2, "stdout", f"pin={CANARY};"], [3, 3, "stderr", "ann"]]})
        await runner.ok("POST", logs, {"lines": [], "complete": True})
        page = await api.ok("GET", f"/tasks/{lease['task']}/logs")
        # The user name was never read by this bot.
        assert [line["text"] for line in page["lines"]] == ["before", "pin=[secret];", "ann"]

    async def test_what_was_read_through_another_server_is_hidden_too(
        self, api: Api, settings: Settings, db: Database, blobs: Blobs
    ) -> None:
        attempt, runner, lease = await bot(api)
        elsewhere = Api(create_app(settings, db, blobs, tables=[ROUTES]), runner.token)
        logs = f"/runner/attempts/{lease['attempt']}/logs"
        await elsewhere.ok("POST", logs, {"lines": [[1, 1, "stdout", "before"]]})
        await attempt.ok("GET", "/credentials/Bank/keys/pin")
        await elsewhere.ok("POST", logs, {"lines": [[2, 2, "stdout", f"pin={CANARY}"]]})
        await attempt.ok("GET", "/credentials/Bank/keys/user")
        restarted = Api(create_app(settings, db, blobs, tables=[ROUTES]), runner.token)
        await restarted.ok("POST", logs, {"lines": [[3, 3, "stdout", f"{CANARY} ann"]]})
        page = await api.ok("GET", f"/tasks/{lease['task']}/logs")
        assert [line["text"] for line in page["lines"]] == ["before", "pin=[secret]", "[secret] ann"]


class TestSealed:
    async def test_secrets_are_refused_until_the_key_is_back(self, api: Api) -> None:
        keys = api.app.tools.root_keys
        content = keys.path.read_bytes()
        keys.path.unlink()
        api.app.tools.root_keys = type(keys)(keys.path)
        for method, path, body in (
            ("GET", "/credentials/Bank/keys/pin", None),
            ("POST", "/credentials", {"label": "x", "secrets": {"k": "v"}}),
            ("PATCH", "/credentials/Bank", {"secrets": {"pin": "v"}}),
        ):
            refused = await api.problem(method, path, body, status=503)
            assert refused["code"] == "sealed"
            assert "root.key" in refused["hint"]
        assert (await api.ok("GET", "/credentials/Bank"))["label"] == "Bank"
        assert not keys.path.exists()
        keys.path.write_bytes(content)
        assert await api.ok("GET", "/credentials/Bank/keys/pin") == {"value": CANARY}


async def test_keys_are_rotated_by_the_local_administrator_only(api: Api) -> None:
    refused = await api.problem("POST", "/vault/rotate", {"begin": True}, status=403)
    assert "--data" in refused["hint"]


async def test_secrets_are_in_no_audit_row_and_no_event(api: Api, db: Database) -> None:
    await api.ok("GET", "/credentials/Bank/keys/pin")
    await api.ok("PATCH", "/credentials/Bank", {"secrets": {"pin": f"{CANARY}-2"}})
    rows = await db.read(audit.list_latest)
    assert {"credential.read", "credentials.create", "credentials.replace"} <= {row.action for row in rows}
    events = await db.read(lambda tx: tx.all(compile_query("SELECT data FROM events")))
    assert CANARY not in f"{rows}{events}"


def test_the_client_hides_values_in_what_it_prints() -> None:
    shown = [
        wire.CreateCredential(label="x", secrets={"k": CANARY}),
        wire.SetSecrets(secrets={"k": CANARY}),
        wire.SecretView(value=CANARY),
    ]
    assert CANARY not in f"{shown}"
