"""Every example of the vendor's document, one function each: `[context.json]`; without it as a developer by hand.

Only the import lines are changed.
"""

# ruff: noqa: B018, BLE001, T201 -- as the document writes them

import json
import sys
from pathlib import Path

from botyard.sdk.botvelocity import log_message

SAID: list[object] = []


def do_expensive_work() -> int:
    return 7


def retrieve_documents(query: str) -> list[str]:
    return [query]


def call_llm(docs: list[str], query: str) -> str:
    return f"{query}: {docs}"


def get_full_execution_context() -> None:
    from botyard.sdk.botvelocity import get_execution_context

    ctx = get_execution_context()
    print(f"Job ID: {ctx.execution_id}")
    print(f"Robot: {ctx.robot_name}")
    print(f"Machine: {ctx.machine_name}")
    print(f"Orchestrator: {ctx.orchestrator_url}")
    print(f"Runner mode: {ctx.is_runner_mode}")


def convenience_functions() -> None:
    from botyard.sdk.botvelocity import (
        get_execution_id,
        get_folder_id,
        get_job_id,
        get_machine_name,
        get_robot_name,
        get_tenant_id,
        is_runner_mode,
    )

    job_id = get_job_id()
    robot = get_robot_name()
    is_prod = is_runner_mode()
    assert job_id == get_execution_id()
    SAID.append([bool(robot), is_prod, bool(get_machine_name()), get_tenant_id(), get_folder_id()])


def text_int_bool_assets() -> None:
    from botyard.sdk.botvelocity import assets

    value = assets.get_asset("CONFIG_VALUE")
    SAID.append(value)


def secrets() -> None:
    from botyard.sdk.botvelocity import assets

    secret = assets.get_secret("API_KEY")
    api_key = secret.value()
    SAID.append([str(secret), len(api_key)])


def credentials() -> None:
    from botyard.sdk.botvelocity import assets

    cred = assets.get_credential("DB_CREDENTIAL")
    cred.username
    password = cred.password.value()
    SAID.append([cred.username, len(password)])


def enqueue() -> None:
    from botyard.sdk.botvelocity import queue
    from botyard.sdk.botvelocity.queue import Priority

    item = queue.add(
        "orders",
        content={"invoice": 123},
        reference="INV-001",
        priority=Priority.HIGH,
    )
    SAID.append([item.retries, item.attempt, item.priority])


def dequeue() -> None:
    from botyard.sdk.botvelocity import queue
    from botyard.sdk.botvelocity.queue import ErrorType, Status

    item = queue.get("orders")
    if item is None:
        return
    # DONE
    queue.set_status(
        item.id,
        Status.DONE,
        output={"processed": True},
    )
    for reason, kind in (("Invoice already paid", ErrorType.BUSINESS), ("Unhandled exception", ErrorType.APPLICATION)):
        queue.add("orders", content={}, reference=reason)
        item = queue.get("orders")
        assert item is not None
        queue.set_status(
            item.id,
            Status.FAILED,
            error_type=kind,
            error_reason=reason,
        )
    SAID.append(queue.get("orders") is None)


def logging() -> None:
    from botyard.sdk.botvelocity import LogLevel, log_message

    log_message("Processing started", LogLevel.INFO)
    log_message("Validation failed", LogLevel.WARN)
    log_message("Unhandled error", LogLevel.ERROR)
    log_message("Looking closer", LogLevel.DEBUG)


def trace_span() -> None:
    from botyard.sdk.botvelocity import TraceSpan

    span = TraceSpan(
        name="tool_call",
        input_payload={"query": "search for documents"},
        tags={"tool": "search"},
    )
    SAID.append(sorted(span.to_dict()))


def emit_a_single_span() -> None:
    from botyard.sdk.botvelocity import TraceSpan, emit_span

    span = TraceSpan(
        name="api_call",
        input_payload={"endpoint": "/users"},
        output_payload={"count": 42},
    )
    span.complete()  # Sets end_time and computes duration
    success = emit_span(span)  # Returns True if successfully sent
    SAID.append(success)


