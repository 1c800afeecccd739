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
    automation, stored, created = _store(
        tx,
        workspace_id=workspace_id,
        label=label,
        manifest=manifest,
        digest=digest,
        size=size,
        version=version,
        actor=actor,
        now=now,
    )
    packages.release(tx, package_id=stored.package_id, version=stored.version)
    _tell(tx, "automation.deployed", automation, stored, created=created, actor=actor, now=now)
    # Tasks may have waited for the automation's first package.
    tx.wake(f"tasks:{workspace_id}")
    found = get(tx, workspace_id=workspace_id, label=automation.label)
    return Deployment(automation=found, version=stored, created=created)


def upload(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    manifest: packages.Manifest,
    digest: str,
    size: int,
    version: str,
    actor: str,
    now: int,
) -> Deployment:
    """Store a package version without releasing it; other bytes under its name are replaced, and kept beside it.

    Where the replaced version was the released one, attempts run the new bytes from now on.
    """
    automation, stored, created = _store(
        tx,
        workspace_id=workspace_id,
        label=label,
        manifest=manifest,
        digest=digest,
        size=size,
        version=version,
        actor=actor,
        now=now,
        replace=True,
    )
    _tell(tx, "automation.uploaded", automation, stored, created=created, actor=actor, now=now)
    found = get(tx, workspace_id=workspace_id, label=automation.label)
    return Deployment(automation=found, version=stored, created=created)


def announce(tx: Tx, *, workspace_id: int, label: str, dialect: str, folder: str | None, actor: str, now: int) -> None:
    """Make an automation with a package that has no version yet; what is there already stays as it is."""
    label = check_label(label)
    automation = find(tx, workspace_id=workspace_id, label=label) or create(
        tx, workspace_id=workspace_id, label=label, actor=actor, now=now, fields={"folder": folder} if folder else None
    )
    if packages.find(tx, workspace_id=workspace_id, name=label) is None:
        package = packages.make(tx, workspace_id=workspace_id, name=label, dialect=dialect, now=now)
        tx.run(sql.set_package, id=automation.id, package_id=package.id, updated_at=now)


def remove_version(tx: Tx, *, workspace_id: int, label: str, version: str, actor: str, now: int) -> Automation:
    """Delete a version of an automation's package; with the released one gone, its tasks wait.

    Raises NotFound, and IllegalTransition while an attempt runs it.
    """
    automation = get(tx, workspace_id=workspace_id, label=label)
    removed = packages.remove_version(tx, workspace_id=workspace_id, name=label, version=version)
    _tell(tx, "automation.version_removed", automation, removed, created=False, actor=actor, now=now)
    return get(tx, workspace_id=workspace_id, label=label)


def _store(
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
    replace: bool = False,
) -> tuple[Automation, packages.PackageVersion, bool]:
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
        replace=replace,
    )
    tx.run(sql.set_package, id=automation.id, package_id=stored.package_id, updated_at=now)
    return automation, stored, created


def _tell(
    tx: Tx,
    kind: str,
    automation: Automation,
    version: packages.PackageVersion,
    *,
    created: bool,
    actor: str,
    now: int,
) -> None:
    events.record(
        tx,
        workspace_id=automation.workspace_id,
        kind=kind,
        entity="automation",
        entity_id=automation.id,
        actor=actor,
        now=now,
        data={"label": automation.label, "version": version.version, "digest": version.digest, "created": created},
    )
