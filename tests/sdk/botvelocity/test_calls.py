"""What is sent, what becomes of strange answers, and spans of threads and coroutines."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import datetime as dt
import json
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from botyard.sdk.botvelocity import (
    LogLevel,
    TraceSpan,
    assets,
    context,
    emit_span,
    log_message,
    queue,
    queues,
    start_span,
)
from botyard.sdk.botvelocity.client import OrchestratorAuthError, OrchestratorClient, OrchestratorError
from botyard.sdk.botvelocity.queue import Status
from botyard.sdk.botvelocity.queue_item import QueueItem
from botyard.sdk.botvelocity.traces import get_current_span, get_current_span_id
from tests.support.answering import Answer, Answering, answering
from tests.support.processes import free_port

BASE = "/acme/orchestrator_"
EXECUTION = "aaaaaaaa-0000-4000-8000-000000000000"
ITEM = "bbbbbbbb-0000-4000-8000-000000000000"


@pytest.fixture
def server() -> Iterator[Answering]:
    """Yield a server that knows an asset, and give its address to the bot."""
    with answering(lambda _: Answer({"id": ITEM, "type": "text", "value": "hello", "username": "bot"})) as running:
        context.set_runtime_context(base_url=f"{running.url}{BASE}", robot_token="t0ken", execution_id=EXECUTION)
        yield running


def sent(server: Answering) -> list[dict[str, Any]]:
    """Return the spans that arrived."""
    return [span for asked in server.asked if asked.path.endswith("/spans") for span in asked.json["spans"]]


def test_one_connection_serves_all_calls(server: Answering) -> None:
    for _ in range(3):
        assets.get_asset("A")
        queue.add("orders", {})
        log_message("working", LogLevel.INFO)
        with start_span("step"):
            pass
    assert len(server.asked) == 12
    assert len({asked.connection for asked in server.asked}) == 1


def test_names_may_have_any_characters(server: Answering) -> None:
    for name in ("a/b", "a?b", "a#b", "a%2fb", "../x", "ação"):
        assert assets.get_asset(name) == "hello"
    assert all(asked.path.count("/") == 5 and "?" not in asked.path for asked in server.asked)
    for name in (".", ".."):
        with pytest.raises(ValueError, match="Nothing is called"):
            assets.set_asset(name, 1)
    assert len(server.asked) == 6


def test_a_folder_may_have_any_characters(server: Answering) -> None:
    assets.get_asset("A", folder="Größe")
    queue.get("orders", folder="Отдел")
    told = [str(asked.headers["x-folder-id"]).encode("latin-1").decode("utf-8") for asked in server.asked]
    assert told == ["Größe", "Отдел"]


def test_redirects_are_followed_or_told(server: Answering) -> None:
    elsewhere = (("Location", f"{BASE}/assets/name/B"),)
    server.answer = lambda asked: (
        Answer({"value": asked.headers["x-robot-token"]}) if asked.path.endswith("/B") else Answer(b"", 307, elsewhere)
    )
    assert assets.get_asset("A") == "t0ken"
    with pytest.raises(OrchestratorError, match=r"307: it is at .*/assets/name/B"):
        queue.set_status(ITEM, Status.DONE)


@pytest.mark.parametrize(
    ("body", "refusing"),
    [
        (b"<html>", ("add", "get", "asset")),
        ([1], ("add", "get", "asset", "secret")),
        ({}, ("add", "secret")),
        ({"a": 1, "b": 2}, ("add", "get", "secret")),
    ],
)
def test_an_answer_that_makes_no_sense_is_told(server: Answering, *, body: Any, refusing: tuple[str, ...]) -> None:
    server.answer = lambda _: Answer(body)
    calls: dict[str, Callable[[], Any]] = {
        "add": lambda: queue.add("orders", {}),
        "get": lambda: queue.get("orders"),
        "asset": lambda: assets.get_asset("A"),
        "secret": lambda: assets.get_secret("KEY").value(),
    }
    for name in refusing:
        with pytest.raises((OrchestratorError, ValueError)):
            calls[name]()


@pytest.mark.parametrize("identity", [7, "12345678", "short", "zzzzzzzz", None])
def test_an_item_without_a_usable_id_is_refused(server: Answering, identity: Any) -> None:
    server.answer = lambda _: Answer({"id": identity, "payload": {}})
    with pytest.raises(ValueError, match="no id of an item"):
        queue.get("orders")
    with pytest.raises(ValueError, match="no id of an item"):
        queue.add("orders", {})


def test_refusals_tell_status_and_reason_and_hide_tokens(server: Answering) -> None:
    server.answer = lambda _: Answer({"detail": f"token t0ken, {'a1' * 16}, eyJa.eyJb.c-d of {ITEM}"}, 401)
    with pytest.raises(OrchestratorAuthError, match="401: token") as refused:
        assets.get_asset("A")
    assert str(refused.value).endswith(f"token [REDACTED], [REDACTED], [REDACTED] of {ITEM}")
    server.answer = lambda _: Answer({"detail": ["a", "b"]}, 422)
    with pytest.raises(OrchestratorError, match=r"422: \['a', 'b'\]"):
        assets.get_asset("A")
    server.answer = lambda _: Answer(b"", 503)
    with pytest.raises(OrchestratorError, match="503: Service Unavailable"):
        assets.get_asset("A")


def test_a_server_that_does_not_answer_is_told_once(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    base = f"http://127.0.0.1:{free_port()}{BASE}"
    context.set_runtime_context(base_url=base, robot_token="t", execution_id=EXECUTION)
    with pytest.raises(OrchestratorError, match="cannot be reached"):
        assets.get_asset("A")
    log_message("still here", LogLevel.WARN)
    assert capsys.readouterr().out.startswith("[WARN] still here (not sent: The orchestrator at ")
    assert not emit_span(TraceSpan("step"))
    assert [(record.name, record.levelno) for record in caplog.records] == [("bv.runtime", logging.WARNING)]


def test_a_message_may_have_what_is_no_unicode(server: Answering) -> None:
    log_message("read \udcff.csv", LogLevel.INFO)
    assert [asked.json["message"] for asked in server.asked] == ["read ?.csv"]


def test_a_status_that_is_none_is_a_type_error(server: Answering) -> None:
    with pytest.raises(TypeError, match=r"Status\.DONE"):
        queue.set_status(ITEM, "DONE")  # type: ignore[arg-type]
    assert server.asked == []


def test_a_kept_client_uses_the_token_of_now(server: Answering) -> None:
    client = OrchestratorClient()
    client.request("GET", "/assets/name/A")
    context.set_runtime_context(base_url=f"{server.url}{BASE}", robot_token="second", execution_id=EXECUTION)
    client.request("POST", "upload", data={"a": 1}, files={"file": ("name", b"content")})
    assert [asked.headers["x-robot-token"] for asked in server.asked] == ["t0ken", "second"]
    assert b'name="a"\r\n\r\n1' in server.asked[1].body


def test_an_item_can_be_copied_and_sent_to_another_process(server: Answering) -> None:
    item = queue.add("orders", {"n": 1})
    for twin in (copy.copy(item), copy.deepcopy(item), pickle.loads(pickle.dumps(item))):
        assert isinstance(twin, QueueItem)
        assert repr(twin) == repr(item)
    with pytest.raises(TypeError, match="cannot be changed"):
        item.content = {}  # type: ignore[misc]
    with pytest.raises(TypeError, match="cannot be changed"):
        del item.content


def test_handles_give_nothing_away(server: Answering) -> None:
    credential = assets.get_credential("DB")
    for text in (str(credential), repr(credential), f"{credential.password:>9}", repr(vars(type(credential.password)))):
        assert "hello" not in text
    assert pickle.loads(pickle.dumps(credential)).password.value() == "hello"
    with pytest.raises(TypeError):
        json.dumps(credential)
    assert b"hello" not in pickle.dumps(credential)
    assert credential.password.value() == credential.password.value() == "hello"
    assert server.calls.count(f"POST {BASE}/runtime/secrets/resolve") == 3, "it is kept nowhere"


def test_the_plural_is_gone() -> None:
    with pytest.raises(AttributeError, match="Import `queue`"):
        queues.add  # noqa: B018


def test_coroutines_and_threads_have_spans_of_their_own(server: Answering) -> None:
    parents: dict[str, str | None] = {}

    async def step(name: str) -> None:
        with start_span(name) as span:
            await asyncio.sleep(0)
            assert get_current_span() is span
            parents[name] = span.parent_span_id

    async def steps() -> None:
        await asyncio.gather(step("a"), step("b"))

    def in_thread(name: str) -> None:
        with start_span(name) as span:
            parents[name] = span.parent_span_id

    with start_span("root") as root:
        asyncio.run(steps())
        run = contextvars.copy_context().run
        threads = [threading.Thread(target=in_thread, args=("c",)), threading.Thread(target=run, args=(in_thread, "d"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    identity = root.span_id
    assert parents == {"a": identity, "b": identity, "c": None, "d": identity}
    assert get_current_span_id() is None
    assert {span["name"]: span.get("parent_span_id") for span in sent(server)} == {**parents, "root": None}


def test_a_span_is_sent_when_its_block_fails_and_by_a_decorator(server: Answering) -> None:
    @start_span("decorated", tags={"kind": "step"})
    def work() -> int:
        return 7

    with pytest.raises(KeyError), start_span("failing"):
        raise KeyError("boom")
    assert (work(), work()) == (7, 7)
    assert [span["name"] for span in sent(server)] == ["failing", "decorated", "decorated"]
    assert len({span["span_id"] for span in sent(server)}) == 3


def test_a_generator_may_be_closed_elsewhere(server: Answering) -> None:
    def numbers() -> Iterator[int]:
        with start_span("numbers"):
            yield 1

    generator = numbers()
    assert contextvars.copy_context().run(next, generator) == 1
    del generator
    assert [span["name"] for span in sent(server)] == ["numbers"]


def test_a_time_without_a_zone_is_utc() -> None:
    span = TraceSpan("step", start_time=dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(seconds=2))
    span.complete({"ok": True})
    assert span.duration_ms is not None
    assert 2000 <= span.duration_ms < 60_000
