"""The execution that this process works for: one for the whole process, changed in one step, read by any thread."""

from __future__ import annotations

import json
import os
import platform
import threading
from pathlib import Path
from typing import NamedTuple

from botyard.sdk.botvelocity.url_resolver import BaseUrlResolver

GUARD = "BV_SDK_RUN"


class Runtime(NamedTuple):
    """What a runner tells a bot."""

    base_url: str
    api_url: str
    robot_token: str
    execution_id: str
    robot_name: str
    machine_name: str
    tenant_id: str | None
    folder_id: str | None
    project_type: str


class _Held:
    """What this process knows. `expiry` is one value, so that setting it needs no lock, in signal handlers either."""

    runtime: Runtime | None = None
    path: Path | None = None
    #: The content of the file that `runtime` was last taken from.
    seen: bytes | None = None
    expiry: tuple[str] | None = None

    def __init__(self) -> None:
        self.renew_lock()

    def renew_lock(self) -> None:
        """Forget a lock that a thread of the parent holds, in a forked child."""
        self.lock = threading.RLock()


_held = _Held()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_held.renew_lock)


def made(
    *,
    base_url: str,
    robot_token: str,
    execution_id: str,
    robot_name: str,
    machine_name: str,
    tenant_id: str | None,
    folder_id: str | None,
    project_type: str,
) -> Runtime:
    """Return a context with its addresses. Raises ValueError for one that is none."""
    resolver = BaseUrlResolver(base_url)
    return Runtime(
        base_url=resolver.canonical_base,
        api_url=resolver.api_base,
        robot_token=(robot_token or "").strip(),
        execution_id=execution_id,
        robot_name=robot_name,
        machine_name=machine_name,
        tenant_id=tenant_id,
        folder_id=folder_id,
        project_type=project_type,
    )


def begin(runtime: Runtime) -> None:
    """Work for an execution from now on."""
    with _held.lock:
        _held.runtime, _held.seen, _held.expiry = runtime, None, None


def known() -> Runtime | None:
    """Return the context, or None when there is none."""
    return _held.runtime


def current() -> Runtime:
    """Return the context. Raises RuntimeError when there is none.

    With `BV_SDK_RUN=1` and nobody to set it, it is that of a developer, from the file that `bv auth login` leaves.
    """
    if _held.runtime is None and os.environ.get(GUARD, "") not in ("", "0"):
        begin(_developers())
    if _held.runtime is None:
        raise RuntimeError(
            "There is no execution to work for. Let a runner start this bot or call set_runtime_context();"
            f" by hand, log in with `bv auth login` and set {GUARD}=1."
        )
    return _held.runtime


def _developers() -> Runtime:
    from botyard.sdk.botvelocity.auth import load_auth_from_file

    return made(
        base_url=load_auth_from_file().base_url,
        robot_token="",
        execution_id="",
        robot_name="local-dev",
        machine_name=platform.node(),
        tenant_id=None,
        folder_id=None,
        project_type="rpa",
    )


def path() -> Path | None:
    """Return the file that the context is refreshed from."""
    return _held.path


def follow(file: Path) -> None:
    """Refresh the context from this file."""
    with _held.lock:
        _held.path, _held.seen = file, None


def refresh() -> bool:
    """Take the context from its file, and tell whether it is now what the file says."""
    with _held.lock:
        if _held.path is None:
            return False
        try:
            content = _held.path.read_bytes()
            if content == _held.seen:
                return True
            found = _read(content)
        except (OSError, ValueError):
            return False
        if _held.runtime is not None and not _continues(_held.runtime, found):
            return False
        _held.runtime, _held.seen = found, content
        return True


def _continues(before: Runtime, found: Runtime) -> bool:
    """Tell whether what was found is the same execution; one that had a token does not become a developer's."""
    another = before.execution_id and found.execution_id and before.execution_id != found.execution_id
    return not another and not (before.robot_token and not found.robot_token)


def _read(content: bytes) -> Runtime:
    told = json.loads(content.decode("utf-8-sig"))
    if not isinstance(told, dict):
        raise ValueError("The context is no JSON object.")  # noqa: TRY004 -- read as any other fault of the file
    return made(
        base_url=str(told.get("base_url") or ""),
        robot_token=str(told.get("robot_token") or ""),
        execution_id=str(told.get("execution_id") or ""),
        robot_name=str(told.get("robot_name") or ""),
        machine_name=str(told.get("machine_name") or ""),
        tenant_id=told.get("tenant_id"),
        folder_id=told.get("folder_id"),
        project_type=str(told.get("project_type") or "rpa"),
    )


def expire(reason: str) -> None:
    """Refuse every call from now on."""
    _held.expiry = (reason,)


def expiry() -> str | None:
    """Return why calls are refused; None while they are not."""
    return _held.expiry[0] if _held.expiry else None
