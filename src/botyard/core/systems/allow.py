"""What an administrator decides about a system."""

from __future__ import annotations

from botyard.core.systems.change import tell
from botyard.core.systems.model import System
from botyard.core.systems.search import get, sql
from botyard.core.systems.states import TRANSITIONS, Event
from botyard.storage import Tx


def allow(tx: Tx, *, workspace_id: int, system_id: str, actor: str, now: int) -> System:
    """Let a system in; one that is in already stays as it is. Raises NotFound."""
    return _decide(tx, workspace_id, system_id, Event.ALLOW, actor=actor, now=now)


def lock(tx: Tx, *, workspace_id: int, system_id: str, actor: str, now: int) -> System:
    """Refuse a system from now on, whatever it sends; its tasks go on. Again is fine. Raises NotFound."""
    return _decide(tx, workspace_id, system_id, Event.LOCK, actor=actor, now=now)


def _decide(tx: Tx, workspace_id: int, system_id: str, event: Event, *, actor: str, now: int) -> System:
    present = get(tx, workspace_id=workspace_id, system_id=system_id)
    state = TRANSITIONS.get((present.state, event))
    if state is None or not tx.run(
        sql.decide, id=present.id, expected=present.state, state=state, actor=actor, now=now
    ):
        return get(tx, workspace_id=workspace_id, system_id=system_id)
    decided = get(tx, workspace_id=workspace_id, system_id=system_id)
    kind = "system.allowed" if event is Event.ALLOW else "system.locked"
    tell(tx, decided, kind, actor=actor, now=now, data={"from": str(present.state)})
    return decided
