"""Files between bots and tasks: those that a task was given as links, and those that its bot left."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from botyard.core import artifacts, tasks
from botyard.storage import Blobs, Database, Tx
from tests.protocols.native.conftest import Api

DECLARED = [
    {"name": "Letter", "type": "file"},
    {"name": "Count", "type": "int"},
    {"name": "Answer", "type": "file", "scope": "Out"},
]
BYTES = b"Dear all"


@pytest.fixture(autouse=True)
async def deployed(api: Api) -> None:
    await api.deploy("invoices")
    await api.ok("PATCH", "/automations/invoices", {"parameters": DECLARED})


async def create(api: Api, **parameters: Any) -> dict[str, Any]:
    """Create a task and return it."""
    task: dict[str, Any] = await api.ok("POST", "/tasks", {"automation": "invoices", "parameters": parameters})
    return task


async def fetched(db: Database, blobs: Blobs) -> None:
    """Fetch what waits, as the server does, from nowhere."""

    async def content() -> AsyncIterator[bytes]:
        yield BYTES

    blob = await blobs.put(content(), limit=100)

    def store(tx: Tx) -> None:
        for file in tasks.claim_inputs(tx, holder="h", now=db.now(), lease=10**9, limit=10):
            kept = artifacts.keep(
                tx,
                workspace_id=file.workspace_id,
                task_id=file.task_id,
                name="letter.txt",
                digest=blob.digest,
                size=blob.size,
                actor="system:inputs",
                now=db.now(),
            )
            tasks.store_input(tx, input_id=file.id, holder="h", artifact_id=kept.id, now=db.now())

    await db.write(store)


class TestTasks:
    async def test_parameters_become_what_is_declared(self, api: Api) -> None:
        assert (await create(api, COUNT="12", other=1))["parameters"] == {"Count": 12, "other": 1}

    async def test_a_wrong_type_names_its_parameter(self, api: Api) -> None:
        body = {"automation": "invoices", "parameters": {"count": 7.5}}
        problem = await api.problem("POST", "/tasks", body, status=400)
        assert problem["field"] == "parameters.Count"
        assert '"Count" must be a whole number' in problem["detail"]

    async def test_a_task_shows_its_files_on_their_way(self, api: Api, db: Database, blobs: Blobs) -> None:
        task = await create(api, letter="http://files.test/letter.txt")
        assert task["state"] == "preparing"
        seen = await api.ok("GET", f"/tasks/{task['id']}")
        assert [(file["parameter"], file["state"]) for file in seen["inputs"]] == [("Letter", "waiting")]
        assert "link" in seen["waiting"][0]
        await fetched(db, blobs)
        seen = await api.ok("GET", f"/tasks/{task['id']}")
        assert [(file["file_name"], file["state"]) for file in seen["inputs"]] == [("letter.txt", "fetched")]
        assert seen["state"] == "queued"
        cancelled = await api.ok("POST", f"/tasks/{(await create(api, letter='http://x.test/'))['id']}/cancel")
        assert cancelled["state"] == "cancelled"


class TestFiles:
    async def test_a_runner_reads_the_files_of_its_attempt(self, api: Api, db: Database, blobs: Blobs) -> None:
        await create(api, letter="http://files.test/letter.txt")
        await fetched(db, blobs)
        runner, other = await api.new_runner(), await api.new_runner()
        (lease,) = await runner.lease()
        (file,) = lease["files"]
        assert (file["parameter"], file["position"], file["name"], file["size"]) == ("Letter", 0, "letter.txt", 8)
        assert lease["file_outputs"] == ["Answer"]
        path = f"/runner/attempts/{lease['attempt']}/files/{file['id']}"
        response = await runner("GET", path)
        assert response.content == BYTES
        assert hashlib.sha256(response.content).hexdigest() == file["digest"]
        await other.problem("GET", path, status=409)
        await runner.problem("GET", f"{path}9", status=409)
        await api.as_(lease["token"]).problem("GET", path, status=403)
        await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/release", {})
        await runner.problem("GET", path, status=409)

    async def test_a_runner_leaves_files_in_the_name_of_its_attempt(self, api: Api) -> None:
        task = await create(api)
        runner = await api.new_runner()
        (lease,) = await runner.lease()
        path = f"/runner/attempts/{lease['attempt']}/files"
        kept = await runner.ok("POST", path, content=b"1", params={"name": "out/12.txt"})
        again = await runner.ok("POST", path, content=b"1", params={"name": "out/12.txt"})
        other = await runner.ok("POST", path, content=b"2", params={"name": "12.txt"})
        assert (kept["file_name"], kept["name"], again["id"]) == ("12.txt", "out/12.txt", kept["id"])
        assert other["file_name"] == "12 (2).txt"
        listed = (await api.ok("GET", f"/tasks/{task['id']}/artifacts"))["artifacts"]
        assert [artifact["id"] for artifact in listed] == [other["id"], kept["id"]]
        assert (await api("GET", f"/artifacts/{other['id']}/content")).content == b"2"

    async def test_bad_files_are_refused(self, api: Api) -> None:
        await create(api)
        runner, other = await api.new_runner(), await api.new_runner()
        (lease,) = await runner.lease()
        path = f"/runner/attempts/{lease['attempt']}/files"
        await runner.problem("POST", path, status=400, content=b"1")
        await runner.problem("POST", path, status=400, content=b"1", params={"name": "a/.."})
        await other.problem("POST", path, status=409, content=b"1", params={"name": "a"})
        await api.problem("POST", path, status=403, content=b"1", params={"name": "a"})
        await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0})
        await runner.problem("POST", path, status=409, content=b"1", params={"name": "a"})


class TestOutputs:
    async def test_a_wrong_type_is_kept_and_told_in_the_log(self, api: Api) -> None:
        task = await create(api)
        runner = await api.new_runner()
        (lease,) = await runner.lease()
        await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/logs", {"lines": [[1, 1, "stdout", "hi"]]})
        await runner.ok("POST", f"/runner/attempts/{lease['attempt']}/end", {"exit_code": 0, "output": {"answer": 5}})
        assert (await api.ok("GET", f"/tasks/{task['id']}"))["output"] == {"answer": 5}
        lines = (await api.ok("GET", f"/tasks/{task['id']}/logs"))["lines"]
        assert [line["text"].partition(" is not")[0] for line in lines] == ["hi", 'WARN  Output "Answer"']
