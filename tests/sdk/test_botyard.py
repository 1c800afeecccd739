"""The clients that users make, against a real server with a runner."""

from __future__ import annotations

import asyncio
import inspect
import io
import multiprocessing
import pydoc
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from botyard.sdk import AsyncBotyard, Botyard
from botyard.sdk.catalogue import Concepts
from botyard.sdk.concepts.tasks import Tasks
from botyard.sdk.errors import Conflict, Missing, Refused, Unauthenticated, Unsettled
from botyard.wire import queues as wire
from tests.sdk.conftest import archive
from tests.support.processes import Server

BOT = """
import json, os, time
parameters = json.load(open(os.environ["BOTYARD_INPUT"]))
print("month:", parameters.get("month"))
time.sleep(parameters.get("sleep", 0))
print("done")
"""


@pytest.fixture(scope="module")
def printer(live: Server, key: str) -> str:
    """Return the label of an automation whose bot prints what it is given."""
    with Botyard(live.url, key) as yard:
        yard.automations.deploy("printer", archive(main__py=BOT))
    return "printer"


@pytest.fixture
def queue(yard: Botyard, request: pytest.FixtureRequest) -> str:
    """Return the label of an empty queue."""
    return yard.queues.create(label=f"q-{abs(hash(request.node.name))}").label


def test_a_task_is_run_to_its_end(yard: Botyard, printer: str) -> None:
    task = yard.tasks.run(printer, {"month": "2026-01"})
    assert (task.state, task.settled) == ("succeeded", True)
    assert [line.text for line in yard.tasks.logs(task.id) if line.stream == "stdout"] == ["month: 2026-01", "done"]
    assert "month: 2026-01\n" in yard.tasks.log_text(task.id).text()
    assert [attempt.state for attempt in yard.tasks.attempts(task.id)] == ["succeeded"]
    assert next(iter(yard.tasks.events(task.id))).kind == "task.created"


async def test_a_log_is_followed_while_it_is_written(ayard: AsyncBotyard, printer: str) -> None:
    task = await ayard.tasks.create(printer, {"month": "2026-02"})
    lines = [line.text async for line in ayard.tasks.logs(task.id, follow=True)]
    assert lines[-2:] == ["month: 2026-02", "done"]
    assert (await ayard.tasks.wait(task.id, timeout=10)).state == "succeeded"


def test_events_are_followed_as_things_happen(yard: Botyard) -> None:
    newest = yard.events.list(limit=1).first()
    assert newest is not None
    news = iter(yard.events.follow(newest.id, kind="queue.created"))
    maker = threading.Timer(0.2, lambda: yard.queues.create(label="news"))
    maker.start()
    event = next(news)
    maker.join()
    assert (event.entity, event.kind) == ("queue", "queue.created")
    assert [each.id for each in yard.events.since(event.id - 1, kind="queue.created", limit=1)] == [event.id]


async def test_events_are_followed_in_an_event_loop(ayard: AsyncBotyard, printer: str) -> None:
    task = await ayard.tasks.create(printer, not_before="2999-01-01")
    kinds = []
    await ayard.tasks.cancel(task.id)
    async for event in ayard.events.follow(0, entity="task", entity_id=str(task.id)):
        kinds.append(event.kind)
        if event.kind == "task.cancelled":
            break
    assert kinds == ["task.created", "task.cancelled"]


def test_waiting_ends_when_the_time_is_over(yard: Botyard, printer: str) -> None:
    task = yard.tasks.create(printer, {"sleep": 30}, not_before="2999-01-01")
    with pytest.raises(Unsettled, match=rf"Task {task.id} is queued after 0\.1 seconds"):
        yard.tasks.wait(task.id, timeout=0.1)
    with pytest.raises(TimeoutError):
        yard.tasks.wait(task.id, timeout=0)
    assert yard.tasks.cancel(task.id).state == "cancelled"


def test_lists_go_through_all_pages(yard: Botyard, queue: str) -> None:
    yard.queues.push(queue, [{"n": number} for number in range(250)])
    items = yard.items.list(queue)
    assert [item.values["n"] for item in items] == list(range(249, -1, -1))
    assert [len(page) for page in items.pages()] == [100, 100, 50]
    assert [item.values["n"] for item in yard.items.list(queue, limit=120)] == list(range(249, 129, -1))
    assert list(yard.items.list(queue, limit=0)) == []
    newest = items.first()
    assert newest is not None
    assert newest.values == {"n": 249}


async def test_lists_go_through_all_pages_of_an_event_loop(ayard: AsyncBotyard, yard: Botyard, queue: str) -> None:
    await ayard.queues.push(queue, [wire.NewItem(values={"n": number}) for number in range(150)])
    assert [item.id async for item in ayard.items.list(queue)] == [item.id for item in yard.items.list(queue)]
    first = await ayard.items.list(queue, state="pending").first()
    assert first is not None
    assert await ayard.items.list(queue, state="done").first() is None


