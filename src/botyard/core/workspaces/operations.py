"""Create workspaces and find them."""

from __future__ import annotations

import re

from botyard.base import text
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, closest
from botyard.core.workspaces.model import Workspace
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


def create(tx: Tx, *, label: str, name: str, now: int) -> Workspace:
    """Create a workspace. Raises Invalid for a label that cannot be in an address, AlreadyExists for a taken one."""
    if not _LABEL.fullmatch(label):
        raise Invalid(
            f'"{label[:64]}" cannot be the label of a workspace.',
            hint="Use up to 64 letters, digits, dots, dashes and underscores; begin and end with a letter or digit.",
            field="label",
        )
    row = tx.one(sql.create, label=label, name=text.name(name, field="name"), now=now)
    if row is None:
        raise AlreadyExists(f'The workspace "{label}" exists already.', hint="Choose another label.", field="label")
    return Workspace(**row)


def get(tx: Tx, *, label: str) -> Workspace:
    """Return the workspace with this label. Raises NotFound."""
    row = tx.one(sql.get, label=label)
    if row is None:
        raise missing(label, closest(label, [each.label for each in list_all(tx)]))
    return Workspace(**row)


def get_by_id(tx: Tx, *, workspace_id: int) -> Workspace:
    """Return a workspace by its id. Raises NotFound."""
    row = tx.one(sql.get_by_id, workspace_id=workspace_id)
    if row is None:
        raise NotFound("This workspace does not exist.", hint="It may have been deleted.")
    return Workspace(**row)


def list_all(tx: Tx) -> list[Workspace]:
    """Return every workspace, by label."""
    return [Workspace(**row) for row in tx.all(sql.list_all)]


def missing(label: str, hint: str = "") -> NotFound:
    """Return the error for a workspace that is not there for the caller, whatever the reason."""
    return NotFound(f'The workspace "{label[:64]}" does not exist.', hint=hint or "Check the label.", field="workspace")
