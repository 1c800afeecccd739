"""The runners: who is online, what runs where, and how to add one."""

from __future__ import annotations

from typing import Any

from botyard.console.frame import done, page
from botyard.console.rows import RunnerRow, row_of
from botyard.console.wording import ago, count_of
from botyard.core import access, runners, tasks
from botyard.storage import Tx
from botyard.web import Request, Response

_SHOWN = 200
_HELD = 1000


async def show(request: Request) -> Response:
    """Show the runners."""
    return await _page(request)


async def join(request: Request) -> Response:
    """Make a join code and show, once, the command that uses it."""
    made = await request.change(
        access.create_join_code,
        audit_target=lambda made: f"token:{made.token.id}",
        workspace_id=request.caller.workspace_id,
        owner=request.caller.actor,
        now=request.now,
    )
    return await _page(request, join=made.text)


async def drain(request: Request) -> Response:
    """Let a runner finish what it has and take nothing new."""
    return await _set_draining(request, draining=True, words="takes nothing new.")


async def resume(request: Request) -> Response:
    """Take a runner back into service."""
    return await _set_draining(request, draining=False, words="takes work again.")


async def _page(request: Request, join: str | None = None) -> Response:
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id, now=request.now)
    origin = f"{request.scope.get('scheme', 'http')}://{request.header('host') or '127.0.0.1:8080'}"
    return page(request, "pages/runners.html", section="/runners", origin=origin, join=join, **context)


async def _set_draining(request: Request, *, draining: bool, words: str) -> Response:
    runner = await request.change(
        runners.drain,
        workspace_id=request.caller.workspace_id,
        runner_id=request.path["id"],
        draining=draining,
        actor=request.caller.actor,
        now=request.now,
    )
    return done("/runners", f"{runner.name} {words}")


def _context(tx: Tx, *, workspace_id: int, now: int) -> dict[str, Any]:
    held = tasks.search(tx, workspace_id=workspace_id, states=sorted(tasks.HELD), limit=_HELD)
    staff = runners.list_all(tx, workspace_id=workspace_id, limit=_SHOWN)
    rows = [row_of(runner, now=now, held=held) for runner in staff]
    return {"runners": rows, "answer": answer(rows, now=now)}


def answer(rows: list[RunnerRow], *, now: int) -> str:
    """Return who can work, in a sentence."""
    if not rows:
        return "No runner has registered, so every task waits."
    online = [row for row in rows if row.online]
    silent = [row for row in rows if not row.online]
    used, slots = sum(row.used for row in online), sum(row.slots for row in online)
    verb = "is" if len(online) == 1 else "are"
    said = f"{len(online)} of {count_of(len(rows), 'runner')} {verb} online; {used} of {count_of(slots, 'slot')} work."
    if silent:
        latest = silent[0]
        said += f" {latest.name} was last heard from {ago(latest.seen_at, now)}."
    return said
