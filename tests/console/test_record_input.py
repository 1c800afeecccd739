"""Whatever a page or a form of the console is sent, the answer is never a fault of the server's."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from botyard.base.settings import Settings
from tests.console.conftest import Desk
from tests.console.test_record_pages import filled
from tests.support.records import Filled

STRANGE = ("", "\0", "'", '"><b>', "..", "é" * 300, "9" * 40, "-1", "NaN", "{}", "🤖", "1-1", "9" * 18)
FIELDS = [
    "label", "name", "schema", "policy", "trigger", "max_retries", "json", "v.order", "v.amount", "priority",
    "automation", "kind", "cron", "timezone", "once_at", "parameters", "key", "value", "members", "role", "id",
    "login", "text", "action", "q", "top", "catch_up_cap", "every", "processes", "networks", "file_hosts",
    "max_file_mib", "overlap", "type", "folder", "username", "password", "description", "to", "level", "for",
    "lives", "p.Month", "k.Paper", "n.1", "from",
]  # fmt: skip


def addresses(made: Filled, text: str) -> list[str]:
    """Return pages that are asked for with a strange text."""
    named = text or "-"
    return [
        f"/queues?q={text}&after={text}",
        f"/queues/orders?q={text}&before={text}&top={text}&part={text}",
        f"/queues/orders?q=state:{text}+kind:{text}+key:{text}",
        f"/queues/orders/bulk?action={text}&q={text}",
        f"/queues/orders/bulk?action=retry&q={text}",
        *(f"/{place}/{named}" for place in ("queues", "items", "schedules", "errors", "logs", "messages")),
        *(f"/{place}/{named}" for place in ("groups", "credentials", "errors/files", "assets", "systems")),
        f"/schedules?automation={text}&before={text}",
        f"/schedules/new?automation={text}&kind={text}&cron={text}&timezone={text}&once_at={text}",
        f"/schedules/preview?kind=once&once_at={text}&timezone={text}",
        f"/schedules/preview?kind=cron&cron={text}&timezone={text}",
        f"/errors?q={text}&show={text}&automation={text}&before={text}",
        f"/errors/{made.error_id}?report={text}&before={text}",
        f"/alerts?q={text}&level={text}&automation={text}&before={text}",
        f"/files?q={text}&automation={text}&before={text}",
        f"/messages?state={text}&before={text}",
        f"/logs?q={text}&after={text}",
        f"/logs/invoices?days={text}&before={text}",
        f"/logs/invoices/rows.csv?days={text}",
        f"/credentials?after={text}",
        f"/assets?q={text}&folder={text}&after={text}/{text}",
        f"/new/asset?type={text}&folder={text}",
        f"/systems?q={text}&state={text}&after={text}",
        f"/automations/{named}/alerts",
        f"/tasks/{named}/progress",
        f"/tasks/{made.task_id}?stream={text}&level={text}&find={text}",
        f"/settings/audit?before={text}",
    ]


def forms(made: Filled, text: str) -> list[str]:
    """Return where forms go; some of them to something with a strange name."""
    named, system = text or "-", f"/systems/{made.system_id}"
    return [
        *("/queues", "/queues/orders/rules", "/queues/orders/push", "/queues/orders/import", "/queues/orders/bulk"),
        *("/schedules", f"/schedules/{made.schedule_id}", "/credentials", "/credentials/accounting/keys", "/groups"),
        *("/assets", f"/assets/{made.secret_id}", f"/assets/{made.value_id}", "/folders"),
        *(f"/folders/{named}/{action}" for action in ("rename", "delete")),
        *("/systems", system, f"{system}/rotate", f"/systems/{named}/lock", f"/systems/{named}"),
        *("/groups/Book-keeping", "/credentials/accounting/keys/delete", "/settings/members", "/settings/keys/revoke"),
        *("/settings/keys", "/automations/invoices/alerts", "/automations/invoices/rules", "/tasks"),
        *(f"/settings/members/{text or 1}/{action}" for action in ("role", "disable", "enable", "password", "remove")),
    ]


@pytest.mark.parametrize("value", STRANGE)
async def test_strange_input_is_never_a_fault_of_the_server(desk: Desk, settings: Settings, value: str) -> None:
    made = await filled(desk, settings)
    for path in addresses(made, quote(value)):
        assert (await desk.get(path)).status_code < 500, path
    fields = dict.fromkeys(FIELDS, value)
    for path in forms(made, quote(value)):
        assert (await desk.send(path, fields)).status_code < 500, path
    assert (await desk.send("/tasks", {**fields, "automation": "invoices"})).status_code < 500
