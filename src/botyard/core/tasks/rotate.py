"""Give an attempt another token while its bot runs: somebody wishes it, or its age does, and the runner fetches it."""

from __future__ import annotations

from botyard.base.clock import SECOND
from botyard.base.exceptions import IllegalTransition, StaleLease, Unsupported
from botyard.core import events
from botyard.core.access import tokens
from botyard.core.tasks.model import NewCredential, Task
from botyard.core.tasks.statements import changed, event, lock, sql
from botyard.core.tasks.states import HELD
from botyard.storage import Row, Tx

#: How long the earlier token stays good: calls that are under way, and a file that is being replaced.
TOKEN_OVERLAP = 60 * SECOND
#: Bots of these dialects read their token before each call; all others get it once, when they start.
ROTATING_DIALECTS = frozenset({"botvelocity"})


def ask_rotation(tx: Tx, *, workspace_id: int, task_id: int, actor: str, now: int) -> Task:
    """Have the token of a running attempt replaced; its runner hears of it with its next heartbeat.

    Raises NotFound, IllegalTransition when no runner holds the task, and Unsupported for a bot that would not notice.
    """
    task = lock(tx, workspace_id=workspace_id, task_id=task_id)
    live = tx.one(sql.live_attempt, task_id=task_id)
    if live is None or task.state not in HELD:
        raise IllegalTransition(
            f"Task {task_id} is {task.state}: no attempt holds a token.", hint="A token ends with its attempt."
        )
    if task.development:
        raise IllegalTransition(
            f"Task {task_id} is run by hand, not by a runner that could hand over another token.",
            hint="Cancel it, which ends its token, and open another with botyard connect.",
        )
    if live["dialect"] not in ROTATING_DIALECTS:
        raise Unsupported(
            f"The bot of task {task_id} is a {live['dialect']} bot: it got its token when it started and would not "
            "notice another.",
            hint="Cancel or kill the task to end its token.",
        )
    tx.run(sql.ask_rotation, attempt_id=live["id"])
    tx.wake(f"runner:{live['runner_id']}")
    _tell(tx, task, live["epoch"], "attempt.token_asked", actor=actor, now=now)
    return task


def rotate_token(
    tx: Tx, *, runner_id: str, attempt_id: str, claim: str, number: int, now: int, overlap: int = TOKEN_OVERLAP
) -> NewCredential:
    """Return another token for an attempt of this runner; the present one stays good for `overlap` microseconds more.

    A call that is repeated with its `claim` and a higher `number`, because its answer was lost, replaces what that
    answer held. Raises StaleLease when the attempt does not hold its task, or a later call of the claim came first.
    """
    credential = tokens.mint("attempt", attempt_id)
    row = tx.one(
        sql.rotate_token,
        attempt_id=attempt_id,
        runner_id=runner_id,
        secret_hash=credential.secret_hash,
        claim=claim,
        number=number,
        now=now,
        old_until=now + overlap,
    )
    if row is None or row["dialect"] not in ROTATING_DIALECTS:
        raise StaleLease(
            f"Attempt {attempt_id[:64]} gets no other token; nothing was changed.",
            hint="Go on with the one it has, for as long as it holds its task.",
        )
    tx.wake(f"access:{attempt_id}")
    task = lock(tx, workspace_id=row["workspace_id"], task_id=row["task_id"])
    if number == 1:
        _tell(tx, task, row["epoch"], "attempt.token_rotated", actor=f"runner:{runner_id}", now=now)
    return NewCredential(text=credential.text, earlier_until=now + overlap)


def due(rows: list[Row], *, now: int, max_age: int | None) -> list[str]:
    """Return the attempts whose token is to be replaced, by a wish or by its age."""
    return [
        row["id"]
        for row in rows
        if row["dialect"] in ROTATING_DIALECTS
        and row["stop"] in (None, "interrupt")
        and (row["rotate"] or (max_age is not None and now - row["token_at"] >= max_age))
    ]


def _tell(tx: Tx, task: Task, epoch: int, kind: str, *, actor: str, now: int) -> None:
    told = event(kind, workspace_id=task.workspace_id, task_id=task.id, actor=actor, data={"epoch": epoch})
    events.record_many(tx, [told], now=now)
    changed(tx, task.id)
