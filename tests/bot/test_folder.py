"""The same bot without a server: what it is given lies in a folder, and so does what it leaves."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard import bot as module
from botyard.bot import Login, NotInTask, Secret
from botyard.bot.session import Bot
from botyard.sdk.errors import Missing, Refused

Kept = Callable[[str], list[Any]]


def run(folder: Path, code: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code as a bot in a working directory of its own."""
    path = folder / "main.py"
    path.write_text(code)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    command = [sys.executable, str(path), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_bot_runs_where_there_is_no_server(tmp_path: Path) -> None:
    folder = tmp_path / "botyard-local"
    folder.mkdir()
    (folder / "parameters.json").write_text('{"month": "2026-01", "limit": 1}')
    code = """
from botyard import bot

@bot.main
def work(month, limit, extra="none"):
    bot.log.info("Working", month=month, limit=limit, extra=extra)
    return {"month": month}

work()
"""
    done = run(tmp_path, code, "--verbose", "--param", "limit=2", "--param=extra=a b")
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith('INFO  Working month=2026-01 limit=2 extra="a b"\n')
    assert (folder / "log.txt").read_text() == done.stderr
    assert json.loads((folder / "result.json").read_bytes()) == {"output": {"month": "2026-01"}}


def test_another_folder_can_be_named(tmp_path: Path) -> None:
    done = run(tmp_path, "from botyard import bot\nbot.output(bot.context.local)", BOTYARD_LOCAL="elsewhere")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "elsewhere" / "result.json").read_bytes()) == {"output": True}


def test_a_process_of_a_task_without_a_token_does_not_work_with_a_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "from botyard import bot\nbot.log.info('x')", BOTYARD_TASK_ID="7")
    assert NotInTask.__name__ in done.stderr
    assert "botvelocity and automio" in done.stderr
    assert not (tmp_path / "botyard-local").exists()


def test_parameters_are_those_of_a_test_when_it_gives_some(folder: Path) -> None:
    (folder / "types.json").write_text('{"rate": "double"}')
    assert module.local(folder, parameters={"rate": 2}).parameters == {"rate": 2.0}
    assert module.parameters == {"rate": 2.0}
    module._bots.clear()


@pytest.mark.parametrize("text", ["[1]", "{"])
def test_parameters_that_are_none_are_refused(folder: Path, bot: Bot, text: str) -> None:
    (folder / "parameters.json").write_text(text)
    with pytest.raises(Refused, match=r"JSON|object"):
        _ = bot.parameters


def test_secrets_and_assets_come_from_files(folder: Path, bot: Bot) -> None:
    (folder / "secrets.env").write_text("# keys\nexport ERP_MAIN_PASSWORD='correct horse'\nX=1\n")
    (folder / "secrets.json").write_text('{"erp": {"user": "robot"}}')
    assets = {"url": "https://x", "rows": 3, "key": {"secret": "k"}, "mail": {"username": "u", "password": "p"}}
    (folder / "assets.json").write_text(json.dumps(assets))
    assert bot.secret("erp-main", "password").reveal() == "correct horse"
    assert bot.secret("erp", "user").reveal() == "robot"
    assert (bot.asset("url"), bot.asset("rows")) == ("https://x", 3)
    key, mail = bot.asset("key"), bot.asset("mail")
    assert isinstance(key, Secret)
    assert isinstance(mail, Login)
    assert (key.reveal(), mail.username, mail.password.reveal()) == ("k", "u", "p")
    for missing in (lambda: bot.secret("erp", "none"), lambda: bot.asset("none")):
        with pytest.raises(Missing, match=r"secrets\.json|assets\.json"):
            missing()


def test_queues_come_from_lines_and_tables(folder: Path, bot: Bot) -> None:
    (folder / "queues").mkdir()
    (folder / "queues" / "lines.jsonl").write_text('{"n": 1}\n\n"text"\n{"values": [3], "priority": 2}\n')
    (folder / "queues" / "table.csv").write_text("\ufeffname,priority,reference\nAnn,0,a\nBob,7,\n", "utf-8")
    assert [item.values for item in bot.queue("lines").take(9)] == [[3], {"n": 1}, "text"]
    items = bot.queue("table").take(9)
    assert [(item.values, item.reference) for item in items] == [({"name": "Bob"}, None), ({"name": "Ann"}, "a")]
    (folder / "queues" / "bad.jsonl").write_text('{"n": 1}\n{')
    with pytest.raises(Refused, match="Line 2"):
        bot.queue("bad").take()


def test_files_are_kept_under_names_of_their_own(folder: Path, bot: Bot, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("path")
    names = [
        bot.artifact(b"bytes", "r.csv"),
        bot.artifact(tmp_path / "r.csv"),
        bot.artifact(io.BytesIO(b"file"), "r.csv"),
        bot.artifact(iter([b"pie", b"ces"]), "dir/r.csv"),
    ]
    assert names == ["r.csv", "r (2).csv", "r (3).csv", "r (4).csv"]
    texts = [(folder / "artifacts" / name).read_text() for name in names]
    assert texts == ["bytes", "path", "file", "pieces"]
    with pytest.raises(TypeError, match="name"):
        bot.artifact(b"bytes")


def test_what_is_told_is_kept(folder: Path, bot: Bot, kept: Kept, tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    picture.write_bytes(b"png")
    number = bot.report_error(ValueError("no"), screenshot=picture, attachments=[picture], tags={"page": 3})
    bot.alert("Look", "here", level="warn")
    bot.message("Done", "all", addresses=["a@example.com"], users=["ann"])
    bot.progress(40, "almost")
    bot.finish(message="ok", partial=True, total=3, processed=2, failed_items=1)
    (error,) = kept("errors.jsonl")
    assert (error["id"], error["type"], error["message"], error["tags"]) == (number, "ValueError", "no", {"page": "3"})
    assert sorted(path.name for path in (folder / "artifacts").iterdir()) == [
        "error-1-attachment-screen.png",
        "error-1-screenshot-screen.png",
    ]
    assert kept("alerts.jsonl") == [{"level": "warn", "title": "Look", "message": "here"}]
    assert kept("messages.jsonl")[0]["users"] == ["ann"]
    assert json.loads((folder / "progress.json").read_bytes()) == {"percent": 40, "info": "almost"}
    told = json.loads((folder / "result.json").read_bytes())
    assert told == {"outcome": "partial", "message": "ok", "total": 3, "processed": 2, "failed": 1}


def test_values_are_kept_for_the_next_run(folder: Path, bot: Bot) -> None:
    bot.cache.put("a", [1])
    bot.cache.put("b", 2, ttl=-1)
    again = module.local(folder)
    assert (again.cache.get("a"), again.cache.get("b"), again.cache.get("c", 3)) == ([1], None, 3)
    again.cache.delete("a")
    assert bot.cache.get("a") is None
