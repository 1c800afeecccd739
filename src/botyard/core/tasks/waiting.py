"""Why a task waits, as the dispatcher sees it."""

from __future__ import annotations

from botyard.base.clock import SECOND, iso
from botyard.core.tasks.inputs import inputs_of
from botyard.core.tasks.model import Reason
from botyard.core.tasks.statements import sql
from botyard.core.tasks.states import State
from botyard.storage import Row, Tx

#: A runner that polls every 25 s is online while it was heard from within this time.
ONLINE_WITHIN = 60 * SECOND
_SEEN_WITHIN = 24 * 3600 * SECOND


def why_waiting(tx: Tx, *, workspace_id: int, task_id: int, now: int) -> list[Reason]:
    """Return the reasons why a task has not been leased, most important first; empty once it has been."""
    facts = tx.one(sql.waiting_facts, workspace_id=workspace_id, task_id=task_id)
    if facts is not None and facts["state"] == State.PREPARING:
        return _preparing(tx, workspace_id=workspace_id, task_id=task_id)
    if facts is None or facts["state"] != State.QUEUED:
        return []
    reasons = _own_reasons(facts, now=now)
    runners = tx.all(sql.waiting_runners, workspace_id=workspace_id, since=now - _SEEN_WITHIN)
    blocking = [reason for runner in runners if (reason := _about(runner, facts, now=now)) is not None]
    if not runners:
        reasons.append(
            Reason(code="no_runner", text="No runner is registered.", hint="Start one: botyard connect runner")
        )
    elif len(blocking) == len(runners):
        reasons.append(_nobody(facts))
    if not reasons:
        reasons.append(_in_line(tx, facts, workspace_id=workspace_id, task_id=task_id))
    return reasons + blocking


def _preparing(tx: Tx, *, workspace_id: int, task_id: int) -> list[Reason]:
    files = inputs_of(tx, workspace_id=workspace_id, task_id=task_id)
    missing = [file for file in files if file.artifact_id is None]
    text = f"{len(missing)} of the {len(files)} files that it was given as links are not here yet."
    reasons = [Reason(code="fetching", text=text if len(files) > 1 else "The file of its link is not here yet.")]
    for file in missing:
        if file.error:
            again = f" It is tried again at {iso(file.next_at)}." if file.next_at is not None else ""
            reasons.append(Reason(code="fetch_failed", text=f"{file.parameter}: {file.error}{again}"))
    return reasons


def _own_reasons(facts: Row, *, now: int) -> list[Reason]:
    reasons = []
    if facts["released"] is None:
        reasons.append(
            Reason(
                code="no_package",
                text=f'Automation "{facts["automation"]}" has no released package.',
                hint=f"Deploy one: botyard deploy PATH --automation {facts['automation']}",
            )
        )
    if facts["not_before"] is not None and facts["not_before"] > now:
        reasons.append(Reason(code="not_before", text=f"It starts no earlier than {iso(facts['not_before'])}."))
    if facts["live"]:
        reasons.append(Reason(code="previous_attempt", text="The process of the earlier attempt is still ending."))
    return reasons


def _about(runner: Row, facts: Row, *, now: int) -> Reason | None:
    """Return why one runner does not take the task, or None when it could."""
    name, wanted = runner["name"], facts["runner_label"]
    if now - runner["seen_at"] > ONLINE_WITHIN:
        return Reason(
            code="runner_offline", text=f"{name}: offline since {iso(runner['seen_at'])}.", runner_id=runner["id"]
        )
    if wanted is not None and runner["label"] != wanted:
        return Reason(code="label_missing", text=f"{name}: label missing: {wanted}.", runner_id=runner["id"])
    if runner["draining"]:
        return Reason(code="runner_draining", text=f"{name}: draining.", runner_id=runner["id"])
    if runner["live"] >= runner["slots"]:
        text = f"{name}: busy, {runner['live']} of {runner['slots']} slots in use."
        return Reason(code="runner_busy", text=text, runner_id=runner["id"])
    return None


def _nobody(facts: Row) -> Reason:
    wanted = facts["runner_label"]
    label = f' with label "{wanted}"' if wanted else ""
    return Reason(code="no_free_runner", text=f"No runner{label} is online and free.")


def _in_line(tx: Tx, facts: Row, *, workspace_id: int, task_id: int) -> Reason:
    row = tx.one(sql.ahead_in_line, workspace_id=workspace_id, priority=facts["priority"], task_id=task_id)
    ahead = row["total"] if row else 0
    if ahead:
        count = "1 task goes" if ahead == 1 else f"{ahead}{'+' if ahead == 1000 else ''} tasks go"
        return Reason(code="in_line", text=f"{count} first.")
    return Reason(code="next", text="It is next; a runner takes it in a moment.")
