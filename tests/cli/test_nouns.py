"""The commands that are described as data, against a real server."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botyard.cli import exits
from botyard.cli.main import command
from botyard.cli.nouns import NOUNS, shown
from botyard.sdk.catalogue import Concepts
from tests.cli.conftest import Shell

#: Calls that have no command of their own, and why.
ELSEWHERE = {
    "Automations.deploy": "botyard deploy",
    "Workspace.apply": "botyard apply",
    "Workspace.connect": "botyard connect",
    "Vault.rotate": "botyard vault rotate",
    "Vault.step": "botyard vault rotate",
    "Users.me": "botyard whoami",
    "Tasks.create": "botyard task run",
    "Tasks.run": "botyard task run",
    "Tasks.wait": "botyard task run --wait",
    "Tasks.get": "botyard task show",
    "Tasks.cancel": "botyard task cancel",
    "Tasks.rotate_token": "botyard task rotate-token",
    "Tasks.logs": "botyard task logs",
    "Tasks.log_page": "botyard task logs",
    "Tasks.log_text": "botyard task logs",
    "Tasks.artifacts": "botyard artifact list --task",
    "Tasks.alerts": "botyard alert list --task",
    "Tasks.bulk": "botyard task bulk",
    "QueueItems.bulk": "botyard item bulk",
    "Tasks.send_messages": "what bots do",
    "Tasks.tell_progress": "what bots do",
    "Spans.add": "what bots do",
    "Queues.report_and_pull": "what bots do",
    "Audit.note_tool": "what botyard mcp does",
}


def described() -> dict[str, Any]:
    import importlib

    modules = {module for module, _ in NOUNS.values()}
    return {
        noun: entry
        for module in modules
        for noun, entry in importlib.import_module(f"botyard.cli.nouns.{module}").NOUNS.items()
    }


def test_every_call_of_the_client_has_a_command() -> None:
    sent = {f"{entry.calls.__name__}.{one.call}" for entry in described().values() for one in entry.commands.values()}
    calls = set()
    for concept in vars(Concepts):
        group = inspect.getattr_static(Concepts, concept)
        if not hasattr(group, "func"):
            continue
        cls = type(getattr(_client(), concept))
        calls |= {f"{cls.__name__}.{name}" for name, value in vars(cls).items() if hasattr(value, "way")}
    assert calls - sent == set(ELSEWHERE)
    assert sent <= calls


def _client() -> Any:
    from botyard.sdk import Botyard

    return Botyard("http://127.0.0.1:9", "none")


def test_every_noun_has_its_commands_and_each_its_help() -> None:
    root: Any = command()
    for noun in NOUNS:
        group: Any = root.commands[noun]
        assert group.commands, noun
        assert all(one.help for one in group.commands.values()), noun


def test_a_thing_is_made_shown_changed_listed_and_deleted(shell: Shell) -> None:
    assert shell.ok("queue", "create", "orders", "--policy", "lifo", "--no-auto-retry") == "Queue orders is made.\n"
    queue = shell.json("queue", "show", "orders")
    assert (queue["policy"], queue["auto_retry"], queue["active"]) == ("lifo", False, True)
    assert shell.json("queue", "update", "orders", "--max-retries", "4")["max_retries"] == 4
    assert shell.ok("queue", "pause", "orders") == "Queue orders hands out nothing.\n"
    assert shell.ok("queue", "resume", "orders") == "Queue orders hands out items again.\n"
    listed = shell.ok("queue", "list").splitlines()
    assert listed[0].split()[:3] == ["Label", "Name", "Folder"]
    assert listed[1].split()[0] == "orders"
    refused = shell.run("queue", "delete", "orders")
    assert (refused.code, refused.out) == (exits.REFUSED, "")
    assert "--yes" in refused.err
    assert shell.json("queue", "delete", "orders", "--yes") == {"done": True}
    assert shell.ok("queue", "list") == "Nothing found.\n"
    assert shell.json("queue", "list") == []


def test_items_are_pushed_pulled_reported_and_changed_in_bulk(shell: Shell, tmp_path: Path) -> None:
    shell.ok("queue", "create", "work")
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"n": number} for number in range(5)]))
    assert len(shell.json("queue", "push", "work", f"@{rows}")["items"]) == 5
    (held,) = shell.json("queue", "pull", "work")["items"]
    report = json.dumps([{"item": held["id"], "outcome": "done"}])
    shell.ok("queue", "report", "work", report)
    preview = shell.json("item", "bulk", "work", "cancel", "--dry-run")
    assert (preview["matched"], preview["dry_run"]) == (4, True)
    assert shell.json("item", "bulk", "work", "cancel", "--yes", "--limit", "3")["done"] == 3
    assert [one["state"] for one in shell.json("item", "list", "work", "--state", "pending")] == ["pending"]
    bounded = shell.run("item", "list", "work", "--limit", "2")
    assert len(bounded.out.splitlines()) == 3
    assert "There are more" in bounded.err
    assert shell.json("item", "show", str(held["id"]))["values"] == {"n": 0}
    target = tmp_path / "items.csv"
    shell.ok("queue", "export", "work", "--output", str(target))
    assert len(target.read_text().splitlines()) == 6
    (tmp_path / "more.csv").write_text("n\n7\n8\n")
    assert shell.ok("queue", "import", "work", str(tmp_path / "more.csv")) == "2 items are pushed.\n"


def test_fields_come_from_flags_pairs_and_files(shell: Shell, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"label": "made", "name": "From a file", "priority": 1}')
    arguments = ("automation", "create", "--file", str(body), "--set", "priority=2", "--set", "name=From a pair")
    made = shell.json(*arguments, "--description", "by a flag")
    assert (made["name"], made["priority"], made["description"]) == ("From a pair", 2, "by a flag")
    for wrong, expected in (
        (["--set", "nonsense=1"], "nonsense"),
        (["--set", "priority"], "name=value"),
        (["--file", str(tmp_path / "none.json")], "no file"),
        ([], "label"),
    ):
        refused = shell.run("automation", "create", *wrong)
        assert (refused.code, refused.out) == (exits.REFUSED, "")
        assert expected in refused.err
    assert shell.run("queue", "create", "x", "--policy", "none").code == exits.USAGE
    body.write_text("[1]")
    assert "JSON object" in shell.run("automation", "create", "--file", str(body)).err


def test_a_key_is_shown_once_and_revoked(shell: Shell) -> None:
    made = shell.run("key", "create", "ci", "--role", "viewer")
    assert "byk_" in made.out or "Token" in made.out
    assert "only now" in made.err
    (key,) = [one for one in shell.json("key", "list") if one["name"] == "ci"]
    assert shell.ok("key", "revoke", key["id"], "--yes") == f"Key {key['id']} is revoked.\n"


def test_schedules_rest_and_go_on(shell: Shell) -> None:
    shell.ok("automation", "create", "nightly")
    made = shell.json("schedule", "create", "nightly", "--cron", "0 2 * * *", "--set", 'parameters={"a": 1}')
    assert made["parameters"] == {"a": 1}
    number = str(made["id"])
    assert shell.ok("schedule", "pause", number) == f"Schedule {number} rests.\n"
    assert "goes on" in shell.ok("schedule", "resume", number)
    started = shell.json("schedule", "run", number)
    assert started["automation"] == "nightly"
    assert shell.json("task", "list", "--automation", "nightly")[0]["id"] == started["id"]
    assert shell.ok("schedule", "firings", number) == "Nothing found.\n"


def test_secrets_are_set_from_standard_input_and_never_listed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bank.json").write_text('{"password": "s3cret-word"}')
    shell.ok("credential", "create", "Bank")
    shell.ok("credential", "update", "Bank", "--file", str(tmp_path / "bank.json"))
    assert "s3cret-word" not in shell.ok("credential", "show", "Bank") + shell.ok("credential", "list")
    assert shell.ok("credential", "value", "Bank", "password") == "s3cret-word\n"


def test_rows_go_in_and_out_as_csv(shell: Shell, tmp_path: Path) -> None:
    shell.ok("app", "create", "shop")
    fields = '[{"name": "number"}, {"name": "amount", "type": "number"}]'
    shell.ok("table", "create", "shop", "orders", "--fields", fields)
    shell.ok("row", "insert", "shop", "orders", "--set", "number=A1", "--set", "amount=2.5")
    (tmp_path / "rows.csv").write_text('number,amount\nA2,7\n"A,3",\n')
    assert shell.ok("row", "import", "shop", "orders", str(tmp_path / "rows.csv")) == "2 rows are added.\n"
    rows = shell.json("row", "list", "shop", "orders", "--sort", "number")
    assert [(row["number"], row["amount"]) for row in rows] == [("A,3", None), ("A1", 2.5), ("A2", 7)]
    text = shell.ok("row", "export", "shop", "orders", "--sort", "number").splitlines()
    assert len(text) == 4
    assert '"A,3"' in text[1]
    (tmp_path / "rows.csv").write_text("number,absent\nA4,1\n")
    refused = shell.run("row", "import", "shop", "orders", str(tmp_path / "rows.csv"))
    assert (refused.code, "line 2" in refused.err) == (exits.REFUSED, True)
    assert shell.ok("row", "delete", "shop", "orders", str(rows[0]["id"]), "--yes")


@pytest.mark.parametrize(
    "arguments",
    [["runners", "list"], ["event", "list"], ["audit", "list"], ["folder", "list"], ["user", "list"], ["log", "list"]]
    + [[noun, "list"] for noun in ("artifact", "error", "error-group", "alert", "message", "span", "integration")]
    + [[noun, "list"] for noun in ("plugin", "plugin-interface", "system", "group", "asset", "app", "cache")],
    ids=" ".join,
)
def test_lists_are_tables_or_one_json_value(arguments: list[str], shell: Shell) -> None:
    assert isinstance(shell.json(*arguments), list)
    assert shell.ok(*arguments).strip()


def test_moments_are_distances_and_terminals_take_no_orders() -> None:
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert shown.ago("2026-01-02T11:57:00Z", now) == "3 min ago"
    assert shown.ago("2026-01-04T12:00:01Z", now) == "in 2 d"
    assert shown.cell("a\x1b[2Jb\nc") == "a [2Jb c"
    assert "\x1b" not in shown.cell("a\x1b]0;x", wide=True)
