"""What a Bot Velocity package needs beyond others: its entrypoint, its requirements and the context of its SDK."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from botyard.runner import interpreters
from botyard.runner.environment import (
    REQUIREMENT_FILES,
    PreparationFailed,
    find_uv,
    preparation_variables,
    requirements_of,
)
from botyard.runner.interpreters import Interpreter
from botyard.runner.job import Job
from botyard.wire import bvproject
from botyard.wire import native as wire
from botyard.wire.execution import execution_id

DIALECT = "botvelocity"
BOOTSTRAP = Path(__file__).with_name("bootstrap") / "botvelocity.py"


def project_of(package: Path) -> bvproject.Project:
    """Return what an unpacked package says of itself. Raises PreparationFailed."""
    try:
        with (package / bvproject.FILE).open("rb") as file:
            return bvproject.parse(file.read(bvproject.MAX_BYTES + 1))
    except OSError:
        raise PreparationFailed(f'The package has no "{bvproject.FILE}".') from None
    except bvproject.ProjectError as error:
        raise PreparationFailed(f"The package was refused: {error}") from None


def prepare(package: Path) -> Interpreter:
    """Return the interpreter for an unpacked package, and declare what it needs. Raises PreparationFailed.

    A package that was not built, and so has no lock, is given what its project depends on.
    """
    project = project_of(package)
    if project.dependencies and requirements_of(package) is None:
        (package / REQUIREMENT_FILES[-1]).write_text("".join(f"{line}\n" for line in project.dependencies), "utf-8")
    try:
        return interpreters.choose(project.python_version, uv=find_uv(), variables=preparation_variables())
    except interpreters.NoInterpreter as error:
        raise PreparationFailed(str(error)) from None


def entrypoint_of(project: bvproject.Project, grant: wire.LeaseGrant) -> bvproject.Entrypoint:
    """Return what to start: the default, or what the task chose among several. Raises PreparationFailed."""
    chosen = grant.parameters.get(bvproject.CHOICE)
    if len(project.entrypoints) == 1 or chosen is None or chosen == "":
        return project.default
    if found := project.find(str(chosen)):
        return found
    names = ", ".join(f'"{entry.name}"' for entry in project.entrypoints)
    raise PreparationFailed(f'The package has no entrypoint "{str(chosen)[:100]}"; it has {names}.')


def replace_token(job: Job, token: str) -> None:
    """Let the SDK find another token at its next call.

    A context that was not written yet is left to whoever does, and one that the bot has spoilt to the bot.
    """
    try:
        context = msgspec.json.decode(job.context.read_bytes(), type=dict)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return
    job.write_context(msgspec.json.encode({**context, "robot_token": token}))


def write_context(grant: wire.LeaseGrant, job: Job, *, server: str, project_type: str) -> None:
    """Write the file that the SDK reads before each of its calls; a file that is there is replaced in one step."""
    machine = socket.gethostname()
    job.write_context(
        msgspec.json.encode(
            {
                "base_url": f"{server.rstrip('/')}/{grant.workspace}/orchestrator_",
                "robot_token": grant.token,
                "execution_id": execution_id(grant.attempt),
                "robot_name": grant.runner or machine,
                "machine_name": machine,
                "tenant_id": grant.workspace,
                "folder_id": grant.folder,
                "project_type": project_type,
            }
        )
    )
