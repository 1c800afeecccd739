"""What whoever named a callback is told when its task has ended (contract 3)."""

from __future__ import annotations

from botyard.core import systems
from botyard.protocols.elma import views
from botyard.storage import Database

CONTENT_TYPE = "application/json"


async def body_of(db: Database, *, workspace_id: int, task_id: int) -> bytes:
    """Return the answer to `status`, as the system that started the task would get it. Raises NotFound.

    Its token is not known here and goes to no address: the field `system` holds the id by which others know it.
    """
    report = await db.read(systems.report_of, workspace_id=workspace_id, task_id=task_id)
    return views.encoded(views.answer(report, system=views.system_of(report, own="", token="")))
