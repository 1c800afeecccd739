"""`botyard mcp`, started and used by a client of the Model Context Protocol as an assistant does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from botyard.sdk import Botyard
from tests.support.processes import BOTYARD, Server, clean_environment

LOOKING = {
    "get_automation",
    "get_task",
    "list_alerts",
    "list_automations",
    "list_faults",
    "list_files",
    "list_items",
    "list_queues",
    "list_runners",
    "list_schedules",
    "list_tasks",
    "read_log",
    "wait_for_task",
}
CHANGING = {"cancel_task", "push_items", "restart_task", "retry_item", "run_schedule", "start_task"}


def administrator(server: Server) -> Botyard:
    known = json.loads((server.data / "server.json").read_text())
    return Botyard(known["url"], known["token"])


@asynccontextmanager
async def assistant(server: Server, token: str, *arguments: str) -> AsyncIterator[Client]:
    """Yield a client of the command, which acts with `token`."""
    command = StdioServerParameters(
        command=str(BOTYARD),
        args=["mcp", "--assistant", "tester", *arguments],
        env=clean_environment(BOTYARD_SERVER=server.url, BOTYARD_TOKEN=token),
    )
    async with Client(command, read_timeout_seconds=30) as client:
        yield client


async def use(client: Client, tool: str, **arguments: Any) -> Any:
    """Return what a tool answers."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """Return what is told of a use that has to fail."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def test_an_assistant_works_with_the_role_of_its_key_and_each_use_is_in_the_audit(server: Server) -> None:
    with administrator(server) as yard:
        yard.automations.create(label="invoices", name="Invoices")
        yard.queues.create(label="orders")
        key = yard.keys.create(name="assistant", role="developer")
        async with assistant(server, key.token) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert set(tools) == LOOKING | CHANGING
            assert {
                name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint
            } == LOOKING
            started = (await use(client, "start_task", automation="invoices", parameters={"pin": "4711-0815"}))["task"]
            assert (started["state"], started["parameters"]) == ("queued", {"pin": "4711-0815"})
            found = await use(client, "list_tasks", automation="invoices", state=["queued", "running"])
            assert ([task["id"] for task in found["tasks"]], found["more"]) == ([started["id"]], False)
            log = await use(client, "read_log", task=started["id"])
            assert (log["log"], log["complete"]) == ("", False)
            assert (await use(client, "cancel_task", task=started["id"]))["task"]["state"] == "cancelled"
            await use(client, "push_items", queue="orders", items=[{"number": number} for number in range(3)])
            items = await use(client, "list_items", queue="orders", limit=2)
            assert ([item["values"] for item in items["items"]], items["more"]) == (
                [{"number": 2}, {"number": 1}],
                True,
            )
            told = await refused(client, "start_task", automation="invoice")
            assert "invoice" in told
            assert "parameters" in await refused(client, "start_task", automation="invoices", parameters=[1])
        entries = list(yard.audit.list(actor=f"key:{key.key.name}"))
    recorded = {entry.action: entry for entry in entries}
    assert recorded["tools.start_task"].data == {"client": "tester", "arguments": ["parameters"]}
    assert recorded["tools.cancel_task"].target == recorded["tasks.cancel"].target == str(started["id"])
    assert "tools.read_log" in recorded
    assert "4711" not in repr(entries)


async def test_what_a_role_does_not_allow_is_not_offered(server: Server) -> None:
    with administrator(server) as yard:
        yard.automations.create(label="invoices", name="Invoices")
        viewer = yard.keys.create(name="viewer", role="viewer").token
        developer = yard.keys.create(name="developer", role="developer").token
    async with assistant(server, viewer) as client:
        offered = {tool.name for tool in (await client.list_tools()).tools}
        assert offered == LOOKING - {"read_log", "list_files", "list_faults"}
        assert "start_task" in await refused(client, "start_task", automation="invoices")
        assert len((await use(client, "list_automations"))["automations"]) == 1
    async with assistant(server, developer, "--read-only") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == LOOKING


def test_a_key_that_is_not_known_ends_the_command_with_a_sentence(server: Server) -> None:
    done = server.cli("mcp", "--server", server.url, "--token", "by_key_no", check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