def test_items_are_pulled_and_reported_on(yard: Botyard, queue: str) -> None:
    yard.queues.push(queue, [{"n": 1}, {"n": 2}])
    held = yard.queues.pull(queue, count=2).items
    reports = [wire.ItemReport(item=item.id, outcome="done", result=item.values["n"]) for item in held]
    assert [verdict.state for verdict in yard.queues.report(queue, reports).verdicts] == ["done", "done"]
    assert yard.queues.get(queue).counts["done"] == 2


def test_what_is_named_by_hand_reaches_the_server_as_it_is(yard: Botyard) -> None:
    for name in ("a b", "ä/ö?", "..", "."):
        assert yard.folders.create(name).name == name
        assert yard.folders.get(name).name == name
        yard.folders.delete(name)
        with pytest.raises(Missing):
            yard.folders.get(name)
    with pytest.raises(Refused, match="The folder is empty"):
        yard.folders.get("")


def test_an_error_says_what_the_server_said(yard: Botyard, queue: str) -> None:
    with pytest.raises(Conflict) as caught:
        yard.queues.create(label=queue)
    assert caught.value.code == "already_exists"
    assert caught.value.hint
    assert caught.value.request_id


def test_only_what_is_given_is_changed(yard: Botyard, queue: str) -> None:
    yard.queues.update(queue, max_retries=5, name="Orders")
    changed = yard.queues.update(queue, name="Other orders")
    assert (changed.max_retries, changed.name) == (5, "Other orders")


