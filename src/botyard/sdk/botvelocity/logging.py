"""Messages for the log of the execution."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from botyard.sdk.botvelocity import _state
from botyard.sdk.botvelocity._guard import require_bv_run_with_logging
from botyard.sdk.botvelocity.client import OrchestratorClient
from botyard.sdk.transport import segment


class LogLevel(Enum):
    """TRACE is the package's, DEBUG its document's; both are understood."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def log_message(message: object, level: LogLevel | str) -> None:
    """Send a message to the log of the execution; on a developer's desk print it.

    A message that cannot be sent is printed with the reason, and nothing is raised. Raises RuntimeError after the
    execution. Something else than a LogLevel is written in capitals. Better than in the vendor's package: what is no
    Unicode, as in names of files, becomes question marks, instead of ending the bot.
    """
    name = level.value if isinstance(level, LogLevel) else str(level).upper()
    require_bv_run_with_logging(f"logging.log_message({name})")
    text = str(message).encode("utf-8", "replace").decode("utf-8")
    execution = _state.current().execution_id
    if not execution:
        print(f"[{name}] {text}")
        return
    try:
        _send(execution, {"timestamp": dt.datetime.now(dt.UTC).isoformat(), "level": name, "message": text})
    except Exception as error:  # noqa: BLE001 -- a bot does not fail for its log
        print(f"[{name}] {text} (not sent: {error})")


def _send(execution: str, body: dict[str, str]) -> None:
    if execution.isdigit():
        raise ValueError(f"{execution!r} is no id of an execution, which is a text such as a UUID")
    OrchestratorClient().request("POST", f"/job-executions/{segment(execution)}/logs", json=body)
