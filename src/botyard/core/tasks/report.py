"""What a runner reports about its attempts: start, heartbeat, end, and giving one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import StaleLease
from botyard.core import events, logs, parameters
from botyard.core.tasks.model import Action, Beat, Command, EndReport, Standing, Task
from botyard.core.tasks.rotate import due
from botyard.core.tasks.statements import changed, event, leasable, sql
from botyard.core.tasks.states import FINAL, HELD, LIVE, AttemptState, State
from botyard.storage import Row, Tx

MAX_MESSAGE = 10_000


def start(tx: Tx, *, runner_id: str, attempt_id: str, now: int) -> None:
    """Record that the attempt's process runs. Repeating is harmless. Raises StaleLease when the lease is gone."""
    row = tx.one(sql.start_attempt, attempt_id=attempt_id, runner_id=runner_id, now=now)
    if row is None:
        found = tx.one(sql.find_attempt, attempt_id=attempt_id)
        if found is None or found["runner_id"] != runner_id or found["state"] != AttemptState.RUNNING:
            raise _stale(attempt_id)
        return
    tx.run(sql.start_task, task_id=row["task_id"], epoch=row["epoch"], now=now)
    started = event(
        "task.started",
        workspace_id=row["workspace_id"],
        task_id=row["task_id"],
        actor=f"runner:{runner_id}",
        data={"epoch": row["epoch"]},
    )
    events.record_many(tx, [started], now=now)
    changed(tx, row["task_id"])


def heartbeat(
    tx: Tx, *, runner_id: str, attempts: Sequence[str], now: int, lease: int, max_age: int | None = None
) -> Beat:
    """Extend the leases of a runner's attempts by `lease` microseconds and return what stands for each of them.

    Tokens older than `max_age` microseconds, where bots can be given others, are to be replaced.
    """
    ids = jsontext.encode(list(attempts))
    tx.all(sql.touch_runners, ids=jsontext.encode([runner_id]), now=now)
    rows = tx.all(sql.beat, runner_id=runner_id, ids=ids, lease_until=now + lease)
    return Beat(lease_until=now + lease, commands=_commands(attempts, rows), rotate=due(rows, now=now, max_age=max_age))


def standing(tx: Tx, *, runner_id: str, attempts: Sequence[str], now: int, max_age: int | None = None) -> Standing:
    """Return what stands for each attempt, without extending anything."""
    rows = tx.all(sql.standing, runner_id=runner_id, ids=jsontext.encode(list(attempts)))
    return Standing(commands=_commands(attempts, rows), rotate=due(rows, now=now, max_age=max_age))


def _commands(attempts: Sequence[str], rows: Sequence[Row]) -> list[Command]:
    stops: dict[str, Action | None] = {row["id"]: row["stop"] for row in rows}
    actions = [(attempt_id, stops.get(attempt_id, "stale")) for attempt_id in dict.fromkeys(attempts)]
    return [Command(attempt_id=attempt_id, action=action) for attempt_id, action in actions if action is not None]


def end_many(tx: Tx, reports: Sequence[EndReport]) -> list[Task | Exception]:
    """End attempts whose processes are gone; the answer to each is its task as it is then.

    A task that the bot has not finished itself ends by the report's outcome, else by the exit code; a
    botcity process has to finish its task. Repeating a report is harmless; one that contradicts an earlier
    one, or comes after the lease was lost, is answered with StaleLease and changes nothing.
    """
    rows = {row["id"]: row for row in tx.all(sql.attempts_to_end, ids=_ids(report.attempt_id for report in reports))}
    endings: dict[str, _Ending] = {}
    answers: list[_Ending | Exception] = []
    for report in reports:
        row = rows.get(report.attempt_id)
        if row is None or row["runner_id"] != report.runner_id:
            answers.append(_stale(report.attempt_id))
            continue
        ending = _Ending(row, report)
        if row["state"] in LIVE:
            ending = endings.setdefault(report.attempt_id, ending)
        answers.append(ending if ending.agrees_with(report) else _stale(report.attempt_id))
    _write_endings(tx, list(endings.values()))
    ids = _ids(answer.row["task_id"] for answer in answers if isinstance(answer, _Ending))
    tasks = {row["id"]: Task.from_row(row) for row in tx.all(sql.by_ids, ids=ids)}
    return [answer if isinstance(answer, Exception) else tasks[answer.row["task_id"]] for answer in answers]


class _Ending:
    """How one attempt ends, and its task with it when the attempt still holds it."""

    def __init__(self, row: Row, report: EndReport) -> None:
        self.row = row
        self.report = report
        self.message = report.message[:MAX_MESSAGE].replace("\0", "\ufffd") or None
        self.holds = row["task_state"] in HELD and row["task_epoch"] == row["epoch"]
        self.state, self.reason = self._rule()

    def agrees_with(self, report: EndReport) -> bool:
        """Whether `report` tells the same as what is stored, or as the report that this was made from."""
        if self.row["state"] in LIVE:
            return report == self.report
        told = (report.exit_code, report.message[:MAX_MESSAGE].replace("\0", "\ufffd") or None)
        ended_normally = self.row["state"] not in (AttemptState.LOST, AttemptState.RELEASED)
        return ended_normally and told in ((self.row["exit_code"], self.row["message"]), (self.row["exit_code"], None))

    def _rule(self) -> tuple[AttemptState, str | None]:
        report, code = self.report, self.report.exit_code
        if not self.holds and self.row["task_state"] in FINAL:
            return AttemptState(self.row["task_state"]), self.message
        if self.row["stop"] == "kill":
            return AttemptState.FAILED, self.message or "killed on request"
        if report.outcome is not None:
            return AttemptState(report.outcome), self.message
        if self.row["dialect"] == "botcity" and self.holds:
            return AttemptState.FAILED, self.message or f"ended (exit code {code}) without finishing"
        if code == 0:
            return AttemptState.SUCCEEDED, self.message
        return AttemptState.FAILED, self.message or f"ended with exit code {code}"


