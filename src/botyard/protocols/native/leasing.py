"""From leases to what runners are sent: most of it is the lease, and actions are given more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from botyard.base import jsontext
from botyard.core import actions, integrations, plugins
from botyard.core.tasks import Lease
from botyard.protocols.native import views
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.wire import automio
from botyard.wire import native as wire

_FOR_THE_APP = "app_action"
_CONNECTIONS = "APP_CONNECTIONS_BY_INTEGRATION"


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
    apps = {(grant.workspace_id, grant.app_id) for grant in found.values() if grant.type == _FOR_THE_APP}
    connections = {app: _connections(tx, workspace_id=app[0], app_id=app[1]) for app in apps}
    homes = {grant.workspace_id for grant in found.values()}
    modules = {home: plugins.modules(tx, workspace_id=home) for home in homes}
    return {
        task_id: {"run": _run(grant, connections), "modules": modules[grant.workspace_id]}
        for task_id, grant in found.items()
    }


def _run(grant: actions.Grant, connections: Mapping[tuple[int, int], object]) -> wire.RunGrant:
    """Return what a run is given; one for its app also knows the app's connections."""
    if grant.type != _FOR_THE_APP:
        return wire.RunGrant(variables=grant.variables, values={**grant.values, _CONNECTIONS: {}})
    known = connections[grant.workspace_id, grant.app_id]
    variables = {**grant.variables, _CONNECTIONS: jsontext.encode(known)}
    return wire.RunGrant(variables=variables, values={**grant.values, _CONNECTIONS: known})


def _connections(tx: Tx, *, workspace_id: int, app_id: int) -> dict[str, list[dict[str, object]]]:
    """Return the connections that an app may use, by integration (contract g.3)."""
    ids: dict[str, list[int]] = defaultdict(list)
    for connection in integrations.enabled(tx, workspace_id=workspace_id, app_id=app_id):
        ids[connection.key].append(connection.id)
    return {key: [{"organization_id": workspace_id, "connection_ids": found}] for key, found in ids.items()}
