"""Lease tasks to runners: all runners that wait at one moment are served by one round of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core import events
from botyard.core.access import tokens
from botyard.core.tasks.model import InputFile, Lease, LeaseRequest, StopAction
from botyard.core.tasks.statements import changed, event, sql
from botyard.storage import Row, Tx


class _Asker:
    """One request with what its runner can still take."""

    def __init__(self, index: int, request: LeaseRequest, label: str | None, room: int) -> None:
        self.index = index
        self.request = request
        self.label = label
        self.room = room


def lease_many(tx: Tx, requests: Sequence[LeaseRequest]) -> list[list[Lease] | Exception]:
    """Answer each request with its leases, highest priority first, then oldest; an empty list when there is no work.

    A runner never holds more attempts than it has slots, and a draining one gets none. A repeated claim
    gets the leases of its first call again, with new tokens. The answer is NotFound for an unknown runner.
    """
    answers: list[list[Lease] | Exception] = [[] for _ in requests]
    runners = _touch(tx, requests)
    again = _repeated(tx, requests)
    groups: dict[tuple[int, str | None], list[_Asker]] = defaultdict(list)
    for index, request in enumerate(requests):
        runner = runners.get(request.runner_id)
        if runner is None or runner["workspace_id"] != request.workspace_id:
            answers[index] = NotFound("This runner is not registered.", hint="Register it again with a join code.")
        elif earlier := again.get((request.runner_id, request.claim)):
            answers[index] = [_renew(tx, request, attempt) for attempt in earlier]
        else:
            room = 0 if runner["draining"] else min(request.free, runner["slots"] - runner["live"])
            runner["live"] += max(room, 0)
            groups[runner["workspace_id"], runner["label"]].append(_Asker(index, request, runner["label"], room))
    for (workspace_id, label), askers in groups.items():
        for index, lease in _grant(tx, workspace_id, label, askers):
            answer = answers[index]
            if isinstance(answer, list):
                answer.append(lease)
    return answers


def _touch(tx: Tx, requests: Sequence[LeaseRequest]) -> dict[str, Row]:
    ids = sorted({request.runner_id for request in requests})
    rows = tx.all(sql.touch_runners, ids=jsontext.encode(ids), now=max(request.now for request in requests))
    return {row["id"]: row for row in rows}


def _repeated(tx: Tx, requests: Sequence[LeaseRequest]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    claims = jsontext.encode([request.claim for request in requests])
    for row in tx.all(sql.repeated_claims, claims=claims):
        found[row["runner_id"], row["claim"]].append(row)
    return found


def _renew(tx: Tx, request: LeaseRequest, attempt: Row) -> Lease:
    credential = tokens.mint("attempt", attempt["id"])
    lease_until = request.now + request.lease
    tx.run(
        sql.renew_credential,
        attempt_id=attempt["id"],
        secret_hash=credential.secret_hash,
        lease_until=lease_until,
    )
    tx.wake(f"access:{attempt['id']}")
    details = tx.all(sql.lease_details, ids=jsontext.encode([attempt["task_id"]]))
    return _lease(details[0], credential, lease_until, _files(tx, details))


def _grant(tx: Tx, workspace_id: int, label: str | None, askers: Sequence[_Asker]) -> Iterator[tuple[int, Lease]]:
    room = sum(asker.room for asker in askers)
    if room <= 0:
        return
    now = max(asker.request.now for asker in askers)
    claimed = tx.all(sql.claim, workspace_id=workspace_id, label=label, count=room, now=now)
    if not claimed:
        return
    details = tx.all(sql.lease_details, ids=jsontext.encode([row["id"] for row in claimed]))
    granted = [(asker, row, tokens.mint("attempt")) for asker, row in zip(_turns(askers), details, strict=False)]
    attempts = [_attempt_row(asker.request, row, credential, now) for asker, row, credential in granted]
    tx.run(sql.insert_attempts, rows=jsontext.encode(attempts))
    events.record_many(tx, [_leased(asker.request, row) for asker, row, _ in granted], now=now)
    files = _files(tx, details)
    for asker, row, credential in granted:
        changed(tx, row["task_id"])
        yield asker.index, _lease(row, credential, now + asker.request.lease, files)


def _files(tx: Tx, details: Sequence[Row]) -> dict[int, list[InputFile]]:
    """Return the files that tasks were given, by task."""
    found: dict[int, list[InputFile]] = defaultdict(list)
    having = [row["task_id"] for row in details if row["inputs"]]
    for row in tx.all(sql.input_files, ids=jsontext.encode(having)) if having else ():
        task_id = row.pop("task_id")
        found[task_id].append(InputFile(**row))
    return found


def _file_outputs(declared: str) -> list[str]:
    """Return the names of the declared parameters in which a bot may return files."""
    if '"file"' not in declared:
        return []
    return [each["name"] for each in jsontext.decode(declared) if each["type"] == "file" and each["scope"] != "In"]


def _types(declared: str) -> dict[str, str]:
    """Return the types of the declared parameters that a bot is given; those of lists end in []."""
    if declared == "[]":
        return {}
    given = [each for each in jsontext.decode(declared) if each["scope"] != "Out"]
    return {each["name"]: f"{each['type']}{'[]' if each.get('array') else ''}" for each in given}


def _turns(askers: Sequence[_Asker]) -> Iterator[_Asker]:
    """Deal tasks out one by one, so that work spreads over runners before it fills one of them."""
    while any(asker.room > 0 for asker in askers):
        for asker in askers:
            if asker.room > 0:
                asker.room -= 1
                yield asker


def _attempt_row(request: LeaseRequest, row: Row, credential: tokens.Minted, now: int) -> dict[str, Any]:
    return {
        "id": credential.id,
        "workspace_id": row["workspace_id"],
        "task_id": row["task_id"],
        "epoch": row["epoch"],
        "runner_id": request.runner_id,
        "claim": request.claim,
        "secret_hash": credential.secret_hash,
        "dialect": row["dialect"],
        "package_version": row["package_version"],
        "package_digest": row["package_digest"],
        "stop": _stop(row),
        "leased_at": now,
        "lease_until": now + request.lease,
    }


def _stop(row: Row) -> StopAction | None:
    """Return the wish that was set before the attempt began; an attempt sees it from its start."""
    if row["killed"]:
        return "kill"
    return "interrupt" if row["interrupted"] else None


def _leased(request: LeaseRequest, row: Row) -> events.NewEvent:
    return event(
        "task.leased",
        workspace_id=row["workspace_id"],
        task_id=row["task_id"],
        actor=f"runner:{request.runner_id}",
        data={"epoch": row["epoch"], "runner": request.runner_id, "version": row["package_version"]},
    )


def _lease(row: Row, credential: tokens.Minted, lease_until: int, files: dict[int, list[InputFile]]) -> Lease:
    return Lease(
        task_id=row["task_id"],
        attempt_id=credential.id,
        epoch=row["epoch"],
        credential=credential,
        lease_until=lease_until,
        automation=row["automation"],
        dialect=row["dialect"],
        entry=row["entry"],
        package_version=row["package_version"],
        package_digest=row["package_digest"],
        parameters=jsontext.decode(row["parameters"]),
        priority=row["priority"],
        grace_seconds=row["grace_seconds"],
        stop=_stop(row),
        files=files.get(row["task_id"], []),
        file_outputs=_file_outputs(row["declared"]),
        types=_types(row["declared"]),
        folder_id=row["folder_id"],
    )
