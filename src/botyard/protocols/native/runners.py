"""What runners say: join, lease, beat, log, end. And the list of them, for people."""

from __future__ import annotations

import asyncio
from typing import Any

from botyard.base.clock import MINUTE, SECOND
from botyard.base.exceptions import Invalid
from botyard.core import access, logs, runners, tasks
from botyard.protocols.native import asking, leasing, views
from botyard.protocols.native.desk import Desk
from botyard.storage import Subscription, Tx
from botyard.web.longpoll import hold
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.web.secrets import hidden, mask_of
from botyard.wire import native as wire

MAX_WAIT = 60.0
HEARTBEAT_SECONDS = 5
_MAX_FREE = 256
_MAX_ATTEMPTS = 1024
_MAX_TRIES = 1_000_000


async def register(request: Request) -> Response:
    """Make a runner from a join code; its token is in this answer and nowhere else."""
    call = await request.json(wire.RegisterRunner)
    runner, token = await request.change(
        _join,
        audit_action="runners.register",
        audit_target=lambda joined: joined[0].id,
        call=call,
        workspace_id=request.caller.workspace_id,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_identity(request, runner, token), status=201)


def _identity(request: Request, runner: runners.Runner, token: access.NewToken) -> wire.RunnerIdentity:
    return wire.RunnerIdentity(
        runner_id=runner.id,
        token=token.text,
        workspace=request.caller.workspace_label,
        lease_seconds=request.tools.settings.lease_seconds,
        heartbeat_seconds=HEARTBEAT_SECONDS,
    )


def _join(
    tx: Tx, *, call: wire.RegisterRunner, workspace_id: int, actor: str, now: int
) -> tuple[runners.Runner, access.NewToken]:
    """Register a runner and make its token: one without the other would be of no use."""
    runner = runners.register(
        tx,
        workspace_id=workspace_id,
        name=call.name,
        label=call.label,
        slots=call.slots,
        host=call.host,
        os=call.os,
        version=call.version,
        embedded=call.embedded,
        actor=actor,
        now=now,
    )
    token = access.create_runner_token(tx, workspace_id=workspace_id, runner_id=runner.id, name=runner.name, now=now)
    return runner, token


async def begin(request: Request) -> Response:
    """Note that a runner was started anew: what it held before is lost, and goes on elsewhere at once."""
    lost = await request.db.write(tasks.lose_all, runner_id=runner_of(request), now=request.now)
    return json_response(wire.BeginReply(lost=lost))


async def lease(request: Request) -> Response:
    """Hand out work, or wait for some."""
    call = _checked(await request.json(wire.LeaseCall))
    caller = request.caller
    leases = await Desk.of(request).lease(
        request,
        workspace_id=caller.workspace_id,
        runner_id=runner_of(request),
        free=call.free,
        claim=call.claim,
        wait=checked_wait(call.wait),
    )
    return json_response(wire.LeaseReply(leases=await leasing.grants(request, leases)))


def _checked(call: wire.LeaseCall) -> wire.LeaseCall:
    if not 1 <= call.free <= _MAX_FREE:
        raise Invalid(f"free cannot be {call.free}.", hint=f"Ask for 1 to {_MAX_FREE} tasks.", field="free")
    _checked_claim(call.claim)
    return call


def _checked_claim(claim: str) -> str:
    if not 1 <= len(claim) <= 64 or not claim.isascii() or not claim.isprintable():
        raise Invalid("claim must be 1 to 64 printable ASCII characters.", hint="Send a random id.", field="claim")
    return claim


async def heartbeat(request: Request) -> Response:
    """Extend leases at once, then wait until there is a command that the runner does not know yet."""
    call = await request.json(wire.HeartbeatCall)
    if len(call.attempts) > _MAX_ATTEMPTS:
        raise Invalid(f"A heartbeat is for at most {_MAX_ATTEMPTS} attempts.", hint="Send several.", field="attempts")
    end = asyncio.get_running_loop().time() + checked_wait(call.wait)
    asked, lease = _asked(request, call), request.tools.settings.lease_seconds * SECOND
    async with request.db.wakeups.subscribe(f"runner:{runner_of(request)}") as changes:
        beat = await request.db.write(tasks.heartbeat, **asked, lease=lease, now=request.now)
        news = await _awaited(request, call, _news(request, call, beat), changes, end)
    return json_response(news)


async def _awaited(
    request: Request, call: wire.HeartbeatCall, news: wire.HeartbeatReply, changes: Subscription, end: float
) -> wire.HeartbeatReply:
    """Return news, waited for until the loop's clock has come to `end` when there is none yet."""
    while not (news.commands or news.rotate) and (left := end - asyncio.get_running_loop().time()) > 0:
        if not await hold(request, changes.wait(left)):
            break
        asked = _asked(request, call)
        news = _news(request, call, await request.db.read(tasks.standing, **asked, now=request.now))
    return news


def _asked(request: Request, call: wire.HeartbeatCall) -> dict[str, Any]:
    minutes = request.tools.settings.rotate_tokens_minutes
    max_age = None if minutes is None else minutes * MINUTE
    return {"runner_id": runner_of(request), "attempts": call.attempts, "max_age": max_age}


