"""Every function of bv-runtime against a server; the argument is what `botyard connect botvelocity --json` printed."""

import json
import sys
from collections.abc import Callable
from typing import Any

from bv.runtime import (  # type: ignore[import-not-found]
    LogLevel,
    TraceSpan,
    assets,
    emit_span,
    emit_spans,
    get_execution_context,
    get_job_id,
    is_runner_mode,
    log_message,
    queue,
    start_span,
)
from bv.runtime.context import set_runtime_context  # type: ignore[import-not-found]
from bv.runtime.queue import ErrorType, Priority, Status  # type: ignore[import-not-found]

CONNECTION = json.loads(sys.argv[1])


def refused(status: str, call: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    message = None
    try:
        call(*arguments, **options)
    except RuntimeError as error:
        message = str(error)
    assert message is not None, f"{status} was expected of {call.__name__}"
    assert status in message, f"{status} was expected, not {message}"


def use_context() -> None:
    context = get_execution_context()
    assert context.execution_id == get_job_id() == CONNECTION["execution_id"]
    assert is_runner_mode()


def use_assets() -> None:
    assert assets.get_asset("CONFIG_VALUE") == "hello"
    assert assets.get_asset("MAX_ITEMS") == 7
    assert assets.get_asset("DRY_RUN") is True
    assets.set_asset("MAX_ITEMS", 8)
    assert assets.get("MAX_ITEMS", folder="DEFAULT") == 8
    secret = assets.get_secret("API_KEY")
    assert "canary" not in str(secret)
    assert secret.value() == "canary-of-the-key"
    for folder in ("Finance", "finance"):
        credential = assets.get_credential("DB", folder=folder)
        assert (credential.username, credential.password.value()) == ("bot", "canary-of-the-password")
    refused("404", assets.get_asset, "NOPE")
    refused("404", assets.get_asset, "CONFIG_VALUE", folder="Nowhere")
    refused("403", assets.get_asset, "API_KEY")
    refused("409", assets.set_asset, "MAX_ITEMS", "many")
    refused("409", assets.get_secret("CONFIG_VALUE").value)
    assert assets.get_credential("DB").username == "bot"


def change_secrets() -> None:
    assets.set_secret("API_KEY", "canary-of-the-second-key")
    assert assets.get_secret("API_KEY").value() == "canary-of-the-second-key"
    assets.set_credential("DB", "other", "canary-of-the-second-password", folder="Finance")
    credential = assets.get_credential("DB", folder="Finance")
    assert (credential.username, credential.password.value()) == ("other", "canary-of-the-second-password")
    refused("409", assets.set_secret, "CONFIG_VALUE", "x")


def use_queues() -> None:
    assert queue.get("orders") is None
    refused("404", queue.get, "nothing")
    queue.add("orders", content={"n": 1}, reference="LOW", priority=Priority.LOW)
    queue.add("orders", content={"n": 2}, reference="HIGH", priority=Priority.HIGH)
    first = queue.get("orders")
    assert (first.reference, first.priority, first.content, first.attempt) == ("HIGH", Priority.HIGH, {"n": 2}, 1)
    queue.set_status(first.id, Status.FAILED, error_type=ErrorType.APPLICATION, error_reason="boom")
    again = queue.get("orders")
    assert (again.reference, again.retries, again.attempt, again.id == first.id) == ("HIGH", 1, 2, False)
    queue.set_status(again.id, Status.DONE, output={"ok": True})
    queue.set_status(again.id, Status.DONE, output={"ok": True})
    low = queue.get("orders")
    queue.set_status(low.id, Status.FAILED, error_type=ErrorType.BUSINESS, error_reason="paid already")
    assert queue.get("orders") is None
    queue.add("orders", content={"n": 3})
    queue.set_status(queue.get("orders").id, Status.ABANDONED, error_reason="no time")
    refused("404", queue.set_status, "aaaaaaaa-0000-4000-8000-000000000000", Status.DONE)


def write_log() -> None:
    for level in (LogLevel.TRACE, LogLevel.INFO, LogLevel.WARN, LogLevel.ERROR, "DEBUG", "strange"):
        log_message(f"said at {level}", level)
    log_message("the key is canary-of-the-second-key", LogLevel.INFO)


def send_spans() -> None:
    with start_span("agent_workflow", input_payload={"goal": "answer", "key": "canary-of-the-second-key"}) as root:
        with start_span("llm_call", tags={"model": "m"}, metadata={"tries": 1}) as call:
            call.output_payload = {"tokens": 150}
        root.output_payload = {"answer": 42}
    assert emit_span(TraceSpan(name="unfinished"))
    spans = [TraceSpan(name=f"step_{number}") for number in range(50)]
    for span in spans:
        span.complete()
    assert emit_spans(spans)


set_runtime_context(
    base_url=CONNECTION["base_url"],
    robot_token=CONNECTION["robot_token"],
    execution_id=CONNECTION["execution_id"],
    robot_name="robot",
    machine_name="machine",
    tenant_id=None,
    folder_id=None,
    project_type="agent",
)
for part in (use_context, use_assets, change_secrets, use_queues, write_log, send_spans):
    part()
