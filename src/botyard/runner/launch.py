"""How a bot is started in each dialect: the way its vendor does it, with an environment of our choosing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from botyard.runner import automio, velocity
from botyard.runner.environment import PreparationFailed
from botyard.runner.job import Job
from botyard.runner.platform import Launch, Platform
from botyard.wire import native as wire

_PASSED = frozenset({"LANG", "LANGUAGE", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"})
#: Names of further variables of the runner that its bots may see, separated by commas.
PASSED_VARIABLES = "BOTYARD_RUNNER_PASS"


class _Start(NamedTuple):
    """What follows the interpreter, where it starts, and which variables a dialect adds."""

    arguments: list[str]
    folder: Path
    variables: dict[str, str]


def launch_of(
    grant: wire.LeaseGrant, *, job: Job, environment: Path, server: str, until: float, platform: Platform
) -> Launch:
    """Return the process to start for an attempt. Raises PreparationFailed when the package lacks its entry file."""
    start = _STARTS.get(grant.dialect, _script)(grant, job, server)
    interpreter = str(platform.interpreter(environment))
    variables = bot_variables(os.environ, essential=platform.essential)
    variables |= {
        "PATH": os.pathsep.join([str(Path(interpreter).parent), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(environment),
        "HOME": str(job.home),
        "TMPDIR": str(job.temporary),
        "TEMP": str(job.temporary),
        "BOTYARD_TASK_ID": str(grant.task),
        "BOTYARD_INPUT": str(job.input),
        "BOTYARD_INPUT_FILES": str(job.input_files),
        "BOTYARD_OUTPUT": str(job.output),
        "BOTYARD_OUTPUT_FILES": str(job.output_files),
        "BOTYARD_INTERRUPT": str(job.interrupt),
        **start.variables,
    }
    return Launch(
        argv=[interpreter, *start.arguments],
        env=variables,
        cwd=start.folder,
        mark=grant.attempt,
        until=until,
    )


def _script(grant: wire.LeaseGrant, job: Job, server: str) -> _Start:
    """Start a file of the package in its own folder."""
    entry = job.package / grant.entry
    if not grant.entry or not entry.is_file():
        raise PreparationFailed(f'The package has no "{grant.entry}", the file that a {grant.dialect} bot starts from.')
    arguments = [server, str(grant.task), grant.token, grant.workspace] if grant.dialect == "botcity" else []
    variables = {"BOTYARD_SERVER": server, "BOTYARD_TOKEN_FILE": str(job.token), "BOTYARD_CONTEXT": str(job.about)}
    job.tell(_about(grant))
    return _Start([entry.name, *arguments], entry.parent, variables)


def _about(grant: wire.LeaseGrant) -> dict[str, Any]:
    """Return what a bot may know about its task, as `botyard.bot` reads it."""
    return {
        "task": grant.task,
        "attempt": grant.attempt,
        "epoch": grant.epoch,
        "automation": grant.automation,
        "version": grant.package_version,
        "workspace": grant.workspace,
        "runner": grant.runner,
        "dialect": grant.dialect,
        "lease_seconds": grant.lease_seconds,
        "types": grant.types,
    }


def _velocity(grant: wire.LeaseGrant, job: Job, server: str) -> _Start:
    """Start an entrypoint through the bootstrap; the vendor forbids variables with an address or a token."""
    project = velocity.project_of(job.package)
    entry = velocity.entrypoint_of(project, grant)
    folder = job.package / entry.workdir
    if not folder.is_dir():
        raise PreparationFailed(f'The package has no folder "{entry.workdir}", where "{entry.name}" wants to start.')
    velocity.write_context(grant, job, server=server, project_type=project.type)
    arguments = [str(velocity.BOOTSTRAP), str(job.context), str(job.package), entry.command]
    return _Start(arguments, folder, {"BV_SDK_RUN": "1"})


def _automio(grant: wire.LeaseGrant, job: Job, server: str) -> _Start:
    """Start an action through the bootstrap, with the variables that its client reads and no others of ours."""
    start = _script(grant, job, server)
    automio.hand_over(grant, job)
    arguments = [str(automio.BOOTSTRAP), str(job.context), str(job.modules), str(start.folder / start.arguments[0])]
    return _Start(arguments, start.folder, automio.variables(grant, server, os.environ))


_STARTS: dict[str, Callable[[wire.LeaseGrant, Job, str], _Start]] = {
    automio.DIALECT: _automio,
    velocity.DIALECT: _velocity,
}


def bot_variables(outer: Mapping[str, str], *, essential: frozenset[str]) -> dict[str, str]:
    """Return those of the runner's variables that a bot may see; everything else stays with the runner."""
    named = {name.strip() for name in outer.get(PASSED_VARIABLES, "").split(",")}
    passed = _PASSED | essential | named
    variables = {name: value for name, value in outer.items() if name in passed or name.startswith("LC_")}
    variables.setdefault("LANG", "C.UTF-8")
    return variables | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
