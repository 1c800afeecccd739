"""What callers are told of their tasks, and what they can do to them, in every state."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from botyard.base.exceptions import BotyardError, IllegalTransition
from botyard.core import actions, apps, artifacts, automations, callbacks, logs, packages, tasks, workspaces
from botyard.core.tasks import State
from botyard.protocols.elma import callback
from botyard.storage import Select, Tx
from tests.protocols.elma.conftest import Yard
from tests.support.work import deploy

ZERO = "0001-01-01T00:00:00Z"


async def test_times_and_bot_come_with_the_run(yard: Yard) -> None:
    task_id = await yard.made()
    fresh = (await yard.status(task_id)).task
    assert fresh["status"] == "QUEUE"
    assert fresh["metrics"] == {}
    assert {"bot", "log", "outputCtx", "groups"}.isdisjoint(fresh)
    lease = await yard.take()
    running = await yard.status(task_id)
    assert (running.body["status"], running.task["status"]) == (201, "EXECUTING")
    assert running.task["metrics"]["startTime"] > "2020"
    assert running.task["metrics"]["endTime"] == ZERO
    assert running.task["bot"]
    assert "outputCtx" not in running.task
    await yard.end(lease, output={})
    done = (await yard.status(task_id)).task
    assert done["status"] == "DONE"
    assert done["metrics"]["endTime"] >= done["metrics"]["startTime"] > "2020"
    assert done["bot"] == running.task["bot"]


async def test_every_declared_output_is_there_and_null_when_unset(yard: Yard) -> None:
    task_id = await yard.made()
    await yard.end(await yard.take(), output={"IntValue_out": "7", "undeclared": 1, "BoolValue_out": "perhaps"})
    output = json.loads((await yard.status(task_id)).task["outputCtx"])
    assert output == {
        "stringvalue_out": None,
        "filevalue_out": None,
        "datetimevalue_out": None,
        "boolvalue_out": None,
        "doublevalue_out": None,
        "intvalue_out": 7,
    }


async def test_an_automation_that_declares_nothing_takes_and_gives_everything(yard: Yard) -> None:
    await yard.db.write(_declare_nothing)
    task_id = await yard.made(ctx='{"Anything": [1, {"a": null}]}')
    (task,) = await yard.tasks()
    assert task.parameters == {"Anything": [1, {"a": None}]}
    await yard.end(await yard.take(), output={"Result": [1]})
    assert json.loads((await yard.status(task_id)).task["outputCtx"]) == {"result": [1]}


async def test_a_failed_task_says_why_at_the_end_of_its_log(yard: Yard) -> None:
    task_id = await yard.made()
    lease = await yard.take()
    await yard.db.write(_write_lines, attempt_id=lease.attempt_id, count=3, now=yard.db.now())
    await yard.end(lease, outcome="failed", message="Invoice 7 has\nno number")
    answer = await yard.status(task_id)
    assert (answer.body["status"], answer.task["status"]) == (200, "ERROR")
    lines = answer.task["log"].splitlines()
    assert [line[:5] for line in lines] == ["[WRN]", "[WRN]", "[WRN]", "[ERR]"]
    assert lines[-1].endswith("| [Botyard.Server] | The task failed: Invoice 7 has no number")


async def test_a_file_that_does_not_come_is_told_by_the_server_and_its_cause_once(yard: Yard) -> None:
    task_id = await yard.made(ctx='{"FileParam_in":"http://127.0.0.1:1/a"}')
    for retry in (yard.db.now() + 1, None):
        await yard.db.write(_fail_input, retry_at=retry, now=yard.db.now() + 2)
    delayed, ended = (await yard.status(task_id)).task["log"].splitlines()
    cause = 'The file of parameter "FileParam_in" could not be fetched: 127.0.0.1 answered 404 Not Found.'
    assert re.fullmatch(rf"\[WRN\] [0-9/: ]{{19}} \| \[Botyard.Server\] \| {cause} Trying again in \d s\.", delayed)
    assert re.fullmatch(rf"\[ERR\] [0-9/: ]{{19}} \| \[Botyard.Server\] \| The task failed: {cause}", ended)


def _fail_input(tx: Tx, *, retry_at: int | None, now: int) -> None:
    (file,) = tasks.claim_inputs(tx, holder="me", now=now, lease=60_000_000, limit=1)
    reason = "127.0.0.1 answered 404 Not Found."
    tasks.fail_input(tx, input_id=file.id, holder="me", reason=reason, retry_at=retry_at, now=now)


async def test_a_long_log_is_cut_at_its_beginning_and_says_so(yard: Yard) -> None:
    task_id = await yard.made()
    lease = await yard.take()
    await yard.db.write(_write_lines, attempt_id=lease.attempt_id, count=1500, now=yard.db.now())
    lines = (await yard.status(task_id)).task["log"].splitlines()
    assert len(lines) == 1001
    assert "Earlier lines are left out" in lines[0]
    assert lines[-1].endswith("line 1499")


@pytest.mark.parametrize(
    ("level", "shown"),
    [("debug", "DBG"), ("INFO", "INF"), ("Warning", "WRN"), ("ERROR", "ERR"), ("CRITICAL", "FTL"), ("trace", "VRB")],
)
async def test_levels_are_named_as_the_vendor_does(yard: Yard, level: str, shown: str) -> None:
    task_id = await yard.made()
    lease = await yard.take()
    await yard.db.write(_write_level, attempt_id=lease.attempt_id, level=level, now=yard.db.now())
    log = (await yard.status(task_id)).task["log"]
    assert re.fullmatch(rf"\[{shown}\] [0-9/: ]{{19}} \| \[Botyard.Bot\] \| two\n.*\| lines\n", log)


@pytest.mark.parametrize(("sent", "stored", "told"), [
    ("HIGH", 8, "HIGH"), ("MEDIUM", 5, "MEDIUM"), ("LOW", 2, "LOW"), ("EMPTY_P", 5, "MEDIUM"), (None, 5, "MEDIUM"),
])  # fmt: skip
async def test_priorities(yard: Yard, sent: str | None, stored: int, told: str) -> None:
    answer = await yard.create(priority=sent)
    (task,) = await yard.tasks()
    assert (task.priority, answer.task["priority"]) == (stored, told)


async def test_higher_priorities_are_taken_first_and_equals_in_order(yard: Yard) -> None:
    ids = [await yard.made(priority=name) for name in ("LOW", "MEDIUM", "HIGH", "MEDIUM", "HIGH")]
    taken = [(await yard.take()).task_id for _ in ids]
    assert taken == [ids[2], ids[4], ids[1], ids[3], ids[0]]


class TestCancelling:
    async def test_a_waiting_task_ends_with_an_error_that_says_who(self, yard: Yard) -> None:
        task_id = await yard.made()
        answer = await yard.cancel(task_id)
        assert (answer.http, answer.body["status"], answer.task["status"]) == (200, 200, "ERROR")
        assert 'cancelled by the system "BPM"' in answer.task["log"]
        assert answer.task["metrics"] == {}
        assert (await yard.status(task_id)).body == answer.body

    async def test_a_preparing_task_ends_and_is_not_fetched_for_any_more(self, yard: Yard) -> None:
        task_id = await yard.made(ctx='{"FileParam_in":"http://127.0.0.1:1/a"}')
        assert (await yard.status(task_id)).task["status"] == "PREPARE"
        assert (await yard.cancel(task_id)).task["status"] == "ERROR"
        claimed = await yard.db.write(tasks.claim_inputs, holder="x", now=yard.db.now(), lease=1, limit=9)
        assert claimed == []

    async def test_a_running_task_goes_on(self, yard: Yard) -> None:
        task_id = await yard.made()
        await yard.take()
        before = await yard.status(task_id)
        answer = await yard.cancel(task_id)
        assert (answer.http, answer.body["status"]) == (200, 409)
        assert answer.task == before.task

    @pytest.mark.parametrize(("outcome", "told"), [("succeeded", "DONE"), ("partial", "DONE"), ("failed", "ERROR")])
    async def test_a_task_that_has_ended_stays(self, yard: Yard, outcome: Any, told: str) -> None:
        task_id = await yard.made()
        await yard.end(await yard.take(), outcome=outcome)
        before = await yard.status(task_id)
        answer = await yard.cancel(task_id)
        assert (answer.body["status"], answer.task["status"]) == (200, told)
        assert answer.task == before.task

    async def test_only_whoever_started_it_may(self, yard: Yard) -> None:
        task_id = await yard.made()
        other = await yard.other(reads_all=True)
        answer = await yard.cancel(task_id, token=other.token)
        assert answer.body["status"] == 403
        assert "task" not in answer.body
        assert (await yard.status(task_id)).task["status"] == "QUEUE"

    async def test_against_a_runner_one_of_the_two_gets_it(self, yard: Yard) -> None:
        ids = [await yard.made() for _ in range(12)]

        async def take() -> int | None:
            try:
                return (await yard.take()).task_id
            except (IndexError, BotyardError):
                return None

        answers = await asyncio.gather(*(step for task_id in ids for step in (yard.cancel(task_id), take())))
        taken = {answer for answer in answers if isinstance(answer, int)}
        verdicts = {task_id: answer.body["status"] for task_id, answer in zip(ids, answers[::2], strict=True)}  # type: ignore[union-attr]
        states = {task.id: task.state for task in await yard.tasks()}
        for task_id in ids:
            cancelled = verdicts[task_id] == 200
            assert cancelled != (verdicts[task_id] == 409)
            assert cancelled == (task_id not in taken)
            assert states[task_id] is (State.CANCELLED if cancelled else State.RUNNING)


class TestCallback:
    URL = "http://127.0.0.1:8089/told?key=1"

    async def test_is_registered_with_what_calling_may_do(self, yard: Yard) -> None:
        task_id = await yard.made(callback=self.URL)
        found = await yard.db.read(callbacks.of_task, workspace_id=yard.workspace.id, task_id=task_id)
        assert found is not None
        assert (found.kind, found.url) == ("elma", self.URL)

    async def test_tells_what_status_would_but_no_token(self, yard: Yard) -> None:
        task_id = await yard.made(callback=self.URL)
        await yard.end(await yard.take(), output={"IntValue_out": 7})
        told = json.loads(await callback.body_of(yard.db, workspace_id=yard.workspace.id, task_id=task_id))
        status = (await yard.status(task_id)).body
        assert told["task"].pop("system") == yard.system
        assert status["task"].pop("system") == yard.token
        assert told == status

    async def test_a_private_address_is_refused_unless_it_is_allowed(self, yard: Yard) -> None:
        await yard.set(private_targets=False)
        answer = await yard.create(callback=self.URL)
        assert answer.body["status"] == 400
        assert answer.body["ErrorMessage"].startswith("callback is refused:")
        assert (await yard.create(callback="https://bpm.example.com/told")).body["status"] == 201
        await yard.set(file_hosts=["*.example.org"])
        assert (await yard.create(callback="https://bpm.example.com/told")).body["status"] == 400


class TestFiles:
    async def test_only_what_has_ended_is_handed_out(self, yard: Yard) -> None:
        task_id = await yard.made()
        lease = await yard.take()
        await yard.leave_file(task_id, "a.txt", b"a")
        assert (await yard.download(task_id, "a.txt")).http == 409
        await yard.end(lease)
        assert (await yard.download(task_id, "a.txt")).raw.content == b"a"

    async def test_the_newest_of_a_name_is_meant(self, yard: Yard) -> None:
        task_id = await yard.made()
        lease = await yard.take()
        await yard.leave_file(task_id, "a.txt", b"old")
        await yard.leave_file(task_id, "a.txt", b"new")
        await yard.end(lease)
        assert (await yard.download(task_id, "a.txt")).raw.content == b"new"

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("\u0440\u0435\u043f\u043e\u0440\u0442 1.pdf", "application/pdf"), ("a", "application/octet-stream")],
    )
    async def test_names_and_types(self, yard: Yard, name: str, kind: str) -> None:
        task_id = await yard.made()
        lease = await yard.take()
        await yard.leave_file(task_id, name, b"x" * 100_000)
        await yard.end(lease)
        answer = await yard.download(task_id, name)
        assert (answer.http, len(answer.raw.content)) == (200, 100_000)
        assert answer.raw.headers["content-type"] == kind
        assert answer.raw.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.raw.headers["content-disposition"].isascii()

    async def test_an_input_is_no_output(self, yard: Yard) -> None:
        task_id = await yard.made(ctx='{"FileParam_in":"http://127.0.0.1:1/secret.txt"}')
        blob = await yard.blobs.put(_bytes(b"in"), limit=99)
        await yard.db.write(_store_input, digest=blob.digest, now=yard.db.now())
        await yard.end(await yard.take())
        assert (await yard.download(task_id, "secret.txt")).http == 404

    @pytest.mark.parametrize("name", ["../a.txt", "/etc/passwd", "a.txt\0", "A.TXT", "b.txt", "%2e%2e", "a" * 5000])
    async def test_a_name_is_a_key_and_never_a_path(self, yard: Yard, name: str) -> None:
        task_id = await yard.made()
        lease = await yard.take()
        await yard.leave_file(task_id, "a.txt", b"a")
        await yard.end(lease)
        answer = await yard.download(task_id, name)
        assert (answer.http, answer.body["status"]) == (404, 404)
        assert answer.body["ErrorMessage"]

    async def test_others_get_nothing(self, yard: Yard) -> None:
        task_id = await yard.made()
        lease = await yard.take()
        await yard.leave_file(task_id, "a.txt", b"a")
        await yard.end(lease)
        other, reader = await yard.other(), await yard.other("Reader", reads_all=True)
        assert (await yard.download(task_id, "a.txt", token=other.token)).http == 403
        assert (await yard.download(task_id, "a.txt", token=reader.token)).http == 200
        assert (await yard.download(task_id, "a.txt", token="5d5ec66f-357d-4c2d-bbc1-2012278d2362")).http == 401


class TestVersions:
    async def test_a_task_runs_the_version_that_was_asked_for(self, yard: Yard) -> None:
        await yard.db.write(_deploy_again, now=yard.db.now())
        listed = (await yard.send("repository/actual", {"auth_tkn": yard.token})).body["process"][0]
        assert listed["version"] == 2
        first, second, current = [await yard.made(version=number) for number in (1, 2, 0)]
        versions = {}
        for _ in range(3):
            lease = await yard.take()
            versions[lease.task_id] = lease.package_version
        assert versions == {first: "1", second: "2", current: "2"}

    async def test_an_unknown_one_is_refused(self, yard: Yard) -> None:
        answer = await yard.create(version=9)
        assert answer.body["status"] == 404
        assert "version 9" in answer.body["ErrorMessage"]

    async def test_a_version_that_is_waited_for_stays(self, yard: Yard) -> None:
        await yard.db.write(_deploy_again, now=yard.db.now())
        task_id = await yard.made(version=1)
        where: dict[str, Any] = {
            "workspace_id": yard.workspace.id,
            "label": "TestCI",
            "version": "1",
            "actor": "user:ann",
        }
        with pytest.raises(IllegalTransition):
            await yard.db.write(automations.remove_version, **where, now=yard.db.now())
        await yard.cancel(task_id)
        await yard.db.write(automations.remove_version, **where, now=yard.db.now())


class TestProcesses:
    async def test_are_listed_with_what_the_vendor_tells(self, yard: Yard) -> None:
        answer = await yard.send("repository/actual", {"auth_tkn": yard.token, "page": 1, "limit": 0})
        assert (answer.http, answer.body["status"], answer.body["total"]) == (200, 200, 1)
        (process,) = answer.body["process"]
        assert process["token"] == yard.process
        assert (process["name"], process["version"], process["active"]) == ("TestCI", 1, True)
        assert re.fullmatch("[0-9a-f]{40}", process["hash"])
        assert process["fullname"] == "ann"

    async def test_what_is_run_by_hand_is_none(self, yard: Yard) -> None:
        token = await yard.db.write(_run_by_hand, now=yard.db.now())
        answer = await yard.send("repository/actual", {"auth_tkn": yard.token})
        assert [process["name"] for process in answer.body["process"]] == ["TestCI"]
        assert answer.body["total"] == 1
        assert (await yard.create(process=token)).body["status"] == 404
        await yard.db.write(_deploy_by_hand, now=yard.db.now())
        answer = await yard.send("repository/actual", {"auth_tkn": yard.token})
        assert answer.body["total"] == 2, "what was given a package since can be started"
        assert (await yard.create(process=token)).body["status"] == 201

    async def test_in_pages_counted_from_one(self, yard: Yard) -> None:
        await yard.db.write(_more_automations, count=4, now=yard.db.now())
        names = []
        for page in (1, 2, 3, 4):
            body = {"auth_tkn": yard.token, "page": page, "limit": 2}
            answer = await yard.send("repository/actual", body)
            assert answer.body["total"] == 5
            names.append([process["name"] for process in answer.body["process"]])
        assert [len(page) for page in names] == [2, 2, 1, 0]
        assert len({name for page in names for name in page}) == 5


def _run_by_hand(tx: Tx, *, now: int) -> str:
    """Do what `botyard connect` does for a program that is being written; return the id of its automation."""
    workspace = workspaces.get(tx, label="default")
    app = apps.create(tx, workspace_id=workspace.id, slug="shop", actor="user:ann", now=now)
    grant = actions.develop(tx, app=app, actor="user:ann", now=now)
    task = tasks.get(tx, workspace_id=workspace.id, task_id=grant.task_id)
    return automations.get(tx, workspace_id=workspace.id, label=task.automation).id


def _deploy_by_hand(tx: Tx, *, now: int) -> None:
    deploy(tx, workspaces.get(tx, label="default"), automation="run-by-hand", now=now)


def _declare_nothing(tx: Tx) -> None:
    workspace = workspaces.get(tx, label="default")
    automations.update(
        tx, workspace_id=workspace.id, label="TestCI", fields={"parameters": []}, actor="user:ann", now=1
    )


def _write_lines(tx: Tx, *, attempt_id: str, count: int, now: int) -> None:
    lines = [(number + 1, now, "stderr", f"line {number}") for number in range(count)]
    (attempt,) = tx.all_of(_attempt(attempt_id))
    batch = logs.LogBatch(
        runner_id=attempt["runner_id"],
        attempt_id=attempt_id,
        lines=lines,
        complete=False,
        max_lines=10_000,
        max_bytes=10_000_000,
        now=now,
    )
    (appended,) = logs.append_many(tx, [batch])
    assert isinstance(appended, logs.Appended)


def _attempt(attempt_id: str) -> Any:
    return Select("attempts", "runner_id").where("id = :id", id=attempt_id)


def _write_level(tx: Tx, *, attempt_id: str, level: str, now: int) -> None:
    entry = logs.LogEntry(attempt_id=attempt_id, at=now, level=level, text="two\nlines", max_lines=9, max_bytes=999)
    (written,) = logs.write_many(tx, [entry])
    assert isinstance(written, logs.Appended)


def _store_input(tx: Tx, *, digest: str, now: int) -> None:
    (claimed,) = tasks.claim_inputs(tx, holder="x", now=now, lease=1_000_000, limit=1)
    where: dict[str, Any] = {"workspace_id": claimed.workspace_id}
    made = artifacts.create(
        tx, **where, task_id=claimed.task_id, name="secret.txt", file_name="secret.txt", actor="system", now=now
    )
    artifacts.attach(tx, **where, artifact_id=made.id, digest=digest, size=2, actor="system", now=now)
    tasks.store_input(tx, input_id=claimed.id, holder="x", artifact_id=made.id, now=now)


async def _bytes(content: bytes) -> Any:
    yield content


def _deploy_again(tx: Tx, *, now: int) -> None:
    automations.deploy(
        tx,
        workspace_id=workspaces.get(tx, label="default").id,
        label="TestCI",
        manifest=packages.Manifest(dialect="plain", entry="main.py"),
        digest="1" * 64,
        size=1,
        version=None,
        actor="user:ann",
        now=now,
    )


def _more_automations(tx: Tx, *, count: int, now: int) -> None:
    workspace = workspaces.get(tx, label="default")
    for number in range(count):
        automations.create(tx, workspace_id=workspace.id, label=f"more-{number}", fields={}, actor="user:ann", now=now)
