"""Releasing another stored version of an automation's package."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.core import events, packages
from botyard.core.automations.model import Automation
from botyard.core.automations.read import get
from botyard.storage import Tx


def release(tx: Tx, *, workspace_id: int, label: str, version: str, actor: str, now: int) -> Automation:
    """Make a version that was deployed before the one that new attempts run. Raises NotFound."""
    automation = get(tx, workspace_id=workspace_id, label=label)
    if automation.package_id is None:
        raise NotFound(f'The automation "{label}" has no package.', hint="Deploy it first.")
    if automation.package_version == version:
        return automation
    packages.release(tx, package_id=automation.package_id, version=version.replace("\0", ""))
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="automation.released",
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={"label": label, "version": version, "earlier": automation.package_version},
    )
    # Tasks may have waited for the automation's first release.
    tx.wake(f"tasks:{workspace_id}")
    return get(tx, workspace_id=workspace_id, label=label)
