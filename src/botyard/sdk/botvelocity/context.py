"""The execution that a bot works for: its ids and names, set by whoever starts the bot.

A runner calls `set_runtime_context` and then `set_runtime_context_path`: the file is looked at before each call, so
that a token can be replaced while the bot runs. All of it may be used from several threads.

Better than in the vendor's package: `mark_execution_expired` takes no lock and may be called in a signal handler, and a
refresh does not take the mark off again. A program that nobody gave a context gets that of a developer with
`BV_SDK_RUN=1` and the file of `bv auth login`, as the vendor's document says; its package never reads that variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from botyard.sdk.botvelocity import _state


@dataclass(frozen=True)
class ExecutionContext:
    """`is_runner_mode` is False on a developer's desk; `orchestrator_url` is what paths of calls are appended to."""

    execution_id: str
    robot_name: str
    machine_name: str
    orchestrator_url: str
    tenant_id: str | None = None
    folder_id: str | None = None
    is_runner_mode: bool = True
    project_type: str | None = None


def set_runtime_context(
    *,
    base_url: str,
    robot_token: str,
    execution_id: str,
    robot_name: str = "",
    machine_name: str = "",
    tenant_id: str | None = None,
    folder_id: str | None = None,
    project_type: str = "rpa",
) -> None:
    """Say which execution this process works for; an earlier one and its expiry are forgotten.

    An empty `robot_token` means a developer: calls are made with the file of `bv auth login`. Raises ValueError when
    `base_url` is no address, see `BaseUrlResolver`.
    """
    _state.begin(
        _state.made(
            base_url=base_url,
            robot_token=robot_token,
            execution_id=execution_id,
            robot_name=robot_name,
            machine_name=machine_name,
            tenant_id=tenant_id,
            folder_id=folder_id,
            project_type=project_type,
        )
    )


def set_runtime_context_path(path: str) -> None:
    """Look at this file before each call made with a robot token, and take the context from it when it has changed."""
    _state.follow(Path(path).resolve())


def get_runtime_context_path() -> Path | None:
    """Return the file that the context is refreshed from; None when there is none."""
    return _state.path()


def refresh_runtime_context_from_file() -> bool:
    """Take the context from its file, and tell whether it is now what the file says.

    A file that is missing, broken, or that of another execution is ignored. Better than in the vendor's package: one
    that begins with a byte-order mark is read, and one without a token does not turn a robot into a developer.
    """
    return _state.refresh()


def mark_execution_expired(reason: str = "Job is no longer running") -> None:
    """Make every later call raise a RuntimeError with this reason, until another context is set."""
    _state.expire(reason)


def is_execution_valid() -> bool:
    """Return whether there is a context that has not expired."""
    return is_runtime_initialized() and _state.expiry() is None


def get_expiry_reason() -> str | None:
    """Return why the execution has expired; None when it has not."""
    return _state.expiry()


def is_runtime_initialized() -> bool:
    """Return whether there is a context."""
    return _state.known() is not None


def get_base_url() -> str:
    """Return the address of the orchestrator. This and all below raise RuntimeError when there is no context."""
    return _state.current().base_url


def get_robot_token() -> str:
    """Return the token of this execution; empty on a developer's desk."""
    return _state.current().robot_token


def get_execution_context() -> ExecutionContext:
    """Return everything that is known of the execution, except its token."""
    runtime = _state.current()
    return ExecutionContext(
        execution_id=runtime.execution_id,
        robot_name=runtime.robot_name,
        machine_name=runtime.machine_name,
        orchestrator_url=runtime.api_url,
        tenant_id=runtime.tenant_id,
        folder_id=runtime.folder_id,
        is_runner_mode=bool(runtime.robot_token),
        project_type=runtime.project_type,
    )


def get_execution_id() -> str:
    """Return the id of the execution; empty on a developer's desk."""
    return _state.current().execution_id


def get_job_id() -> str:
    """Return the id of the execution, by its other name."""
    return get_execution_id()


def get_robot_name() -> str:
    """Return the name of the robot."""
    return _state.current().robot_name


def get_machine_name() -> str:
    """Return the name of the machine."""
    return _state.current().machine_name


def get_tenant_id() -> str | None:
    """Return the tenant, if the runner told it."""
    return _state.current().tenant_id


def get_folder_id() -> str | None:
    """Return the folder that calls are about unless they name another; None for the default one."""
    return _state.current().folder_id


def is_runner_mode() -> bool:
    """Return whether a runner started this bot; False on a developer's desk."""
    return bool(_state.current().robot_token)


def is_agent_execution() -> bool:
    """Return whether the project is an agent."""
    return _state.current().project_type == "agent"
