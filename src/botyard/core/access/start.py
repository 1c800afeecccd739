"""The very first start of an empty database."""

from __future__ import annotations

from botyard.core import workspaces
from botyard.core.access.model import Caller
from botyard.core.access.permissions import Role
from botyard.core.access.users import create_user, set_role
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

FIRST_WORKSPACE = "default"
FIRST_USER = "admin"


def is_first_start(tx: Tx) -> bool:
    """Return whether nobody has an account yet."""
    row = tx.one(sql.count_users)
    return row is not None and row["users"] == 0


def first_start(tx: Tx, *, password_hash: str, must_change: bool, now: int) -> bool:
    """Create the workspace `default` and its administrator `admin`; return False when that was done before."""
    if not is_first_start(tx):
        return False
    workspace = workspaces.create(tx, label=FIRST_WORKSPACE, name="Default", now=now)
    user = create_user(
        tx, login=FIRST_USER, name="Administrator", password_hash=password_hash, must_change=must_change, now=now
    )
    set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.ADMIN)
    return True


def workspace_for(tx: Tx, *, caller: Caller, label: str | None) -> workspaces.Workspace:
    """Return the workspace that `caller` works in. Only the local administrator may name another one.

    Raises NotFound for any other that is named, whether it exists or not.
    """
    if label is None or label == caller.workspace_label:
        return workspaces.get_by_id(tx, workspace_id=caller.workspace_id)
    if caller.kind != "local":
        raise workspaces.missing(label)
    return workspaces.get(tx, label=label)
