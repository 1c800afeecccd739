"""What the process of a run is given: the variables that the client reads, and values for its code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.core.actions.read import sql
from botyard.storage import Row, Tx
from botyard.wire.execution import task_uuid


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one run is given besides its token: `variables` for its process, `values` for its code by their names."""

    task_id: int
    workspace_id: int
    app_id: int
    type: str
    variables: dict[str, str]
    values: dict[str, Any]


def grants(tx: Tx, *, task_ids: Sequence[int]) -> dict[int, Grant]:
    """Return what each of the tasks that is the run of an action is given."""
    if not task_ids:
        return {}
    rows = tx.all(sql.grants, ids=jsontext.encode(sorted(set(task_ids))))
    return {row["task_id"]: _grant(row) for row in rows}


def _grant(row: Row) -> Grant:
    options = jsontext.decode(row["options"])
    return Grant(
        task_id=row["task_id"],
        workspace_id=row["workspace_id"],
        app_id=row["app_id"],
        type=row["type"],
        variables=_variables(row),
        values={
            "CONNECTION_ID": row["connection_id"],
            "SELECTED_ROWS": options.get("selected_rows", []),
            "SELECTED_ALL": options.get("selected_all", False),
            "FILTER_PARAMS": options.get("filter_params", {}),
            "TRIGGER_EVENT": options.get("trigger_event"),
            "WEBHOOK_PAYLOAD": options.get("webhook_payload"),
        },
    )


def _variables(row: Mapping[str, Any]) -> dict[str, str]:
    variables = {
        "APP_ID": str(row["app_id"]),
        "APP_SLUG": row["app_slug"],
        "ORG_SLUG": row["organization"],
        "ORGANIZATION_ID": str(row["workspace_id"]),
        "ACTION_OWNER_ORGANIZATION_ID": str(row["workspace_id"]),
        "ACTION_ID": str(row["action_id"]),
        "ACTION_SLUG": row["slug"],
        "ACTION_TYPE": row["type"],
        "TASK_ID": task_uuid(row["task_id"]),
        "USER_ID": str(row["user_id"] or 0),
    }
    # An empty text would keep the client from noticing the connection that a call used.
    return variables if row["connection_id"] is None else variables | {"CONNECTION_ID": str(row["connection_id"])}
