"""Pages of queues, schedules, credentials, errors, alerts, files, messages, logs and settings, over HTTP."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import pytest

from botyard.base.settings import Settings
from botyard.core import access, credentials, errors, messages, queues, schedules, tasks
from botyard.core.vault import RootKeys
from botyard.storage import Tx
from tests.console.conftest import Desk
from tests.support.queues import make_queue, push
from tests.support.records import Filled, fill
from tests.support.work import make_workspace

ADMIN_ONLY = ("/settings", "/settings/keys", "/settings/audit")
OPERATORS = ("/errors", "/errors?show=all", "/files", "/logs", "/messages", "/credentials", "/assets", "/systems")
EVERYBODY = ("/queues", "/schedules", "/alerts", "/folders", "/menu", "/")
FILLED = {
    "viewer": (
        *("/queues/{queue}", "/queues/{queue}?q=state:failed", "/items/{failed_item}", "/items/{pending_item}"),
        *("/schedules/{schedule_id}", "/tasks/{task_id}?tab=items", "/tasks/{task_id}?tab=errors"),
    ),
    "operator": (
        *("/queues/{queue}/push", "/queues/{queue}/bulk?action=retry", "/queues/{queue}/bulk?action=cancel&q=O-3"),
        *("/errors/{error_id}", "/logs/invoices", "/messages/{message_id}", "/credentials/accounting"),
        *("/assets/{secret_id}", "/assets/{value_id}", "/systems/{system_id}"),
    ),
    "developer": (
        *("/new/queue", "/queues/{queue}/rules", "/schedules/new", "/schedules/{schedule_id}/edit", "/new/group"),
        *("/schedules/preview?kind=cron&cron=0+2+*+*+*&timezone=Europe/Warsaw", "/groups/Book-keeping"),
        *("/new/asset", "/new/asset?type=credential&folder=Finance", "/new/system"),
    ),
}


def root_keys(settings: Settings) -> RootKeys:
    return RootKeys(settings.data / "root.key")


async def filled(desk: Desk, settings: Settings, **options: Any) -> Filled:
    found = await desk.db.write(
        fill, workspace=desk.workspace, root_keys=root_keys(settings), now=desk.db.now(), **options
    )
    assert isinstance(found, Filled)
    return found


def may_see(role: str) -> list[str]:
    order = ("viewer", "operator", "developer", "admin")
    reached = order[: order.index(role) + 1]
    paths = [path for each in reached for path in FILLED.get(each, ())] + list(EVERYBODY)
    return paths + (list(OPERATORS) if role != "viewer" else []) + (list(ADMIN_ONLY) if role == "admin" else [])


@pytest.mark.parametrize("role", ["viewer", "operator", "developer", "admin"])
async def test_every_page_is_there_with_data_for_those_who_may_see_it(
    desk: Desk, settings: Settings, role: str
) -> None:
    made = await filled(desk, settings)
    allowed = may_see(role)
    for path in (*may_see("admin"),):
        reply = await desk.get(path.format(**made._asdict()), role=role)
        assert reply.status_code == (200 if path in allowed else 403), path
        assert "<h1" in reply.text or "/preview" in path
        assert len(reply.content) < 110_000, path
        for banned in ("<style", " style=", "javascript:", " onclick=", "<script>", 'src="http'):
            assert banned not in reply.text, (path, banned)
    whole = (await desk.get("/", role=role)).text
    shown = set(re.findall(r'class="nav-item" href="([^"]+)"', whole))
    assert ("/settings" in shown, "/errors" in shown) == (role == "admin", role != "viewer")


@pytest.mark.parametrize("role", ["viewer", "admin"])
async def test_an_empty_list_names_what_fills_it(desk: Desk, role: str) -> None:
    for path in (*EVERYBODY, *(OPERATORS if role == "admin" else ())):
        reply = await desk.get(path, role=role)
        assert reply.status_code == 200, path
        if path not in ("/", "/menu", "/folders", "/errors?show=all"):
            assert 'class="empty"' in reply.text, path
            assert 'class="command"' in reply.text, path


async def test_fragments_come_without_the_frame(desk: Desk, settings: Settings) -> None:
    made = await filled(desk, settings)
    more = ("/queues/{queue}?part=items", "/schedules/preview")
    for path in (*EVERYBODY, *OPERATORS, *FILLED["viewer"], *more):
        if path in ("/menu", "/logs", "/credentials", "/assets", "/folders"):
            continue
        reply = await desk.get(path.format(**made._asdict()), hx_request="true")
        assert reply.status_code == 200, path
        assert "<html" not in reply.text, path


async def test_nothing_of_another_workspace_is_there(desk: Desk, settings: Settings) -> None:
    def elsewhere(tx: Tx) -> Filled:
        return fill(tx, workspace=make_workspace(tx, label="rival"), root_keys=root_keys(settings), now=desk.db.now())

    foreign = (await desk.db.write(elsewhere))._asdict()
    for path in (*FILLED["viewer"], *FILLED["operator"]):
        assert (await desk.get(path.format(**foreign))).status_code == 404, path
    for path in (*EVERYBODY, *OPERATORS):
        assert "Nightly" not in (await desk.get(path)).text
    for path in ("/items/{failed_item}/retry", "/schedules/{schedule_id}/run", "/errors/{error_id}/resolve"):
        reply = await desk.post(path.format(**foreign))
        assert "does%20not%20exist" in reply.headers["set-cookie"], path


class TestQueues:
    async def test_the_list_and_the_page_say_how_it_does(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        listed = (await desk.get("/queues")).text
        assert "2 queues; 25 items wait, the oldest for 6 h in Orders" in listed
        assert "1 queue is paused." in listed
        page = (await desk.get("/queues/orders")).text
        assert "24 items wait; the oldest came 6 h ago." in page
        assert "The customer is unknown" in page
        assert page.count('id="item-') == 30

    async def test_its_items_go_on_by_keys_and_new_ones_wait_behind_a_pill(self, desk: Desk) -> None:
        def many(tx: Tx) -> list[int]:
            queue = make_queue(tx, desk.workspace, label="long")
            return [item.id for item in push(tx, queue, *range(60), now=desk.db.now())]

        made = await desk.db.write(many)
        first = (await desk.get("/queues/long")).text
        assert f'id="item-{made[-1]}"' in first
        rest = (await desk.get(f"/queues/long?before={made[10]}")).text
        assert rest.count('id="item-') == 10
        later = await desk.get(f"/queues/long?part=items&top={made[57]}", hx_request="true")
        assert "2 new items" in later.text
        assert f'id="item-{made[58]}"' not in later.text

    async def test_it_is_paused_and_resumed(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        for action, active in (("pause", False), ("resume", True)):
            reply = await desk.post(f"/queues/orders/{action}", role="operator")
            assert reply.status_code == 303
            found = await desk.db.read(queues.get, workspace_id=desk.workspace.id, label="orders")
            assert found.active is active
        assert (await desk.post("/queues/orders/pause", role="viewer")).status_code == 403

    async def test_an_item_is_pushed_by_its_form(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        fields = {"v.order": "X-1", "v.amount": "3.5", "json": '{"more": [1]}', "priority": "4", "reference": "r"}
        reply = await desk.post("/queues/orders/push", role="operator", **fields)
        assert reply.status_code == 303
        scope: dict[str, Any] = {"workspace_id": desk.workspace.id, "label": "orders"}
        item = (await desk.db.read(queues.search_items, limit=1, **scope))[0]
        assert item.values == {"order": "X-1", "amount": 3.5, "more": [1]}
        assert (item.priority, item.reference, item.created_by) == (4, "r", "user:operator")
        for bad, words in (({"json": "{"}, "cannot be read"), ({"v.amount": "x"}, "is not a number")):
            refused = await desk.post("/queues/orders/push", **fields | bad)
            assert (refused.status_code, words in refused.text) == (400, True)
            assert 'value="X-1"' in refused.text

    async def test_a_table_comes_in_whole_or_not_at_all_and_goes_out(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        scope: dict[str, Any] = {"workspace_id": desk.workspace.id, "label": "returns"}
        reply = await desk.post("/queues/returns/import", text="a,priority\n1,2\n=2+3,0\n")
        assert "2%20items%20came" in reply.headers["set-cookie"]
        refused = await desk.post("/queues/returns/import", text="a,priority\n1,high\n")
        assert "is%20not%20a%20number" in refused.headers["set-cookie"]
        assert (await desk.db.read(queues.summary, **scope)).total == 3
        out = await desk.get("/queues/returns/items.csv", role="viewer")
        assert out.headers["content-disposition"].startswith('attachment; filename="returns.csv"')
        assert out.text.count("\r\n") == 4

    async def test_a_file_is_imported(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', (await desk.get("/account")).text)
        assert token
        headers = {"cookie": f"botyard_session={desk.cookies['admin']}", "origin": "http://botyard"}
        for content, words in ((b"a;b\n1;2\n", "1%20item%20came"), (b"\xff\xfe", "not%20text%20in%20UTF-8")):
            reply = await desk.client.post(
                "/queues/returns/import",
                headers=headers,
                data={"form_token": token.group(1)},
                files={"file": ("t.csv", content, "text/csv")},
            )
            assert words in reply.headers["set-cookie"]

    async def test_all_that_fit_a_filter_are_retried_after_an_exact_preview(
        self, desk: Desk, settings: Settings
    ) -> None:
        await filled(desk, settings)
        preview = await desk.get("/queues/orders/bulk?action=retry&q=kind:business")
        total = re.search(r"<h1>Retry (\d+) items</h1>", preview.text)
        top = re.search(r'name="top" value="(\d+)"', preview.text)
        assert total
        assert top
        fields = {"action": "retry", "q": "kind:business", "top": top.group(1)}
        reply = await desk.post("/queues/orders/bulk", role="operator", **fields)
        assert reply.headers["location"] == "/queues/orders?q=kind%3Abusiness"
        assert f"{total.group(1)}%20items%20put%20back" in reply.headers["set-cookie"]
        assert "Retry 0 items" in (await desk.get("/queues/orders/bulk?action=retry&q=kind:business")).text

    async def test_cancelling_reaches_what_is_pending_and_no_newer(self, desk: Desk, settings: Settings) -> None:
        made = await filled(desk, settings)
        await desk.post("/queues/orders/push", **{"v.order": "late"})
        fields = {"action": "cancel", "q": "", "top": str(made.pending_item)}
        await desk.post("/queues/orders/bulk", **fields)
        counts = (await desk.db.read(queues.summary, workspace_id=desk.workspace.id, label="orders")).counts
        assert (counts[queues.State.PENDING], counts[queues.State.CANCELLED]) == (1, 24)

    async def test_an_item_is_retried_and_cancelled_by_its_buttons(self, desk: Desk, settings: Settings) -> None:
        made = await filled(desk, settings)
        reply = await desk.post(f"/items/{made.failed_item}/retry", role="operator")
        child = reply.headers["location"].rpartition("/")[2]
        page = (await desk.get(f"/items/{made.failed_item}")).text
        assert f"It was tried again as item {child}." in page
        assert f'href="/items/{child}"' in page
        assert "Retry</button>" not in page
        await desk.post(f"/items/{made.pending_item}/cancel", role="operator")
        assert "Cancelled" in (await desk.get(f"/items/{made.pending_item}")).text
        again = await desk.post(f"/items/{made.pending_item}/retry")
        assert "Only%20what%20failed" in again.headers["set-cookie"]

    async def test_one_is_made_changed_and_deleted(self, desk: Desk) -> None:
        rules = {"label": "mine", "schema": "no: integer unique\nname", "max_retries": "3", "lease_seconds": "60"}
        more = {"policy": "fifo", "trigger": "never", "auto_retry": "1"}
        reply = await desk.post("/queues", role="developer", **rules, **more)
        assert reply.headers["location"] == "/queues/mine"
        again = await desk.post("/queues", **rules, **more)
        assert (again.status_code, "exists already" in again.text) == (400, True)
        refused = await desk.post("/queues/mine/rules", **rules | {"schema": "a: text odd"}, **more)
        assert "has a word too many" in refused.text
        form = (await desk.get("/queues/mine/rules")).text
        assert "no: integer unique\nname: text" in form
        await desk.post("/queues/mine/rules", **rules | {"max_retries": "5", "name": "Mine"}, **more)
        found = await desk.db.read(queues.get, workspace_id=desk.workspace.id, label="mine")
        assert (found.max_retries, found.name, found.auto_retry) == (5, "Mine", True)
        await desk.post("/queues/mine/delete", role="developer")
        assert (await desk.get("/queues/mine")).status_code == 404


class TestSchedules:
    FORM: ClassVar = {"automation": "billing", "kind": "cron", "cron": "30 2 * * *", "timezone": "Europe/Warsaw"}
    REST: ClassVar = {
        "overlap": "queue",
        "catch_up": "all",
        "catch_up_cap": "3",
        "priority": "",
        "parameters": '{"a": 1}',
    }

    async def test_one_is_made_changed_paused_run_and_deleted(self, desk: Desk) -> None:
        reply = await desk.post("/schedules", role="developer", **self.FORM, **self.REST)
        path = reply.headers["location"]
        page = (await desk.get(path)).text
        assert "Fires in" in page
        assert page.count('<td class="soft">') == 10
        await desk.post(path, **self.FORM | {"cron": "0 3 * * *"}, **self.REST)
        await desk.post(f"{path}/pause", role="operator")
        place: dict[str, Any] = {"workspace_id": desk.workspace.id, "schedule_id": int(path.rpartition("/")[2])}
        found = await desk.db.read(schedules.get, **place)
        assert (found.cron, found.active, found.overlap, found.parameters) == ("0 3 * * *", False, "queue", {"a": 1})
        ran = await desk.post(f"{path}/run", role="operator")
        task_id = int(ran.headers["location"].rpartition("/")[2])
        task = await desk.db.read(tasks.get, workspace_id=desk.workspace.id, task_id=task_id)
        assert (task.parameters, task.created_by) == ({"a": 1}, "user:operator")
        await desk.post(f"{path}/resume", role="operator")
        await desk.post(f"{path}/delete", role="developer")
        assert (await desk.get(path)).status_code == 404

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"cron": "hourly"}, "is not a cron expression"),
            ({"timezone": "Mars/Base"}, "is not a time zone"),
            ({"parameters": "[1]"}, "The JSON is not an object."),
            ({"kind": "once", "once_at": "2020-01-01T10:00"}, "The moment has passed."),
            ({"kind": "once", "once_at": "soon"}, "That is not a date and time."),
            ({"priority": "x"}, "is not a whole number."),
            ({"automation": "nothing"}, "does not exist"),
        ],
    )
    async def test_what_is_wrong_is_said_beside_what_was_typed(
        self, desk: Desk, fields: dict[str, str], words: str
    ) -> None:
        reply = await desk.post("/schedules", **self.FORM | self.REST | fields)
        assert reply.status_code == 400
        assert words in reply.text.replace("&#34;", '"')

    async def test_the_preview_shows_both_clocks_and_the_rule_for_odd_nights(self, desk: Desk) -> None:
        query = "kind=cron&cron=30+2+*+*+*&timezone=Europe/Warsaw"
        text = (await desk.get(f"/schedules/preview?{query}", hx_request="true")).text
        assert text.count("<tr>") == 11
        assert "02:30 CE" in text
        assert "the clock goes forward from 02:00 to 03:00." in text
        assert "the clock goes back from 03:00 to 02:00." in text
        assert "A local time that the clock jumps over fires once" in text
        wrong = (await desk.get("/schedules/preview?kind=cron&cron=x&timezone=UTC", hx_request="true")).text
        assert "is not a cron expression" in wrong


class TestCredentials:
    async def test_values_go_in_and_never_come_out(self, desk: Desk, settings: Settings) -> None:
        await filled(desk, settings)
        secret = "a-very-secret-value"
        fields = {"label": "sap", "key": "password", "value": secret}
        assert (await desk.post("/credentials", role="operator", **fields)).status_code == 403
        reply = await desk.post("/credentials", role="developer", **fields)
        assert reply.headers["location"] == "/credentials/sap"
        await desk.post("/credentials/sap/keys", key="password", value=f"{secret}-2")
        found = await desk.db.read(credentials.get, workspace_id=desk.workspace.id, label="sap")
        assert [(key.name, key.version) for key in found.keys] == [("password", 2)]
        for path in ("/credentials", "/credentials/sap", "/settings/audit"):
            assert secret not in (await desk.get(path)).text, path
        again = await desk.post("/credentials", **fields)
        assert secret not in unquote(again.headers["set-cookie"])
        await desk.post("/credentials/sap/keys/delete", key="password")
        assert "No key" in (await desk.get("/credentials/sap")).text
        await desk.post("/credentials/sap/delete")
        assert (await desk.get("/credentials/sap")).status_code == 404


class TestErrors:
    async def test_a_fault_is_resolved_and_opened_again(self, desk: Desk, settings: Settings) -> None:
        made = await filled(desk, settings)
        listed = (await desk.get("/errors", role="operator")).text
        assert "2 open faults" in listed
        assert "Most often: TimeoutError in invoices, 3 times." in listed
        page = (await desk.get(f"/errors/{made.error_id}")).text
        assert "raise TimeoutError(&#34;The accounting system" in page
        assert "accounting" in page
        await desk.post(f"/errors/{made.error_id}/resolve", role="operator")
        found = await desk.db.read(errors.get_group, workspace_id=desk.workspace.id, group_id=made.error_id)
        assert found.resolved_by == "user:operator"
        assert f'id="error-{made.error_id}"' in (await desk.get("/errors?show=resolved")).text
        await desk.post(f"/errors/{made.error_id}/reopen", role="operator")
        assert f'id="error-{made.error_id}"' in (await desk.get("/errors")).text
        assert (await desk.post(f"/errors/{made.error_id}/resolve", role="viewer")).status_code == 403


class TestMessages:
    async def test_what_failed_is_tried_again(self, desk: Desk, settings: Settings) -> None:
        made = await filled(desk, settings)
        assert "550 no such mailbox" in (await desk.get("/messages")).text
        assert "1 recipient of 2 did not get it." in (await desk.get(f"/messages/{made.message_id}")).text
        await desk.post(f"/messages/{made.message_id}/repeat", role="operator")
        found = await desk.db.read(messages.get, workspace_id=desk.workspace.id, message_id=made.message_id)
        assert (found.failed, found.queued) == (0, 1)

    async def test_a_group_is_made_changed_and_deleted(self, desk: Desk) -> None:
        fields = {"name": "Night / duty?", "members": "viewer\nann@example.org"}
        assert (await desk.post("/groups", role="operator", **fields)).status_code == 403
        await desk.post("/groups", role="developer", **fields)
        path = f"/groups/{quote('Night / duty?', safe='')}"
        assert "viewer\nann@example.org" in (await desk.get(path)).text
        refused = await desk.post(path, members="nobody-we-know")
        assert (refused.status_code, "neither a member" in refused.text) == (400, True)
        await desk.post(path, members="ann@example.org")
        group = await desk.db.read(messages.get_group, workspace_id=desk.workspace.id, name="Night / duty?")
        assert [member.name for member in group.members] == ["ann@example.org"]
        await desk.post(f"{path}/delete")
        assert (await desk.get(path)).status_code == 404


async def test_a_log_is_shown_by_days_downloaded_and_deleted(desk: Desk, settings: Settings) -> None:
    await filled(desk, settings)
    page = (await desk.get("/logs/invoices?days=1", role="operator")).text
    assert page.count('<div class="clamp">booked</div>') == 3
    out = await desk.get("/logs/invoices/rows.csv?days=1", role="operator")
    assert out.text.startswith("Number,Result,dateCreation\r\n")
    assert out.text.count("\r\n") == 4
    assert (await desk.post("/logs/invoices/delete", role="viewer")).status_code == 403
    await desk.post("/logs/invoices/delete", role="operator")
    assert (await desk.get("/logs/invoices")).status_code == 404


class TestSettings:
    async def test_a_member_is_added_with_a_password_that_is_shown_once(self, desk: Desk) -> None:
        reply = await desk.send("/settings/members", {"login": "Nina", "name": "Nina N", "role": "operator"})
        shown = re.search(r'data-copy="([a-z0-9]{4}(?:-[a-z0-9]{4}){4})"', reply.text)
        assert shown
        assert shown.group(1) not in (await desk.get("/settings")).text
        stored = await desk.db.read(access.find_password, login="nina")
        assert stored
        assert access.passwords.verify(shown.group(1), stored.password_hash)
        for fields, words in (({"login": "nina"}, "is taken"), ({"login": "ok", "role": "king"}, "is not a role")):
            refused = await desk.send("/settings/members", {"role": "viewer", **fields})
            assert (refused.status_code, words in refused.text) == (400, True)

    async def test_roles_change_and_accounts_are_shut_out_and_let_in(self, desk: Desk) -> None:
        people = {
            user.login: user.id for user, _ in await desk.db.read(access.list_users, workspace_id=desk.workspace.id)
        }
        viewer = people["viewer"]
        await desk.send(f"/settings/members/{viewer}/role", {"role": "developer"})
        _, role = await desk.db.read(access.get_member, workspace_id=desk.workspace.id, user_id=viewer)
        assert role is access.Role.DEVELOPER
        await desk.post(f"/settings/members/{viewer}/disable")
        assert (await desk.get("/queues", role="viewer")).status_code == 303
        assert "shut out" in (await desk.get("/settings")).text
        await desk.post(f"/settings/members/{viewer}/enable")
        found, _ = await desk.db.read(access.get_member, workspace_id=desk.workspace.id, user_id=viewer)
        assert not found.disabled
        reset = await desk.post(f"/settings/members/{viewer}/password")
        assert "The first password of viewer" in reset.text
        for action in ("disable", "password", "role"):
            refused = await desk.send(f"/settings/members/{people['admin']}/{action}", {"role": "viewer"})
            assert refused.status_code == 403, action

    async def test_a_key_is_revoked(self, desk: Desk) -> None:
        made = await desk.db.write(
            access.create_key,
            workspace_id=desk.workspace.id,
            name="ci",
            role=access.Role.OPERATOR,
            owner="user:ann",
            now=desk.db.now(),
        )
        assert "ci" in (await desk.get("/settings/keys")).text
        assert made.text not in (await desk.get("/settings/keys")).text
        await desk.post("/settings/keys/revoke", id=made.token.id)
        assert f"token-{made.token.id}" not in (await desk.get("/settings/keys")).text
        audit = (await desk.get("/settings/audit")).text
        assert "access.revoke" in audit
        assert (await desk.get("/settings/audit", role="developer")).status_code == 403
