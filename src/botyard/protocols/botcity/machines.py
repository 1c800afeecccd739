"""Runners, which this dialect calls machines: list, look at, what each did."""

from __future__ import annotations

from botyard.base import clock
from botyard.base.exceptions import Invalid
from botyard.core import runners, tasks
from botyard.core.runners import Runner
from botyard.core.tasks import Attempt
from botyard.protocols.botcity.paging import Page, Paging, since, whole
from botyard.protocols.botcity.wire_automations import MachineSummary, MachineView
from botyard.web.request import Request
from botyard.web.response import Response, json_response, text_response

_SUMMARY_DAYS = 30
_LOG_LINES = 500
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


async def page(request: Request) -> Response:
    """List the runners, those heard from last first; `machineId` and `isOnline` narrow the list."""
    paging, query, caller, now = Paging.asked(request), request.query, request.caller, request.now
    found = await request.db.read(
        runners.matching,
        workspace_id=caller.workspace_id,
        name=query.get("machineId") or query.get("name") or None,
        online=_flag(query.get("isOnline", "")),
        now=now,
    )
    shown = found[paging.offset : paging.offset + paging.size]
    views = [MachineView.of(runner, caller.workspace_label, now) for runner in shown]
    return json_response(Page.of(views, len(found), paging))


async def get(request: Request) -> Response:
    """Describe one runner, by its name or its id."""
    return json_response(MachineView.of(await _find(request), request.caller.workspace_label, request.now))


async def log(request: Request) -> Response:
    """Tell which tasks a runner had, the latest last, as text."""
    runner = await _find(request)
    attempts = await request.db.read(
        tasks.attempts_by_runner,
        workspace_id=request.caller.workspace_id,
        runner_id=runner.id,
        limit=_LOG_LINES,
    )
    return text_response("".join(f"{_line(attempt)}\n" for attempt in reversed(attempts)))


async def summary(request: Request) -> Response:
    """Count what a runner did in the last `days`, 30 unless told otherwise."""
    runner = await _find(request)
    counts = await request.db.read(
        tasks.count_by_runner,
        workspace_id=request.caller.workspace_id,
        runner_id=runner.id,
        since=since(request.query, _SUMMARY_DAYS, request.now),
    )
    return json_response(MachineSummary.of(runner, counts, whole(request.query, "days", _SUMMARY_DAYS)))


async def _find(request: Request) -> Runner:
    return await request.db.read(runners.named, workspace_id=request.caller.workspace_id, name=request.path["machine"])


def _flag(sent: str) -> bool | None:
    text = sent.strip().lower()
    if not text:
        return None
    if text not in _FLAGS:
        raise Invalid(f'"isOnline" is "{text[:40]}".', hint="Send true or false.", field="isOnline")
    return _FLAGS[text]


def _line(attempt: Attempt) -> str:
    when = clock.iso(attempt.ended_at or attempt.started_at or attempt.leased_at)
    code = "" if attempt.exit_code is None else f", exit code {attempt.exit_code}"
    told = f": {' '.join(attempt.message.split())}" if attempt.message else ""
    return f"{when} task {attempt.task_id} attempt {attempt.epoch} {attempt.state.value}{code}{told}"
