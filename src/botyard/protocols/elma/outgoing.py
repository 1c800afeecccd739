"""What is called on behalf of a system: files that it names, and the address that wants to know of a task's end.

Only what differs from the server's own rules is said; whoever calls adds the rest.
"""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core.systems import System
from botyard.upstream import Policy, Refused, check_target, parse


def file_policy(system: System) -> dict[str, Any]:
    """Return what fetching the input files of a system's tasks may do."""
    most = {} if system.max_file_bytes is None else {"max_bytes": system.max_file_bytes}
    return callback_policy(system) | most


def callback_policy(system: System) -> dict[str, Any]:
    """Return what telling a system of the end of its tasks may do."""
    return {"allow_private": system.private_targets, "hosts": list(system.file_hosts)}


def checked(callback: str | None, system: System, settings: Settings) -> str | None:
    """Return the address to call. Raises Invalid for one that would never be called."""
    if callback is None:
        return None
    policy = Policy(
        allow_private=system.private_targets or settings.allow_private_targets,
        hosts=system.file_hosts,
        max_bytes=1,
        timeout=1,
    )
    try:
        check_target(parse(callback), policy)
    except Refused as refused:
        raise Invalid(f"callback is refused: {refused.reason}", field="callback") from None
    return callback
