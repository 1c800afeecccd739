"""Deploying: a package version stored and released on an automation, which is made when it is missing."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.core import events, packages
from botyard.core.automations.change import create, update
from botyard.core.automations.model import Automation, check_label
from botyard.core.automations.read import find, get, sql
from botyard.storage import Tx
from botyard.wire import bvproject


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


def check_publishable(tx: Tx, *, workspace_id: int, name: str, version: str) -> None:
    """Raise AlreadyExists when a version of that name is stored already, whatever its bytes are."""
    package = packages.find(tx, workspace_id=workspace_id, name=name)
    if package is not None and packages.has_version(tx, package_id=package.id, version=version):
        raise AlreadyExists(
            f'Version {version[:64]} of "{name[:100]}" is published already; a version never changes.',
            hint="Publish another version.",
            code="version_exists",
        )


def publish(
    tx: Tx, *, workspace_id: int, manifest: packages.Manifest, digest: str, size: int, actor: str, now: int
) -> Deployment:
    """Deploy a package that says itself what it is called and which version it is: a version is published once.

    Raises AlreadyExists for a version that is stored, and Invalid for a package without a name of its own.
    """
    project = manifest.project
    if project is None:
        raise Invalid("The package does not say what it is called.", hint=f"It needs a {bvproject.FILE}.")
    packages.make(tx, workspace_id=workspace_id, name=project.name, dialect=manifest.dialect, now=now)
    check_publishable(tx, workspace_id=workspace_id, name=project.name, version=project.version)
    return deploy(
        tx,
        workspace_id=workspace_id,
        label=project.name,
        manifest=manifest,
        digest=digest,
        size=size,
        version=project.version,
        actor=actor,
        now=now,
    )


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
    described = _described(manifest)
    automation = find(tx, workspace_id=workspace_id, label=label) or create(
        tx, workspace_id=workspace_id, label=label, actor=actor, now=now, fields=_wanted(manifest, described)
    )
    if described:
        automation = update(tx, workspace_id=workspace_id, label=label, fields=described, actor=actor, now=now)
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


def _described(manifest: packages.Manifest) -> dict[str, Any]:
    """Return what a package says of its automation and may change with every version."""
    description = manifest.project.description if manifest.project else ""
    return {"description": description} if description else {}


def _wanted(manifest: packages.Manifest, described: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an automation that is made for a package: one with several entrypoints asks which."""
    project = manifest.project
    if project is None or len(project.entrypoints) == 1:
        return described
    return {**described, "parameters": [{"name": bvproject.CHOICE, "type": "string", "scope": "In"}]}


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
