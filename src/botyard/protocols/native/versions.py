"""Versions of an automation's package: list, read, release another one, delete; and deleting an automation."""

from __future__ import annotations

from typing import Any, NamedTuple

from botyard.base.clock import iso
from botyard.base.exceptions import NotFound
from botyard.core import automations, packages
from botyard.core.automations import Automation
from botyard.core.packages import PackageVersion
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


class _Found(NamedTuple):
    """Versions of an automation's package, and which of them is released."""

    versions: list[PackageVersion]
    released: str | None


async def search(request: Request) -> Response:
    """List the versions of an automation's package, newest first."""
    limit = asking.limit_of(request)
    found = await request.db.read(_listed, **_named(request), before=asking.text_of(request, "before"), limit=limit)
    last = views.next_of(found.versions, limit)
    page = [_view(version, found.released) for version in found.versions]
    return json_response(wire.PackageVersionPage(versions=page, next=last and last.version))


def _listed(tx: Tx, *, workspace_id: int, label: str, before: str | None, limit: int) -> _Found:
    """Return a page of versions of an automation that exists. Raises NotFound, and Invalid for the position."""
    automation = automations.get(tx, workspace_id=workspace_id, label=label)
    if automation.package_id is None:
        return _Found([], None)
    versions = packages.list_versions(tx, package_id=automation.package_id, before=before, limit=limit)
    return _Found(versions, automation.package_version)


async def get(request: Request) -> Response:
    """Read one version of an automation's package."""
    found = await request.db.read(_one, **_named(request), version=_version(request))
    return json_response(_view(found.versions[0], found.released))


def _one(tx: Tx, *, workspace_id: int, label: str, version: str) -> _Found:
    """Return one version of an automation's package. Raises NotFound."""
    automation = automations.get(tx, workspace_id=workspace_id, label=label)
    if automation.package_id is None:
        raise NotFound(f'The automation "{label[:100]}" has no package.', hint="Deploy it first.")
    found = packages.get_version(tx, workspace_id=workspace_id, package_id=automation.package_id, version=version)
    return _Found([found], automation.package_version)


async def release(request: Request) -> Response:
    """Let new attempts run this version: back to an earlier one, or forward again."""
    version = _version(request)
    released = await request.change(
        automations.release,
        audit_target=lambda automation: f"{automation.label} {version}",
        **_named(request),
        version=version,
        **asking.by(request),
    )
    return json_response(views.automation(released))


async def delete(request: Request) -> Response:
    """Delete a version that nothing runs; with the released one gone, tasks wait for another."""
    version = _version(request)
    await request.change(
        _remove,
        audit_action="automations.remove_version",
        audit_target=lambda automation: f"{automation.label} {version}",
        **_named(request),
        version=version,
        **asking.by(request),
    )
    return no_content()


def _remove(tx: Tx, *, workspace_id: int, label: str, version: str, actor: str, now: int) -> Automation:
    """Delete a version that the automation has. Raises NotFound, and IllegalTransition while an attempt runs it."""
    _one(tx, workspace_id=workspace_id, label=label, version=version)
    return automations.remove_version(tx, workspace_id=workspace_id, label=label, version=version, actor=actor, now=now)


async def delete_automation(request: Request) -> Response:
    """Delete an automation of which no task is kept, with its schedules and its package."""
    await request.change(automations.delete, **_named(request), **asking.by(request))
    return no_content()


def _named(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "label": request.path["label"].replace("\0", "")}


def _version(request: Request) -> str:
    return request.path["version"].replace("\0", "")


def _view(found: PackageVersion, released: str | None) -> wire.PackageVersionView:
    return wire.PackageVersionView(
        version=found.version,
        dialect=found.dialect,
        digest=found.digest,
        size=found.size,
        entry=found.entry,
        files=int(found.manifest.get("files") or 0),
        released=found.version == released,
        created_at=iso(found.created_at),
        created_by=found.created_by,
    )