def _write_endings(tx: Tx, endings: Sequence[_Ending]) -> None:
    if not endings:
        return
    tx.run(sql.end_attempts, rows=jsontext.encode([_attempt_row(ending) for ending in endings]))
    holding = [ending for ending in endings if ending.holds]
    if holding:
        tx.run(sql.end_tasks, rows=jsontext.encode([_task_row(ending) for ending in holding]))
        logs.note_many(tx, [note for ending in holding for note in _faults(ending)], now=endings[0].report.now)
    _keep_outputs(tx, endings)
    waiting = [e.row for e in endings if e.row["task_state"] == State.QUEUED and e.row["task_epoch"] == e.row["epoch"]]
    if waiting:
        tx.run(sql.make_ready, ids=_ids(row["task_id"] for row in waiting), now=endings[0].report.now)
    events.record_many(tx, [_ended(ending) for ending in endings], now=endings[0].report.now)
    for row in waiting:
        leasable(tx, row["workspace_id"])
    for ending in endings:
        changed(tx, ending.row["task_id"])
        tx.wake(f"access:{ending.row['id']}")


def _keep_outputs(tx: Tx, endings: Sequence[_Ending]) -> None:
    """Keep what bots returned that had finished their tasks by themselves, unless an output is there already."""
    late = [e for e in endings if not e.holds and e.report.output is not None and e.row["task_epoch"] == e.row["epoch"]]
    if late:
        rows = [[e.row["task_id"], e.row["epoch"], jsontext.encode(e.report.output), e.report.now] for e in late]
        tx.run(sql.keep_outputs, rows=jsontext.encode(rows))
        logs.note_many(tx, [note for ending in late for note in _faults(ending)], now=late[0].report.now)


def _attempt_row(ending: _Ending) -> dict[str, Any]:
    return {
        "id": ending.row["id"],
        "state": ending.state,
        "now": ending.report.now,
        "exit_code": ending.report.exit_code,
        "message": ending.reason,
    }


def _task_row(ending: _Ending) -> dict[str, Any]:
    output = ending.report.output
    return {
        "task_id": ending.row["task_id"],
        "epoch": ending.row["epoch"],
        "state": ending.state,
        "message": ending.reason,
        "output": None if output is None else jsontext.encode(output),
        "now": ending.report.now,
    }


def _faults(ending: _Ending) -> list[logs.Note]:
    """Return a line for each output that is not what the automation declares; it is kept as the bot returned it."""
    row, output = ending.row, ending.report.output
    if output is None or row["declared"] == "[]":
        return []
    place = {"workspace_id": row["workspace_id"], "task_id": row["task_id"], "epoch": row["epoch"]}
    faults = parameters.faults_of(jsontext.decode(row["declared"]), output)
    return [logs.Note(**place, level="WARN", text=fault) for fault in faults]


def _ended(ending: _Ending) -> events.NewEvent:
    data = {"epoch": ending.row["epoch"], "exit_code": ending.report.exit_code, "attempt": str(ending.state)}
    if ending.reason:
        data["message"] = ending.reason[:500]
    return event(
        f"task.{ending.state}" if ending.holds else "attempt.ended",
        workspace_id=ending.row["workspace_id"],
        task_id=ending.row["task_id"],
        actor=f"runner:{ending.report.runner_id}",
        data=data,
    )


def release(tx: Tx, *, runner_id: str, attempt_id: str, reason: str, now: int) -> None:
    """Give an attempt back unstarted or drained: its task waits again and nothing counts as lost.

    Repeating is harmless. Raises StaleLease when the attempt is not this runner's.
    """
    row = tx.one(sql.release_attempt, attempt_id=attempt_id, runner_id=runner_id, reason=reason[:MAX_MESSAGE], now=now)
    if row is None:
        found = tx.one(sql.find_attempt, attempt_id=attempt_id)
        if found is None or found["runner_id"] != runner_id or found["state"] != AttemptState.RELEASED:
            raise _stale(attempt_id)
        return
    tx.one(sql.requeue, task_id=row["task_id"], epoch=row["epoch"], now=now, lost=0)
    tx.run(sql.make_ready, ids=_ids([row["task_id"]]), now=now)
    given_back = event(
        "task.released",
        workspace_id=row["workspace_id"],
        task_id=row["task_id"],
        actor=f"runner:{runner_id}",
        data={"epoch": row["epoch"], "reason": reason[:500]},
    )
    events.record_many(tx, [given_back], now=now)
    leasable(tx, row["workspace_id"])
    changed(tx, row["task_id"])
    tx.wake(f"access:{attempt_id}")


def _ids(values: Any) -> str:
    return jsontext.encode(sorted(set(values)))


def _stale(attempt_id: str) -> StaleLease:
    return StaleLease(
        f"Attempt {attempt_id[:64]} does not hold its task any more; nothing was changed.",
        hint="Stop its process; the task was given to another attempt, or has ended.",
    )
