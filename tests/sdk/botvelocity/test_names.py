"""What the tables of the vendor's document name is there, with the values that it gives."""

from __future__ import annotations

import dataclasses

import pytest

from botyard.sdk import botvelocity
from botyard.sdk.botvelocity import LogLevel, TraceSpan, queue
from botyard.sdk.botvelocity.queue import ErrorType, Priority, Status
from botyard.sdk.botvelocity.queue_item import QueueItem

EXPORTS = """
assets queue traces context log_message LogLevel emit_span emit_spans start_span TraceSpan get_execution_context
get_execution_id get_job_id get_robot_name get_machine_name get_tenant_id get_folder_id is_runner_mode ExecutionContext
"""
SPAN = """
name span_id parent_span_id input_payload output_payload start_time end_time duration_ms tags metadata
"""
CONTEXT = """
execution_id robot_name machine_name orchestrator_url tenant_id folder_id is_runner_mode project_type
"""


def test_the_package_exports_what_the_document_lists() -> None:
    assert sorted(botvelocity.__all__) == sorted(EXPORTS.split())
    assert sorted(queue.__all__) == ["ErrorType", "Priority", "Status", "add", "get", "set_status"]


def test_objects_have_the_attributes_of_the_document() -> None:
    assert [field.name for field in dataclasses.fields(TraceSpan)] == SPAN.split()
    assert [field.name for field in dataclasses.fields(botvelocity.ExecutionContext)] == CONTEXT.split()
    for name in ("id", "queue_name", "reference", "priority", "retries", "attempt", "content"):
        assert isinstance(getattr(QueueItem, name), property)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (LogLevel, {"DEBUG", "INFO", "WARN", "ERROR"}),
        (Priority, {"LOW", "NORMAL", "MEDIUM", "HIGH"}),
        (Status, {"DONE", "FAILED", "ABANDONED"}),
        (ErrorType, {"BUSINESS", "APPLICATION"}),
    ],
    ids=["LogLevel", "Priority", "Status", "ErrorType"],
)
def test_enumerations_have_the_members_of_the_document(kind: type[LogLevel], names: set[str]) -> None:
    assert names <= {member.name for member in kind}
