"""What `bv.runtime` offers, for Botyard: change the import and keep the bot.

    from botyard.sdk.botvelocity import LogLevel, assets, log_message, queue, start_span
    from botyard.sdk.botvelocity.queue import ErrorType, Status

Submodules are where users import them from. Names, parameters, results and errors are those of the package; where its
document says something else, the package counts, and the docstring names the difference. Better for all calls:
connections are kept and reused, names may have any characters, and an answer that makes no sense is an
OrchestratorError instead of a crash or a wrong value.
"""

from botyard.sdk.botvelocity import assets, context, queue, traces
from botyard.sdk.botvelocity.context import (
    ExecutionContext,
    get_execution_context,
    get_execution_id,
    get_folder_id,
    get_job_id,
    get_machine_name,
    get_robot_name,
    get_tenant_id,
    is_runner_mode,
)
from botyard.sdk.botvelocity.logging import LogLevel, log_message
from botyard.sdk.botvelocity.traces import TraceSpan, emit_span, emit_spans, start_span

#: The release whose names, parameters and results these are.
__version__ = "2026.2.81610"

__all__ = [
    "ExecutionContext",
    "LogLevel",
    "TraceSpan",
    "assets",
    "context",
    "emit_span",
    "emit_spans",
    "get_execution_context",
    "get_execution_id",
    "get_folder_id",
    "get_job_id",
    "get_machine_name",
    "get_robot_name",
    "get_tenant_id",
    "is_runner_mode",
    "log_message",
    "queue",
    "start_span",
    "traces",
]
