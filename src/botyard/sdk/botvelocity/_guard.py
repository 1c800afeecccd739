"""What every call asks first: whether there is an execution, and whether it still runs."""

from __future__ import annotations

import logging

from botyard.sdk.botvelocity import _state

#: The name is the one under which programs configure the messages of the vendor's package.
logger = logging.getLogger("bv.runtime")


def require_bv_run() -> None:
    """Raise RuntimeError when there is no context: neither set, nor a developer's with `BV_SDK_RUN=1`."""
    _state.current()


def require_execution_active() -> None:
    """Raise RuntimeError when there is no context, or the reason for which its execution has expired."""
    runtime, reason = _state.current(), _state.expiry()
    if reason is not None:
        reason = reason or "Job is no longer running"
        logger.warning("Refused, because the execution has expired: %s", reason, extra=_told(runtime))
        raise RuntimeError(reason)


def log_api_call(operation: str) -> None:
    """Leave a message of level DEBUG about a call, with the execution that makes it."""
    runtime = _state.known()
    if runtime is not None and logger.isEnabledFor(logging.DEBUG):
        logger.debug("%s", operation, extra={**_told(runtime), "operation": operation})


def require_bv_run_with_logging(operation: str) -> None:
    """Raise RuntimeError when no call may be made; else leave a message about this one."""
    require_execution_active()
    log_api_call(operation)


def _told(runtime: _state.Runtime) -> dict[str, str | None]:
    return {
        "execution_id": runtime.execution_id,
        "tenant_id": runtime.tenant_id,
        "folder_id": runtime.folder_id,
    }
