"""From leases to what runners are sent: most of it is the lease, and actions are given more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.core import actions
from botyard.core.tasks import Lease
from botyard.protocols.native import views
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.wire import automio
from botyard.wire import native as wire


async def grants(request: Request, leases: Sequence[Lease]) -> list[wire.LeaseGrant]:
    """Return the grants of leases, with what the runs of actions among them need."""
    seconds, most = request.tools.settings.lease_seconds, request.tools.settings.max_upload_bytes
    made = [views.grant(each, caller=request.caller, lease_seconds=seconds, max_file_bytes=most) for each in leases]
    runs = [grant.task for grant in made if grant.dialect == automio.DIALECT]
    if not runs:
        return made
    given = await request.db.read(_given, task_ids=runs)
    return [msgspec.structs.replace(grant, **given.get(grant.task, {})) for grant in made]


def _given(tx: Tx, *, task_ids: Sequence[int]) -> dict[int, dict[str, object]]:
    found = actions.grants(tx, task_ids=task_ids)
    return {
        task_id: {"run": wire.RunGrant(variables=grant.variables, values=grant.values)}
        for task_id, grant in found.items()
    }
