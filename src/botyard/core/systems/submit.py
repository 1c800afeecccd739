"""Start tasks for systems: many waiting calls make one insert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Denied, NotFound
from botyard.core import callbacks, tasks
from botyard.core.callbacks import NewCallback
from botyard.core.systems.model import DIALECT, Submission
from botyard.core.systems.processes import version_called
from botyard.core.systems.search import sql
from botyard.core.tasks import NewTask, Task
from botyard.storage import Row, Tx


def submit_many(tx: Tx, submissions: Sequence[Submission]) -> list[Task | Exception]:
    """Start tasks; the answer to each is the task, or what is wrong.

    NotFound for an unknown process or version, Denied for a process that the system may not use, Invalid naming a
    parameter of the wrong type. A task without files to fetch is queued already; one with files is preparing.
    """
    processes = _find_processes(tx, submissions)
    versions = _find_versions(tx, submissions, processes)
    answers: list[Task | Exception] = []
    new: list[NewTask] = []
    places: list[int] = []
    for place, asked in enumerate(submissions):
        try:
            new.append(_task(asked, processes.get((asked.system.workspace_id, asked.process)), versions))
            places.append(place)
            answers.append(NotFound("pending"))
        except BotyardError as error:
            answers.append(error)
    for place, made in zip(places, tasks.create_many(tx, new) if new else [], strict=True):
        answers[place] = made
    _note(tx, submissions, answers)
    return answers


def _find_processes(tx: Tx, submissions: Sequence[Submission]) -> dict[tuple[int, str], Row]:
    keys = sorted({(asked.system.workspace_id, asked.process) for asked in submissions})
    rows = tx.all(sql.find_processes, keys=jsontext.encode([list(key) for key in keys]))
    return {(row["workspace_id"], row["id"]): row for row in rows}


def _find_versions(
    tx: Tx, submissions: Sequence[Submission], processes: dict[tuple[int, str], Row]
) -> dict[str, list[str]]:
    """Return the versions of the packages of which one was asked for by its number, oldest first."""
    asked = [processes.get((each.system.workspace_id, each.process)) for each in submissions if each.version]
    ids = sorted({row["package_id"] for row in asked if row is not None and row["package_id"] is not None})
    found: dict[str, list[str]] = {}
    for row in tx.all(sql.versions_of, ids=jsontext.encode(ids)) if ids else []:
        found.setdefault(row["package_id"], []).append(row["version"])
    return found


def _task(asked: Submission, process: Row | None, versions: dict[str, list[str]]) -> NewTask:
    if process is None:
        raise NotFound(
            f"Process {asked.process[:60]} not found.", hint="List the processes with /v1/repository/actual."
        )
    if not asked.system.may_use(process["label"]):
        raise Denied("This system may not use this process.", hint="Add it to the system's processes in Botyard.")
    version = None
    if asked.version:
        version = version_called(versions.get(process["package_id"], []), asked.version)
        if version is None:
            raise NotFound(
                f"Process {asked.process} has no version {asked.version}.", hint="Use 0 for the current version."
            )
    return NewTask(
        workspace_id=asked.system.workspace_id,
        automation=process["label"],
        parameters=asked.values,
        priority=asked.priority,
        actor=asked.system.actor,
        now=asked.now,
        version=version,
        fetch=asked.policy,
        # What declares nothing takes everything.
        strict=process["parameters"] != "[]",
    )


def _note(tx: Tx, submissions: Sequence[Submission], answers: Sequence[Task | Exception]) -> None:
    """Remember whose the tasks are, and who wants to be told of their end."""
    made = [(asked, task) for asked, task in zip(submissions, answers, strict=True) if isinstance(task, Task)]
    rows: list[list[Any]] = [[task.id, asked.system.id, asked.version] for asked, task in made]
    if rows:
        tx.run(sql.insert_tasks, rows=jsontext.encode(rows))
    wanted = [
        NewCallback(
            workspace_id=task.workspace_id,
            task_id=task.id,
            url=asked.callback,
            policy=asked.callback_policy,
            kind=DIALECT,
            now=asked.now,
        )
        for asked, task in made
        if asked.callback is not None
    ]
    callbacks.register_many(tx, wanted)