def emit_multiple_spans() -> None:
    from botyard.sdk.botvelocity import TraceSpan, emit_spans

    spans = [
        TraceSpan(name="step_1", input_payload={"data": "a"}),
        TraceSpan(name="step_2", input_payload={"data": "b"}),
    ]
    for s in spans:
        s.complete()
    SAID.append(emit_spans(spans))


def context_manager() -> None:
    from botyard.sdk.botvelocity import start_span

    with start_span("my_operation", input_payload={"key": "value"}) as span:
        result = do_expensive_work()
        span.output_payload = {"result": result}
    # Span is automatically completed and emitted on context exit
    SAID.append(span.duration_ms is not None)


def hierarchical_tracing() -> None:
    from botyard.sdk.botvelocity import start_span
    from botyard.sdk.botvelocity.traces import get_current_span, get_current_span_id

    with start_span("parent_operation") as parent:
        # Child spans automatically link to parent
        with start_span("child_step_1") as child1:
            # do work
            pass
        with start_span("child_step_2") as child2:
            # Inside a start_span context
            current = get_current_span()
            span_id = get_current_span_id()
    SAID.append([child1.parent_span_id == child2.parent_span_id == parent.span_id, current is child2, bool(span_id)])


def simple_queue_worker() -> None:
    from botyard.sdk.botvelocity import queue
    from botyard.sdk.botvelocity.queue import ErrorType, Status

    item = queue.get("orders")
    if item is None:
        return
    try:
        # process item.content here
        queue.set_status(item.id, Status.DONE, output={"processed": True})
    except ValueError as exc:  # business rule violation
        queue.set_status(
            item.id,
            Status.FAILED,
            error_type=ErrorType.BUSINESS,
            error_reason=str(exc),
        )
    except Exception as exc:
        queue.set_status(
            item.id,
            Status.FAILED,
            error_type=ErrorType.APPLICATION,
            error_reason=str(exc),
        )


def asset_and_queue_combined() -> None:
    from botyard.sdk.botvelocity import assets, queue
    from botyard.sdk.botvelocity.queue import Priority, Status

    api_key = assets.get_secret("API_KEY").value()
    queue.add(
        "orders",
        content={"invoice": 123, "api_key": api_key},
        reference="INV-123",
        priority=Priority.MEDIUM,
    )
    fetched = queue.get("orders")
    if fetched:
        # do work...
        queue.set_status(fetched.id, Status.DONE, output={"ok": True})
    SAID.append(fetched and fetched.attempt)


def agent_with_tracing() -> None:
    from botyard.sdk.botvelocity import LogLevel, get_execution_context, log_message, start_span

    ctx = get_execution_context()
    log_message(f"Starting agent job {ctx.execution_id}", LogLevel.INFO)
    with start_span("agent_workflow", input_payload={"goal": "answer question"}) as root:
        with start_span("retrieve_context") as retrieval:
            docs = retrieve_documents("user query")
            retrieval.output_payload = {"doc_count": len(docs)}
        with start_span("llm_call", tags={"model": "gpt-4"}) as llm:
            response = call_llm(docs, "user query")
            llm.output_payload = {"tokens": 150}
        root.output_payload = {"answer": response}
    log_message("Agent completed successfully", LogLevel.INFO)


def exports() -> None:
    from botyard.sdk.botvelocity import (
        ExecutionContext,
        LogLevel,
        TraceSpan,
        assets,
        context,
        emit_span,
        emit_spans,
        queue,
        start_span,
        traces,
    )

    assert isinstance(context.get_execution_context(), ExecutionContext)
    assert [LogLevel, TraceSpan, assets, emit_span, emit_spans, queue, start_span, traces, log_message]


def main() -> None:
    if len(sys.argv) > 1:
        from botyard.sdk.botvelocity.context import set_runtime_context

        set_runtime_context(**json.loads(Path(sys.argv[1]).read_text()))
    for example in (
        get_full_execution_context,
        convenience_functions,
        text_int_bool_assets,
        secrets,
        credentials,
        enqueue,
        dequeue,
        logging,
        trace_span,
        emit_a_single_span,
        emit_multiple_spans,
        context_manager,
        hierarchical_tracing,
        asset_and_queue_combined,
        simple_queue_worker,
        agent_with_tracing,
        exports,
    ):
        example()
    print(json.dumps(SAID))


if __name__ == "__main__":
    main()
