"""Run by any interpreter that has `bv.runtime`: `url`. Makes every call; tells what came back, as JSON."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

HOME = Path(tempfile.mkdtemp())
os.environ["HOME"] = str(HOME)

from bv.runtime import (  # type: ignore[import-not-found]  # noqa: E402
    LogLevel,
    TraceSpan,
    assets,
    context,
    emit_span,
    emit_spans,
    log_message,
    queue,
    start_span,
    traces,
)
from bv.runtime.client import OrchestratorClient  # type: ignore[import-not-found]  # noqa: E402
from bv.runtime.queue import ErrorType, Priority, Status  # type: ignore[import-not-found]  # noqa: E402
from bv.runtime.queue_item import QueueItem  # type: ignore[import-not-found]  # noqa: E402
from bv.runtime.url_resolver import BaseUrlResolver  # type: ignore[import-not-found]  # noqa: E402

EXECUTION = "aaaaaaaa-0000-4000-8000-000000000000"
ITEM = "bbbbbbbb-0000-4000-8000-000000000000"
KINDS = {"OrchestratorAuthError", "OrchestratorError", "AuthError", "RuntimeError", "ValueError", "TypeError"}
SOON = dt.datetime(2026, 5, 4, 3, 2, 1, 500000, tzinfo=dt.UTC)


def of_context() -> Iterator[Callable[[], Any]]:
    for name in dir(context):
        if name.startswith(("get_", "is_")) and name != "get_runtime_context_path":
            yield getattr(context, name)
    yield context.refresh_runtime_context_from_file


def of_assets() -> Iterator[Callable[[], Any]]:
    for name in (
        "text",
        "int",
        "int é",
        "bool",
        "bool no",
        "nothing",
        "untyped",
        "404",
        "401",
        "403",
        "500",
        "text500",
    ):
        yield partial(assets.get_asset, name)
    yield lambda: assets.get("text", folder="Finance")
    yield lambda: assets.set_asset("int", 8)
    yield lambda: assets.set_asset("text é", "ação", folder="finance")
    yield lambda: assets.set_secret("KEY", "new")
    yield lambda: assets.set_credential("DB", "user", "new")
    yield lambda: assets.get_secret("KEY")
    yield lambda: assets.get_secret("KEY", folder="Finance").value()
    yield lambda: assets.get_secret("404").value()
    yield lambda: assets.get_credential("DB")
    yield assets.get_credential("DB", folder="Finance").password.value
    handles = (assets.get_secret("KEY"), assets.get_credential("DB"))
    for handle in handles:
        yield partial(bool, handle)
        yield partial(json.dumps, handle)
        yield partial("{0!s} {0!r} {0:>9}".format, handle)
    yield lambda: handles[1]["password"]


def of_queues() -> Iterator[Callable[[], Any]]:
    item = QueueItem(item_id=ITEM, queue_name="q", reference=7, priority="2", retries="x", content=[1])
    yield lambda: queue.add("orders", {"n": [1, None, "ação"]})
    yield lambda: queue.add("orders", content=[1], reference="A", priority=Priority.HIGH, folder="Finance")
    yield lambda: queue.add("orders", {}, priority=3)
    yield lambda: queue.add("404", {})
    yield lambda: queue.add("orders", float("nan"))
    for name in ("orders", "strange é", "empty", "null", "404", "401", "403", "500"):
        yield partial(queue.get, name)
    yield lambda: [str(item), repr(item), item.attempt]
    yield lambda: setattr(item, "content", {})
    yield lambda: item["content"]
    yield lambda: list(item)
    reports: tuple[tuple[Any, dict[str, Any]], ...] = (
        (Status.DONE, {}),
        (Status.DONE, {"output": {"ok": True}, "folder": "Finance"}),
        (Status.FAILED, {"error_type": ErrorType.APPLICATION, "error_reason": "boom"}),
        (Status.FAILED, {"error_type": ErrorType.BUSINESS, "error_reason": "paid", "output": {"a": 1}}),
        (Status.ABANDONED, {"error_reason": "late"}),
        (Status.ABANDONED, {"error_reason": "late", "error_type": ErrorType.BUSINESS}),
        (Status.DONE, {"error_reason": "boom"}),
        (Status.DONE, {"error_type": ErrorType.BUSINESS}),
        (Status.FAILED, {"error_reason": "boom"}),
        (Status.FAILED, {"error_type": ErrorType.BUSINESS}),
        (Status.ABANDONED, {}),
        (Status.FAILED, {"error_type": "BUSINESS", "error_reason": "boom"}),
    )
    for given in reports:
        yield partial(queue.set_status, ITEM, given[0], **given[1])
    for identity in ("", "12345678", 12345678, "zz-not-hex", "abc"):
        yield partial(queue.set_status, identity, Status.DONE)


def of_log() -> Iterator[Callable[[], Any]]:
    for level in (LogLevel.TRACE, LogLevel.INFO, LogLevel.WARN, LogLevel.ERROR, "debug"):
        yield partial(log_message, "said ação", level)
    yield lambda: log_message(7, LogLevel.INFO)


def of_spans() -> Iterator[Callable[[], Any]]:
    span = TraceSpan("s", "id", "p", {"a": 1}, {}, SOON, SOON.replace(tzinfo=None), 5, {"t": "x"}, {"m": [1]})
    yield span.to_dict
    yield lambda: emit_span(span)
    yield lambda: emit_spans([span, TraceSpan("unfinished")])
    yield lambda: emit_spans([])
    yield lambda: emit_span(TraceSpan("bad", input_payload={"x": SOON}))
    yield nested
    yield failing
    yield decorated
    yield lambda: [traces.get_current_span(), traces.get_current_span_id()]


def nested() -> Any:
    with start_span("root", input_payload={"goal": "answer"}) as root:
        with start_span("child", tags={"model": "m"}, metadata={"tries": 1}) as child:
            child.output_payload = {"tokens": 150}
            inside = traces.get_current_span() is child
        with start_span("other", "explicit"):
            pass
        return [inside, child.parent_span_id == root.span_id == traces.get_current_span_id()]


def failing() -> None:
    with start_span("failing"):
        raise KeyError("boom")


@start_span("decorated")  # type: ignore[untyped-decorator]
def decorated() -> int:
    return 7


def of_client() -> Iterator[Callable[[], Any]]:
    client = OrchestratorClient(timeout_seconds=5)
    yield lambda: client.request("get", "echo", params={"a": "x y"})
    yield lambda: client.request("POST", "/echo", json=[1])
    yield lambda: client.request("POST", "/echo", data={"a": "ä"})
    yield lambda: client.request("POST", "/echo", data=b"raw", folder="F")
    yield lambda: client.request("GET", "/html")
    yield lambda: [client.resolve_secret(name) for name in ("KEY", "bare", "single", "null")]
    yield lambda: OrchestratorClient().base_url == context.get_base_url()


def of_addresses() -> Iterator[Callable[[], Any]]:
    host = "https://h.example"
    for tail in ("/acme", "/acme/", "/acme/api", "/acme/API/", "/acme/orchestrator_", "/p/q/acme/orchestrator_/api"):
        yield partial(addresses, host + tail)
    for tail in ("/api/orchestrator_", "/acme/orchestrator_?x=1", "/acme/Orchestrator_"):
        yield partial(addresses, host + tail)
    for whole in ("", "acme", "h.example/acme"):
        yield partial(addresses, whole)


def addresses(url: str) -> list[str]:
    found = BaseUrlResolver(url)
    return [found.canonical_base, found.tenant, found.api_base, found.resolve_endpoint("/x"), str(found), repr(found)]


def shown(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [shown(held) for held in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: shown(held) for name, held in sorted(vars(value).items())}
    return value if isinstance(value, str | int | float | dict | None) else repr(value)


def outcome(call: Callable[[], Any]) -> Any:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            return [shown(call()), printed.getvalue().partition(" (")[0]]
    except Exception as error:  # noqa: BLE001 -- it is told
        return {"raises": sorted(KINDS & {kind.__name__ for kind in type(error).__mro__} or {type(error).__name__})}


def begin(url: str, token: str, execution: str, **more: Any) -> None:
    context.set_runtime_context(base_url=url, robot_token=token, execution_id=execution, **more)


def every_call() -> list[Any]:
    makers = (of_context, of_assets, of_queues, of_log, of_spans, of_client)
    return [outcome(call) for make in makers for call in make()]


def main(url: str) -> None:
    base = f"{url}/acme/orchestrator_"
    before = [outcome(call) for call in (*of_context(), *of_log(), *of_addresses())]
    begin(f"{base}/api/", " t0ken ", EXECUTION, robot_name="vm", tenant_id="acme", folder_id="f", project_type="agent")
    as_robot = every_call()
    begin(base, "", "")
    nobody = [outcome(call) for call in (*of_log(), lambda: assets.get("text"), lambda: emit_span(TraceSpan("s")))]
    (HOME / ".bv").mkdir()
    login = {"base_url": base, "access_token": "jwt", "expires_at": "2099-01-01T00:00:00Z", "user": {"username": "ann"}}
    told = [as_robot, nobody]
    for change in ({}, {"expires_at": "2020-01-01T00:00:00.000000Z"}, {"expires_at": "soon"}, {"access_token": ""}):
        (HOME / ".bv" / "auth.json").write_text(json.dumps(login | change))
        told.append([outcome(lambda: assets.get("text")), outcome(lambda: queue.get("orders"))])
    begin(base, "t0ken", "12345")
    told.append([outcome(call) for call in (*of_log(), *of_spans())])
    context.mark_execution_expired("stopped")
    told.append([outcome(call) for call in (*of_context(), *of_log(), lambda: queue.get("orders"), nested)])
    sys.stdout.write(json.dumps([*before, *(one for part in told for one in part)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