def _news(request: Request, call: wire.HeartbeatCall, found: tasks.Beat | tasks.Standing) -> wire.HeartbeatReply:
    """Return what the runner does not know yet."""
    return wire.HeartbeatReply(
        commands=[
            wire.Command(attempt=command.attempt_id, action=command.action)
            for command in found.commands
            if call.known.get(command.attempt_id) != command.action
        ],
        rotate=[] if call.rotating is None else [each for each in found.rotate if each not in call.rotating],
        lease_seconds=request.tools.settings.lease_seconds,
    )


async def rotate_token(request: Request) -> Response:
    """Hand out another token for an attempt; the one before stays good for a short while."""
    call = await request.json(wire.TokenCall)
    if not 1 <= call.number <= _MAX_TRIES:
        raise Invalid(f"number cannot be {call.number}.", hint="Count the tries from 1.", field="number")
    made = await request.db.write(
        tasks.rotate_token,
        runner_id=runner_of(request),
        attempt_id=request.path["attempt"],
        claim=_checked_claim(call.claim),
        number=call.number,
        now=request.now,
    )
    return json_response(wire.TokenReply(token=made.text, overlap_seconds=tasks.TOKEN_OVERLAP // SECOND))


async def start(request: Request) -> Response:
    """Note that an attempt's process runs."""
    await request.db.write(
        tasks.start, runner_id=runner_of(request), attempt_id=request.path["attempt"], now=request.now
    )
    return no_content()


async def append_logs(request: Request) -> Response:
    """Store lines of an attempt."""
    call = await request.json(wire.LogCall)
    mask = await mask_of(request, request.path["attempt"])
    stored = await request.db.write_set(logs.append_many, _batch(request, call, mask))
    if call.complete:
        request.tools.masks.forget(request.path["attempt"])
    return json_response(
        wire.LogReply(accepted=stored.accepted, dropped=stored.dropped, limit_reached=stored.limit_reached)
    )


def _batch(request: Request, call: wire.LogCall, mask: logs.Mask | None) -> logs.LogBatch:
    settings = request.tools.settings
    return logs.LogBatch(
        runner_id=runner_of(request),
        attempt_id=request.path["attempt"],
        lines=call.lines,
        complete=call.complete,
        kept_back=min(max(call.dropped, 0), 2**31 - 1),
        max_lines=settings.log_lines_per_attempt,
        max_bytes=settings.log_bytes_per_attempt,
        now=request.now,
        mask=mask,
    )


async def end(request: Request) -> Response:
    """End an attempt whose process is gone."""
    attempt_id = request.path["attempt"]
    call = await hidden(request, await request.json(wire.EndCall), "message", "output", attempt_id=attempt_id)
    report = tasks.EndReport(
        runner_id=runner_of(request),
        attempt_id=attempt_id,
        now=request.now,
        exit_code=call.exit_code,
        outcome=call.outcome,
        message=call.message,
        output=call.output,
    )
    return json_response(views.task(await request.db.write_set(tasks.end_many, report)))


async def release(request: Request) -> Response:
    """Take back an attempt that the runner did not start."""
    call = await request.json(wire.ReleaseCall)
    await request.db.write(
        tasks.release,
        runner_id=runner_of(request),
        attempt_id=request.path["attempt"],
        reason=call.reason or "the runner gave it back",
        now=request.now,
    )
    return no_content()


async def list_all(request: Request) -> Response:
    """List the runners of the workspace by name."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        runners.by_names,
        workspace_id=request.caller.workspace_id,
        label=asking.text_of(request, "label"),
        after=asking.text_of(request, "after"),
        limit=limit,
    )
    last, now = views.next_of(found, limit), request.now
    page = [views.runner(runner, now=now) for runner in found]
    return json_response(wire.RunnerList(runners=page, next=last and last.id))


async def drain(request: Request) -> Response:
    """Let a runner finish what it has and take nothing new."""
    return await _set_draining(request, draining=True)


async def resume(request: Request) -> Response:
    """Take a drained runner back into service."""
    return await _set_draining(request, draining=False)


async def _set_draining(request: Request, *, draining: bool) -> Response:
    caller = request.caller
    runner = await request.change(
        runners.drain,
        workspace_id=caller.workspace_id,
        runner_id=request.path["runner"],
        draining=draining,
        actor=caller.actor,
        now=request.now,
    )
    return json_response(views.runner(runner, now=request.now))


def runner_of(request: Request) -> str:
    """Return the id of the runner that calls. Raises Invalid for a caller that is none."""
    runner_id = request.caller.runner_id
    if runner_id is None:
        raise Invalid("Only a runner can do this.", hint="Use the token that the runner got when it registered.")
    return runner_id


def checked_wait(wait: float) -> float:
    """Return how long an answer may be held back. Raises Invalid outside of 0 to 60 seconds."""
    if not 0 <= wait <= MAX_WAIT:
        raise Invalid(f"wait must be between 0 and {MAX_WAIT:.0f} seconds.", hint="Ask again after it.", field="wait")
    return wait
