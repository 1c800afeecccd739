"""What is called on behalf of a system: files that it names, and the address that wants to know of a task's end."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core.systems import System
from botyard.upstream import Policy, Refused, check_target, parse

#: How long a whole file may take, in seconds, and a callback.
FILE_SECONDS = 300.0
CALLBACK_SECONDS = 30.0
_CALLBACK_BYTES = 64 * 1024


def file_policy(system: System, settings: Settings) -> dict[str, Any]:
    """Return what fetching the input files of a system's tasks may do."""
    most = settings.max_upload_bytes
    if system.max_file_bytes is not None:
        most = min(most, system.max_file_bytes)
    return _policy(system, max_bytes=most, timeout=FILE_SECONDS)


def callback_policy(system: System) -> dict[str, Any]:
    """Return what telling a system of the end of its tasks may do."""
    return _policy(system, max_bytes=_CALLBACK_BYTES, timeout=CALLBACK_SECONDS)


def checked(callback: str | None, system: System) -> str | None:
    """Return the address to call. Raises Invalid for one that will never be called."""
    if callback is None:
        return None
    try:
        check_target(parse(callback), Policy(**callback_policy(system)))
    except Refused as refused:
        raise Invalid(f"callback is refused: {refused.reason}", field="callback") from None
    return callback


def _policy(system: System, *, max_bytes: int, timeout: float) -> dict[str, Any]:
    return {
        "allow_private": system.private_targets,
        "hosts": system.file_hosts,
        "max_bytes": max_bytes,
        "timeout": timeout,
    }
