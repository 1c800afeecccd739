"""Deploying: a package version stored and released on an automation, which is made when it is missing."""

from __future__ import annotations

import msgspec

from botyard.core import events, packages
from botyard.core.automations.change import create
from botyard.core.automations.model import Automation, check_label
from botyard.core.automations.read import find, get, sql
from botyard.storage import Tx


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What a deploy came to; `created` is False when the bytes were stored before."""

    automation: Automation
    version: packages.PackageVersion
    created: bool


def deploy(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    manifest: packages.Manifest,
    digest: str,
    size: int,
    version: str | None,
    actor: str,
    now: int,
) -> Deployment:
    """Store the package whose bytes are in the blob store under `digest`, and release it on the automation.

    Tasks that wait in the queue run the new version. Raises AlreadyExists when the version holds other bytes.
    """
    label = check_label(label)
    automation = find(tx, workspace_id=workspace_id, label=label) or create(
        tx, workspace_id=workspace_id, label=label, actor=actor, now=now
    )
    stored, created = packages.store_version(
        tx,
        workspace_id=workspace_id,
        name=label,
        manifest=manifest,
        digest=digest,
        size=size,
        version=version,
        actor=actor,
        now=now,
    )
    packages.release(tx, package_id=stored.package_id, version=stored.version)
    tx.run(sql.set_package, id=automation.id, package_id=stored.package_id, updated_at=now)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="automation.deployed",
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={
            "label": label,
            "version": stored.version,
            "digest": digest,
            "created": created,
        },
    )
    # Tasks may have waited for the automation's first package.
    tx.wake(f"tasks:{workspace_id}")
    return Deployment(
        automation=get(tx, workspace_id=workspace_id, label=label),
        version=stored,
        created=created,
    )