def test_files_are_sent_from_paths_and_pieces(yard: Botyard, queue: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("n\n1\n2\n", "utf-8")

    def pieces() -> Iterator[bytes]:
        yield b"n\n"
        yield b"3\n"

    assert yard.queues.import_csv(queue, path).items == 2
    with path.open("rb") as file:
        assert yard.queues.import_csv(queue, file).items == 2
    assert yard.queues.import_csv(queue, pieces()).items == 1
    assert yard.queues.import_csv(queue, b"n\n4\n").items == 1
    with pytest.raises(TypeError, match="A text is no content"):
        yard.queues.import_csv(queue, "n\n4\n")  # type: ignore[arg-type]


async def test_files_are_sent_and_fetched_from_an_event_loop(
    ayard: AsyncBotyard, yard: Botyard, tmp_path: Path
) -> None:
    queue = (await ayard.queues.create(label="files")).label
    path = tmp_path / "orders.csv"
    path.write_text("n\n1\n2\n", "utf-8")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"n\n"
        await asyncio.sleep(0)
        yield b"3\n"

    assert (await ayard.queues.import_csv(queue, path)).items == 2
    assert (await ayard.queues.import_csv(queue, io.BytesIO(b"n\n4\n"))).items == 1
    assert (await ayard.queues.import_csv(queue, [b"n\n", b"", b"5\n"])).items == 1
    assert (await ayard.queues.import_csv(queue, pieces())).items == 1
    with pytest.raises(TypeError, match="AsyncBotyard only"):
        yard.queues.import_csv(queue, pieces())
    saved = await ayard.queues.export_csv(queue).save(tmp_path / "saved.csv")
    whole = await ayard.queues.export_csv(queue).read()
    assert saved.read_bytes() == whole == b"".join([piece async for piece in ayard.queues.export_csv(queue)])
    assert yard.queues.export_csv(queue).text() == whole.decode()
    assert await ayard.queues.export_csv(queue).copy_to(io.BytesIO()) == len(whole)


def test_a_file_is_there_whole_or_not_at_all(yard: Botyard, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        yard.queues.export_csv("there-is-none").save(tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_one_client_serves_many_threads(yard: Botyard, queue: str) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            yard.queues.push(queue, [{"n": number}])
            yard.queues.get(queue)
        except BaseException as error:  # noqa: BLE001 -- told to the test
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert yard.queues.get(queue).total == 16


def test_a_forked_process_has_connections_of_its_own(yard: Botyard, queue: str) -> None:
    yard.queues.get(queue)
    child = multiprocessing.get_context("fork").Process(target=_push_many, args=(yard, queue))
    child.start()
    for _ in range(20):
        yard.queues.push(queue, [{"by": "parent"}])
    child.join(20)
    assert child.exitcode == 0
    assert yard.queues.get(queue).total == 40


def _push_many(yard: Botyard, queue: str) -> None:
    for _ in range(20):
        yard.queues.push(queue, [{"by": "child"}])


def test_one_client_serves_several_event_loops(live: Server, key: str, queue: str) -> None:
    yard = AsyncBotyard(live.url, key)

    async def total() -> int:
        found = (await yard.queues.get(queue)).total
        await yard.close()
        return found

    assert [asyncio.run(total()), asyncio.run(total())] == [0, 0]


async def test_calls_run_side_by_side(ayard: AsyncBotyard, yard: Botyard) -> None:
    found = await asyncio.gather(*(asyncio.create_task(ayard.folders.get("DEFAULT")) for _ in range(10)))
    assert set(found) == {yard.folders.get("DEFAULT")}


def test_other_limits_are_for_the_copy_only(yard: Botyard) -> None:
    hasty = yard.using(timeout=5, patience=0)
    assert hasty.folders.get("DEFAULT") == yard.folders.get("DEFAULT")
    assert (hasty._timeout, yard._timeout, hasty.patience) == (5, 30.0, 0)
    assert hasty.tasks._client is hasty
    assert yard.tasks._client is yard


def test_server_and_key_come_from_the_environment(
    live: Server, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("BOTYARD_SERVER", "BOTYARD_TOKEN", "BOTYARD_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Refused, match="which server is meant"):
        Botyard()
    monkeypatch.setenv("BOTYARD_SERVER", live.url)
    with pytest.raises(Refused, match="no key"):
        AsyncBotyard()
    (tmp_path / "token").write_text(f"{key}\n", "utf-8")
    monkeypatch.setenv("BOTYARD_TOKEN_FILE", str(tmp_path / "token"))
    with Botyard() as yard:
        assert yard.folders.get("DEFAULT").name == "DEFAULT"
    monkeypatch.setenv("BOTYARD_TOKEN", "wrong")
    with Botyard() as yard, pytest.raises(Unauthenticated):
        yard.folders.get("DEFAULT")


def test_a_call_is_data_too(yard: Botyard) -> None:
    call = Tasks.create("invoices", {"month": "2026-01"}, priority=3)
    assert (call.method, call.path, call.json.priority) == ("POST", "/api/v1/tasks", 3)
    assert "queued" in {task.state for task in yard.iterate(Tasks.list(limit=1))} | {"queued"}


def test_help_shows_what_a_call_takes(yard: Botyard) -> None:
    assert str(inspect.signature(yard.folders.rename)).startswith("(folder: 'str', name: 'str')")
    assert list(inspect.signature(yard.queues.create).parameters)[-1] == "label"
    assert yard.tasks.cancel.__doc__ == Tasks.cancel.__doc__
    assert "automation: 'str'" in pydoc.plain(pydoc.render_doc(yard.tasks.create))
    with pytest.raises(TypeError):
        yard.queues.create(label="x", colour="red")  # type: ignore[call-arg]


def test_every_list_is_understood(yard: Botyard) -> None:
    looked_at = []
    for name, group in vars(Concepts).items():
        found = getattr(getattr(yard, name), "list", None) if hasattr(group, "func") else None
        if found is not None and all(
            each.kind is each.KEYWORD_ONLY for each in inspect.signature(found).parameters.values()
        ):
            assert type(found().first()) is type(next(iter(found()), None)), name
            looked_at.append(name)
    assert len(looked_at) > 20


def test_things_are_made_read_changed_and_removed(yard: Botyard) -> None:
    yard.credentials.create(label="portal", secrets={"user": "ann", "password": "hunter2"})
    assert yard.credentials.value("portal", "password").value == "hunter2"
    assert "hunter2" not in repr(yard.credentials.value("portal", "password"))
    assert [key.name for key in yard.credentials.delete_key("portal", "user").keys] == ["password"]
    yard.credentials.delete("portal")

    assert yard.assets.put("vat", "int", 19).value == 19
    assert yard.assets.get("vat").version == 1

    yard.log_tables.create("sent", ["invoice", "amount"])
    assert yard.log_tables.add("sent", [{"invoice": "R-1", "amount": 5}, {"invoice": "R-2", "amount": 6}]).added == 2
    assert [row.values["invoice"] for row in yard.log_tables.rows("sent")] == ["R-2", "R-1"]
    assert "R-1" in yard.log_tables.export_csv("sent").text()

    assert yard.cache.put("rate", {"eur": 1.5}, ttl=60).key == "rate"
    assert yard.cache.get("rate").value == {"eur": 1.5}
    assert [found.key for found in yard.cache.keys(prefix="ra")] == ["rate"]
    yard.cache.delete("rate")


def test_apps_have_tables_with_rows(yard: Botyard) -> None:
    yard.apps.create(slug="harbour", name="The harbour")
    yard.tables.create("harbour", name="orders", fields=[{"name": "customer"}, {"name": "amount", "type": "number"}])
    for number in range(3):
        yard.rows.create("harbour", "orders", {"customer": f"c{number}", "amount": number})
    found = yard.rows.list("harbour", "orders", filter=["amount:gte:1", "amount:lte:2"], sort="-amount")
    assert [row["customer"] for row in found] == ["c2", "c1"]
    row = found.first()
    assert row is not None
    assert yard.rows.update("harbour", "orders", row["id"], {"amount": 7}).row is not None
    (change, *_) = yard.rows.history("harbour", "orders", row=row["id"])
    yard.rows.undo("harbour", "orders", change.id)
    yard.tables.drop("harbour", "orders")
    yard.apps.delete("harbour")
