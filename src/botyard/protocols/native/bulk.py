"""One action on everything that a filter matches: told beforehand, carried out some hundreds a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botyard.base.exceptions import Invalid
from botyard.core import runners, schedules, tasks
from botyard.core.access import Caller
from botyard.protocols.native import asking
from botyard.protocols.native.queries import MAX_ID
from botyard.protocols.native.tasks import checked_states, verdict
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.wire import native as wire

MAX_BULK = 500
#: What an action on a filter without states is about.
_STATES = {
    "cancel": [state.value for state in tasks.State if state not in tasks.FINAL],
    "interrupt": ["leased", "running"],
    "kill": ["leased", "running"],
    "restart": ["failed", "partial", "cancelled"],
}
_ACTIONS: dict[str, Callable[..., list[tasks.Verdict]]] = {
    "cancel": tasks.cancel_many,
    "interrupt": tasks.interrupt_many,
    "kill": tasks.kill_many,
    "restart": tasks.restart_many,
}


async def act_on_tasks(request: Request) -> Response:
    """Cancel, restart, interrupt or kill the tasks that match; with `dry_run` only tell which they would be."""
    call = await request.json(wire.TaskMatchCall)
    _check_limit(call.limit)
    reply = await _done_or_told(request, call.dry_run, _tasks, f"tasks.{call.action}_many", call=call)
    return json_response(reply)


def _tasks(tx: Tx, *, caller: Caller, call: wire.TaskMatchCall, now: int) -> wire.MatchReply:
    """Carry out an action on the tasks of one call, or tell which they would be."""
    wanted = _wanted_tasks(caller, call)
    found = tasks.search(tx, **wanted, before_id=_place(call.before), limit=call.limit)
    ids = [task.id for task in found]
    following = ids[-1] if len(ids) == call.limit else None
    if call.dry_run:
        return wire.MatchReply(
            matched=tasks.count(tx, **wanted), done=0, refused=[], ids=ids, next=following, dry_run=True
        )
    verdicts = _ACTIONS[call.action](tx, workspace_id=caller.workspace_id, task_ids=ids, actor=caller.actor, now=now)
    refused = [verdict(one) for one in verdicts if one.error is not None]
    return wire.MatchReply(matched=len(ids), done=len(ids) - len(refused), refused=refused, ids=ids, next=following)


def _wanted_tasks(caller: Caller, call: wire.TaskMatchCall) -> dict[str, Any]:
    """Return a filter of tasks; an attempt reaches no task but its own."""
    return {
        "workspace_id": caller.workspace_id,
        "states": _STATES[call.action] if call.states is None else checked_states(call.states),
        "automation": call.automation or None,
        "text": call.text or None,
        "only_id": caller.task_id,
    }


async def act_on_schedules(request: Request) -> Response:
    """Pause the schedules that match, or let them go on; with `dry_run` only tell which they would be."""
    asking.check_not_bot(request)
    call = await request.json(wire.ScheduleMatchCall)
    _check_limit(call.limit)
    reply = await _done_or_told(request, call.dry_run, _schedules, f"schedules.{call.action}_many", call=call)
    return json_response(reply)


def _schedules(tx: Tx, *, caller: Caller, call: wire.ScheduleMatchCall, now: int) -> wire.MatchReply:
    """Pause the schedules of one call or let them go on, or tell which they would be."""
    paused, workspace_id = call.action == "pause", caller.workspace_id
    wanted: dict[str, Any] = {"workspace_id": workspace_id, "automation": call.automation or None, "active": paused}
    found = schedules.search(tx, **wanted, before_id=_place(call.before), limit=call.limit)
    ids = [schedule.id for schedule in found]
    following = ids[-1] if len(ids) == call.limit else None
    total = schedules.count(tx, **wanted) if call.dry_run else len(ids)
    for schedule_id in sorted(ids) if not call.dry_run else ():
        schedules.pause(
            tx, workspace_id=workspace_id, schedule_id=schedule_id, paused=paused, actor=caller.actor, now=now
        )
    done = 0 if call.dry_run else len(ids)
    return wire.MatchReply(matched=total, done=done, refused=[], ids=ids, next=following, dry_run=call.dry_run)


async def act_on_runners(request: Request) -> Response:
    """Drain the runners that match, or take them back; with `dry_run` only tell which they would be."""
    call = await request.json(wire.RunnerMatchCall)
    _check_limit(call.limit)
    reply = await _done_or_told(request, call.dry_run, _runners, f"runners.{call.action}_many", call=call)
    return json_response(reply)


def _runners(tx: Tx, *, caller: Caller, call: wire.RunnerMatchCall, now: int) -> wire.RunnerMatchReply:
    """Drain the runners of one call or take them back, or tell which they would be."""
    drain, workspace_id = call.action == "drain", caller.workspace_id
    ids = runners.in_service(
        tx,
        workspace_id=workspace_id,
        draining=not drain,
        label=call.label,
        after_id=call.after or "",
        limit=call.limit,
    )
    for runner_id in ids if not call.dry_run else ():
        runners.drain(tx, workspace_id=workspace_id, runner_id=runner_id, draining=drain, actor=caller.actor, now=now)
    following = ids[-1] if len(ids) == call.limit else None
    return wire.RunnerMatchReply(done=0 if call.dry_run else len(ids), ids=ids, next=following, dry_run=call.dry_run)


async def _done_or_told(
    request: Request, dry_run: bool, operation: Callable[..., Any], action: str, **given: Any
) -> Any:
    """Return what an operation did, with its audit row, or what it would do."""
    given |= {"caller": request.caller, "now": request.now}
    if dry_run:
        return await request.db.read(operation, **given)
    return await request.change(
        operation, audit_action=action, audit_target=lambda reply: f"{reply.done} of {len(reply.ids)}", **given
    )


def _place(before: int | None) -> int | None:
    """Return a place in a list, as the databases can compare it."""
    return None if before is None else max(0, min(before, MAX_ID))


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_BULK:
        raise Invalid(
            f'"limit" must be from 1 to {MAX_BULK}.', hint="Go on with `next` in another call.", field="limit"
        )
